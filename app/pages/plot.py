"""A chart's picture: the service's buckets as columns for uPlot, and as SVG paths for readers without JavaScript."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.schemas.tables import Buckets

MOST_SERIES = 12
WIDTH, HEIGHT = 1000, 320  # of the SVG's own coordinates
Line = list[float | None]


@dataclass
class Series:
    """One line: the value of each bucket and, where it has them, the least and greatest row in it."""

    column: str
    group: str | None = None
    value: Line = field(default_factory=list)
    low: Line = field(default_factory=list)
    high: Line = field(default_factory=list)
    count: list[int | None] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.column if self.group is None else f"{self.column} · {self.group}"


@dataclass
class Plot:
    """Lines over one time axis: ``x`` in seconds since 1970; ``naive`` when the times have no zone."""

    x: list[float]
    series: list[Series]
    naive: bool
    left_out: int = 0  # groups beyond MOST_SERIES

    @property
    def rows(self) -> int:
        return sum(n or 0 for one in _first_of_each_group(self.series) for n in one.count)

    def step(self) -> float:
        """The least distance of two buckets; 0 when there is one bucket or none."""
        return min((b - a for a, b in zip(self.x, self.x[1:], strict=False)), default=0)

    def moments(self) -> list[datetime]:
        return [datetime.fromtimestamp(second, UTC) for second in self.x]

    def columns(self) -> list[dict[str, Any]]:
        """For chart.js, with as many digits as a screen can tell apart."""
        return [
            {"label": one.label, "value": _brief(one.value), "low": _brief(one.low), "high": _brief(one.high)}
            for one in self.series
        ]

    def buckets(self) -> list[list[tuple[float | None, float | None, float | None, int | None]]]:
        """Per bucket, per series: value, least, greatest, rows."""
        lines = [list(zip(one.value, one.low, one.high, one.count, strict=True)) for one in self.series]
        return [[line[i] for line in lines] for i in range(len(self.x))]


def plot_of(buckets: Buckets, function: str, group_by: str | None) -> Plot:
    """Buckets with one row per time (and group) as lines that share one axis; the largest groups first."""
    timed = [(moment, row) for row in buckets.rows if (moment := parse_moment(row["time_bucket"])) is not None]
    naive = not any(moment.tzinfo for moment, _ in timed)
    seconds = [moment.timestamp() if moment.tzinfo else moment.replace(tzinfo=UTC).timestamp() for moment, _ in timed]
    x = sorted(set(seconds))
    place = {second: i for i, second in enumerate(x)}
    groups = _groups([row for _, row in timed], group_by)
    lines = {
        (column, group): _empty(column, group, len(x))
        for column in buckets.value_columns
        for group in groups[:MOST_SERIES]
    }
    for second, (_, row) in zip(seconds, timed, strict=True):
        for column in buckets.value_columns:
            line = lines.get((column, _group(row, group_by)))
            if line is not None:
                _put(line, place[second], row, function)
    return Plot(x, list(lines.values()), naive, left_out=max(0, len(groups) - MOST_SERIES))


def _brief(line: Line) -> Line:
    return [None if value is None else float(f"{value:.10g}") for value in line]


def _groups(rows: list[dict[str, Any]], group_by: str | None) -> list[str | None]:
    sizes: dict[str | None, int] = {}
    for row in rows:
        group = _group(row, group_by)
        sizes[group] = sizes.get(group, 0) + (row.get("point_count") or 0)
    return sorted(sizes, key=lambda group: (-sizes[group], str(group))) or [None]


def _group(row: dict[str, Any], group_by: str | None) -> str | None:
    if group_by is None:
        return None
    value = row.get(group_by)
    return "NULL" if value is None else str(value)


def _empty(column: str, group: str | None, n: int) -> Series:
    return Series(column, group, [None] * n, [None] * n, [None] * n, [None] * n)


def _put(line: Series, i: int, row: dict[str, Any], function: str) -> None:
    line.count[i] = row.get("point_count")
    line.value[i] = number(row.get("point_count") if function == "count" else row.get(f"{line.column}_{function}"))
    if function not in {"count", "sum"}:  # a band around a total would be on another scale
        line.low[i], line.high[i] = number(row.get(f"{line.column}_min")), number(row.get(f"{line.column}_max"))


def _first_of_each_group(series: list[Series]) -> list[Series]:
    return list({one.group: one for one in reversed(series)}.values())


def number(value: Any) -> float | None:
    """Numbers come as numbers, or as text where JSON would round them; NaN and infinities cannot be drawn."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def parse_moment(value: Any) -> datetime | None:
    """ISO 8601, or digits alone: YYYYMMDD, YYYYMMDDHH24MI, YYYYMMDDHH24MISS."""
    text = str(value).strip()
    layout = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}.get(len(text))
    try:
        if text.isascii() and text.isdigit():
            return datetime.strptime(text, layout) if layout else None  # noqa: DTZ007  # such a text has no zone
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def y_range(plot: Plot, low: float | None, high: float | None, cut: bool) -> tuple[float, float]:
    """From where to where the picture goes: as asked, without outliers when ``cut``, else all of it."""
    values = sorted(v for one in plot.series for line in (one.value, one.low, one.high) for v in line if v is not None)
    if not values:
        return (low or 0.0, high if high is not None else 1.0)
    least, greatest = _fence(plot) if cut else (values[0], values[-1])
    least, greatest = (low if low is not None else least), (high if high is not None else greatest)
    pad = (greatest - least) * 0.04 or abs(greatest) * 0.1 or 1.0
    return (low if low is not None else least - pad, high if high is not None else greatest + pad)


def _fence(plot: Plot) -> tuple[float, float]:
    """Tukey's outer fence around the values, widened to the band that most buckets have and held to what is there."""
    values = sorted(v for one in plot.series for v in one.value if v is not None)
    lows = sorted(v for one in plot.series for v in one.low if v is not None) or values
    highs = sorted(v for one in plot.series for v in one.high if v is not None) or values
    first, third = _quantile(values, 0.25), _quantile(values, 0.75)
    reach = 3 * (third - first)
    least = min(first - reach, _quantile(lows, 0.75))
    greatest = max(third + reach, _quantile(highs, 0.25))
    return max(least, lows[0]), min(greatest, highs[-1])


def beyond(plot: Plot, span: tuple[float, float]) -> int:
    """How many buckets of any line have a row outside the picture."""
    outside = 0
    for one in plot.series:
        for value, low, high in zip(one.value, one.low, one.high, strict=True):
            seen = [v for v in (value, low, high) if v is not None]
            outside += any(not span[0] <= v <= span[1] for v in seen)
    return outside


def _quantile(ordered: list[float], q: float) -> float:
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


@dataclass(frozen=True)
class Shape:
    """One line of the SVG: the points of its line, and of the band around it."""

    label: str
    line: str
    band: str


def shapes(plot: Plot, span: tuple[float, float]) -> list[Shape]:
    """Each series as SVG points. Buckets that fall on one pixel are merged, their least and greatest kept."""
    if not plot.x:
        return []
    first, width = plot.x[0], plot.x[-1] - plot.x[0] or 1.0
    return [_shape(one, [(second - first) / width * WIDTH for second in plot.x], span) for one in plot.series]


def _shape(one: Series, places: list[float], span: tuple[float, float]) -> Shape:
    pixels: dict[int, list[float]] = {}
    for x, value, low, high in zip(places, one.value, one.low, one.high, strict=True):
        if value is not None:
            least, greatest = value if low is None else low, value if high is None else high
            seen = pixels.setdefault(round(x), [value, least, greatest])
            seen[1], seen[2] = min(seen[1], least), max(seen[2], greatest)
    line = " ".join(f"{x},{_y(seen[0], span)}" for x, seen in pixels.items())
    upper = [f"{x},{_y(seen[2], span)}" for x, seen in pixels.items()]
    lower = [f"{x},{_y(seen[1], span)}" for x, seen in reversed(pixels.items())]
    return Shape(one.label, line, " ".join(upper + lower))


def _y(value: float, span: tuple[float, float]) -> str:
    share = (value - span[0]) / ((span[1] - span[0]) or 1.0)
    return f"{HEIGHT * (1 - min(1.02, max(-0.02, share))):.1f}"
