"""A chart as its address says it: columns, span, resolution, range of values; and where zooming leads from there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from multidict import MultiMapping
from yarl import URL

from app.errors import Invalid
from app.pages.plot import Plot, parse_moment
from app.pages.view import Pairs, address, filter_pairs, once, read_filters
from app.schemas.tables import Aggregate, Filter

PRESETS = {"7d": 7, "30d": 30, "90d": 90, "all": 0}
RESOLUTIONS = ("auto", "1s", "10s", "1m", "10m", "1h", "6h", "1d", "1w", "1mo")
FUNCTIONS = ("avg", "median", "sum", "count", "stddev")
MAX_POINTS = 1200  # about one bucket a pixel: finer would only be drawn over
SECOND = timedelta(seconds=1)  # a text time has none finer, a native one may
LEAST_SPAN = timedelta(milliseconds=10)


@dataclass(frozen=True)
class ChartView:
    """``start``/``end`` are a zoom and win over the preset ``span``; ``low``/``high`` are the range of values."""

    filters: tuple[Filter, ...] = ()
    time: str | None = None
    values: tuple[str, ...] = ()
    by: str | None = None
    span: str = "all"
    start: str | None = None
    end: str | None = None
    every: str = "auto"
    function: str = "avg"
    low: float | None = None
    high: float | None = None
    cut: bool = False
    together: bool = False  # columns of different size share no scale unless asked to

    @classmethod
    def read(cls, query: MultiMapping[str]) -> ChartView:
        """Raises Invalid (422) that names the field."""
        return cls(
            filters=tuple(read_filters(query)),
            time=query.get("time") or None,
            values=once(query.getall("y", [])),
            by=query.get("by") or None,
            span=_one_of(query, "span", "all", PRESETS),
            start=_moment(query, "start"),
            end=_moment(query, "end"),
            every=_one_of(query, "every", "auto", RESOLUTIONS),
            function=_one_of(query, "function", "avg", FUNCTIONS),
            low=_number(query, "low"),
            high=_number(query, "high"),
            cut=query.get("cut") == "1",
            together=query.get("together") == "1",
        )

    def pairs(self) -> Pairs:
        plain = ChartView()
        one = {"time": self.time, "by": self.by, "start": self.start, "end": self.end}
        named = {"span": self.span, "every": self.every, "function": self.function}
        written = filter_pairs(self.filters) + [("y", name) for name in self.values]
        written += [(name, text) for name, text in one.items() if text is not None]
        written += [(name, text) for name, text in named.items() if text != getattr(plain, name)]
        written += [(name, f"{n:.12g}") for name, n in (("low", self.low), ("high", self.high)) if n is not None]
        return written + [(name, "1") for name, on in (("cut", self.cut), ("together", self.together)) if on]

    def at(self, path: str, **changes: Any) -> URL:
        return address(path, replace(self, **changes).pairs())

    def without(self, index: int) -> tuple[Filter, ...]:
        return self.filters[:index] + self.filters[index + 1 :]

    def question(self, last: datetime | None) -> Aggregate:
        """What to ask of the service. ``last`` is the newest time of the data: presets count back from there, so that
        a table that has not been fed for a week still shows its own last seven days, and not beyond it, so that one
        9999-12-31 does not stretch them."""
        functions = {self.function, "min", "max"} - {"count"}
        start, end = self.start, self.end
        if start is None and end is None and (days := PRESETS[self.span]) and last is not None:
            start, end = (last - timedelta(days=days)).isoformat(), (last + SECOND).isoformat()
        return Aggregate.model_validate(
            {
                "time_column": self.time,
                "value_columns": list(self.values) or None,
                "resolution": self.every,
                "start": start,
                "end": end,
                "functions": sorted(functions),
                "filters": list(self.filters),
                "group_by": self.by,
                "max_points": MAX_POINTS,
            }
        )


def _one_of(query: MultiMapping[str], field: str, default: str, known: Any) -> str:
    text = query.get(field) or default
    if text not in known:
        raise Invalid([{"field": field, "message": f"one of {', '.join(known)}"}], fields=field)
    return text


def _moment(query: MultiMapping[str], field: str) -> str | None:
    text = query.get(field, "").strip()
    if not text:
        return None
    if parse_moment(text) is None:
        raise Invalid([{"field": field, "message": "a time such as 2026-01-31T13:45"}], fields=field)
    return text


def _number(query: MultiMapping[str], field: str) -> float | None:
    text = query.get(field, "").strip()
    try:
        number = float(text) if text else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise Invalid([{"field": field, "message": "a number"}], fields=field)
    return number


@dataclass(frozen=True)
class Moves:
    """Where the buttons beside the chart lead: each a changed ``start`` and ``end``, as the service reads them."""

    earlier: dict[str, str]
    later: dict[str, str]
    nearer: dict[str, str]
    farther: dict[str, str]
    buckets: list[dict[str, str]]  # into each bucket


def moves(view: ChartView, plot: Plot) -> Moves | None:
    """None where there is nothing to move: no bucket at all."""
    if not plot.x:
        return None
    first, last = shown(view, plot)
    width = max(last - first, LEAST_SPAN)
    step = timedelta(seconds=plot.step()) or width

    def span(start: datetime, end: datetime) -> dict[str, str]:
        return {"start": written(start, plot.naive), "end": written(end, plot.naive)}

    return Moves(
        earlier=span(_moved(first, -width / 2), _moved(last, -width / 2)),
        later=span(_moved(first, width / 2), _moved(last, width / 2)),
        nearer=span(first + width / 4, last - width / 4),
        farther=span(_moved(first, -width / 2), _moved(last, width / 2)),
        buckets=[span(moment, _moved(moment, step)) for moment in plot.moments()],
    )


def shown(view: ChartView, plot: Plot) -> tuple[datetime, datetime]:
    """The span on show: as asked; what was not asked, as the data has it."""
    moments = plot.moments()
    step = timedelta(seconds=plot.step())
    start, end = _as_utc(view.start) or moments[0], _as_utc(view.end) or _moved(moments[-1], step)
    return (start, end) if start < end else (end, start)


def _as_utc(text: str | None) -> datetime | None:
    moment = parse_moment(text) if text else None
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:  # the calendar ends in the years 1 and 9999
        return moment


def written(moment: datetime, naive: bool) -> str:
    return moment.replace(tzinfo=None).isoformat() if naive else moment.isoformat()
