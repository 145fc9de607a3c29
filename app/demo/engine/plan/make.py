"""One way to build a value from others: folded when all are constant, else SQL with Python beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, python
from app.demo.engine.types import OraType


def make(
    ctx: Context,
    kind: OraType,
    args: Sequence[Ex],
    py: Callable[..., Any] | None,
    sql: Callable[..., str] | None,
    *,
    rep: str = "",
    digits: tuple[int, int] | None = None,
    exact: bool = True,
    strict: bool = True,
) -> Ex:
    """``py(*values)`` or ``sql(*brought)``. ``strict``: any NULL argument makes NULL. Without ``sql``, Python alone."""
    if py and all(arg.const for arg in args):
        return _folded(kind, args, py, strict)
    brought = [ctx.bring(arg) for arg in args]
    text = sql(*brought) if sql else f"CAST(error('ORA-03001: unimplemented feature') AS {kind.duck})"
    made = Ex(kind, text, rep, digits, exact=exact and sql is not None)
    if py and (not made.exact or any(not arg.exact for arg in brought)):
        made.exact = False
        _with_python(made, brought, py, strict)
    elif not py and any(not arg.exact for arg in brought):
        made.exact = False
    if made.rep == "number":
        made.approx = "CAST(NULL AS DOUBLE)"
    return made


def _folded(kind: OraType, args: Sequence[Ex], py: Callable[..., Any], strict: bool) -> Ex:
    getters = [arg.py for arg in args if arg.py]
    if len(getters) == 1 and strict:
        only = getters[0]

        def one(env: Any) -> Any:
            value = only(env)
            return None if value is None else py(value)

        run: Callable[[Any], Any] = one
    else:

        def run(env: Any) -> Any:
            values = [getter(env) for getter in getters]
            return None if strict and any(value is None for value in values) else py(*values)

    return Ex(kind, py=_empty_is_null(run) if kind.text else run, const=True, fixed=all(arg.fixed for arg in args))


def _empty_is_null(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def cleaned(env: Any) -> Any:
        return run(env) or None

    return cleaned


def _with_python(made: Ex, args: Sequence[Ex], py: Callable[..., Any], strict: bool) -> None:
    parts = [python(arg) for arg in args]
    getters = [getter for getter, _ in parts]
    for _, leaves in parts:
        made.leaves |= leaves

    def run(env: Any) -> Any:
        values = [getter(env) for getter in getters]
        return None if strict and any(value is None for value in values) else py(*values)

    made.py = run
