"""Constraints after a statement: unique and primary keys, foreign keys with their delete rules, checks."""

from __future__ import annotations

from typing import Any

from app.demo.engine.clock import ALIVE, UNCOMMITTED
from app.demo.engine.errors import ora
from app.demo.engine.objects import Constraint, Table
from app.demo.engine.plan.expressions import truth
from app.demo.engine.plan.scope import Relation, Scope
from app.demo.engine.plan.sources import stored
from app.demo.engine.sql import nodes


def check(
    changes: Any,
    table: Table,
    mark: int,
    inserted: bool = False,
    changed: set[str] | None = None,
    deleted: bool = False,
) -> None:
    """Everything that the versions under ``mark`` must obey. Raises ORA-00001, 02290, 02291, 02292."""
    touched = changed or set()
    for each in table.constraints:
        if not each.enabled:
            continue
        concerned = inserted or bool(touched & set(each.columns))
        if each.kind in "PU" and concerned:
            _unique(changes, table, each.columns, f"{table.owner}.{each.name}", mark)
        elif each.kind == "R" and concerned:
            _parent(changes, table, each, mark)
        elif each.kind == "C" and each.check and each.check[0] is not None and (inserted or touched):
            _checked(changes, table, each.name, each.check[0], mark)
    for index in table.indexes:
        names = [name for name, _ in index.columns]
        watched = index.unique and not any(index.expressions) and (inserted or touched & set(names))
        if watched and not any(each.kind in "PU" and each.columns == names for each in table.constraints):
            _unique(changes, table, names, f"{index.owner}.{index.name}", mark)
    if deleted or touched:
        _children(changes, table, mark, touched)


def places(table: Table, names: list[str]) -> list[str]:
    """The DuckDB columns of these columns."""
    return [f"c{column.place}" for name in names if (column := table.column(name))]


def _unique(changes: Any, table: Table, names: list[str], name: str, mark: int) -> None:
    columns = places(table, names)
    keys = ", ".join(columns)
    row = f"({keys})" if len(columns) > 1 else keys
    present = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    mine = changes.session.transaction
    foreign = f"({{0}} >= {UNCOMMITTED} AND {{0}} < {ALIVE} AND NOT ({{0}} BETWEEN {mine.low} AND {mine.high}))"
    found = changes.storage.run(
        f"SELECT max(CASE WHEN {foreign.format('f')} THEN f END), max(CASE WHEN {foreign.format('t')} THEN t END) "
        f"FROM {table.duck} WHERE (t = {ALIVE} OR {foreign.format('t')}) AND {present} "
        f"AND {row} IN (SELECT {row if len(columns) > 1 else keys} FROM {table.duck} WHERE f = {mark}) "
        f"GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"
    )
    if found:
        changes.free([], [number for number in found[0] if number is not None])
        raise ora(1, name)


def _parent(changes: Any, table: Table, each: Constraint, mark: int) -> None:
    parent, key = each.parent
    mine = changes.session.transaction
    columns, others = places(table, each.columns), places(parent, key.columns)
    present = " AND ".join(f"n.{column} IS NOT NULL" for column in columns)
    same = " AND ".join(f"p.{a} = n.{b}" for a, b in zip(others, columns, strict=True))
    seen = (
        f"(p.f < {UNCOMMITTED} OR p.f BETWEEN {mine.low} AND {mine.high}) AND p.t >= {UNCOMMITTED} "
        f"AND NOT p.t BETWEEN {mine.low} AND {mine.high}"
    )
    if changes.storage.run(
        f"SELECT 1 FROM {table.duck} n WHERE n.f = {mark} AND n.t = {ALIVE} AND {present} "
        f"AND NOT EXISTS (SELECT 1 FROM {parent.duck} p WHERE {seen} AND {same}) LIMIT 1"
    ):
        raise ora(2291, f"{table.owner}.{each.name}")


def _checked(changes: Any, table: Table, name: str, wanted: nodes.Node, mark: int) -> None:
    ctx = changes.context([], changes.session.environment([]))
    fields = [(column.name, stored(column, "z")) for column in table.columns if column.virtual is None]
    condition = truth(ctx, wanted, Scope([Relation("z", table.name, fields)]))
    sql = f"SELECT 1 FROM {table.duck} z WHERE z.f = {mark} AND z.t = {ALIVE} AND NOT ({condition}) LIMIT 1"
    if changes.bring(ctx, sql, ctx.env):
        raise ora(2290, f"{table.owner}.{name}")


def _children(changes: Any, table: Table, mark: int, touched: set[str]) -> None:
    for child in changes.catalog.tables():
        for each in child.constraints:
            if each.kind == "R" and each.table is table and (not touched or touched & set(each.parent[1].columns)):
                _orphans(changes, table, child, each, mark)


def _orphans(changes: Any, table: Table, child: Table, each: Constraint, mark: int) -> None:
    mine = changes.session.transaction
    columns, others = places(child, each.columns), places(table, each.parent[1].columns)
    same = " AND ".join(f"c.{a} = p.{b}" for a, b in zip(columns, others, strict=True))
    again = " AND ".join(f"q.{b} = p.{b}" for b in others)
    found = changes.storage.run(
        f"SELECT DISTINCT c.r, c.t FROM {child.duck} c JOIN {table.duck} p ON {same} WHERE p.t = {mark} AND "
        f"(c.t = {ALIVE} OR (c.t >= {UNCOMMITTED} AND NOT c.t BETWEEN {mine.low} AND {mine.high})) "
        f"AND NOT EXISTS (SELECT 1 FROM {table.duck} q WHERE q.t = {ALIVE} AND {again})"
    )
    if not found:
        return
    if each.delete == "CASCADE":
        changes.remove(child, found, changes.session.transaction.mark())
        return
    raise ora(2292, f"{child.owner}.{each.name}")
