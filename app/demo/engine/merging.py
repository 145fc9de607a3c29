"""MERGE: updates and deletes of what matches, then inserts of what does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.demo.engine import integrity, updating
from app.demo.engine.errors import ora
from app.demo.engine.objects import ColumnDef, Table
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex
from app.demo.engine.plan.expressions import compiled, truth
from app.demo.engine.plan.scope import Scope
from app.demo.engine.plan.sources import source
from app.demo.engine.plan.sources import table as table_relation
from app.demo.engine.results import Done
from app.demo.engine.rows import Reader, assigned
from app.demo.engine.sql import nodes
from app.demo.engine.types import OraType

Env = dict[str, Any]


def merge(changes: Any, node: nodes.Merge, kinds: list[OraType], envs: Sequence[Env], mark: int) -> Done:
    """MERGE: updates and deletes first, then the inserts of what did not match."""
    table = changes.table(node.table, "UPDATE" if node.sets else "INSERT")
    count = 0
    for index, env in enumerate(envs):
        step = mark if index == 0 else changes.session.transaction.mark()
        inserts = _unmatched(changes, node, table, kinds, env)
        if node.sets:
            count += _matched(changes, node, table, kinds, env, step)
        if inserts is not None:
            columns, rows = inserts
            second = changes.session.transaction.mark()
            changes.store(table, columns, rows, second)
            integrity.check(changes, table, second, inserted=True)
            count += len(rows)
    return Done(count)


def _matched(changes: Any, node: nodes.Merge, table: Table, kinds: list[OraType], env: Env, mark: int) -> int:
    ctx, relation, scope = changes.relation(table, node.table, kinds, env)
    using = source(ctx, node.source, scope)
    tests = [truth(ctx, node.on, scope)]
    if node.update_where is not None:
        tests.append(truth(ctx, node.update_where, scope))
    columns, exs = updating.assignments(changes, ctx, table, node.sets, scope)
    reader = Reader(ctx, table, columns, exs, changes, extra=[f"{relation.name}.r", f"{relation.name}.t"])
    found = reader.rows(f"{relation.versions}, {using}", f" WHERE {' AND '.join(tests)}", env)
    if len({row[-2] for row in found}) != len(found):
        raise ora(30926)
    changes.replace(table, columns, found, mark)
    integrity.check(changes, table, mark, changed={column.name for column in columns})
    if node.delete_where is not None:
        ctx, relation, scope = changes.relation(table, node.table, kinds, env)
        using = source(ctx, node.source, scope)
        where = f"{truth(ctx, node.on, scope)} AND {truth(ctx, node.delete_where, scope)}"
        ids = [row[-2] for row in found]
        row = f"{relation.name}.r, {relation.name}.t"
        gone = changes.bring(ctx, f"SELECT DISTINCT {row} FROM {relation.versions}, {using} WHERE {where}", env)
        wanted = set(ids)
        changes.remove(table, [row for row in gone if row[0] in wanted], changes.session.transaction.mark())
    return len(found)


def _unmatched(
    changes: Any, node: nodes.Merge, table: Table, kinds: list[OraType], env: Env
) -> tuple[list[ColumnDef], list[list[Any]]] | None:
    if node.values is None:
        return None
    columns = changes.targets(table, node.columns)
    ctx = changes.context(kinds, env)
    scope = Scope()
    using = source(ctx, node.source, scope)
    target = table_relation(
        ctx, table, node.table.alias or node.table.parts[-1], nodes.Source(node.at, node.table.parts, None)
    )
    both = Scope([*scope.relations, target])
    on = truth(ctx, node.on, both)
    extra = f" AND {truth(ctx, node.insert_where, scope)}" if node.insert_where is not None else ""
    exs = [_value_in(changes, ctx, column, value, scope) for column, value in zip(columns, node.values, strict=True)]
    where = f" WHERE NOT EXISTS (SELECT 1 FROM {target.versions} WHERE {on}){extra}"
    return columns, Reader(ctx, table, columns, exs, changes).rows(using, where, env)


def _value_in(changes: Any, ctx: Context, column: ColumnDef, value: nodes.Node, scope: Scope) -> Ex:
    if isinstance(value, nodes.Literal) and value.kind == "default":
        made: Ex = changes.value(ctx, column, value)
        return made
    return assigned(ctx, compiled(ctx, value, scope), column)
