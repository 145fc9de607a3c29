"""UPDATE and DELETE: which rows they find, and what SET makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.demo.engine import integrity, returning
from app.demo.engine.codec import rowid as rowids
from app.demo.engine.errors import ora
from app.demo.engine.objects import ColumnDef, Table
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex
from app.demo.engine.plan.expressions import compiled, truth
from app.demo.engine.plan.queries import subquery
from app.demo.engine.plan.scope import Scope
from app.demo.engine.results import Done
from app.demo.engine.rows import Reader, assigned
from app.demo.engine.sql import nodes
from app.demo.engine.types import OraType

Env = dict[str, Any]


def update(changes: Any, node: nodes.Update, kinds: list[OraType], envs: Sequence[Env], mark: int) -> Done:
    """UPDATE."""
    table = changes.table(node.table, "UPDATE")
    count, last = 0, None
    for index, env in enumerate(envs):
        step = mark if index == 0 else changes.session.transaction.mark()
        ctx, relation, scope = changes.relation(table, node.table, kinds, env)
        columns, exs = assignments(changes, ctx, table, node.sets, scope)
        where = f" WHERE {truth(ctx, node.where, scope)}" if node.where is not None else ""
        reader = Reader(ctx, table, columns, exs, changes, extra=[f"{relation.name}.r", f"{relation.name}.t"])
        found = reader.rows(relation.versions or "", where, env)
        changes.replace(table, columns, found, step)
        integrity.check(changes, table, step, changed={column.name for column in columns})
        count += len(found)
        last = found[-1][-2] if found else last
    out = (
        returning.values(changes, node.returning, table, mark, kinds, envs[0], node.table.alias)
        if node.returning
        else ()
    )
    return Done(count, rowids.packed(last) if last is not None else None, out)


def assignments(
    changes: Any, ctx: Context, table: Table, sets: Sequence[nodes.Set], scope: Scope
) -> tuple[list[ColumnDef], list[Ex]]:
    """The columns that SET names, and their new values."""
    columns: list[ColumnDef] = []
    exs: list[Ex] = []
    for each in sets:
        targets = changes.targets(table, [(name.parts[-1], name.at) for name in each.columns])
        if len(targets) > 1:
            exs += _several(ctx, each, targets, scope)
        elif isinstance(each.value, nodes.Literal) and each.value.kind == "default":
            exs.append(changes.value(ctx, targets[0], each.value))
        else:
            exs.append(assigned(ctx, compiled(ctx, each.value, scope), targets[0]))
        columns += targets
    return columns, exs


def _several(ctx: Context, each: nodes.Set, targets: list[ColumnDef], scope: Scope) -> list[Ex]:
    if not isinstance(each.value, nodes.Scalar):
        raise ora(1767, at=each.at)
    sub = subquery(ctx, each.value.query, scope)
    if len(sub.columns) != len(targets):
        raise ora(947 if len(sub.columns) < len(targets) else 913, at=each.at)
    made = []
    for i, column in enumerate(targets):
        inner = sub.column(i, "q")
        whole = Ex(inner.type, f"(SELECT {inner.sql} FROM ({sub.sql}) q)", inner.rep, inner.digits,
                   approx=f"(SELECT {inner.approx} FROM ({sub.sql}) q)" if inner.approx else None)  # fmt: skip
        made.append(assigned(ctx, whole, column))
    return made


def delete(changes: Any, node: nodes.Delete, kinds: list[OraType], envs: Sequence[Env], mark: int) -> Done:
    """DELETE."""
    table = changes.table(node.table, "DELETE")
    count, last = 0, None
    for index, env in enumerate(envs):
        step = mark if index == 0 else changes.session.transaction.mark()
        ctx, relation, scope = changes.relation(table, node.table, kinds, env)
        where = f" WHERE {truth(ctx, node.where, scope)}" if node.where is not None else ""
        found = changes.bring(ctx, f"SELECT {relation.name}.r, {relation.name}.t FROM {relation.versions}{where}", env)
        changes.remove(table, found, step)
        count += len(found)
        last = found[-1][0] if found else last
    out = (
        returning.values(changes, node.returning, table, mark, kinds, envs[0], node.table.alias)
        if node.returning
        else ()
    )
    return Done(count, rowids.packed(last) if last is not None else None, out)
