"""Functions that make intervals, and the SCN's time."""

from __future__ import annotations

from decimal import Decimal

from app.demo.engine.codec.moment import DAY, SECOND
from app.demo.engine.codec.number import EXACT
from app.demo.engine.errors import ora
from app.demo.engine.formats.read import read_months, read_span
from app.demo.engine.functions.dates import MINUTE, sys_extract_utc
from app.demo.engine.functions.register import function
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate, constant
from app.demo.engine.plan.make import make
from app.demo.engine.sql.nodes import Call
from app.demo.engine.types import LOCAL, MONTHS, NUMBER, SPAN, ZONED, OraType, varchar

_SPANS = {"DAY": DAY, "HOUR": 3600 * SECOND, "MINUTE": MINUTE, "SECOND": SECOND}


@function("NUMTODSINTERVAL", 2, 2)
def numtodsinterval(ctx: Context, _node: Call, value: Ex, unit: Ex) -> Ex:
    """NUMTODSINTERVAL."""
    size = _SPANS.get(str(ctx.value(unit)).strip().upper())
    if size is None:
        raise ora(1760)
    return make(ctx, SPAN, [convert.numeric(ctx, value)], lambda v: int(EXACT.multiply(Decimal(v), Decimal(size))),
                lambda x: f"CAST({x.sql if x.rep == 'decimal' else approximate(x)} * {size} AS HUGEINT)")  # fmt: skip


@function("NUMTOYMINTERVAL", 2, 2)
def numtoyminterval(ctx: Context, _node: Call, value: Ex, unit: Ex) -> Ex:
    """NUMTOYMINTERVAL."""
    size = {"YEAR": 12, "MONTH": 1}.get(str(ctx.value(unit)).strip().upper())
    if size is None:
        raise ora(1760)
    return make(ctx, MONTHS, [convert.numeric(ctx, value)], lambda v: int(Decimal(v) * size),
                lambda x: f"CAST({approximate(x)} * {size} AS INTEGER)")  # fmt: skip


@function("TO_DSINTERVAL", 1, 1)
def to_dsinterval(ctx: Context, _node: Call, value: Ex) -> Ex:
    """TO_DSINTERVAL."""
    return make(ctx, SPAN, [convert.text(ctx, value)], read_span, None)


@function("TO_YMINTERVAL", 1, 1)
def to_yminterval(ctx: Context, _node: Call, value: Ex) -> Ex:
    """TO_YMINTERVAL."""
    return make(ctx, MONTHS, [convert.text(ctx, value)], read_months, None)


@function("*AS_INTERVAL_DAY", 1, 1)
def as_interval_day(ctx: Context, node: Call, value: Ex) -> Ex:
    """``(a - b) DAY TO SECOND`` of two moments."""
    if convert.kind_of(value.type) == "number":
        return numtodsinterval(ctx, node, value, constant(varchar(3), "DAY"))
    return value


@function("*AS_INTERVAL_YEAR", 1, 1)
def as_interval_year(_ctx: Context, _node: Call, _value: Ex) -> Ex:
    """``(a - b) YEAR TO MONTH`` is not here."""
    raise ora(3001, "YEAR TO MONTH of a difference")


@function("SCN_TO_TIMESTAMP", 1, 1)
def scn_to_timestamp(ctx: Context, _node: Call, value: Ex) -> Ex:
    """SCN_TO_TIMESTAMP."""
    clock = ctx.who.clock
    return make(
        ctx, OraType("TIMESTAMP", scale=9), [convert.numeric(ctx, value)], lambda v: clock.time_of(int(v)), None
    )


@function("TIMESTAMP_TO_SCN", 1, 1)
def timestamp_to_scn(ctx: Context, _node: Call, value: Ex) -> Ex:
    """TIMESTAMP_TO_SCN."""
    clock, zone = ctx.who.clock, ctx.settings.zone
    kind = OraType("TIMESTAMP", scale=9)
    if value.type.name in (ZONED, LOCAL):
        value, zone = sys_extract_utc(ctx, _node, value), 0
    return make(ctx, NUMBER, [convert.moment(ctx, value, kind)],
                lambda v: Decimal(clock.at_time(v - zone * MINUTE)), None)  # fmt: skip
