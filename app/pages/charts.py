"""The chart page: one question to the service, shown as uPlot, as SVG and as a table of buckets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from app import keys
from app.doors import language_of, render
from app.errors import Invalid
from app.formats import spelt
from app.guard import Route
from app.pages.chart_view import FUNCTIONS, PRESETS, RESOLUTIONS, ChartView, moves
from app.pages.figure import figure_of
from app.pages.plot import Plot, parse_moment, plot_of
from app.pages.view import OPS, View, naming, table_path, written_value
from app.query.service import QueryService
from app.query.values import is_number, is_time
from app.schemas.accounts import Permission
from app.schemas.tables import Aggregate, Buckets, ColumnInfo, Order, TableQuery
from app.words import N_

MOST_LISTED = 200  # buckets in the table below the chart
FUNCTION_WORDS = {
    "avg": N_("Average"),
    "median": N_("Median"),
    "sum": N_("Sum"),
    "count": N_("Number of rows"),
    "stddev": N_("Standard deviation"),
}
SPAN_WORDS = {"7d": N_("7 days"), "30d": N_("30 days"), "90d": N_("90 days"), "all": N_("Everything")}


async def show(request: web.Request) -> web.Response:
    name, view = request.match_info["name"], ChartView.read(request.query)
    service, path = request.app[keys.QUERY], table_path(name, "/chart")
    columns = (await service.rows(name, TableQuery(limit=0, offset=0))).columns
    with naming(view.filters):
        buckets = await _buckets(service, name, view)
    language = language_of(request)
    coarser = view.every not in {"auto", buckets.resolution} and bool(buckets.rows)
    context = (
        {"coarser": coarser} | _choices(columns, language) | await asyncio.to_thread(_picture, view, buckets, path)
    )
    context |= {"name": name, "path": path, "view": view, "table_path": table_path, "written_value": written_value}
    context |= {"resolution": spelt(buckets.resolution, language), "data_url": View(view.filters).at(table_path(name))}
    response = render(request, "chart.html", "_chart_view.html", **context)
    response.headers["HX-Push-Url"] = str(view.at(path))
    return response


async def _buckets(service: QueryService, name: str, view: ChartView) -> Buckets:
    """The answer; an empty one for a table in which nothing is a time, so that the page can say so."""
    try:
        return await service.aggregate(name, view.question(await _last(service, name, view)))
    except Invalid as error:
        if view.time or not any(detail.get("field") == "time_column" for detail in error.details):
            raise
        return Buckets(rows=[], resolution="", skipped=0, time_column="", value_columns=[], timezone="UTC")


async def _last(service: QueryService, name: str, view: ChartView) -> datetime | None:
    """The newest readable time of the table, not later than now; asked for only when a preset counts back from it."""
    if not PRESETS[view.span] or view.start or view.end:
        return None
    time = view.time or (await service.aggregate(name, Aggregate(max_points=1))).time_column
    question = TableQuery(columns=[time], order_by=[Order(column=time, descending=True)], limit=50, offset=0)
    rows = (await service.rows(name, question)).rows
    moments = [moment for row in rows for value in row.values() if (moment := parse_moment(value)) is not None]
    return next((moment for moment in moments if not _future(moment)), moments[-1] if moments else None)


def _future(moment: datetime) -> bool:
    """Past the end of today in any zone: 9999-12-31 and typing errors."""
    return moment.replace(tzinfo=moment.tzinfo or UTC) > datetime.now(UTC) + timedelta(days=1)


def _choices(columns: list[ColumnInfo], language: str) -> dict[str, Any]:
    """What the controls offer: times and numbers first, text that may hold them after."""
    text = [column.name for column in columns if column.type == "VARCHAR"]
    return {
        "times": [column.name for column in columns if is_time(column.type)],
        "numbers": [column.name for column in columns if is_number(column.type)],
        "texts": text,
        "columns": columns,
        "ops": OPS,
        "functions": {name: FUNCTION_WORDS[name] for name in FUNCTIONS},
        "resolutions": {name: spelt(name, language) for name in RESOLUTIONS},
        "spans": SPAN_WORDS,
    }


def _picture(view: ChartView, buckets: Buckets, path: str) -> dict[str, Any]:
    """In a thread: a dozen lines of a thousand points would hold the event loop for a tenth of a second."""
    plot = plot_of(buckets, view.function, view.by)
    figure = figure_of(plot, view, buckets.timezone)
    return figure | {
        "buckets": buckets,
        "moves": moves(view, plot),
        "left_out": plot.left_out + buckets.groups_left_out,
        "beyond": sum(panel["beyond"] for panel in figure["panels"]),
        "listed": _listed(view, plot, path),
    }


def _listed(view: ChartView, plot: Plot, path: str) -> list[dict[str, Any]]:
    """The first buckets as rows of a table, each a link into itself."""
    ways = moves(view, plot)
    if ways is None:
        return []
    plain = str(view.at(path, start=None, end=None))
    start = plain + ("&" if "?" in plain else "?")  # an address is put together once, not two hundred times
    rows = list(zip(plot.moments(), ways.buckets, plot.buckets(), strict=True))[:MOST_LISTED]
    return [{"moment": m, "url": start + urlencode(span), "lines": lines} for m, span, lines in rows]


routes = [Route("GET", "/tables/{name}/chart", show, Permission.READ, documented=False)]
