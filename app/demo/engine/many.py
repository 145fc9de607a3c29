"""INSERT ALL: a query's rows into several tables."""

from __future__ import annotations

from typing import Any

from app.demo.engine import integrity
from app.demo.engine.errors import ora
from app.demo.engine.plan.expressions import compiled
from app.demo.engine.plan.queries import subquery
from app.demo.engine.plan.scope import Relation, Scope
from app.demo.engine.results import Done
from app.demo.engine.rows import Reader, assigned
from app.demo.engine.sql import nodes
from app.demo.engine.types import OraType

Env = dict[str, Any]


def insert_all(changes: Any, node: nodes.Insert, kinds: list[OraType], env: Env, mark: int) -> Done:
    """INSERT ALL: each of the query's rows into every branch."""
    count = 0
    for source_node, names, values in node.branches:
        table = changes.table(source_node, "INSERT")
        columns = changes.targets(table, names)
        ctx = changes.context(kinds, env)
        if node.query is None:
            raise ora(928, at=node.at)
        sub = subquery(ctx, node.query, None)
        fields = [(name, sub.column(i, "q")) for i, name in enumerate(sub.names)]
        scope = Scope([Relation("q", "", fields)])
        exs = [assigned(ctx, ctx.bring(compiled(ctx, value, scope)), column)
               for column, value in zip(columns, values, strict=True)]  # fmt: skip
        rows = Reader(ctx, table, columns, exs, changes).rows(f"({sub.sql}) q", "", env)
        changes.store(table, columns, rows, mark)
        integrity.check(changes, table, mark, inserted=True)
        count += len(rows)
    return Done(count)
