"""How fast the embedded server's database half hands rows over: python -m bench.engine_speed [rows].

Prints the seconds of the start with sample data, and for a table of 10 columns rows/s and CPU seconds per million
rows: scanned (unpinned), replayed (pinned), with a computed column, and inserted by arrays.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.demo.boundary import ADMIN, Bind, Result
from app.demo.engine import open_database
from app.demo.engine.codec.number import encode
from app.demo.engine.database import EngineDatabase

BLOCK = 10_000
COLUMNS = (
    "ID NUMBER(12) PRIMARY KEY, A NUMBER(10,2), B NUMBER(9), C VARCHAR2(20), D VARCHAR2(14), E DATE, F TIMESTAMP(6), "
    "G NUMBER(5,4), H VARCHAR2(10), I NUMBER(18)"
)


def drained(result: Result) -> int:
    count, last = 0, False
    while not last:
        rows = result.fetch(BLOCK)
        count, last = count + rows.count, rows.last
    result.close()
    return count


def timed(label: str, run: Callable[[], Any], rows: int | None = None) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    found = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    count = rows or found
    print(
        f"{label:34} {count:>10,} rows  {wall:6.2f} s  {count / wall:>12,.0f} rows/s  {cpu / count * 1e6:6.2f} CPU s/M"
    )


def inserted(database: EngineDatabase, rows: int) -> int:
    session = database.connect(ADMIN[0], {})
    session.execute("CREATE TABLE ARRAYS (ID NUMBER(9) PRIMARY KEY, NAME VARCHAR2(20))", [])
    binds = [[Bind(2, 22, 1, encode(number)), Bind(1, 20, 1, b"name")] for number in map(Decimal, range(rows))]
    return session.execute("INSERT INTO ARRAYS VALUES (:1, :2)", binds).row_count


def main(rows: int) -> None:
    started = time.perf_counter()
    database = open_database()
    print(f"start with sample data: {time.perf_counter() - started:.2f} s")
    session = database.connect(ADMIN[0], {})
    session.execute(f"CREATE TABLE SPEED ({COLUMNS})", [])
    timed("DEMO.GENERATE", lambda: session.execute(f"CALL DEMO.GENERATE('DEMO.SPEED', {rows})", []), rows)
    timed("scanned, 10 columns", lambda: drained(session.execute("SELECT * FROM SPEED", [])))
    timed("with one computed column", lambda: drained(session.execute("SELECT ID, TO_CHAR(E, 'YYYY') FROM SPEED", [])))
    session.execute("CALL DEMO.PIN('DEMO.SPEED')", [])
    drained(session.execute("SELECT * FROM SPEED", []))
    timed("pinned, 10 columns", lambda: drained(session.execute("SELECT * FROM SPEED", [])))
    session.execute(f"CALL DEMO.PIN('DEMO.SPEED', {rows * 10})", [])
    drained(session.execute("SELECT * FROM SPEED", []))
    timed("pinned, ten times over", lambda: drained(session.execute("SELECT * FROM SPEED", [])))
    timed("array insert, 2 columns", lambda: inserted(database, 50_000))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
