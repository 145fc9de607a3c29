"""ROWNUM in WHERE: how many rows may pass."""

from __future__ import annotations

from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import approximate
from app.demo.engine.plan.expressions import compiled
from app.demo.engine.plan.scope import Scope
from app.demo.engine.sql import nodes

_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


def limit(ctx: Context, tests: list[Any], scope: Scope) -> str | None:
    """The LIMIT that these conditions on ROWNUM mean; None without any."""
    bounds = [bound for test in tests for bound in _bounds(ctx, test, scope)]
    if not bounds:
        return None
    return bounds[0] if len(bounds) == 1 else f"least({', '.join(bounds)})"


def _bounds(ctx: Context, test: Any, scope: Scope) -> list[str]:
    if isinstance(test, nodes.Between) and not test.negated:
        return [_bound(ctx, ">=", test.low, scope), _bound(ctx, "<=", test.high, scope)]
    if not isinstance(test, nodes.Binary) or test.op not in _TURNED:
        raise ora(3001, "this condition on ROWNUM", at=test.at)
    left = isinstance(test.left, nodes.Name) and test.left.parts == ("ROWNUM",)
    other = test.right if left else test.left
    return [_bound(ctx, test.op if left else _TURNED[test.op], other, scope)]


def _bound(ctx: Context, op: str, node: Any, scope: Scope) -> str:
    value = ctx.bring(convert.numeric(ctx, compiled(ctx, node, Scope(parent=scope.parent))))
    number, everything = approximate(value), 1 << 62
    form = {
        "<=": "greatest(0, floor({0}))",
        "<": "greatest(0, ceil({0}) - 1)",
        "=": "CASE WHEN {0} = 1 THEN 1 ELSE 0 END",
        ">=": "CASE WHEN {0} <= 1 THEN {1} ELSE 0 END",
        ">": "CASE WHEN {0} < 1 THEN {1} ELSE 0 END",
        "<>": "CASE WHEN {0} = 1 THEN 0 WHEN {0} > 1 AND {0} = floor({0}) THEN {0} - 1 ELSE {1} END",
    }[op]
    return f"CAST(coalesce({form.format(number, everything)}, 0) AS BIGINT)"
