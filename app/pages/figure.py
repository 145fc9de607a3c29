"""A plot as the figure that the templates and chart.js draw: panels, ranges, the SVG, the numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.pages.chart_view import ChartView, shown
from app.pages.plot import Plot, Series, beyond, shapes, y_range


def figure_of(plot: Plot, view: ChartView, zone: str) -> dict[str, Any]:
    """What the macro ``figure`` needs."""
    panels = [_panel(view, plot, one) for one in _split(plot, view.together)]
    return {
        "plot": plot,
        "panels": panels,
        "picture": _for_script(view, plot, panels),
        "zone": "UTC" if plot.naive else zone,
        "when": _clock(None if plot.naive else ZoneInfo(zone)),
    }


def _split(plot: Plot, together: bool) -> list[list[Series]]:
    if together or not plot.series:
        return [plot.series]
    columns = dict.fromkeys(one.column for one in plot.series)
    return [[one for one in plot.series if one.column == column] for column in columns]


def _panel(view: ChartView, plot: Plot, series: list[Series]) -> dict[str, Any]:
    part = Plot(plot.x, series, plot.naive)
    span = y_range(part, view.low, view.high, view.cut)
    return {
        "label": ", ".join(dict.fromkeys(one.column for one in series)),
        "range": span,
        "beyond": beyond(part, span),
        "shapes": shapes(part, span),
        "first": plot.series.index(series[0]) if series else 0,
        "lines": part.columns(),
    }


def _for_script(view: ChartView, plot: Plot, panels: list[dict[str, Any]]) -> dict[str, Any]:
    """What chart.js draws; the shapes stay behind, they are for readers without it."""
    start, end = shown(view, plot) if plot.x else (None, None)
    return {
        "x": plot.x,
        "from": start.timestamp() if start else None,
        "to": end.timestamp() if end else None,
        "naive": plot.naive,
        "panels": [{key: panel[key] for key in ("range", "first", "lines")} for panel in panels],
    }


def _clock(zone: ZoneInfo | None) -> Callable[[datetime], str]:
    """To the second, or finer where it is; a time without zone as it stands."""

    def when(moment: datetime) -> str:
        text = (moment.astimezone(zone) if zone else moment).strftime("%Y-%m-%d %H:%M:%S.%f")
        return text.removesuffix("000000").removesuffix(".").rstrip("0") if text.endswith("0") else text

    return when
