"""CAST, and what a column does with a value that is stored: lengths, precision, padding."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.demo.engine.codec.moment import SECOND
from app.demo.engine.codec.number import as_float, encode, fitted
from app.demo.engine.errors import ora
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate, constant
from app.demo.engine.plan.make import make
from app.demo.engine.types import BINARIES, LOBS, NUMBERS, OraType


def cast(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    """``CAST(ex AS kind)``: text is cut or padded, numbers rounded. Raises ORA-00932, ORA-01438."""
    if ex.null:
        return constant(kind, None)
    if kind.text:
        return _text(ctx, ex, kind)
    if kind.name in NUMBERS:
        return _number(ctx, convert.numeric(ctx, ex), kind)
    if kind.name in BINARIES:
        return convert.double(ctx, ex, kind)
    moved = convert.to_type(ctx, ex, kind)
    if moved.type.name != kind.name:
        raise ora(932, kind.name, ex.type.name)
    moved.type = kind if moved.type.rep == kind.rep else moved.type
    return moved


def _text(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    text = convert.text(ctx, ex)
    length = kind.length
    if length is None:
        return make(ctx, kind, [text], lambda v: v, lambda a: a.sql)
    pad = kind.name in ("CHAR", "NCHAR")

    def py(value: str) -> str:
        cut = value[:length]
        return cut.ljust(length) if pad else cut

    return make(ctx, kind, [text], py, lambda a: f"rpad({a.sql}, {length}, ' ')" if pad else f"left({a.sql}, {length})")


def _number(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    def py(value: Any) -> Decimal:
        return stored_number(Decimal(value), kind)

    if kind.digits and ex.rep == "decimal" and not ex.const and (kind.scale or 0) >= 0 and ex.digits:
        precision, scale = kind.digits
        limit = f"DECIMAL({precision},{scale})"
        bad = f"CAST(error('ORA-01438: value larger than specified precision allowed for this column') AS {limit})"
        return make(ctx, kind, [ex], py, lambda a: f"CASE WHEN {a.sql} IS NULL THEN NULL "
                    f"ELSE coalesce(TRY_CAST({a.sql} AS {limit}), {bad}) END", exact=ex.exact)  # fmt: skip
    if kind.precision is None and kind.scale is None and ex.rep == "decimal":
        return ex
    return make(ctx, kind, [ex], py, lambda a: approximate(a), rep="approx", exact=False)


def stored_number(value: Decimal, kind: OraType) -> Decimal:
    """A number as a column of that type keeps it. Raises ORA-01438, ORA-01426."""
    if not value.is_finite():
        raise ora(1426)
    if kind.name == "FLOAT":
        return as_float(value, kind.precision or 126)
    value = fitted(value, kind.precision, kind.scale)
    if kind.precision is None:
        encode(value)
    return value


Keeper = Callable[[Any], Any]


def keeper(kind: OraType, column: str) -> Keeper:
    """A function that fits a Python value of the column's own family into it, or raises (ORA-12899, ORA-01438, …)."""
    if kind.text:
        return _text_keeper(kind, column)
    if kind.name in NUMBERS:
        return lambda value: stored_number(value if isinstance(value, Decimal) else Decimal(value), kind)
    if kind.name == "RAW":
        return lambda value: _fits(value, len(value), kind.length or 2000, column)
    if kind.name == "DATE":
        return lambda value: value // SECOND * SECOND
    if kind.name in BINARIES:
        return lambda value: float(value) + 0.0
    if kind.rep in ("moment", "nanos", "zoned", "span"):
        return _rounder(kind)
    return lambda value: value


def _rounder(kind: OraType) -> Keeper:
    step = 10 ** (9 - (6 if kind.scale is None else kind.scale))

    def rounded(value: Any) -> Any:
        if kind.rep == "zoned":
            return (value[0] + step // 2) // step * step, value[1]
        return (value + step // 2) // step * step

    return rounded


def _text_keeper(kind: OraType, column: str) -> Keeper:
    length = kind.length
    if length is None:
        return lambda value: value if kind.name in LOBS else value or None
    pad = kind.name in ("CHAR", "NCHAR")

    def keep(value: str) -> Any:
        if not value:
            return None
        size = len(value) if kind.chars else len(value.encode())
        if size > length:
            if pad and size - (len(value) - len(value.rstrip(" "))) <= length:
                return value.rstrip(" ").ljust(length)
            raise ora(12899, column, size, length)
        return value + " " * (length - size) if pad else value

    return keep


def _fits(value: bytes, size: int, most: int, column: str) -> Any:
    if size > most:
        raise ora(12899, column, size, most)
    return value or None
