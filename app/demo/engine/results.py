"""What an executed statement answers: rows in Oracle's form, or a count."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from app.demo.boundary import Column, Rows
from app.demo.engine.codec.cells import unpacked
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
        value, at = unpacked(data, at)
        found.append(value)
    return found


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a pinned table, encoded once; ``ends`` says where each of them ends."""

    data: bytes
    ends: array[int]

    def part(self, start: int, stop: int) -> bytes:
        """Rows ``start`` up to ``stop``; the whole block without a copy."""
        if stop - start == len(self.ends):
            return self.data
        return self.data[self.ends[start - 1] if start else 0 : self.ends[stop - 1] if stop else 0]

    def rows(self, start: int, stop: int) -> list[bytes]:
        """The same one by one."""
        return [self.part(row, row + 1) for row in range(start, stop)]


class Replayed:
    """A pinned table's rows: encoded once, replayed for every reader, over and over from ``start`` up to ``stop``."""

    def __init__(self, columns: Sequence[Column], blocks: Sequence[Block], start: int, stop: int) -> None:
        self.columns = columns
        self.row_count = 0
        self.rowid: bytes | None = None
        self.out: Sequence[Sequence[bytes | None]] = ()
        self._blocks, self._left = blocks, max(0, stop - start)
        self._block, self._row = divmod(start % sum(len(block.ends) for block in blocks), len(blocks[0].ends))

    def _take(self, count: int) -> tuple[Block, int, int]:
        """The next rows, never of two blocks: a block, and from and up to which of its rows."""
        block, start = self._blocks[self._block], self._row
        stop = min(start + min(count, self._left), len(block.ends))
        self._left -= stop - start
        self._row = stop
        if stop == len(block.ends):
            self._block, self._row = (self._block + 1) % len(self._blocks), 0
        return block, start, stop

    def fetch(self, count: int) -> Rows:
        """The next rows, at most to the end of a block."""
        block, start, stop = self._take(count)
        return Rows(stop - start, block.part(start, stop), self._left == 0)

    def fetch_cells(self, count: int) -> tuple[list[list[bytes | None]], bool]:
        """The same as values."""
        block, start, stop = self._take(count)
        return [_split(row, len(self.columns)) for row in block.rows(start, stop)], self._left == 0

    def close(self) -> None:
        """Nothing to give up."""
