"""Functions of moments and intervals, and TO_DATE and its kin."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.demo.engine.codec.moment import DAY, SECOND, Parts, days_of, join, month_length, split
from app.demo.engine.codec.number import EXACT, FORTY
from app.demo.engine.errors import ora
from app.demo.engine.formats.pieces import DAYS
from app.demo.engine.formats.show import iso
from app.demo.engine.functions.numbers import DOWN, HALF_UP, rounded
from app.demo.engine.functions.register import function, model_of
from app.demo.engine.plan import arithmetic, convert, zones
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, constant
from app.demo.engine.plan.make import make
from app.demo.engine.sql.nodes import Call
from app.demo.engine.types import DATE, LOCAL, NUMBER, TIMESTAMP, ZONED, OraType, varchar

MINUTE = 60 * SECOND


def _now(kind: OraType, value: Any) -> Ex:
    return Ex(kind, py=lambda env: value(env["now"]), const=True, nullable=False)


@function("SYSDATE", 0, 0, bare=True)
def sysdate(_ctx: Context, _node: Call) -> Ex:
    """SYSDATE: the server's clock is UTC."""
    return _now(DATE, lambda now: now // SECOND * SECOND)


@function("SYSTIMESTAMP", 0, 0, bare=True)
def systimestamp(_ctx: Context, _node: Call) -> Ex:
    """SYSTIMESTAMP."""
    return _now(OraType(ZONED, scale=6), lambda now: (now // 1000 * 1000, 0))


@function("CURRENT_DATE", 0, 0, bare=True)
def current_date(ctx: Context, _node: Call) -> Ex:
    """CURRENT_DATE in the session's zone."""
    zone = ctx.settings.zone
    return _now(DATE, lambda now: (now + zone * MINUTE) // SECOND * SECOND)


@function("CURRENT_TIMESTAMP", 0, 1, bare=True)
def current_timestamp(ctx: Context, _node: Call, *_digits: Ex) -> Ex:
    """CURRENT_TIMESTAMP in the session's zone."""
    zone = ctx.settings.zone
    return _now(OraType(ZONED, scale=6), lambda now: (now // 1000 * 1000, zone))


@function("LOCALTIMESTAMP", 0, 1, bare=True)
def localtimestamp(ctx: Context, _node: Call, *_digits: Ex) -> Ex:
    """LOCALTIMESTAMP in the session's zone."""
    zone = ctx.settings.zone
    return _now(TIMESTAMP, lambda now: (now + zone * MINUTE) // 1000 * 1000)


@function("SESSIONTIMEZONE", 0, 0, bare=True)
def sessiontimezone(ctx: Context, _node: Call) -> Ex:
    """SESSIONTIMEZONE."""
    return constant(varchar(75), ctx.settings.zone_name)


@function("DBTIMEZONE", 0, 0, bare=True)
def dbtimezone(_ctx: Context, _node: Call) -> Ex:
    """DBTIMEZONE."""
    return constant(varchar(6), "+00:00")


@function("TO_DATE", 1, 3)
def to_date(ctx: Context, _node: Call, value: Ex, model: Ex | None = None, *_nls: Ex) -> Ex:
    """TO_DATE."""
    if convert.kind_of(value.type) == "number":
        value = convert.text(ctx, value)
    if convert.kind_of(value.type) == "moment":
        return convert.moment(ctx, value, DATE)
    form = model_of(ctx, model) or ctx.settings.date_format
    return convert.reader(ctx, value, DATE, form)


@function("TO_TIMESTAMP", 1, 3)
def to_timestamp(ctx: Context, _node: Call, value: Ex, model: Ex | None = None, *_nls: Ex) -> Ex:
    """TO_TIMESTAMP."""
    kind = OraType("TIMESTAMP", scale=9)
    if convert.kind_of(value.type) == "moment":
        return convert.moment(ctx, value, kind)
    return convert.reader(ctx, convert.text(ctx, value), kind, model_of(ctx, model) or ctx.settings.stamp_format)


@function("TO_TIMESTAMP_TZ", 1, 3)
def to_timestamp_tz(ctx: Context, _node: Call, value: Ex, model: Ex | None = None, *_nls: Ex) -> Ex:
    """TO_TIMESTAMP_TZ."""
    kind = OraType(ZONED, scale=9)
    if convert.kind_of(value.type) == "moment":
        return convert.moment(ctx, value, kind)
    return convert.reader(ctx, convert.text(ctx, value), kind, model_of(ctx, model) or ctx.settings.zoned_format)


@function("SYS_EXTRACT_UTC", 1, 1)
def sys_extract_utc(ctx: Context, _node: Call, value: Ex) -> Ex:
    """SYS_EXTRACT_UTC: the instant as a TIMESTAMP in UTC."""
    if convert.kind_of(value.type) != "moment":
        raise ora(30175)
    scale = 6 if value.type.scale is None else value.type.scale
    kind = OraType("TIMESTAMP", scale=scale if value.type.name != "DATE" else 0)
    local = convert.moment(ctx, value, OraType(LOCAL, scale=scale))

    def sql(x: Ex) -> str:
        return x.sql if kind.rep == "nanos" else f"make_timestamp(floor_div({x.sql}, 1000)::BIGINT)"

    return make(ctx, kind, [local], lambda v: v, sql)


@function("FROM_TZ", 2, 2)
def from_tz(ctx: Context, _node: Call, value: Ex, zone: Ex) -> Ex:
    """FROM_TZ."""
    scale = 6 if value.type.scale is None else value.type.scale
    stamp = convert.moment(ctx, value, OraType("TIMESTAMP", scale=scale))
    kind = OraType(ZONED, scale=scale)

    def py(v: int, z: str) -> tuple[int, int]:
        offset = zones.offset_of(z, v)
        return v - offset * MINUTE, offset

    if not zone.const:
        return make(ctx, kind, [stamp, zone], py, None)
    offset = zones.offset_of(ctx.value(zone), ctx.env["now"])
    return make(ctx, kind, [stamp], lambda v: py(v, zones.shown(offset)),
                lambda x: arithmetic.from_utc(f"({convert.nanos_sql(x)} - {offset * MINUTE})", offset))  # fmt: skip


@function("TZ_OFFSET", 1, 1)
def tz_offset(ctx: Context, _node: Call, zone: Ex) -> Ex:
    """TZ_OFFSET."""
    now = ctx.env["now"]
    return make(ctx, varchar(7), [zone], lambda v: zones.shown(zones.offset_of(v, now)), None)


@function("ADD_MONTHS", 2, 2)
def add_months(ctx: Context, _node: Call, value: Ex, months: Ex) -> Ex:
    """ADD_MONTHS."""
    return arithmetic.add_months(ctx, value, convert.numeric(ctx, months))


@function("LAST_DAY", 1, 1)
def last_day(ctx: Context, _node: Call, value: Ex) -> Ex:
    """LAST_DAY; the time of day stays."""

    def py(v: int) -> int:
        parts = split(v)
        return v + (month_length(parts.year, parts.month) - parts.day) * DAY

    return make(ctx, DATE, [convert.moment(ctx, value, DATE)], py, lambda x:
                f"(CAST(last_day({x.sql}::DATE) AS TIMESTAMP) + ({x.sql} - date_trunc('day', {x.sql})))")  # fmt: skip


@function("NEXT_DAY", 2, 2)
def next_day(ctx: Context, _node: Call, value: Ex, day: Ex) -> Ex:
    """NEXT_DAY."""

    def py(v: int, name: str) -> int:
        wanted = next((i for i, each in enumerate(DAYS) if each.startswith(name.strip().upper()[:3])), None)
        if wanted is None:
            raise ora(1846)
        return v + ((wanted - (v // DAY + 3) % 7 - 1) % 7 + 1) * DAY

    return make(ctx, DATE, [convert.moment(ctx, value, DATE), convert.text(ctx, day)], py, None)


@function("MONTHS_BETWEEN", 2, 2)
def months_between(ctx: Context, _node: Call, left: Ex, right: Ex) -> Ex:
    """MONTHS_BETWEEN: whole when the days agree or both are last days, else by 31-day months."""

    def py(a: int, b: int) -> Decimal:
        x, y = split(a), split(b)
        months = (x.year - y.year) * 12 + x.month - y.month
        lasts = x.day == month_length(x.year, x.month) and y.day == month_length(y.year, y.month)
        if x.day == y.day or lasts:
            return Decimal(months)
        rest = Decimal((x.day - y.day) * 86400 + (a % DAY - b % DAY) // SECOND)
        return FORTY.add(Decimal(months), FORTY.divide(rest, Decimal(31 * 86400)))

    def sql(x: Ex, y: Ex) -> str:
        a, b = x.sql, y.sql
        months = f"((year({a}) - year({b})) * 12 + month({a}) - month({b}))"
        clocks = f"epoch_us({a} - date_trunc('day', {a})) - epoch_us({b} - date_trunc('day', {b}))"
        seconds = f"((day({a}) - day({b})) * 86400.0 + ({clocks}) / 1e6)"
        lasts = f"({a}::DATE = last_day({a}::DATE) AND {b}::DATE = last_day({b}::DATE))"
        return f"CASE WHEN day({a}) = day({b}) OR {lasts} THEN {months} ELSE {months} + {seconds} / 2678400.0 END"

    args = [convert.moment(ctx, left, DATE), convert.moment(ctx, right, DATE)]
    return make(ctx, NUMBER, args, py, sql, rep="approx", exact=False)


_UNITS = {"SYYYY": "Y", "YYYY": "Y", "YEAR": "Y", "SYEAR": "Y", "YYY": "Y", "YY": "Y", "Y": "Y", "RRRR": "Y", "RR": "Y"}
_UNITS |= {"Q": "Q", "MONTH": "M", "MON": "M", "MM": "M", "RM": "M", "DDD": "D", "DD": "D", "J": "D", "IW": "IW"}
_UNITS |= {"DAY": "DAY", "DY": "DAY", "D": "DAY", "HH": "H", "HH12": "H", "HH24": "H", "MI": "MI", "IYYY": "IY"}
_UNITS |= {"WW": "WW", "W": "W", "CC": "CC", "SCC": "CC", "IYY": "IY", "IY": "IY", "I": "IY"}
_TRUNC = {"Y": "date_trunc('year', {0})", "Q": "date_trunc('quarter', {0})", "M": "date_trunc('month', {0})"}
_TRUNC |= {"D": "date_trunc('day', {0})", "H": "date_trunc('hour', {0})", "MI": "date_trunc('minute', {0})"}
_TRUNC |= {"IW": "date_trunc('week', {0})"}
_TRUNC |= {"DAY": "(date_trunc('day', {0}) - to_days(dayofweek({0})::INT))"}


@function("TRUNC", 1, 2)
def trunc(ctx: Context, _node: Call, value: Ex, model: Ex | None = None) -> Ex:
    """TRUNC of numbers and dates."""
    if convert.kind_of(value.type) == "moment":
        return _cut(ctx, value, model, up=False)
    return rounded(ctx, value, model, DOWN, "trunc")


@function("ROUND", 1, 2)
def round_(ctx: Context, _node: Call, value: Ex, model: Ex | None = None) -> Ex:
    """ROUND of numbers and dates."""
    if convert.kind_of(value.type) == "moment":
        return _cut(ctx, value, model, up=True)
    return rounded(ctx, value, model, HALF_UP, "round")


def _cut(ctx: Context, value: Ex, model: Ex | None, up: bool) -> Ex:
    unit = _UNITS.get(str(model_of(ctx, model) or "DDD").upper())
    if unit is None:
        raise ora(1821)
    form = None if up else _TRUNC.get(unit)
    cut = _rounded if up else truncated
    sql = (lambda x: form.format(x.sql)) if form else None
    return make(ctx, DATE, [convert.moment(ctx, value, DATE)], lambda v: cut(v, unit), sql)


def truncated(nanos: int, unit: str) -> int:
    """The start of the unit that the moment is in."""
    parts = split(nanos)
    day = nanos // DAY
    if unit in ("D", "H", "MI"):
        step = {"D": DAY, "H": 3600 * SECOND, "MI": MINUTE}[unit]
        return nanos // step * step
    if unit in ("IW", "DAY", "WW", "W"):
        first = {"IW": 3, "DAY": 4}.get(unit)
        if first is not None:
            return (day - (day + first) % 7) * DAY
        start = days_of(parts.year, 1, 1) if unit == "WW" else day - parts.day + 1
        return (day - (day - start) % 7) * DAY
    if unit == "IY":
        january = days_of(iso(day)[0], 1, 4)
        return (january - (january + 3) % 7) * DAY
    if unit == "CC":
        return join((parts.year - 1) // 100 * 100 + 1, 1, 1)
    month = {"Y": 1, "Q": (parts.month - 1) // 3 * 3 + 1, "M": parts.month}[unit]
    return join(parts.year, month, 1)


def _rounded(nanos: int, unit: str) -> int:
    start = truncated(nanos, unit)
    if unit in ("Y", "Q", "M"):
        return _rounded_calendar(nanos, start, unit)
    step = {"D": DAY, "H": 3600 * SECOND, "MI": MINUTE}.get(unit, 7 * DAY)
    return start + step if (nanos - start) * 2 >= step else start


def _rounded_calendar(nanos: int, start: int, unit: str) -> int:
    parts: Parts = split(nanos)
    months = {"Y": 12, "Q": 3, "M": 1}[unit]
    first = split(start)
    later = {"Y": parts.month >= 7, "M": parts.day >= 16}.get(unit)
    if later is None:
        middle = first.month + 1
        later = parts.month > middle or (parts.month == middle and parts.day >= 16)
    if not later:
        return start
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return join(year, month + 1, 1)


_PARTS = {"YEAR": "year", "MONTH": "month", "DAY": "day", "HOUR": "hour", "MINUTE": "minute"}


def _seconds(x: Ex) -> str:
    whole = f"(({convert.nanos_sql(x)} % {MINUTE} + {MINUTE}) % {MINUTE})"
    return f"CAST({whole} / 1000000000.0 AS DECIMAL(11,9))"


@function("EXTRACT", 2, 2)
def extract(ctx: Context, _node: Call, part: Ex, value: Ex) -> Ex:
    """EXTRACT. The time of day is not in a DATE (ORA-30076)."""
    word = str(ctx.value(part))
    family = convert.kind_of(value.type)
    if family in ("span", "months"):
        return _extract_interval(ctx, word, value)
    if family != "moment":
        raise ora(30076)
    if value.type.name == "DATE" and word not in ("YEAR", "MONTH", "DAY"):
        raise ora(30076)
    if word.startswith("TIMEZONE"):
        return _extract_zone(ctx, word, value)
    if value.type.name in (ZONED, LOCAL):
        value = sys_extract_utc(ctx, _node, value)
    if word == "SECOND":
        return make(
            ctx,
            NUMBER,
            [value],
            lambda v: Decimal(v % MINUTE).scaleb(-9, EXACT),
            _seconds,
            rep="decimal",
            digits=(11, 9),
        )
    if word not in _PARTS:
        raise ora(30076)
    name = _PARTS[word]

    def sql(x: Ex) -> str:
        stamp = x.sql if x.rep == "moment" else f"make_timestamp(floor_div({x.sql}, 1000)::BIGINT)"
        return f"CAST({name}({stamp}) AS DECIMAL(6,0))"

    return make(ctx, NUMBER, [value], lambda v: Decimal(getattr(split(v), name)), sql, rep="decimal", digits=(6, 0))


def _extract_zone(ctx: Context, word: str, value: Ex) -> Ex:
    zoned = convert.moment(ctx, value, OraType(ZONED, scale=9))
    if word == "TIMEZONE_REGION" or word == "TIMEZONE_ABBR":
        return constant(varchar(64), "UNKNOWN")
    unit = 60 if word == "TIMEZONE_HOUR" else 1

    def py(v: tuple[int, int]) -> Decimal:
        return Decimal(int(v[1] / 60) if unit == 60 else v[1] - int(v[1] / 60) * 60)

    offset = "({0} % 4096 - 2048)"
    form = f"CAST({offset} // 60 AS DECIMAL(4,0))" if unit == 60 else f"CAST({offset} % 60 AS DECIMAL(4,0))"
    return make(ctx, NUMBER, [zoned], py, lambda x: form.format(x.sql), rep="decimal", digits=(4, 0))


def _extract_interval(ctx: Context, word: str, value: Ex) -> Ex:
    if value.type.rep == "months":
        if word not in ("YEAR", "MONTH"):
            raise ora(30076)
        op = "//" if word == "YEAR" else "%"
        return make(ctx, NUMBER, [value], lambda v: Decimal(int(v / 12) if op == "//" else v - int(v / 12) * 12),
                    lambda x: f"CAST({x.sql} {op} 12 AS DECIMAL(9,0))", rep="decimal", digits=(9, 0))  # fmt: skip
    sizes = {"DAY": (DAY, 10**9), "HOUR": (3600 * SECOND, 24), "MINUTE": (MINUTE, 60)}
    if word == "SECOND":
        return make(ctx, NUMBER, [value], lambda v: Decimal(abs(v) % MINUTE * (-1 if v < 0 else 1)).scaleb(-9, EXACT),
                    lambda x: f"CAST(({x.sql} % {MINUTE}) / 1000000000.0 AS DECIMAL(11,9))",
                    rep="decimal", digits=(11, 9))  # fmt: skip
    if word not in sizes:
        raise ora(30076)
    size, most = sizes[word]
    return make(
        ctx,
        NUMBER,
        [value],
        lambda v: Decimal(abs(v) // size % most * (-1 if v < 0 else 1)),
        lambda x: f"CAST({x.sql} // {size} % {most} AS DECIMAL(9,0))",
        rep="decimal",
        digits=(9, 0),
    )
