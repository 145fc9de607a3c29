"""The columns of a table: each one's profile with the values to filter by, all of them side by side, their history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aiohttp import web
from yarl import URL

from app import keys
from app.doors import render
from app.guard import Route
from app.pages.chart_view import ChartView
from app.pages.view import View, naming, table_path
from app.query.values import ZONED_TIMES, is_number, is_time
from app.schemas.accounts import Permission
from app.schemas.tables import Bin, ColumnProfile, Filter

WIDTH, HEIGHT = 240, 64  # of the histogram's own coordinates


async def every(request: web.Request) -> web.Response:
    """All columns side by side, and what changed in them."""
    stats = await request.app[keys.QUERY].stats(request.match_info["name"])
    path = table_path(stats.name)

    def profile_url(column: str) -> str:
        return table_path(stats.name, f"/columns/{quote(column, safe='')}")

    context: dict[str, Any] = {"stats": stats, "path": path, "profile_url": profile_url, "table_path": table_path}
    return render(request, "table_columns.html", "_table_columns.html", share=share, short=short, **context)


async def one(request: web.Request) -> web.Response:
    """One column among the rows of the view; a filter on the column itself does not hide its other values."""
    name, column, view = request.match_info["name"], request.match_info["column"], View.read(request.query)
    others = [f for f in view.filters if not _chooses(f, column)]
    service, path = request.app[keys.QUERY], table_path(name)
    with naming(others):
        profile = await service.profile(name, column, others)
    rest = profile.sample_rows - sum(value.count for value in profile.top)
    context: dict[str, Any] = {"name": name, "path": path, "view": view, "profile": profile, "others": rest}
    context |= {"bars": bars(profile, view, path), "values": _values(profile, view, path), "share": share}
    context |= {"chart_url": _chart(profile, view, name), "short": short}
    return render(request, "table_column.html", "_table_column.html", **context)


def _chart(profile: ColumnProfile, view: View, name: str) -> URL | None:
    """A number over time, with the filters of the view."""
    if not is_number(profile.type):
        return None
    return ChartView(filters=view.filters, values=(profile.name,)).at(table_path(name, "/chart"))


def _chooses(one: Filter, column: str) -> bool:
    return one.column.casefold() == column.casefold() and one.op in {"=", "in", "is null"}


def _values(profile: ColumnProfile, view: View, path: str) -> list[dict[str, Any]]:
    """The commonest values; each a link that keeps only its rows or, where it is chosen, lets the others back."""
    rare = profile.top[0].count * 200 < profile.sample_rows if profile.top else True
    if profile.distinct > len(profile.top) and rare:
        return []  # near to a key: its first values say nothing
    return [_value(profile.name, value.value, value.count, view, path) for value in profile.top]


def _value(column: str, value: Any, count: int, view: View, path: str) -> dict[str, Any]:
    text = None if value is None else str(value)
    chosen = Filter(column=column, op="is null") if text is None else Filter(column=column, op="=", value=text)
    others = tuple(f for f in view.filters if not _chooses(f, column))
    on = chosen in view.filters
    url = view.at(path, filters=others if on else (*others, chosen))
    return {"text": text, "count": count, "url": url, "chosen": on}


def bars(profile: ColumnProfile, view: View, path: str) -> list[dict[str, Any]]:
    """The histogram as rectangles; each leads to the rows in it."""
    if not any(one.count for one in profile.histogram):
        return []
    greatest, width = max(one.count for one in profile.histogram), WIDTH / len(profile.histogram)
    return [
        {
            "low": one.low,
            "high": one.high,
            "count": one.count,
            "x": f"{i * width + 0.5:.2f}",
            "width": f"{width - 1:.2f}",
            "y": f"{HEIGHT - _height(one.count, greatest):.1f}",
            "height": f"{_height(one.count, greatest):.1f}",
            "url": _into(profile, one, i == len(profile.histogram) - 1, view, path),
        }
        for i, one in enumerate(profile.histogram)
    ]


def _height(count: int, greatest: int) -> float:
    """A bar of a few rows beside one of millions is still seen."""
    return max(1.5, count / greatest * HEIGHT) if count else 0.0


def _into(profile: ColumnProfile, bar: Bin, last: bool, view: View, path: str) -> URL:
    zone = "+00:00" if profile.type in ZONED_TIMES else ""
    low, high = f"{bar.low}{zone}", f"{bar.high}{zone}"
    narrowed = replace(view, filters=view.only(profile.name, ">=", low))
    return narrowed.at(path, filters=narrowed.only(profile.name, "<=" if last else "<", high))


def share(part: int, whole: int) -> str:
    """In percent; what is there is never said to be nothing, nor nearly all to be all."""
    if not whole or not part:
        return "0%"
    percent = part / whole * 100
    return "<0.1%" if percent < 0.1 else ">99.9%" if 99.9 < percent < 100 else f"{percent:.3g}%"


def short(value: Any, kind: str = "") -> str:
    """A value (of type ``kind``) for a narrow place: seven digits of a long fraction, forty signs of a text."""
    if isinstance(value, float):
        return f"{value:.7g}"
    text = "" if value is None else str(value).replace("T", " ", 1) if is_time(kind) else str(value)
    return text if len(text) <= 40 else text[:39] + "…"


routes = [
    Route("GET", "/tables/{name}/columns", every, Permission.READ, documented=False),
    Route("GET", "/tables/{name}/columns/{column}", one, Permission.READ, documented=False),
]
