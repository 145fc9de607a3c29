"""Every type with its extremes, bound in and read out by row and by data frame: python -m bench.round_trip [19c|23ai].

Prints one line a value: the type, what was bound, what a row fetch and a data frame gave back, and whether each is
what Oracle keeps of it. The data frame is asked for decimals; of a NUMBER
without precision the driver makes a double all the same.
"""

from __future__ import annotations

import datetime
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import oracledb
from arro3.core import Table

from app.demo.process import start

D, T, S = Decimal, datetime.datetime, datetime.timedelta
KST = "+09:00"
DOUBLE, FLOAT = oracledb.DB_TYPE_BINARY_DOUBLE, oracledb.DB_TYPE_BINARY_FLOAT
NVARCHAR, STAMP = oracledb.DB_TYPE_NVARCHAR, oracledb.DB_TYPE_TIMESTAMP
SAME = object()


@dataclass(frozen=True)
class Case:
    """One value: ``bind`` in, ``row`` and ``frame`` out; SAME where that is what was bound.

    A ``frame`` of DPY-n: the driver refuses. ``sql``: the expression that is inserted.
    """

    kind: str
    bind: Any
    row: Any = SAME
    frame: Any = SAME
    input: Any = None
    sql: str = ":1"

    @property
    def by_row(self) -> Any:
        return self.bind if self.row is SAME else self.row

    @property
    def by_frame(self) -> Any:
        return self.by_row if self.frame is SAME else self.frame


NUMBER = oracledb.DB_TYPE_NUMBER
TEXTS = [
    Case("VARCHAR2(30)", "한글 text"),
    Case("VARCHAR2(30)", "", None),
    Case("VARCHAR2(4000)", "가" * 1333),
    Case("VARCHAR2(10 CHAR)", "가나다라마바사아자차"),
    Case("CHAR(5)", "ab", "ab   "),
    Case("NVARCHAR2(20)", "가나다 𝄞", input=NVARCHAR),
    Case("NCHAR(4)", "한", "한   ", input=NVARCHAR),
    Case("RAW(10)", b"\x00\xff\x10"),
    Case("RAW(2000)", bytes(range(250)) * 8),
    Case("LONG", "x" * 70000, input=oracledb.DB_TYPE_LONG),
    Case("LONG RAW", b"\x01" * 5000, input=oracledb.DB_TYPE_LONG_RAW),
    Case("CLOB", "긴 글 " * 20000, input=oracledb.DB_TYPE_CLOB),
    Case("NCLOB", "국가 𝄞" * 5000, input=oracledb.DB_TYPE_NCLOB),
    Case("BLOB", bytes(range(256)) * 4000, input=oracledb.DB_TYPE_BLOB),
    Case("CLOB", None),
]
NUMBERS = [
    Case("NUMBER(18)", D("-999999999999999999"), input=NUMBER),
    Case("NUMBER(38)", D("99999999999999999999999999999999999999"), input=NUMBER),
    Case("NUMBER(38)", D("-99999999999999999999999999999999999999"), input=NUMBER),
    Case("NUMBER(38,10)", D("1234567890123456789012345678.0123456789"), input=NUMBER),
    Case("NUMBER(10,2)", D("-0.01"), input=NUMBER),
    Case("NUMBER(5,7)", D("0.0012345"), input=NUMBER),
    Case("NUMBER(5,-2)", D("1234567"), D(1234600), "DPY-4042", input=NUMBER),
    Case("INTEGER", D("12345678901234567890123456789012345678"), input=NUMBER),
    # The driver's data frames make doubles of a NUMBER without a precision: so much of it is there.
    Case("NUMBER", D("0.1"), frame=0.1, input=NUMBER),
    Case("NUMBER", D("1E-130"), frame=1e-130, input=NUMBER),
    Case("NUMBER", D("9.99E125"), frame=9.99e125, input=NUMBER),
    Case("NUMBER", D("-9.99E125"), frame=-9.99e125, input=NUMBER),
    Case("NUMBER", D("1234567890123456789012345678901234567890"), frame=1.2345678901234568e39, input=NUMBER),
    Case("FLOAT", D("0.1"), frame=0.1, input=NUMBER),
    Case("BINARY_FLOAT", 1.5, input=FLOAT),
    Case("BINARY_FLOAT", -math.inf, input=FLOAT),
    Case("BINARY_DOUBLE", 1.7976931348623157e308, input=DOUBLE),
    Case("BINARY_DOUBLE", 5e-324, input=DOUBLE),
    Case("BINARY_DOUBLE", math.inf, input=DOUBLE),
    Case("BINARY_DOUBLE", math.nan, input=DOUBLE),
]
MOMENTS = [
    Case("DATE", T(1, 1, 1)),
    Case("DATE", T(9999, 12, 31, 23, 59, 59)),
    Case("TIMESTAMP(0)", T(2026, 1, 1, 1, 2, 3, 600000), T(2026, 1, 1, 1, 2, 4), input=STAMP),
    Case("TIMESTAMP(3)", T(2026, 1, 1, 1, 2, 3, 123600), T(2026, 1, 1, 1, 2, 3, 124000), input=STAMP),
    Case("TIMESTAMP(6)", T(9999, 12, 31, 23, 59, 59, 999999), input=STAMP),
    Case("TIMESTAMP(9)", T(1999, 1, 1, 0, 0, 0, 1), input=STAMP),
    Case("TIMESTAMP WITH TIME ZONE", T(2026, 1, 1, 9), input=STAMP, sql=f"FROM_TZ(:1, '{KST}')"),
    Case("TIMESTAMP WITH LOCAL TIME ZONE", T(2026, 1, 1, 9, 0, 0, 5), input=STAMP),
    Case("INTERVAL DAY(9) TO SECOND(6)", S(-5, 7, 8)),
    Case("INTERVAL DAY(9) TO SECOND(6)", S(99999, 86399, 999999)),
    # 89 months, which DuckDB shows in Python as days of 30 to the month.
    Case("INTERVAL YEAR(4) TO MONTH", oracledb.IntervalYM(-7, -5), frame=S(days=-89 * 30)),
]
CASES = [*NUMBERS, *TEXTS, *MOMENTS]


@dataclass(frozen=True)
class Seen:
    """What came back of one value."""

    case: Case
    row: Any
    frame: Any

    @property
    def row_holds(self) -> bool:
        return same(self.row, self.case.by_row)

    @property
    def frame_holds(self) -> bool:
        return same(self.frame, self.case.by_frame)


def same(a: Any, b: Any) -> bool:
    """Equal, or both not a number."""
    return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


def _frame(connection: oracledb.Connection, sql: str) -> Any:
    """The data frame's value as DuckDB reads it, which is how Merganser does; a DPY code where the driver refuses."""
    try:
        frame = Table.from_arrow(connection.fetch_df_all(sql, fetch_decimals=True))
    except oracledb.Error as error:
        return error.args[0].full_code
    return duckdb.connect().from_arrow(frame).fetchall()[0][0]


def _row(connection: oracledb.Connection, sql: str) -> Any:
    oracledb.defaults.fetch_decimals = True
    try:
        value = connection.cursor().execute(sql).fetchone()[0]
    finally:
        oracledb.defaults.fetch_decimals = False
    return value.read() if isinstance(value, oracledb.LOB) else value


def seen(connection: oracledb.Connection, cases: list[Case]) -> Iterator[Seen]:
    """Each value in a table of its own, there and back."""
    cursor = connection.cursor()
    for number, case in enumerate(cases):
        table = f"ROUND_TRIP_{number}"
        cursor.execute(f"CREATE TABLE {table} (ID NUMBER(9), C {case.kind})")
        if case.input is not None:
            cursor.setinputsizes(case.input)
        cursor.execute(f"INSERT INTO {table} VALUES (1, {case.sql})", [case.bind])
        # Two texts: for one it has met, the driver keeps the first fetch's idea of a LOB (a locator, or the text).
        yield Seen(case, _row(connection, f"SELECT C FROM {table}"), _frame(connection, f"SELECT  C FROM {table}"))
        cursor.execute(f"DROP TABLE {table}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 44 else f"{text[:30]}… ({len(value) if hasattr(value, '__len__') else len(text)})"


def main(face: str = "19c") -> None:
    with (
        start(face, "none") as server,
        oracledb.connect(dsn=server.dsn, user=server.user, password=server.password) as connection,
    ):
        found = list(seen(connection, CASES))
    print("| type | bound | by row | by data frame |\n|---|---|---|---|")
    for one in found:
        row = f"{_short(one.row)} {'✓' if one.row_holds else '✗'}"
        print(f"| {one.case.kind} | {_short(one.case.bind)} | {row} | "
              f"{_short(one.frame)} {'✓' if one.frame_holds else '✗'} |")  # fmt: skip
    print(f"\n{len(found)} values; by row {sum(x.row_holds for x in found)}, "
          f"by data frame {sum(x.frame_holds for x in found)} as expected ({face} face)")  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
