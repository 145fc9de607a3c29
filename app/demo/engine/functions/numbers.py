"""Functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from app.demo.engine.codec.number import EXACT, FORTY
from app.demo.engine.errors import ora
from app.demo.engine.functions.register import function, whole_sql
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate, constant
from app.demo.engine.plan.make import make
from app.demo.engine.sql.nodes import Call
from app.demo.engine.types import BINARIES, NUMBER, OraType


def _same(ctx: Context, value: Ex, py: Callable[[Any], Any], fn: str) -> Ex:
    """A function that keeps the number's kind and digits."""
    a = convert.numeric(ctx, value)
    if not a.const and a.rep == "number":
        return make(ctx, a.type, [a], py, lambda x: f"{fn}({approximate(x)})", rep="approx", exact=False)
    return make(ctx, a.type, [a], py, lambda x: f"{fn}({x.sql})", rep=a.rep, digits=a.digits, exact=a.rep != "approx")


@function("ABS", 1, 1)
def abs_(ctx: Context, _node: Call, value: Ex) -> Ex:
    """ABS."""
    return _same(ctx, value, lambda v: v.copy_abs() if isinstance(v, Decimal) else abs(v), "abs")


@function("SIGN", 1, 1)
def sign(ctx: Context, _node: Call, value: Ex) -> Ex:
    """SIGN."""
    return make(ctx, NUMBER, [convert.numeric(ctx, value)], lambda v: Decimal((v > 0) - (v < 0)),
                lambda x: f"CAST(sign({approximate(x)}) AS DECIMAL(1,0))", rep="decimal", digits=(1, 0))  # fmt: skip


def _whole(ctx: Context, value: Ex, mode: str, fn: str) -> Ex:
    a = convert.numeric(ctx, value)

    def py(v: Any) -> Any:
        return v.to_integral_value(mode) if isinstance(v, Decimal) else float(getattr(math, fn)(v))

    def py_rounded(v: Any) -> Any:
        return v.to_integral_value(mode) if isinstance(v, Decimal) else py(v)

    if a.rep == "decimal" and a.digits and not a.const:
        digits = (min(38, a.digits[0] - a.digits[1] + 1), 0)
        return make(ctx, NUMBER, [a], py_rounded, lambda x: f"CAST({fn}({x.sql}) AS DECIMAL({digits[0]},0))",
                    rep="decimal", digits=digits)  # fmt: skip
    if a.type.name in BINARIES:
        return make(ctx, a.type, [a], py, lambda x: f"{fn}({x.sql})")
    return make(ctx, NUMBER, [a], py_rounded, lambda x: f"{fn}({approximate(x)})", rep="approx", exact=False)


@function("CEIL CEILING", 1, 1)
def ceil(ctx: Context, _node: Call, value: Ex) -> Ex:
    """CEIL."""
    return _whole(ctx, value, ROUND_CEILING, "ceil")


@function("FLOOR", 1, 1)
def floor(ctx: Context, _node: Call, value: Ex) -> Ex:
    """FLOOR."""
    return _whole(ctx, value, ROUND_FLOOR, "floor")


def rounded(ctx: Context, value: Ex, places: Ex | None, mode: str, fn: str) -> Ex:
    """ROUND and TRUNC of numbers."""
    a = convert.numeric(ctx, value)
    args = [a] + ([convert.numeric(ctx, places)] if places is not None else [])
    if a.type.name in BINARIES:
        return make(ctx, a.type, args, lambda v, n=0: float(round(Decimal(v), int(n))), lambda x, n=None:
                    f"{fn}({x.sql}{', ' + whole_sql(n) + '::INT' if n else ''})")  # fmt: skip

    def py(v: Decimal, n: Any = 0) -> Decimal:
        exponent = v.as_tuple().exponent
        if isinstance(exponent, int) and -exponent <= int(n):
            return v
        return v.quantize(Decimal((0, (1,), -int(n))), mode, EXACT)

    known = 0 if places is None else int(ctx.value(places)) if places.fixed and ctx.value(places) is not None else None
    if a.rep == "decimal" and a.digits and not a.const and known is not None and known >= 0:
        scale = min(known, a.digits[1])
        digits = (min(38, a.digits[0] - a.digits[1] + scale + 1), scale)
        old = a.digits

        def sql(x: Ex, *_places: Ex) -> str:
            if fn == "round":
                return f"CAST({fn}({x.sql}, {known}) AS DECIMAL({digits[0]},{digits[1]}))"
            return _cut(x.sql, old, digits)

        return make(ctx, NUMBER, args, py, sql, rep="decimal", digits=digits)
    return make(ctx, NUMBER, args, py, lambda x, n=None: _double_rounded(fn, x, n), rep="approx", exact=False)


def _cut(sql: str, old: tuple[int, int], new: tuple[int, int]) -> str:
    step = "0." + "0" * (new[1] - 1) + "1" if new[1] else "1"
    unit = f"CAST({step} AS DECIMAL({old[0] if old[0] > old[1] else 38},{new[1]}))"
    return f"CAST(({sql} - ({sql} % {unit})) AS DECIMAL({new[0]},{new[1]}))" if old[1] > new[1] else sql


def _double_rounded(fn: str, x: Ex, n: Ex | None) -> str:
    places = f"{whole_sql(n)}::INT" if n else "0"
    if fn == "round":
        return f"round({approximate(x)}, {places})"
    return f"(trunc({approximate(x)} * pow(10, {places})) / pow(10, {places}))"


def _mod(a: Any, b: Any) -> Any:
    if isinstance(a, float) or isinstance(b, float):
        return math.fmod(float(a), float(b)) if b else float(a)
    return EXACT.remainder(a, b) if b else a


@function("MOD", 2, 2)
def mod(ctx: Context, _node: Call, left: Ex, right: Ex) -> Ex:
    """MOD: the sign of the dividend; MOD(a, 0) is a."""
    a, b = convert.numeric(ctx, left), convert.numeric(ctx, right)
    if a.type.name in BINARIES or b.type.name in BINARIES:
        return make(ctx, a.type if a.type.name in BINARIES else b.type, [a, b], _mod,
                    lambda x, y: f"fmod({approximate(x)}, {approximate(y)})")  # fmt: skip
    if a.const and b.const:
        return make(ctx, NUMBER, [a, b], _mod, None)
    x, y = ctx.bring(a), ctx.bring(b)
    if x.rep == y.rep == "decimal" and x.digits and y.digits:
        (p1, s1), (p2, s2) = x.digits, y.digits
        scale = max(s1, s2)
        if max(p1 - s1, p2 - s2) + scale <= 38:
            precision = (
                max(1, min(p1 - s1, p2 - s2) + scale)
                if right.fixed and ctx.value(right)
                else max(p1 - s1, p2 - s2) + scale
            )
            kind = f"DECIMAL({max(p1 - s1, p2 - s2) + scale},{scale})"
            sql = f"CAST(CAST({x.sql} AS {kind}) % CAST({y.sql} AS {kind}) AS DECIMAL({precision},{scale}))"
            sql = sql if right.fixed else f"CASE WHEN {y.sql} = 0 THEN {x.sql} ELSE {sql} END"
            return make(ctx, NUMBER, [x, y], _mod, lambda *_: sql, rep="decimal", digits=(precision, scale),
                        exact=x.exact and y.exact)  # fmt: skip
    return make(
        ctx, NUMBER, [x, y], _mod, lambda *_: f"fmod({approximate(x)}, {approximate(y)})", rep="approx", exact=False
    )


@function("REMAINDER", 2, 2)
def remainder(ctx: Context, _node: Call, left: Ex, right: Ex) -> Ex:
    """REMAINDER: to the nearest multiple."""

    def py(a: Any, b: Any) -> Any:
        if not b:
            raise ora(1476)
        return EXACT.remainder_near(Decimal(a), Decimal(b))

    return make(ctx, NUMBER, [convert.numeric(ctx, left), convert.numeric(ctx, right)], py, None)


def _math(name: str, py: Callable[..., Any], sql: str, least: int = 1, most: int = 1) -> None:
    @function(name, least, most)
    def made(ctx: Context, _node: Call, *values: Ex) -> Ex:
        args = [convert.numeric(ctx, value) for value in values]
        floats = any(arg.type.name in BINARIES for arg in args)
        kind = next((arg.type for arg in args if arg.type.name in BINARIES), NUMBER)

        def run(*numbers: Any) -> Any:
            try:
                value = py(*numbers)
            except (ValueError, ZeroDivisionError, ArithmeticError):
                raise ora(1428, str(numbers[0])) from None
            return float(value) if floats else value if isinstance(value, Decimal) else Decimal(repr(value))

        return make(ctx, kind, args, run, lambda *xs: sql.format(*[approximate(x) for x in xs]),
                    rep="double" if floats else "approx", exact=floats)  # fmt: skip


def _power(a: Any, b: Any) -> Any:
    if isinstance(a, float) or isinstance(b, float):
        return float(a) ** float(b)
    return FORTY.power(a, b)


def _log(base: Any, value: Any) -> Any:
    return FORTY.divide(FORTY.ln(Decimal(value)), FORTY.ln(Decimal(base)))


def _trigonometric(name: str) -> None:
    known = getattr(math, name.lower())
    _math(name, lambda v: known(float(v)), name.lower() + "({0})")


_math("POWER", _power, "pow({0}, {1})", 2, 2)
_math("SQRT", lambda v: FORTY.sqrt(Decimal(v)) if v >= 0 else math.sqrt(-1), "sqrt({0})")
_math("EXP", lambda v: FORTY.exp(Decimal(v)), "exp({0})")
_math("LN", lambda v: FORTY.ln(Decimal(v)) if v > 0 else math.log(-1), "ln({0})")
_math("LOG", _log, "(ln({1}) / ln({0}))", 2, 2)
for _name in ("SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "SINH", "COSH", "TANH"):
    _trigonometric(_name)
_math("ATAN2", lambda a, b: math.atan2(float(a), float(b)), "atan2({0}, {1})", 2, 2)


@function("BITAND", 2, 2)
def bitand(ctx: Context, _node: Call, left: Ex, right: Ex) -> Ex:
    """BITAND."""
    return make(ctx, NUMBER, [convert.numeric(ctx, left), convert.numeric(ctx, right)],
                lambda a, b: Decimal(int(a) & int(b)), lambda x, y:
                f"CAST(({whole_sql(x)} & {whole_sql(y)}) AS DECIMAL(19,0))", rep="decimal", digits=(19, 0))  # fmt: skip


@function("WIDTH_BUCKET", 4, 4)
def width_bucket(ctx: Context, _node: Call, value: Ex, low: Ex, high: Ex, buckets: Ex) -> Ex:
    """WIDTH_BUCKET."""
    args = [convert.numeric(ctx, each) for each in (value, low, high, buckets)]

    def py(v: Any, a: Any, b: Any, n: Any) -> Decimal:
        return Decimal(0 if v < a else int(n) + 1 if v >= b else int((v - a) * n / (b - a)) + 1)

    def sql(v: Ex, a: Ex, b: Ex, n: Ex) -> str:
        x, low_, high_, count = (approximate(each) for each in (v, a, b, n))
        inner = f"floor(({x} - {low_}) * {count} / ({high_} - {low_})) + 1"
        place = f"CASE WHEN {x} < {low_} THEN 0 WHEN {x} >= {high_} THEN {count} + 1 ELSE {inner} END"
        return f"CAST({place} AS DECIMAL(18,0))"

    return make(ctx, NUMBER, args, py, sql, rep="decimal", digits=(18, 0))


@function("NANVL", 2, 2)
def nanvl(ctx: Context, _node: Call, value: Ex, other: Ex) -> Ex:
    """NANVL."""
    return make(ctx, value.type, [value, convert.numeric(ctx, other)], lambda v, o: o if v != v else v,
                lambda x, o: f"CASE WHEN isnan({x.sql}) THEN {approximate(o)} ELSE {x.sql} END")  # fmt: skip


HALF_UP, DOWN = ROUND_HALF_UP, ROUND_DOWN


def _special(name: str, kind: str, value: float) -> None:
    @function(name, 0, 0, bare=True)
    def made(_ctx: Context, _node: Call) -> Ex:
        return constant(OraType(kind), value)


for _kind in ("BINARY_FLOAT", "BINARY_DOUBLE"):
    _special(f"{_kind}_NAN", _kind, math.nan)
    _special(f"{_kind}_INFINITY", _kind, math.inf)
