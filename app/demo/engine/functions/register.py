"""How a function gets its name and the count of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex
from app.demo.engine.plan.expressions import BARE, FUNCTIONS
from app.demo.engine.sql.nodes import Call

Function = Callable[..., Ex]


def function(names: str, least: int, most: int, bare: bool = False) -> Callable[[Function], Function]:
    """Enter a function under each of these names; ``bare``: it may stand without parentheses. ORA-00909 is checked."""

    def enter(made: Function) -> Function:
        def checked(ctx: Context, node: Call, args: list[Ex]) -> Ex:
            if not least <= len(args) <= most:
                raise ora(909 if len(args) else 938, at=node.at)
            return made(ctx, node, *args)

        for name in names.split():
            FUNCTIONS[name] = checked
            if bare:
                BARE.add(name)
        return made

    return enter


def text(ctx: Context, value: Ex) -> Ex:
    """An argument as text, CHAR and CLOB as they are."""
    return convert.text(ctx, value)


def whole_sql(ex: Ex) -> str:
    """An integer argument in DuckDB."""
    return f"CAST(trunc(CAST({ex.sql if ex.rep != 'number' else ex.approx} AS DOUBLE)) AS BIGINT)"


def model_of(ctx: Context, value: Ex | None) -> Any:
    """A format argument's text; it must be constant."""
    if value is None:
        return None
    if not value.const:
        raise ora(3001, "a format model that is not constant")
    return ctx.value(value)
