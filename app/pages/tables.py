"""The list of tables, the rows of one as a view that is a link, and that view as a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from aiohttp import web
from yarl import URL

from app import keys
from app.doors import render, render_rows, send
from app.errors import Invalid
from app.guard import Route
from app.pages.view import OPS, SIZES, View, address, naming, table_path, written_value
from app.query.service import QueryService
from app.query.values import is_number, is_time
from app.schemas.accounts import Permission
from app.schemas.envelope import Page
from app.schemas.tables import ColumnInfo, Rows, Table, TableQuery

MOST_JSON, PIECE = 100_000, 5_000  # rows of a JSON file; it is paged, and paging deep is slow
ORDERS = {
    "name": lambda table: table.name.casefold(),
    "source": lambda table: (table.source or "").casefold(),
    "rows": lambda table: table.rows,
    "columns": lambda table: table.columns,
    "bytes": lambda table: table.bytes,
    "fresh": lambda table: -1 if table.freshness_seconds is None else table.freshness_seconds,
}


async def listing(request: web.Request) -> web.Response:
    known = await request.app[keys.QUERY].tables()
    q, sort = request.query.get("q", "").strip(), request.query.get("sort", "name")
    found = [table for table in known if q.casefold() in f"{table.name} {table.source or ''}".casefold()]

    def order_url(key: str) -> URL:
        return address("/tables", [(name, text) for name, text in (("q", q), ("sort", key)) if text and text != "name"])

    context: dict[str, Any] = {
        "known": known,
        "tables": _ordered(found, sort),
        "q": q,
        "sort": sort,
        "table_path": table_path,
    }
    response = render(request, "tables.html", "_tables_list.html", order_url=order_url, **context)
    response.headers["HX-Push-Url"] = str(order_url(sort))
    return response


def _ordered(tables: list[Table], sort: str) -> list[Table]:
    key = ORDERS.get(sort.removeprefix("-"))
    if key is None:
        raise Invalid([{"field": "sort", "message": f"one of {', '.join(ORDERS)}"}], fields="sort")
    return sorted(sorted(tables, key=ORDERS["name"]), key=key, reverse=sort.startswith("-"))


async def show(request: web.Request) -> web.Response:
    name, view = request.match_info["name"], View.read(request.query)
    service, path = request.app[keys.QUERY], table_path(name)
    with naming(view.filters):
        table = await service.table(name)  # before its rows: they may be newer than what it says, never older
        rows = await service.rows(name, view.question(view.limit))
    whole = await service.rows(name, TableQuery(limit=0, offset=0)) if view.show else rows
    view = _plain(view, whole.columns)
    context = _shown(view, rows, whole, name) | {"name": name, "path": path, "table": table}
    response = await render_rows(request, "table.html", "_table_view.html", **context)
    here = str(view.at(path, offset=view.offset))
    if not request.headers.get("HX-Current-URL", "").endswith(here):  # newer rows of the same view are no new page
        response.headers["HX-Push-Url"] = here
    return response


def _plain(view: View, columns: list[ColumnInfo]) -> View:
    """All columns chosen, in their own order, is no choice."""
    every = tuple(column.name for column in columns)
    return View(view.filters, view.sort, (), view.open, view.limit, view.offset) if view.show == every else view


def _shown(view: View, rows: Rows, whole: Rows, name: str) -> dict[str, Any]:
    pairs = [pair for pair in view.pairs() if pair[0] not in {"limit", "offset", "open"}]
    total = rows.total if rows.total is not None else view.offset + rows.row_count
    return {
        "view": view,
        "rows": rows,
        "columns": whole.columns,
        "place": Page(limit=view.limit, offset=view.offset, total=total),
        "ops": OPS,
        "sizes": SIZES,
        "numeric": is_number,
        "timed": is_time,
        "most_json": MOST_JSON,
        "written_value": written_value,
        "table_path": table_path,
        "chart_url": address(table_path(name, "/chart"), View(view.filters).pairs()),
        "export_url": lambda suffix: address(table_path(name, suffix), pairs),
        "profile_url": lambda column: view.at(table_path(name, f"/columns/{quote(column, safe='')}"), open=view.open),
    }


async def csv(request: web.Request) -> web.StreamResponse:
    return await _file(request, "csv")


async def parquet(request: web.Request) -> web.StreamResponse:
    return await _file(request, "parquet")


async def _file(request: web.Request, kind: str) -> web.StreamResponse:
    """The whole view, streamed from the temporary file that the service wrote."""
    name = request.match_info["name"]
    view = View.read(request.query)
    with naming(view.filters):
        pieces = await request.app[keys.QUERY].export(name, view.question().model_copy(update={"format": kind}))
    async with aclosing(pieces) as file:
        return await send(request, f"{name}.{kind}", file.media_type, file)


async def json_file(request: web.Request) -> web.StreamResponse:
    name, view = request.match_info["name"], View.read(request.query)
    service = request.app[keys.QUERY]
    with naming(view.filters):
        first = await service.rows(name, view.question(PIECE).model_copy(update={"offset": 0}))
    return await send(request, f"{name}.json", "application/json", _json_pieces(service, name, view, first))


async def _json_pieces(service: QueryService, name: str, view: View, found: Rows) -> AsyncIterator[bytes]:
    offset = 0
    total = found.total if found.total is not None else found.row_count
    head = {"table": name, "total": total, "truncated": total > MOST_JSON, "columns": _columns(found)}
    yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "rows": ['
    while found.rows:
        yield (b",\n" if offset else b"\n") + await asyncio.to_thread(_lines, found)
        offset += found.row_count
        if offset >= min(total, MOST_JSON):
            break
        found = await service.rows(name, view.question(PIECE).model_copy(update={"offset": offset}))
    yield b"\n]}\n"


def _lines(found: Rows) -> bytes:
    return ",\n".join(json.dumps(row, ensure_ascii=False) for row in found.rows).encode()


def _columns(rows: Rows) -> list[dict[str, Any]]:
    return [column.model_dump() for column in rows.columns]


routes = [
    Route("GET", "/tables", listing, Permission.READ, documented=False),
    Route("GET", "/tables/{name}.csv", csv, Permission.READ, documented=False),
    Route("GET", "/tables/{name}.parquet", parquet, Permission.READ, documented=False),
    Route("GET", "/tables/{name}.json", json_file, Permission.READ, documented=False),
    Route("GET", "/tables/{name}", show, Permission.READ, documented=False),
]
