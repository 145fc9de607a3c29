"""What the wire half costs: a pinned block of 10 columns is replayed, and server CPU and client rows/s are measured.

    python -m bench.wire_speed [--rows 1000000] [--face 19c] [--sdu 65535] [--batch 10000]

The server is a child process with one stand-in table in front of it, so that only the wire half is measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import oracledb

from app.demo import boundary
from app.demo.boundary import LOGIN, Bind, Column, Rows
from app.demo.faces import FACES
from app.demo.faults import Faults
from app.demo.wire.primitives import clr
from app.demo.wire.server import Server

BLOCK = 10_000
COLUMNS = [
    Column("ID", boundary.NUMBER, precision=18),
    Column("FACTORY", boundary.VARCHAR, 10, 10),
    Column("TRAN_TIME", boundary.VARCHAR, 14, 14),
    Column("LOT_ID", boundary.VARCHAR, 20, 20),
    Column("QTY", boundary.NUMBER, precision=9),
    Column("VALUE", boundary.BINARY_DOUBLE, 8),
    Column("PRICE", boundary.NUMBER, precision=12, scale=4),
    Column("CREATED", boundary.DATE, 7),
    Column("CHANGED", boundary.TIMESTAMP, 11, scale=6),
    Column("NAME", boundary.VARCHAR, 60, 20),
]


def block() -> bytes:
    """10,000 rows, encoded once."""
    rows = []
    for row in range(BLOCK):
        number = bytes((0xC3, 1 + row // 10000 % 100, 1 + row // 100 % 100, 1 + row % 100))
        cells = [number, b"F%d" % (row % 4), b"20260101%06d" % row, b"LOT%09d" % row, number[:3]]
        cells += [b"\xbf\xc6\x59\x3d\x00\x00\x00\x00", number, b"\x78\x7e\x0b\x17\x15\x01\x01"]
        cells += [b"\x78\x7e\x0b\x17\x15\x01\x01\x00\x00\x27\x10", "웨이퍼 검사".encode()]
        rows.append(b"\x07" + b"".join(map(clr, cells)))
    return b"".join(rows)


class Pinned:
    """A result that gives the same block again and again."""

    columns, row_count, rowid, out = COLUMNS, 0, None, ()

    def __init__(self, data: bytes, left: int) -> None:
        self._data, self._left, self._ends = data, left, {BLOCK: len(data)}

    def fetch(self, count: int) -> Rows:
        count = min(count, BLOCK, self._left)
        self._left -= count
        return Rows(count, self._data if count == BLOCK else self._head(count), not self._left)

    def _head(self, count: int) -> bytes:
        if count not in self._ends:
            at = 0
            for _ in range(count):
                at += 1
                for _ in COLUMNS:
                    at += 1 + self._data[at]
            self._ends[count] = at
        return self._data[: self._ends[count]]

    def fetch_cells(self, count: int) -> tuple[list[list[bytes | None]], bool]:
        raise NotImplementedError(count)

    def close(self) -> None:
        pass


class Session:
    sid = serial = 1
    in_transaction = False

    def __init__(self, user: str, data: bytes) -> None:
        self.user = self.schema = user
        self._data = data

    def describe(self, _sql: str) -> Sequence[Column]:
        return COLUMNS

    def execute(self, sql: str, _binds: Sequence[Sequence[Bind]]) -> Pinned:
        return Pinned(self._data, int(sql.split()[-1]))

    def nothing(self, *_: object) -> None:
        pass

    commit = rollback = cancel = identify = close = nothing


class Database:
    def __init__(self) -> None:
        self._data = block()

    def password(self, user: str) -> str | None:
        return LOGIN[1] if user == LOGIN[0] else None

    def connect(self, user: str, _settings: dict[str, str]) -> Session:
        return Session(user, self._data)


def serve(face: str) -> None:
    server = Server(Database(), FACES[face], Faults())
    print(server.port, flush=True)
    sys.stdin.read()
    server.stop()


def cpu(pid: int) -> float:
    """Seconds of processor time a process has used."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(chosen: argparse.Namespace, port: int, pid: int) -> None:
    login = {"user": LOGIN[0], "password": LOGIN[1], "dsn": f"127.0.0.1:{port}/x", "sdu": chosen.sdu}
    with oracledb.connect(**login) as connection:
        sql = f"select * from pinned {chosen.rows}"
        before, started, rows = cpu(pid), time.perf_counter(), 0
        for frame in connection.fetch_df_batches(sql, size=chosen.batch):
            rows += frame.num_rows()
        seconds, used = time.perf_counter() - started, cpu(pid) - before
        pings = time.perf_counter()
        for _ in range(1000):
            connection.ping()
        ping = (time.perf_counter() - pings) * 1000
    million = rows / 1e6
    print(f"{chosen.face}: {rows:,} rows x {len(COLUMNS)} columns, sdu {chosen.sdu}, batches of {chosen.batch:,}")
    print(f"  client  {rows / seconds:>12,.0f} rows/s ({seconds:.2f} s)")
    print(f"  server  {used / million:>12.3f} s of CPU per million rows")
    print(f"  ping    {ping:>12.0f} microseconds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--face", choices=sorted(FACES), default="19c")
    parser.add_argument("--sdu", type=int, default=65535)
    parser.add_argument("--batch", type=int, default=10_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.face)
        return
    command = [sys.executable, "-m", "bench.wire_speed", "--serve", "--face", chosen.face]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - they are pipes
        measure(chosen, int(child.stdout.readline()), child.pid)
        child.stdin.close()


if __name__ == "__main__":
    main()
