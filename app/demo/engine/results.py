"""What an executed statement answers: rows in Oracle's form, or a count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from app.demo.boundary import Column, Rows
from app.demo.engine.plan.output import Plan

_AHEAD = 2000


class Done:
    """A statement without rows."""

    def __init__(
        self, row_count: int = 0, rowid: bytes | None = None, out: Sequence[Sequence[bytes | None]] = ()
    ) -> None:
        self.columns: Sequence[Column] = ()
        self.row_count, self.rowid, self.out = row_count, rowid, out

    def fetch(self, _count: int) -> Rows:
        """Nothing."""
        return Rows(0, b"", True)

    def fetch_cells(self, _count: int) -> tuple[list[list[bytes | None]], bool]:
        """Nothing."""
        return [], True

    def close(self) -> None:
        """Nothing to give up."""


class QueryResult:
    """A running query. ``guard`` translates DuckDB's errors; ``check`` refuses history that was pruned meanwhile."""

    def __init__(
        self, plan: Plan, cursor: duckdb.DuckDBPyConnection, guard: Callable[..., Any], check: Callable[[], None]
    ) -> None:
        self.columns: Sequence[Column] = plan.columns
        self.row_count = 0
        self.rowid: bytes | None = None
        self.out: Sequence[Sequence[bytes | None]] = ()
        self._plan, self._cursor, self._guard, self._check = plan, cursor, guard, check
        self._waiting: list[tuple[Any, ...]] = []
        self._over = False

    def _take(self, count: int) -> tuple[list[tuple[Any, ...]], bool]:
        self._check()
        if len(self._waiting) <= count and not self._over:
            wanted = max(count + 1 - len(self._waiting), _AHEAD)
            more = self._guard(self._cursor.fetchmany, wanted)
            self._over = len(more) < wanted
            self._waiting = self._waiting + more if self._waiting else more
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken, self._over and not self._waiting

    def fetch(self, count: int) -> Rows:
        """The next rows as they travel."""
        taken, last = self._take(count)
        if self._plan.packed:
            return Rows(len(taken), b"".join([row[0] for row in taken]), last)
        makers = list(zip(self._plan.cells, self._plan.forms, strict=True))
        parts: list[bytes] = []
        for row in taken:
            parts.append(b"\x07")
            parts += [form(self._guard(cell, row)) for cell, form in makers]
        return Rows(len(taken), b"".join(parts), last)

    def fetch_cells(self, count: int) -> tuple[list[list[bytes | None]], bool]:
        """The next rows as single values."""
        taken, last = self._take(count)
        if self._plan.packed:
            return [_split(row[0], len(self.columns)) for row in taken], last
        return [[self._guard(cell, row) for cell in self._plan.cells] for row in taken], last

    def close(self) -> None:
        """No more rows are wanted."""
        self._waiting, self._over = [], True
        self._cursor.close()


def _split(data: bytes, columns: int) -> list[bytes | None]:
    """A packed row taken apart again."""
    found: list[bytes | None] = []
    at = 1
    for _ in range(columns):
        size = data[at]
        if size != 0xFE:
            found.append(data[at + 1 : at + 1 + size] or None)
            at += 1 + size
            continue
        at += 1
        parts = []
        while (width := data[at]) != 0:
            size = int.from_bytes(data[at + 1 : at + 1 + width], "big")
            parts.append(data[at + 1 + width : at + 1 + width + size])
            at += 1 + width + size
        at += 1
        found.append(b"".join(parts))
    return found


class Replayed:
    """A pinned table's rows: encoded once, replayed for every reader."""

    def __init__(
        self, columns: Sequence[Column], blocks: Sequence[tuple[int, bytes]], total: int, row: Sequence[int]
    ) -> None:
        self.columns = columns
        self.row_count = 0
        self.rowid: bytes | None = None
        self.out: Sequence[Sequence[bytes | None]] = ()
        self._blocks, self._left, self._next, self._ends = blocks, total, 0, row

    def fetch(self, count: int) -> Rows:
        """The next block or a part of it (in steps of ``count`` when that is smaller)."""
        many, data = self._blocks[self._next % len(self._blocks)]
        wanted = min(count, self._left)
        if wanted >= many:
            self._next += 1
            self._left -= many
            return Rows(many, data, self._left == 0)
        rows = split_rows(data, len(self.columns), many)
        self._left -= wanted
        self._blocks = [(many - wanted, b"".join(rows[wanted:])), *_rotated(self._blocks, self._next)]
        self._next = 0
        return Rows(wanted, b"".join(rows[:wanted]), self._left == 0)

    def fetch_cells(self, count: int) -> tuple[list[list[bytes | None]], bool]:
        """The same as values."""
        rows = self.fetch(count)
        found = [_split(row, len(self.columns)) for row in split_rows(rows.data, len(self.columns), rows.count)]
        return found, rows.last

    def close(self) -> None:
        """Nothing to give up."""


def _rotated(blocks: Sequence[tuple[int, bytes]], place: int) -> list[tuple[int, bytes]]:
    place %= len(blocks)
    return [*blocks[place + 1 :], *blocks[: place + 1]]


def split_rows(data: bytes, columns: int, count: int) -> list[bytes]:
    """Rows back to back, one by one."""
    found, at = [], 0
    for _ in range(count):
        start = at
        at += 1
        for _column in range(columns):
            size = data[at]
            at += 1
            if size == 0xFE:
                while (width := data[at]) != 0:
                    at += 1 + width + int.from_bytes(data[at + 1 : at + 1 + width], "big")
                at += 1
            else:
                at += size
        found.append(data[start:at])
    return found
