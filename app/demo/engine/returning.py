"""RETURNING … INTO: the values of the rows a statement has just changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.demo.engine.clock import ALIVE
from app.demo.engine.codec import cells
from app.demo.engine.errors import ora
from app.demo.engine.objects import Table
from app.demo.engine.plan import convert
from app.demo.engine.plan.ex import Ex, python
from app.demo.engine.plan.expressions import compiled
from app.demo.engine.plan.output import final_encoder
from app.demo.engine.plan.scope import Relation, Scope
from app.demo.engine.plan.sources import stored
from app.demo.engine.sql import nodes
from app.demo.engine.types import BINARIES, ROWID, OraType


def values(
    changes: Any,
    node: nodes.Returning,
    table: Table,
    mark: int,
    kinds: list[OraType],
    env: dict[str, Any],
    alias: str | None,
) -> Sequence[Sequence[bytes | None]]:
    """One list of encoded values for each bind; those that take nothing back are empty. Raises ORA-00913, 00947."""
    if len(node.items) != len(node.binds):
        raise ora(947 if len(node.items) < len(node.binds) else 913, at=node.at)
    ctx = changes.context(kinds, env)
    fields = [(column.name, stored(column, "z")) for column in table.columns if column.virtual is None]
    scope = Scope([Relation("z", alias or table.name, fields, table.owner, table, Ex(ROWID, "z.r"))])
    newer = f"SELECT 1 FROM {table.duck} x WHERE x.f = {mark} AND x.r = {table.duck}.r"
    ours = f"(f = {mark} AND t = {ALIVE}) OR (t = {mark} AND NOT EXISTS ({newer}))"
    rows = f"(SELECT * FROM {table.duck} WHERE {ours}) z"
    out: list[list[bytes | None]] = [[] for _ in kinds]
    for item, bind in zip(node.items, node.binds, strict=True):
        wanted = kinds[bind.index]
        ex = ctx.bring(_as(ctx, compiled(ctx, item, scope), wanted))
        run, leaves = python(ex)
        names = list(leaves)
        select = ", ".join(cells.leaf(leaf.sql, leaf.rep) for leaf in leaves.values()) or "1"
        readers = [cells.from_duck(leaf.type, leaf.rep) for leaf in leaves.values()]
        encode = final_encoder(wanted if wanted.name != "LONG" else ex.type, ctx.settings.zone)
        for row in changes.bring(ctx, f"SELECT {select} FROM {rows}", env):
            known = dict(env)
            for name, read, value in zip(names, readers, row, strict=False):
                known[name] = None if value is None else read(value)
            out[bind.index].append(encode(run(known)))
    return out


def _as(ctx: Any, ex: Ex, kind: OraType) -> Ex:
    return convert.double(ctx, ex, kind) if kind.name in BINARIES else convert.to_type(ctx, ex, kind)
