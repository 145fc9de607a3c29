"""SELECT FOR UPDATE: rows locked without being changed."""

from __future__ import annotations

from typing import Any

from app.demo.engine.clock import ALIVE
from app.demo.engine.errors import ora
from app.demo.engine.plan.expressions import truth
from app.demo.engine.plan.scope import Scope
from app.demo.engine.plan.sources import source
from app.demo.engine.sql import nodes
from app.demo.engine.types import OraType

Env = dict[str, Any]


def lock_rows(changes: Any, query: nodes.Query, kinds: list[OraType], env: Env) -> None:
    """Lock what a SELECT FOR UPDATE finds. Raises ORA-00054, 30006."""
    body = query.body
    if not isinstance(body, nodes.Select) or body.group or body.distinct or query.lock is None:
        raise ora(2014)
    wait = query.lock[1]
    mine = changes.session.begin()
    while True:
        with changes.storage.lock:
            other = _lock_once(changes, query.at, body, kinds, env, mine)
        if other is None:
            return
        changes.database.transactions.wait(mine, other, wait, changes.session.cancelled)


def _lock_once(changes: Any, at: int, body: nodes.Select, kinds: list[OraType], env: Env, mine: Any) -> Any:
    ctx = changes.context(kinds, env)
    scope = Scope()
    parts = ", ".join(source(ctx, each, scope) for each in body.sources)
    relation = scope.relations[0]
    if relation.table is None:
        raise ora(2014)
    changes.catalog.need(changes.session.user, relation.table, "UPDATE", at)
    where = f" WHERE {truth(ctx, body.where, scope)}" if body.where is not None else ""
    found = changes.bring(ctx, f"SELECT {relation.name}.r, {relation.name}.t FROM {parts}{where}", env)
    other = changes.database.transactions.blocker(
        mine, {row[1] for row in found if row[1] != ALIVE}, [r[0] for r in found]
    )
    if other is None:
        for row in found:
            changes.database.transactions.rows[row[0]] = mine
            mine.locked.add(row[0])
    return other
