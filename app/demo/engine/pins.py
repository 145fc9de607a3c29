"""Pinned tables: a table's rows encoded once, then replayed; blocks may repeat to make a long table cheaply."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from app.demo.boundary import ROWID
from app.demo.engine.clock import ALIVE
from app.demo.engine.codec.rowid import ROWS_IN_BLOCK
from app.demo.engine.errors import ora
from app.demo.engine.guarding import guarded
from app.demo.engine.objects import Table
from app.demo.engine.plan.output import Plan
from app.demo.engine.results import Block, Replayed

BLOCK = 10_000


@dataclass
class Pinned:
    """``total`` rows are answered, the table's own over and over. Blocks are kept per select list."""

    rows: int
    total: int
    dense: bool  # row ids have no gaps: a range of them is a range of rows
    kept: dict[str, list[Block]] = field(default_factory=dict)

    @property
    def repeats(self) -> bool:
        """Whether more rows are answered than there are."""
        return self.total > self.rows

    def repeated(self, table: Table) -> str:
        """SQL of the rows over and over, with row ids of their own."""
        number = f"(k * {self.rows} + ((r >> 16) & 16777215) * {ROWS_IN_BLOCK} + (r & 65535))"
        rowid = f"({table.data << 40} + ({number} // {ROWS_IN_BLOCK} << 16) + {number} % {ROWS_IN_BLOCK})"
        cut = f" WHERE {number} < {self.total}" if self.total % self.rows else ""  # looking at each row has its price
        return f"SELECT {table.duck}.* REPLACE ({rowid} AS r) FROM {table.duck}, {self._times()}{cut}"

    def of_blocks(self, table: Table, wanted: str) -> str:
        """SQL of the repeated rows of some blocks, if row ids have no gaps; ``wanted`` tells which b (r >> 16)."""
        base, blocks = table.data << 24, -(-self.total // ROWS_IN_BLOCK)
        own = f"(place % {self.rows})"
        return (
            f"SELECT {table.duck}.* REPLACE ((b << 16) + place % {ROWS_IN_BLOCK} AS r) FROM "
            f"(SELECT b, (b - {base}) * {ROWS_IN_BLOCK} + slot AS place FROM (SELECT b FROM "
            f"range({base}, {base + blocks}) b(b) WHERE true{wanted}), range({ROWS_IN_BLOCK}) s(slot)) "
            f"JOIN {table.duck} ON {table.duck}.r = "
            f"({base} + {own} // {ROWS_IN_BLOCK} << 16) + {own} % {ROWS_IN_BLOCK} WHERE place < {self.total}"
        )

    def _times(self) -> str:
        return f"range({-(-self.total // self.rows)}) k(k)"

    def _once(self, plan: Plan, sql: str) -> str:
        """The plan's SQL over the table's own rows; all of them where row ids tell the repeated ones apart."""
        if any(column.type == ROWID for column in plan.columns):
            return sql
        return sql.replace(self._times(), "range(1) k(k)")

    def replay(self, table: Table, plan: Plan, given: dict[str, Any], root: Any) -> Replayed | None:
        """The answer to a query for the whole table or a range of its row ids; encodes the table the first time."""
        scan = plan.scan
        if scan is None or self.rows == 0 or ((scan.low or scan.end) and not self.dense):
            return None
        low, end = [given[name] for name in scan.low], [given[name] for name in scan.end]
        if None in low or None in end:
            return None
        if scan.sql not in self.kept:
            values = {name: value for name, value in given.items() if name not in (*scan.low, *scan.end)}
            self.kept[scan.sql] = _blocks(self._once(plan, scan.sql), values, root)
        start = max([0, *(_number(table, rowid) for rowid in low)])
        stop = min([self.total, *(_number(table, rowid) for rowid in end)])
        return Replayed(plan.columns, self.kept[scan.sql], start, stop)


def _number(table: Table, rowid: int) -> int:
    """How many places of the table lie before that row id, at least 0."""
    block, slot = divmod(max(0, rowid - (table.data << 40)), 1 << 16)
    return block * ROWS_IN_BLOCK + min(slot, ROWS_IN_BLOCK)


def _blocks(sql: str, given: dict[str, Any], root: Any) -> list[Block]:
    cursor = root.cursor()
    try:
        guarded(cursor.execute, sql, given or None)
        found = []
        while rows := guarded(cursor.fetchmany, BLOCK):
            parts = [row[0] for row in rows]
            found.append(Block(b"".join(parts), array("I", accumulate(map(len, parts)))))
        return found
    finally:
        cursor.close()


def pin(session: Any, table: Table, total: int | None) -> None:
    """Pin a table; with ``total`` its rows repeat up to that many. Raises ORA-20000 for an empty table."""
    rows, last = session.database.storage.run(f"SELECT count(*), max(r) FROM {table.duck} WHERE t = {ALIVE}")[0]
    if total is not None and not rows:
        raise ora(1426)
    table.pinned = Pinned(rows, total or rows, last is not None and _number(table, last) == rows - 1)
    table.analyzed = (table.pinned.total, session.database.clock.now())
    session.database.catalog.changed()
