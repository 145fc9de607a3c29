"""Time buckets as SQL: times and numbers of any kind understood, one pass over the table, nothing skipped unseen."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.errors import Invalid
from app.query.values import NAIVE_TIMES, ZONED_TIMES, is_number
from app.schemas.names import quoted

SECOND, DAY = 1_000_000, 86_400_000_000
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 wall clock
MONDAY = 4 * DAY  # 1970-01-05
UNITS = {"ms": 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY, "w": 7 * DAY}
SPELT = {
    "millisecond": "ms", "second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h",
    "day": "d", "week": "w", "month": "mo", "quarter": "q", "year": "y",
}  # fmt: skip
MONTHS = {"mo": 1, "q": 3, "y": 12}
LONGEST = 1200  # months


@dataclass(frozen=True)
class Resolution:
    """A bucket's width: microseconds, or months."""

    name: str
    micros: int = 0
    months: int = 0

    @property
    def width(self) -> int:
        """Microseconds, for choosing: a month counts as 30 days."""
        return self.micros or self.months * 30 * DAY

    @property
    def by_wall_clock(self) -> bool:
        """Whether buckets begin with local days, so that a day of 23 or 25 hours is still one bucket."""
        return self.width >= DAY


def resolution(text: str) -> Resolution:
    """``10 minutes``, ``1h``, ``1 month`` … Raises Invalid."""
    match = re.fullmatch(r"(\d{1,4})?\s*([a-z]+)", text.strip().lower())
    if match:
        number, unit = int(match[1] or 1), match[2] if match[2] in UNITS | MONTHS else match[2].removesuffix("s")
        unit = SPELT.get(unit, unit)
        if number and unit in UNITS:
            return Resolution(f"{number}{unit}", micros=number * UNITS[unit])
        if number and unit in MONTHS and number * MONTHS[unit] <= LONGEST:
            return Resolution(f"{number}{unit}", months=number * MONTHS[unit])
    message = "must be auto, or a number and a unit such as 10 minutes, 1h, 1d, 1 month"
    raise Invalid([{"field": "resolution", "message": message}], fields=f"resolution ({message})")


STEPS = "1ms 10ms 100ms 1s 5s 10s 30s 1m 2m 5m 10m 15m 30m 1h 2h 3h 6h 12h 1d 2d 1w 1mo 1q 1y 10y 100y"
LADDER = [resolution(step) for step in STEPS.split()]


def fitting(span: int, points: int, at_least: Resolution | None = None) -> Resolution:
    """The finest step of the ladder with at most ``points`` buckets over ``span`` microseconds, or ``at_least``
    itself where that fits: a chart of a million buckets helps nobody, and the answer says which step it has."""
    if at_least and span // at_least.width + 1 <= points:
        return at_least
    finest = bisect_left(LADDER, at_least.width if at_least else 0, key=lambda step: step.width)
    return next((step for step in LADDER[finest:] if span // step.width + 2 <= points), LADDER[-1])


def micros(column: str, kind: str) -> str:
    """SQL for a column's time as microseconds since 1970; NULL for what is no time.

    Of a type without offset it is the wall clock's, else the instant's.
    """
    name = quoted(column)
    if kind in NAIVE_TIMES or kind in ZONED_TIMES or kind == "DATE":
        return f"CASE WHEN isfinite({name}) THEN epoch_us({name}) END"
    # the first digit is asked for because strptime takes 'infinity' and 'epoch'
    text = f"trim({name})" if kind == "VARCHAR" else f"CAST({name} AS VARCHAR)"
    whole = name if kind == "VARCHAR" else text  # the usual form goes first and untrimmed: it is most of the work
    usual = f"epoch_us(try_strptime({whole}, '%Y%m%d%H%M%S'))"
    return f"""CASE WHEN strlen({whole}) = 14 AND {whole} > '0' AND {whole} < ':' THEN {usual} ELSE CASE strlen({text})
        WHEN 8 THEN CASE WHEN contains({text}, '/') OR contains({text}, '-') THEN epoch_us({_iso(text)})
                    WHEN {text} < ':' THEN epoch_us(try_strptime({text}, '%Y%m%d')) END
        WHEN 12 THEN epoch_us(try_strptime({text}, '%Y%m%d%H%M'))
        WHEN 10 THEN epoch_us(coalesce(try_strptime({text}, '%Y%m%d%H'), {_iso(text)}))
        WHEN 17 THEN epoch_us(coalesce(try_strptime({text}, '%Y%m%d%H%M%S%g'), {_iso(text)}))
        ELSE epoch_us({_iso(text)}) END END"""


def _iso(text: str) -> str:
    # the pattern keeps out what the cast alone would take: 'infinity', 'epoch'
    return f"CASE WHEN {text} SIMILAR TO '[0-9]{{4}}[-/].*' THEN TRY_CAST(replace({text}, '/', '-') AS TIMESTAMP) END"


def number(column: str, kind: str) -> str:
    """SQL for a column's value as a finite DOUBLE; NULL for what is no number."""
    name = quoted(column)
    if is_number(kind) and kind not in ("FLOAT", "DOUBLE"):
        return f"CAST({name} AS DOUBLE)"
    value = name if kind in ("FLOAT", "DOUBLE") else f"TRY_CAST({name} AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN CAST({value} AS DOUBLE) END"


def offsets(zone: str, low: int, high: int) -> str:
    """SQL for the zone's offset in microseconds at instant ``t``: its changes between two instants, written out.

    DuckDB's own AT TIME ZONE takes eight times as long.
    """
    changes = _changes(ZoneInfo(zone), low, high)
    if len(changes) == 1:
        return str(changes[0][1])
    steps = itertools.pairwise(changes)
    whens = " ".join(f"WHEN t < {begins} THEN {before}" for (_, before), (begins, _) in steps)
    return f"CASE {whens} ELSE {changes[-1][1]} END"


def _changes(zone: ZoneInfo, low: int, high: int) -> list[tuple[int, int]]:
    """(from which instant, offset), oldest first; days are compared, and the one with a change halved to the second."""
    first = max(low // SECOND, -2_000_000_000)  # zones have no rules before 1906 worth a search
    last = min(high // SECOND, 4_100_000_000)  # nor after 2099
    found = [(first, _offset(zone, first))]
    step = 7 * 86400
    for start in range(first, max(last, first), step):
        end = start + step
        if _offset(zone, end) != found[-1][1]:
            found.append((_when(zone, start, end), _offset(zone, end)))
    return [(begins * SECOND, offset * SECOND) for begins, offset in found]


def _when(zone: ZoneInfo, start: int, end: int) -> int:
    before = _offset(zone, start)
    while end - start > 1:
        middle = (start + end) // 2
        start, end = (middle, end) if _offset(zone, middle) == before else (start, middle)
    return end


def _offset(zone: ZoneInfo, instant: int) -> int:
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)).astimezone(zone)
    return int((moment.utcoffset() or timedelta()).total_seconds())


def bucket(step: Resolution, offset: str) -> str:
    """SQL for the bucket of instant ``t``: its beginning in microseconds.

    Wall clock where buckets follow days, else the instant: the hour that autumn repeats stays two buckets.
    """
    local = "t" if offset == "0" else f"(t + ({offset}))"
    if step.months:
        months = f"(date_part('year', make_timestamp({local})) * 12 + date_part('month', make_timestamp({local})) - 1)"
        begin = f"({months} // {step.months} * {step.months})"
        return f"epoch_us(make_date(CAST({begin} // 12 AS INTEGER), CAST({begin} % 12 + 1 AS INTEGER), 1))"
    origin = MONDAY if step.micros % (7 * DAY) == 0 else 0
    # floor, not truncation: // rounds towards zero before 1970
    shifted = f"({local} - {origin})" if origin else local
    begin = f"({shifted} - ((({shifted} % {step.micros}) + {step.micros}) % {step.micros}))"
    begin = f"({begin} + {origin})" if origin else begin
    return begin if step.by_wall_clock or offset == "0" else f"({begin} - ({offset}))"


FUNCTIONS = {
    "avg": "avg({v})", "min": "min({v})", "max": "max({v})", "sum": "sum({v})", "count": "count({v})",
    "first": "arg_min({v}, t)", "last": "arg_max({v}, t)", "median": "median({v})", "stddev": "stddev_samp({v})",
}  # fmt: skip


def aggregated(source: str, key: str, series: int, functions: Sequence[str], *, grouped: bool) -> str:
    """The whole question over ``source`` (t, v0, v1 …, b0, b1 … for bad values, g): a row a bucket and group.

    Rows without a time come as the bucket NULL, so that one pass counts what is skipped.
    """
    values = [FUNCTIONS[name].format(v=f"v{index}") for index in range(series) for name in functions]
    bad = [f"sum(b{index})" for index in range(series)]
    chosen = [key, "g" if grouped else "NULL", "count(*)", "sum(bt)", *bad, *values]
    return f"SELECT {', '.join(chosen)} FROM ({source}) GROUP BY 1{', 2' if grouped else ''} ORDER BY 1, 2"


def time_text(begin: int, *, zone: str | None, wall: bool) -> str:
    """A bucket's beginning as ISO 8601: with the zone's offset, or (``zone`` None) as the wall clock it is."""
    try:
        moment = EPOCH + timedelta(microseconds=begin)
        if zone is None:
            return moment.isoformat()
        if wall:
            return moment.replace(tzinfo=ZoneInfo(zone)).isoformat()
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).isoformat()
    except OverflowError:  # beyond the years that Python can write
        return str(begin)
