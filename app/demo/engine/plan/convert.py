"""From one data type to another, as Oracle converts by itself and by CAST."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.demo.engine.codec import number, rowid
from app.demo.engine.codec.cells import BIAS
from app.demo.engine.codec.moment import DAY, SECOND
from app.demo.engine.errors import ora
from app.demo.engine.formats import numbers, show
from app.demo.engine.formats.read import read, read_months, read_span
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate
from app.demo.engine.plan.make import make
from app.demo.engine.plan.moments import shown_sql
from app.demo.engine.types import (
    BINARIES,
    BYTES,
    DATE,
    INTERVALS,
    LOCAL,
    MOMENTS,
    NUMBER,
    NUMBERS,
    ROWID,
    STAMPS,
    ZONED,
    OraType,
    varchar,
)

# A number as text: what to_number reads, and the wording of its complaint.
_NUMERAL = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"


def kind_of(kind: OraType) -> str:
    """The family of types within which values compare and convert freely."""
    if kind.name in NUMBERS or kind.name in BINARIES:
        return "number"
    if kind.text:
        return "text"
    if kind.name in MOMENTS:
        return "moment"
    if kind.name in INTERVALS:
        return kind.rep
    if kind.name in BYTES:
        return "bytes"
    return kind.rep


def numeric(ctx: Context, ex: Ex) -> Ex:
    """As a number: numbers stay, text is read. Raises ORA-00932, ORA-01722."""
    family = kind_of(ex.type)
    if family == "number":
        return ex
    if family == "text":
        return make(ctx, NUMBER, [ex], numbers.parse, lambda a: _number_sql(a.sql), rep="approx", exact=False)
    if family == "boolean":
        return make(ctx, NUMBER, [ex], lambda v: Decimal(int(v)), lambda a: f"CAST({a.sql} AS DECIMAL(1,0))",
                    rep="decimal", digits=(1, 0))  # fmt: skip
    raise ora(932, "NUMBER", ex.type.name)


def _number_sql(text: str) -> str:
    bad = "CAST(error('ORA-01722: invalid number') AS DOUBLE)"
    return (
        f"CASE WHEN {text} IS NULL THEN NULL WHEN regexp_full_match({text}, '{_NUMERAL}') "
        f"THEN CAST(trim({text}) AS DOUBLE) ELSE {bad} END"
    )


def text(ctx: Context, ex: Ex, model: str | None = None) -> Ex:
    """As text, by the session's formats or ``model``. Raises ORA-00932."""
    family = kind_of(ex.type)
    if family == "text":
        return ex
    if family == "number":
        return number_text(ctx, ex, None)
    if family == "moment":
        return moment_text(ctx, ex, model)
    if family == "rowid":
        return make(ctx, varchar(18), [ex], rowid.show, rowid_sql)
    if family == "bytes":
        return make(ctx, varchar(4000), [ex], lambda v: v.hex().upper(), lambda a: f"hex({a.sql})")
    if family == "boolean":
        return make(ctx, varchar(5), [ex], lambda v: "TRUE" if v else "FALSE", lambda a: f"upper({a.sql}::VARCHAR)")
    if family == "span":
        days, digits = ex.type.precision or 2, 6 if ex.type.scale is None else ex.type.scale
        return make(ctx, varchar(30), [ex], lambda v: show.show_span(v, days, digits), lambda a: _span_sql(a.sql))
    years = ex.type.precision or 2
    return make(ctx, varchar(20), [ex], lambda v: show.show_months(v, years), None)


def _span_sql(sql: str) -> str:
    clock = f"strftime(make_timestamp(((abs({sql}) % {DAY}) // 1000)::BIGINT), '%H:%M:%S.%f')"
    return (
        f"(CASE WHEN {sql} < 0 THEN '-' ELSE '+' END || lpad((abs({sql}) // {DAY})::VARCHAR, 2, '0') || ' ' || {clock})"
    )


def number_text(ctx: Context, ex: Ex, model: str | None) -> Ex:
    """TO_CHAR of a number; TM9 and no model run in DuckDB for decimals, the rest exactly in Python."""
    marks = ctx.settings.marks
    if ex.type.name in BINARIES:
        return make(ctx, varchar(40), [ex], lambda v: _float_text(v, ex.type.name), None)

    def shown(value: Any) -> str:
        return numbers.show(value, model, marks)

    plain = model is None or model.upper() in ("TM", "TM9")
    if plain and marks[:1] == "." and ex.rep == "decimal" and ex.digits:
        scale = ex.digits[1]
        return make(ctx, varchar(40), [ex], shown, lambda a: _plain_sql(a.sql, scale))
    if plain:
        return make(ctx, varchar(64), [ex], shown, lambda a: _plain_sql(a.sql, 38) if a.rep == "decimal"
                    else _double_text(approximate(a)), exact=ex.rep == "decimal")  # fmt: skip
    zeros = model and set(model.upper().removeprefix("FM")) == {"0"} and model.upper().startswith("FM")
    if zeros and ex.rep == "decimal" and ex.digits and ex.digits[1] == 0 and model:
        width = len(model) - 2
        return make(
            ctx, varchar(width + 1), [ex], shown, lambda a: f"lpad({a.sql}::VARCHAR, {width}, '0')", exact=False
        )
    return make(ctx, varchar(64), [ex], shown, None)


def _plain_sql(sql: str, scale: int) -> str:
    if scale == 0:
        return f"CAST({sql} AS VARCHAR)"
    trimmed = f"rtrim(rtrim(CAST({sql} AS VARCHAR), '0'), '.')"
    return f"regexp_replace(CASE WHEN {sql} = 0 THEN '0' ELSE {trimmed} END, '^(-?)0\\.', '\\1.')"


def _double_text(sql: str) -> str:
    return f"regexp_replace(regexp_replace(CAST({sql} AS VARCHAR), '\\.0$', ''), '^(-?)0\\.', '\\1.')"


def _float_text(value: float, name: str) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "Nan", "inf": "Inf", "-inf": "-Inf"}[str(value)]
    digits = 9 if name == "BINARY_FLOAT" else 17
    mantissa, _, exponent = f"{value:.{digits - 1}E}".partition("E")
    return f"{mantissa}E{exponent[0]}{int(exponent[1:]):03d}" if value else "0"


def moment_text(ctx: Context, ex: Ex, model: str | None) -> Ex:
    """TO_CHAR of a moment by ``model`` or the session's format for its type."""
    settings, name = ctx.settings, ex.type.name
    fallback = {"DATE": settings.date_format, ZONED: settings.zoned_format}.get(name, settings.stamp_format)
    chosen, digits = model or fallback, 6 if ex.type.scale is None else ex.type.scale
    zone = settings.zone if name == LOCAL else None

    def shown(value: Any) -> str:
        if name == ZONED:
            return show.show(value[0] + value[1] * 60 * SECOND, chosen, value[1], digits)
        return show.show(value + (zone or 0) * 60 * SECOND, chosen, zone, digits)

    def sql(a: Ex) -> str:
        return shown_sql(a.sql, a.rep, chosen, digits, zone or 0, zoned=name in (ZONED, LOCAL))

    return make(ctx, varchar(75), [ex], shown, sql)


def rowid_sql(ex: Ex) -> str:
    """A row id's 18 letters in SQL."""
    letters = "'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'"
    parts = []
    for value, width in ((f"({ex.sql} >> 40)", 6), (str(rowid.FILE), 3), (f"(({ex.sql} >> 16) & 16777215)", 6),
                         (f"({ex.sql} & 65535)", 3)):  # fmt: skip
        parts += [f"substr({letters}, (({value} >> {6 * at}) & 63)::INT + 1, 1)" for at in range(width - 1, -1, -1)]
    return f"({' || '.join(parts)})"


def moment(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    """As DATE or TIMESTAMP of some kind; text is read by the session's format. Raises ORA-00932, ORA-018xx."""
    family = kind_of(ex.type)
    if family == "text":
        return _read(ctx, ex, kind)
    if family != "moment":
        raise ora(932, kind.name, ex.type.name)
    if ex.type == kind:
        return ex
    return _moved(ctx, ex, kind)


def _read(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    settings = ctx.settings
    model = {"DATE": settings.date_format, ZONED: settings.zoned_format}.get(kind.name, settings.stamp_format)
    return reader(ctx, ex, kind, model)


def reader(ctx: Context, ex: Ex, kind: OraType, model: str) -> Ex:
    """TO_DATE, TO_TIMESTAMP, TO_TIMESTAMP_TZ of text by ``model``."""
    zone, now = ctx.settings.zone, ctx.env["now"]

    def convert(value: str) -> Any:
        nanos, offset, _ = read(value, model, now, zone)
        if kind.name == ZONED:
            return nanos - offset * 60 * SECOND, offset
        if kind.name == LOCAL:
            return nanos - zone * 60 * SECOND
        return nanos // SECOND * SECOND if kind.name == "DATE" else nanos

    from_sql = _strptime(model) if kind.rep in ("moment", "nanos") and kind.name != LOCAL else None
    if from_sql is None:
        return make(ctx, kind, [ex], convert, None)
    wrap: Callable[[str], str] = (lambda s: s) if kind.rep == "moment" else (lambda s: f"epoch_us({s})::HUGEINT * 1000")
    return make(ctx, kind, [ex], convert, lambda a: wrap(from_sql(a.sql)))


_STRPTIME = {
    "YYYYMMDDHH24MISS": ("\\d{14}", "%Y%m%d%H%M%S"),
    "YYYYMMDD": ("\\d{8}", "%Y%m%d"),
    "YYYY-MM-DD": ("\\d{4}-\\d{2}-\\d{2}", "%Y-%m-%d"),
    "YYYY-MM-DD HH24:MI:SS": ("\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}", "%Y-%m-%d %H:%M:%S"),
    "YYYY/MM/DD": ("\\d{4}/\\d{2}/\\d{2}", "%Y/%m/%d"),
    "YYYY/MM/DD HH24:MI:SS": ("\\d{4}/\\d{2}/\\d{2} \\d{2}:\\d{2}:\\d{2}", "%Y/%m/%d %H:%M:%S"),
    "YYYY-MM-DD HH24:MI:SS.FF": ("\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}\\.\\d+", "%Y-%m-%d %H:%M:%S.%g"),
    "YYYY-MM-DD HH24:MI:SS.FF6": ("\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}\\.\\d+", "%Y-%m-%d %H:%M:%S.%f"),
    "YYYYMMDDHH24MI": ("\\d{12}", "%Y%m%d%H%M"),
    "YYYY-MM": ("\\d{4}-\\d{2}", "%Y-%m"),
    "YYYYMM": ("\\d{6}", "%Y%m"),
}


def _strptime(model: str) -> Callable[[str], str] | None:
    known = _STRPTIME.get(model.upper())
    if known is None:
        return None
    pattern, form = known
    bad = "CAST(error('ORA-01861: literal does not match format string') AS TIMESTAMP)"
    worse = "CAST(error('ORA-01858: a non-numeric character was found where a numeric was expected') AS TIMESTAMP)"
    never = "CAST(error('ORA-01839: date not valid for month specified') AS TIMESTAMP)"
    return lambda sql: (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN regexp_full_match({sql}, '{pattern}') "
        f"THEN coalesce(try_strptime({sql}, '{form}'), {never}) "
        f"WHEN regexp_matches({sql}, '[[:alpha:]]') THEN {worse} ELSE {bad} END"
    )


def _moved(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    """Between kinds of moments; the session's zone stands in where one has none."""
    zone = ctx.settings.zone

    def py(value: Any) -> Any:
        nanos, offset = _instant(value, ex.type.name, zone)
        if kind.name == ZONED:
            return _cut(nanos, kind), offset
        local = nanos if kind.name == LOCAL else nanos + offset * 60 * SECOND
        return _cut(local, kind)

    return make(ctx, kind, [ex], py, lambda a: moved_sql(a, kind, zone))


def _instant(value: Any, name: str, zone: int) -> tuple[int, int]:
    if name == ZONED:
        return value[0], value[1]
    return (value, zone) if name == LOCAL else (value - zone * 60 * SECOND, zone)


def _cut(nanos: int, kind: OraType) -> int:
    if kind.name == "DATE":
        return nanos // SECOND * SECOND
    step = 10 ** (9 - (6 if kind.scale is None else kind.scale))
    return int((nanos + step // 2) // step * step)


def nanos_sql(ex: Ex) -> str:
    """Nanoseconds since 1970 as written (UTC for zoned and local ones)."""
    if ex.rep == "moment":
        return f"(epoch_us({ex.sql})::HUGEINT * 1000)"
    if ex.rep == "zoned":
        return f"({ex.sql} // 4096 - {BIAS})"
    return ex.sql


def moved_sql(ex: Ex, kind: OraType, zone: int) -> str:
    """A brought moment as another kind."""
    shift = zone * 60 * SECOND
    nanos, offset = nanos_sql(ex), str(zone)
    if ex.type.name == ZONED:
        offset = f"({ex.sql} % 4096 - 2048)"
    elif ex.type.name != LOCAL:
        nanos = f"({nanos} - {shift})"
    if kind.name == ZONED:
        return f"(({nanos} + {BIAS}) * 4096 + {offset} + 2048)"
    if kind.name == LOCAL:
        return nanos
    if ex.rep == "moment":
        local = f"date_trunc('second', {ex.sql})" if kind.name == "DATE" and ex.type.name != "DATE" else ex.sql
        return local if kind.rep == "moment" else f"(epoch_us({local})::HUGEINT * 1000)"
    local = f"({nanos} + {offset} * {60 * SECOND})"
    if kind.rep == "nanos":
        return local
    step = 10**6 if kind.name == "DATE" else 1
    return f"make_timestamp((floor_div({local}, {1000 * step}) * {step})::BIGINT)"


def rowid_value(ctx: Context, ex: Ex) -> Ex:
    """As a row id; text is read. Raises ORA-01410, ORA-00932."""
    if ex.type.name == "ROWID":
        return ex
    if not ex.type.text:
        raise ora(932, "ROWID", ex.type.name)
    return make(ctx, ROWID, [ex], rowid.read, None)


def raw(ctx: Context, ex: Ex) -> Ex:
    """As RAW; text is read as hexadecimal. Raises ORA-01465."""
    if kind_of(ex.type) == "bytes":
        return ex
    if not ex.type.text:
        raise ora(932, "BINARY", ex.type.name)
    return make(ctx, OraType("RAW", length=2000), [ex], hex_bytes, lambda a: f"unhex({a.sql})")


def hex_bytes(value: str) -> bytes:
    """HEXTORAW. Raises ORA-01465."""
    try:
        return bytes.fromhex(value if len(value) % 2 == 0 else "0" + value)
    except ValueError:
        raise ora(1465) from None


def span(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    """As an interval; text is read. Raises ORA-00932, ORA-01867."""
    if ex.type.rep == kind.rep:
        return ex
    if not ex.type.text:
        raise ora(932, kind.name, ex.type.name)
    return make(ctx, kind, [ex], read_span if kind.rep == "span" else read_months, None)


def to_type(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    """As ``kind`` without checks of length (comparison, UNION, CASE)."""
    family = kind_of(kind)
    if family == "text":
        return text(ctx, ex)
    if family == "number":
        return numeric(ctx, ex)
    if family == "moment":
        return moment(ctx, ex, kind)
    if family == "bytes":
        return raw(ctx, ex)
    if family == "rowid":
        return rowid_value(ctx, ex)
    if family in ("span", "months"):
        return span(ctx, ex, kind)
    return ex


def double(ctx: Context, ex: Ex, kind: OraType) -> Ex:
    """As BINARY_FLOAT or BINARY_DOUBLE."""
    read_text = ex.type.text

    def py(value: Any) -> float:
        if not read_text:
            return float(value)
        named = {"NAN": "nan", "INF": "inf", "-INF": "-inf", "INFINITY": "inf"}.get(value.strip().upper())
        return float(named) if named else float(numbers.parse(value))

    return make(
        ctx, kind, [ex], py, lambda a: f"CAST({approximate(a) if a.numeric else _number_sql(a.sql)} AS {kind.duck})"
    )


def fits(value: Decimal) -> bytes:
    """A number's bytes, checked."""
    return number.encode(value)


__all__ = ["DATE", "STAMPS", "double", "kind_of", "moment", "nanos_sql", "numeric", "reader", "text", "to_type"]
