"""+ - * / and || with Oracle's rules: exact numbers, days added to dates, intervals, NULL as the empty text."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.demo.engine.codec.cells import BIAS
from app.demo.engine.codec.moment import DAY, SECOND, join, month_length, split
from app.demo.engine.codec.number import EXACT, FORTY
from app.demo.engine.errors import ora
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate
from app.demo.engine.plan.make import make
from app.demo.engine.types import BINARIES, CLOB, DATE, DOUBLE, MONTHS, NUMBER, SPAN, ZONED, OraType, varchar


def binary(ctx: Context, op: str, left: Ex, right: Ex) -> Ex:
    """``left op right``. Raises ORA-00932 and kin."""
    if op == "||":
        return concat(ctx, left, right)
    kinds = (convert.kind_of(left.type), convert.kind_of(right.type))
    if "moment" in kinds or "span" in kinds or "months" in kinds:
        return _temporal(ctx, op, left, right, kinds)
    left, right = convert.numeric(ctx, left), convert.numeric(ctx, right)
    if left.type.name in BINARIES or right.type.name in BINARIES:
        return _binary_float(ctx, op, left, right)
    return _decimal(ctx, op, left, right)


def _divided(a: Decimal, b: Decimal) -> Decimal:
    if not b:
        raise ora(1476)
    return FORTY.divide(a, b)


_NUMBERS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda a, b: FORTY.plus(EXACT.add(a, b)),
    "-": lambda a, b: FORTY.plus(EXACT.subtract(a, b)),
    "*": lambda a, b: FORTY.plus(EXACT.multiply(a, b)),
    "/": _divided,
}


def _decimal(ctx: Context, op: str, left: Ex, right: Ex) -> Ex:
    py = _NUMBERS[op]
    if left.const and right.const:
        return make(ctx, NUMBER, [left, right], py, None)
    a, b = ctx.bring(left), ctx.bring(right)
    digits = _result(op, a, b)
    if digits:
        p, s = digits
        if op == "*":
            sql = f"CAST({a.sql} * {b.sql} AS DECIMAL({p},{s}))"
        else:
            sql = f"CAST(CAST({a.sql} AS DECIMAL({p},{s})) {op} CAST({b.sql} AS DECIMAL({p},{s})) AS DECIMAL({p},{s}))"
        return make(ctx, NUMBER, [a, b], py, lambda *_: sql, rep="decimal", digits=digits,
                    exact=a.exact and b.exact)  # fmt: skip
    return make(ctx, NUMBER, [a, b], py, lambda x, y: _doubles(op, x, y), rep="approx", exact=False)


def _doubles(op: str, a: Ex, b: Ex) -> str:
    x, y = approximate(a), approximate(b)
    if op == "/":
        return f"CASE WHEN {y} = 0 THEN CAST(error('ORA-01476: divisor is equal to zero') AS DOUBLE) ELSE {x} / {y} END"
    return f"({x} {op} {y})"


def _result(op: str, a: Ex, b: Ex) -> tuple[int, int] | None:
    if op == "/" or a.rep != "decimal" or b.rep != "decimal" or not a.digits or not b.digits:
        return None
    (p1, s1), (p2, s2) = a.digits, b.digits
    if op == "*":
        return (p1 + p2, s1 + s2) if p1 + p2 <= 38 else None
    scale = max(s1, s2)
    precision = max(p1 - s1, p2 - s2) + scale + 1
    return (precision, scale) if precision <= 38 else None


def _binary_float(ctx: Context, op: str, left: Ex, right: Ex) -> Ex:
    def py(a: Any, b: Any) -> float:
        x, y = float(a), float(b)
        if op == "/" and y == 0:
            return float("nan") if x in (0.0,) or x != x else float("inf") * (1 if x > 0 else -1)
        return {"+": x + y, "-": x - y, "*": x * y, "/": x / y if y else 0.0}[op]

    return make(ctx, DOUBLE, [left, right], py, lambda a, b: f"({approximate(a)} {op} {approximate(b)})")


def negate(ctx: Context, value: Ex) -> Ex:
    """``-value``."""
    if value.type.rep in ("span", "months"):
        return make(ctx, value.type, [value], lambda v: -v, lambda a: f"(-{a.sql})")
    value = convert.numeric(ctx, value)
    if value.type.name in BINARIES:
        return make(ctx, value.type, [value], lambda v: -v, lambda a: f"(-{a.sql})")
    rep = "decimal" if value.rep == "decimal" and not value.const else "approx"
    return make(ctx, NUMBER, [value], lambda v: EXACT.minus(v),
                lambda a: f"(-{a.sql})" if rep == "decimal" else f"(-{approximate(a)})",
                rep=rep, digits=value.digits, exact=rep == "decimal")  # fmt: skip


def concat(ctx: Context, left: Ex, right: Ex) -> Ex:
    """``left || right``: NULL is the empty text; only two NULLs make NULL."""
    if convert.kind_of(left.type) == "bytes" and convert.kind_of(right.type) == "bytes":
        return make(
            ctx,
            left.type,
            [left, right],
            lambda a, b: (a or b"") + (b or b"") or None,
            lambda a, b: f"(coalesce({a.sql}, ''::BLOB) || coalesce({b.sql}, ''::BLOB))",
            strict=False,
        )
    a, b = convert.text(ctx, left), convert.text(ctx, right)
    if a.type.name in ("CLOB", "NCLOB") or b.type.name in ("CLOB", "NCLOB"):
        kind = CLOB
    elif a.type.national or b.type.national:
        kind = OraType("NVARCHAR2", length=min((a.type.length or 1) + (b.type.length or 1), 4000), chars=True)
    else:
        kind = varchar(a.type.bytes_at_most + b.type.bytes_at_most)

    def sql(x: Ex, y: Ex) -> str:
        return f"nullif(coalesce({x.sql}, '') || coalesce({y.sql}, ''), '')"

    return make(ctx, kind, [a, b], lambda x, y: ((x or "") + (y or "")) or None, sql, strict=False)


def _temporal(ctx: Context, op: str, left: Ex, right: Ex, kinds: tuple[str, str]) -> Ex:
    if op == "+" and kinds[0] != "moment" and kinds[1] == "moment":
        left, right, kinds = right, left, (kinds[1], kinds[0])
    if kinds[0] == "moment" and op in "+-":
        if kinds[1] == "moment":
            return _difference(ctx, left, right) if op == "-" else _refuse(op)
        if kinds[1] == "span":
            return _shift(ctx, left, right, 1 if op == "+" else -1)
        if kinds[1] == "months":
            return add_months(ctx, left, right if op == "+" else negate(ctx, right), strict=True)
        return _days(ctx, left, convert.numeric(ctx, right), 1 if op == "+" else -1)
    if op in "+-" and kinds[0] == kinds[1]:
        kind = SPAN if kinds[0] == "span" else MONTHS
        return make(ctx, kind, [left, right], lambda a, b: a + b if op == "+" else a - b,
                    lambda a, b: f"({a.sql} {op} {b.sql})")  # fmt: skip
    if op in "*/" and kinds[0] in ("span", "months"):
        return _scaled(ctx, op, left, convert.numeric(ctx, right))
    if op == "*" and kinds[1] in ("span", "months"):
        return _scaled(ctx, op, right, convert.numeric(ctx, left))
    return _refuse(op)


def _refuse(op: str) -> Ex:
    if op == "+":
        raise ora(975)
    raise ora(30081)


def _days(ctx: Context, left: Ex, days: Ex, sign: int) -> Ex:
    """A date (or timestamp, which becomes a date) and a number of days."""
    date = convert.moment(ctx, left, DATE)

    def py(value: int, number: Any) -> int:
        seconds = int(EXACT.to_integral_value(EXACT.multiply(Decimal(number), Decimal(86400))))
        return checked(value + sign * seconds * SECOND)

    return make(ctx, DATE, [date, days], py,
                lambda a, b: f"({a.sql} {'+' if sign > 0 else '-'} to_microseconds("
                f"CAST(round({approximate(b)} * 86400) AS BIGINT) * 1000000))")  # fmt: skip


def checked(nanos: int) -> int:
    """A moment that Oracle can hold. Raises ORA-01841."""
    if not -210866803200 * SECOND <= nanos < 253402300800 * SECOND:
        raise ora(1841)
    return nanos


def _difference(ctx: Context, left: Ex, right: Ex) -> Ex:
    if left.type.name == "DATE" and right.type.name == "DATE":
        return make(ctx, NUMBER, [left, right], lambda a, b: FORTY.divide(Decimal((a - b) // SECOND), Decimal(86400)),
                    lambda a, b: f"((epoch_us({a.sql}) - epoch_us({b.sql})) / 86400000000.0)",
                    rep="approx", exact=False)  # fmt: skip
    zoned = ZONED in (left.type.name, right.type.name)
    kind = OraType(ZONED if zoned else "TIMESTAMP", scale=9)
    a, b = convert.moment(ctx, left, kind), convert.moment(ctx, right, kind)
    if zoned:
        return make(ctx, SPAN, [a, b], lambda x, y: x[0] - y[0], lambda x, y: f"({x.sql} // 4096 - {y.sql} // 4096)")
    return make(ctx, SPAN, [a, b], lambda x, y: x - y, lambda x, y: f"({x.sql} - {y.sql})")


def _shift(ctx: Context, left: Ex, right: Ex, sign: int) -> Ex:
    kind = left.type
    mark = "+" if sign > 0 else "-"

    def py(value: Any, span: int) -> Any:
        if kind.name == ZONED:
            return checked(value[0] + sign * span), value[1]
        moved = checked(value + sign * span)
        return moved // SECOND * SECOND if kind.name == "DATE" else moved

    def sql(a: Ex, b: Ex) -> str:
        if a.rep == "zoned":
            return f"({a.sql} {mark} {b.sql} * 4096)"
        if a.rep == "nanos":
            return f"({a.sql} {mark} {b.sql})"
        moved = f"({a.sql} {mark} to_microseconds(({b.sql} // 1000)::BIGINT))"
        return f"date_trunc('second', {moved})" if kind.name == "DATE" else moved

    return make(ctx, kind, [left, right], py, sql)


def add_months(ctx: Context, left: Ex, months: Ex, strict: bool = False) -> Ex:
    """ADD_MONTHS (the last day stays the last day), or ``strict`` interval addition (ORA-01839 for 30 February)."""
    from_month = _month_adder(strict)
    kind = left.type if strict else DATE
    date = left if strict else convert.moment(ctx, left, DATE)
    if date.rep != "moment" and not date.const:
        date = convert.moment(ctx, date, OraType("TIMESTAMP", scale=6))
        kind = date.type

    def py(value: Any, number: Any) -> Any:
        return (from_month(value[0], int(number)), value[1]) if kind.name == ZONED else from_month(value, int(number))

    def sql(a: Ex, b: Ex) -> str:
        count = b.sql if b.rep == "months" else f"CAST(trunc({b.sql}) AS INTEGER)"
        moved = f"({a.sql} + to_months({count}))"
        if strict:
            return moved
        last = f"(CAST(last_day({moved}::DATE) AS TIMESTAMP) + ({a.sql} - date_trunc('day', {a.sql})))"
        return f"CASE WHEN {a.sql}::DATE = last_day({a.sql}::DATE) THEN {last} ELSE {moved} END"

    return make(ctx, kind, [date, months], py, sql)


def _month_adder(strict: bool) -> Callable[[int, int], int]:
    def add(nanos: int, count: int) -> int:
        parts = split(nanos)
        astronomical = parts.year if parts.year > 0 else parts.year + 1
        year, month = divmod(astronomical * 12 + parts.month - 1 + count, 12)
        shown = year if year > 0 else year - 1
        length = month_length(shown, month + 1)
        last = not strict and parts.day == month_length(parts.year, parts.month)
        day = length if last else parts.day if strict else min(parts.day, length)
        return join(shown, month + 1, day) + nanos % DAY

    return add


def _scaled(ctx: Context, op: str, span: Ex, factor: Ex) -> Ex:
    def py(value: int, number: Any) -> int:
        if op == "/" and not number:
            raise ora(1476)
        exact = _NUMBERS[op](Decimal(value), Decimal(number))
        return int(exact)

    kind = SPAN if span.type.rep == "span" else MONTHS
    return make(ctx, kind, [span, factor], py, lambda a, b: f"CAST({a.sql} {op} {approximate(b)} AS {kind.duck})")


def zone_shift(ctx: Context, value: Ex, offset: int | None) -> Ex:
    """AT TIME ZONE: the same instant with another offset (minutes; None for the session's)."""
    zoned = convert.moment(ctx, value, OraType(ZONED, scale=value.type.scale if value.type.scale is not None else 6))
    minutes = ctx.settings.zone if offset is None else offset
    return make(ctx, zoned.type, [zoned], lambda v: (v[0], minutes),
                lambda a: f"(({a.sql} // 4096) * 4096 + {minutes + 2048})")  # fmt: skip


def from_utc(nanos: str, minutes: int) -> str:
    """SQL of a zoned moment from UTC nanoseconds and an offset."""
    return f"(({nanos} + {BIAS}) * 4096 + {minutes + 2048})"
