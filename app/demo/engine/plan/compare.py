"""Comparisons: exact for any numbers, blank-padded for CHAR, by instant for zones, text converted as Oracle does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from app.demo.engine.codec.number import encode
from app.demo.engine.errors import ora
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate, condition, constant
from app.demo.engine.types import BINARIES, DATE, LOBS, LOCAL, TIMESTAMP, ZONED, OraType

_FORMS = {"=": "=", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def compare(ctx: Context, op: str, left: Ex, right: Ex) -> Ex:
    """``left op right``. Raises ORA-00932, ORA-01722 and date errors."""
    a, b = aligned(ctx, left, right)
    return condition(f"{a} {_FORMS[op]} {b}")


def aligned(ctx: Context, left: Ex, right: Ex) -> tuple[str, str]:
    """Two SQL expressions that DuckDB may compare with any operator."""
    for one in (left, right):
        large = one.type.name in LOBS or one.type.name in ("LONG", "LONG RAW")
        if large and not (one.const and one.type.name in ("LONG", "CLOB")):
            raise ora(932, "-", one.type.name)
    left, right = _same_family(ctx, left, right)
    family = convert.kind_of(left.type)
    if family == "number":
        return _numbers(ctx, left, right)
    a, b = ctx.bring(left), ctx.bring(right)
    if family == "moment" and a.rep == "zoned":
        return f"({a.sql} // 4096)", f"({b.sql} // 4096)"
    if (
        family == "text"
        and _blank_padded(left)
        and _blank_padded(right)
        and "CHAR" in (left.type.name[-4:], right.type.name[-4:])
    ):
        return _unpadded(a), _unpadded(b)
    return a.sql, b.sql


def _blank_padded(ex: Ex) -> bool:
    return ex.literal or ex.type.name in ("CHAR", "NCHAR")


def _unpadded(ex: Ex) -> str:
    return f"rtrim({ex.sql}, ' ')"


def _same_family(ctx: Context, left: Ex, right: Ex) -> tuple[Ex, Ex]:
    a, b = convert.kind_of(left.type), convert.kind_of(right.type)
    if left.null and a != b:
        return constant(right.type, None), right
    if right.null and a != b:
        return left, constant(left.type, None)
    if a == b == "moment":
        kind = common_moment(left.type, right.type)
        return convert.moment(ctx, left, kind), convert.moment(ctx, right, kind)
    if a == b:
        return left, right
    for family in ("number", "moment", "span", "months", "rowid", "bytes", "boolean"):
        if a == family and b == "text":
            return left, convert.to_type(ctx, right, _target(left.type))
        if b == family and a == "text":
            return convert.to_type(ctx, left, _target(right.type)), right
    raise ora(932, left.type.name.split(" WITH")[0], right.type.name.split(" WITH")[0])


def _target(kind: OraType) -> OraType:
    return OraType(kind.name, scale=9) if kind.name in ("TIMESTAMP", ZONED, LOCAL) else kind


def common_moment(a: OraType, b: OraType) -> OraType:
    """The kind that both become: zoned before local before timestamp before date."""
    for name in (ZONED, LOCAL):
        if name in (a.name, b.name):
            return OraType(ZONED, scale=9)
    if a.rep == "nanos" or b.rep == "nanos":
        return OraType("TIMESTAMP", scale=9)
    return DATE if a.name == b.name == "DATE" else TIMESTAMP


def _numbers(ctx: Context, left: Ex, right: Ex) -> tuple[str, str]:
    a, b = ctx.bring(left), ctx.bring(right)
    if a.type.name in BINARIES or b.type.name in BINARIES:
        return approximate(a), approximate(b)
    if a.rep == b.rep == "number":
        return a.sql, b.sql
    if a.rep == b.rep == "decimal" and a.digits and b.digits:
        (p1, s1), (p2, s2) = a.digits, b.digits
        if max(p1 - s1, p2 - s2) + max(s1, s2) <= 38:
            return a.sql, b.sql
    x, y = bytes_of(a), bytes_of(b)
    return (x, y) if x and y else (approximate(a), approximate(b))


def bytes_of(ex: Ex) -> str | None:
    """A number's bytes, which order as the numbers do; None when there is no cheap way to them."""
    if ex.rep == "number":
        return ex.sql
    if ex.rep == "decimal" and ex.wire:
        return f"CASE WHEN {ex.sql} IS NULL THEN NULL ELSE ({ex.wire})[2:] END"
    if ex.rep == "decimal" and (known := re.match(r"CAST\('?(-?[\d.]+)'? AS DECIMAL", ex.sql)):
        return "'" + "".join(f"\\x{byte:02X}" for byte in encode(Decimal(known.group(1)))) + "'::BLOB"
    return None


def member(ctx: Context, value: Ex, items: Sequence[Ex], negated: bool) -> Ex:
    """``value [NOT] IN (items)``."""
    pairs = [aligned(ctx, value, item) for item in items]
    if len({left for left, _ in pairs}) == 1:
        listed = ", ".join(right for _, right in pairs)
        return condition(f"{pairs[0][0]} {'NOT ' if negated else ''}IN ({listed})")
    joined = " OR ".join(f"{left} = {right}" for left, right in pairs)
    return condition(f"NOT ({joined})" if negated else joined)


def sort_key(ex: Ex) -> str:
    """What ORDER BY and GROUP BY compare: the instant of a zoned moment, the value of anything else."""
    return f"({ex.sql} // 4096)" if ex.rep == "zoned" else ex.sql
