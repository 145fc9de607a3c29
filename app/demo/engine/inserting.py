"""INSERT of values and of a query's rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.demo.engine import integrity, many, returning
from app.demo.engine.codec import rowid as rowids
from app.demo.engine.errors import ora
from app.demo.engine.objects import ColumnDef, Table
from app.demo.engine.plan.queries import subquery
from app.demo.engine.results import Done
from app.demo.engine.rows import Reader, assigned
from app.demo.engine.sql import nodes
from app.demo.engine.types import OraType

Env = dict[str, Any]


def insert(changes: Any, node: nodes.Insert, kinds: list[OraType], envs: Sequence[Env], mark: int) -> Done:
    """INSERT of values, or of a query's rows."""
    if node.branches:
        return many.insert_all(changes, node, kinds, envs[0], mark)
    table = changes.table(node.table, "INSERT")
    columns = changes.targets(table, node.columns)
    if node.query is not None:
        rows = _selected(changes, table, columns, node.query, kinds, envs[0])
    else:
        rows = _valued(changes, table, columns, node.values or [], kinds, envs)
    ids = changes.store(table, columns, rows, mark)
    integrity.check(changes, table, mark, inserted=True)
    out = (
        returning.values(changes, node.returning, table, mark, kinds, envs[0], node.table.alias)
        if node.returning
        else ()
    )
    return Done(len(rows), rowids.packed(ids[-1]) if ids else None, out)


def _valued(
    changes: Any,
    table: Table,
    columns: list[ColumnDef],
    lists: list[list[nodes.Node]],
    kinds: list[OraType],
    envs: Sequence[Env],
) -> list[list[Any]]:
    rows = []
    for values in lists:
        if len(values) != len(columns):
            raise ora(947 if len(values) < len(columns) else 913, at=0)
        ctx = changes.context(kinds, envs[0])
        exs = [changes.value(ctx, column, value) for column, value in zip(columns, values, strict=True)]
        reader = Reader(ctx, table, columns, exs, changes)
        rows += [reader.row(env) for env in envs]
    return rows


def _selected(
    changes: Any, table: Table, columns: list[ColumnDef], query: nodes.Query, kinds: list[OraType], env: Env
) -> list[list[Any]]:
    ctx = changes.context(kinds, env)
    sub = subquery(ctx, query, None)
    if len(sub.columns) != len(columns):
        raise ora(947 if len(sub.columns) < len(columns) else 913, at=query.at)
    exs = [assigned(ctx, sub.column(i, "q"), column) for i, column in enumerate(columns)]
    reader = Reader(ctx, table, columns, exs, changes)
    return reader.rows(f"({sub.sql}) q", "", env)
