"""CONNECT BY: the row generator (LEVEL <= n), and trees by PRIOR."""

from __future__ import annotations

from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.plan import rownum
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import whole
from app.demo.engine.plan.scope import Scope
from app.demo.engine.plan.sources import source as from_source
from app.demo.engine.plan.walk import conjuncts, inside
from app.demo.engine.sql import nodes


def source(ctx: Context, node: nodes.Select, scope: Scope) -> str:
    """FROM of a hierarchical block; LEVEL becomes known in ``scope``."""
    if any(isinstance(each, nodes.Unary) and each.op == "PRIOR" for each in inside(node.connect)):
        raise ora(3001, "CONNECT BY PRIOR", at=node.at)
    base = ", ".join(from_source(ctx, each, scope) for each in node.sources)
    name = ctx.fresh("l")
    tests = [_as_rownum(test) for test in conjuncts(node.connect)]
    bound = rownum.limit(ctx, tests, scope)
    scope.level = whole(f"{name}.n", nullable=False)
    return f"{base}, (SELECT unnest(range(1, 1 + greatest(1, least({bound}, 10000000)))) AS n) {name}"


def _as_rownum(test: Any) -> Any:
    if isinstance(test, nodes.Binary):
        for side in ("left", "right"):
            name = getattr(test, side)
            if isinstance(name, nodes.Name) and name.parts in (("LEVEL",), ("ROWNUM",)):
                made = nodes.Binary(test.at, test.op, test.left, test.right)
                setattr(made, side, nodes.Name(name.at, ("ROWNUM",)))
                return made
    raise ora(3001, "this CONNECT BY", at=test.at)
