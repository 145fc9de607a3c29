"""Values on their way into a table: assigned to a column's type, read exactly, checked and padded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from app.demo.engine.codec import cells
from app.demo.engine.errors import ora
from app.demo.engine.objects import ColumnDef, Table
from app.demo.engine.plan import convert
from app.demo.engine.plan.casts import keeper
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, constant, python
from app.demo.engine.types import BINARIES, NUMBERS, OraType


def assigned(ctx: Context, ex: Ex, column: ColumnDef) -> Ex:
    """The value as the column's family. Raises ORA-00932."""
    kind = column.type
    if ex.null:
        return constant(kind, None)
    if kind.name in BINARIES:
        return convert.double(ctx, ex, kind)
    if kind.name in ("BLOB", "LONG RAW") and ex.type.text:
        return convert.raw(ctx, ex)
    if kind.rep in ("moment", "nanos", "zoned"):
        return convert.moment(ctx, ex, kind if kind.name != "TIMESTAMP" else OraType("TIMESTAMP", scale=9))
    moved = convert.to_type(ctx, ex, kind)
    if convert.kind_of(moved.type) != convert.kind_of(kind):
        raise ora(932, kind.name, ex.type.name)
    return moved


class Reader:
    """Reads rows of compiled values for some columns, exactly; ``extra`` SQL comes along behind them."""

    def __init__(
        self,
        ctx: Context,
        table: Table,
        columns: Sequence[ColumnDef],
        exs: Sequence[Ex],
        changes: Any,
        extra: Sequence[str] = (),
    ) -> None:
        self._ctx, self._changes, self._extra = ctx, changes, list(extra)
        self._keepers: list[Callable[[Any], Any]] = [
            _keeper(table, column, ex) for column, ex in zip(columns, exs, strict=True)
        ]
        self._constant = [ex.py if ex.const and not ex.sql else None for ex in exs]
        self._exs = list(exs)

    def row(self, env: dict[str, Any]) -> list[Any]:
        """One row from constants alone; what is not constant is asked of DuckDB."""
        if all(run is not None for run in self._constant):
            return [keep(run(env)) for keep, run in zip(self._keepers, self._constant, strict=True) if run is not None]
        return self.rows("(SELECT 1 AS one) one", "", env)[0]

    def rows(self, source: str, where: str, env: dict[str, Any]) -> list[list[Any]]:
        """All rows of ``SELECT … FROM source where``."""
        leaves: dict[str, tuple[int, Callable[[Any], Any]]] = {}
        runs: list[Callable[[Any], Any]] = []
        order: list[str] = []
        for ex in self._exs:
            if ex.const and not ex.sql and ex.py:
                runs.append(ex.py)
                continue
            run, needed = python(ex)
            runs.append(run)
            for key, leaf in needed.items():
                if key not in leaves:
                    leaves[key] = (len(order), cells.from_duck(leaf.type, leaf.rep))
                    order.append(cells.leaf(leaf.sql, leaf.rep))
        select = ", ".join([*order, *self._extra]) or "1"
        found = self._changes.bring(self._ctx, f"SELECT {select} FROM {source}{where}", env)
        fetched = [(key, place, read) for key, (place, read) in leaves.items()]
        return [self._row(row, env, fetched, runs, len(order)) for row in found]

    def _row(self, row: Sequence[Any], env: dict[str, Any], fetched: Any, runs: Any, width: int) -> list[Any]:
        known = dict(env)
        for key, place, read in fetched:
            value = row[place]
            known[key] = None if value is None else read(value)
        values = [keep(run(known)) for keep, run in zip(self._keepers, runs, strict=True)]
        return [*values, *row[width : width + len(self._extra)]]


def _keeper(table: Table, column: ColumnDef, ex: Ex) -> Callable[[Any], Any]:
    keep = keeper(column.type, f'"{table.owner}"."{table.name}"."{column.name}"')
    floats = column.type.name in NUMBERS and ex.type.name in BINARIES

    def kept(value: Any) -> Any:
        if value is None:
            return None
        return keep(_from_float(value)) if floats else keep(value)

    return kept


def _from_float(value: float) -> Any:
    if value != value or value in (float("inf"), float("-inf")):
        raise ora(1426)
    return Decimal(repr(value))
