"""The SQL page: one read-only statement, its result as a grid, a chart, a file; stopped by hand or by the clock."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Literal, TypeVar

from aiohttp import web
from multidict import MultiDict
from pydantic import Field

from app import keys
from app.doors import answer, language_of, read, render, render_rows, send
from app.errors import AppError
from app.guard import ACTOR, FAILED, Route
from app.pages.chart_view import ChartView
from app.pages.figure import figure_of
from app.pages.plot import number, parse_moment, plot_of
from app.pages.refusals import sentence
from app.pages.view import address, table_path
from app.query.values import is_number, is_time
from app.schemas.accounts import Permission
from app.schemas.envelope import Question
from app.schemas.tables import Buckets, ColumnInfo, Rows, TableQuery

T = TypeVar("T")
LIMITS, SECONDS = (100, 1000, 10_000), (10, 30, 120)
LONGEST_ADDRESS = 4000  # a longer statement is not put into the address: proxies and browsers cut it
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Statement(Question):
    """The editor's form. ``run`` names this run, so that it can be stopped."""

    sql: str = Field(max_length=100_000)
    limit: Literal["100", "1000", "10000"] = "1000"
    seconds: Literal["10", "30", "120"] = "30"
    run: str = Field("", max_length=64)


class Stop(Question):
    run: str = Field(min_length=1, max_length=64)


async def show(request: web.Request) -> web.Response:
    """The editor with the statement of the address in it; nothing runs before somebody says so."""
    return await _page(request, Statement(sql=request.query.get("sql", "")[:100_000], run=""), {})


async def run(request: web.Request) -> web.Response:
    statement = await read(request, Statement)
    response = await _page(request, statement, await _outcome(request, statement))
    here = address("/sql", [("sql", statement.sql)])
    if len(str(here)) <= LONGEST_ADDRESS:
        response.headers["HX-Push-Url"] = str(here)
    return response


async def _page(request: web.Request, statement: Statement, outcome: dict[str, Any]) -> web.Response:
    empty: dict[str, Any] = {"error": None, "rows": None, "figure": None, "took": 0.0, "status": 200}
    context = empty | outcome | {"statement": statement, "table_path": table_path}
    context |= {"numeric": is_number, "timed": is_time}
    context |= {"tables": await request.app[keys.QUERY].tables(), "limits": LIMITS, "seconds": SECONDS}
    return await render_rows(request, "sql.html", "_sql_result.html", run_id=secrets.token_hex(16), **context)


async def _outcome(request: web.Request, statement: Statement) -> dict[str, Any]:
    """The rows, or in their place the sentence that says why there are none."""
    begun = time.monotonic()
    try:
        rows = await _asked(request, statement)
    except AppError as error:
        request[FAILED] = error.code
        return {"error": sentence(error, language_of(request)), "status": error.status}
    figure = await asyncio.to_thread(figure_of_rows, rows)
    return {"rows": rows, "took": time.monotonic() - begun, "figure": figure}


async def _asked(request: web.Request, statement: Statement) -> Rows:
    return await _run(request.app[keys.QUERY].sql, statement, request[ACTOR].name)


async def _run(how: Callable[..., Awaitable[T]], statement: Statement, name: str) -> T:
    """By ``QueryService.sql`` or ``sql_file``, on the editor's terms."""
    terms = {"query_id": statement.run or None, "seconds": float(statement.seconds)}
    return await how(statement.sql, int(statement.limit), name, **terms)


async def stop(request: web.Request) -> web.Response:
    await request.app[keys.QUERY].cancel((await read(request, Stop)).run, request[ACTOR].name)
    return answer({"stopped": True})


async def columns(request: web.Request) -> web.Response:
    """A branch of the tree: the columns of one table."""
    name = request.query.get("table", "")
    found = await request.app[keys.QUERY].rows(name, TableQuery(limit=0, offset=0))
    return render(request, "sql_columns.html", "_sql_columns.html", table=name, columns=found.columns)


async def csv_file(request: web.Request) -> web.StreamResponse:
    """The result as CSV, as many rows as the editor asks for. A cell that a spreadsheet would run is quoted."""
    rows = await _asked(request, await read(request, Statement))
    text = await asyncio.to_thread(csv_of, rows)
    return await send(request, "result.csv", "text/csv; charset=utf-8", _once(text.encode("utf-8-sig")))


async def json_file(request: web.Request) -> web.StreamResponse:
    rows = await _asked(request, await read(request, Statement))
    text = await asyncio.to_thread(lambda: json.dumps(rows.model_dump(), ensure_ascii=False))
    return await send(request, "result.json", "application/json", _once(text.encode()))


async def parquet_file(request: web.Request) -> web.StreamResponse:
    """The result with the types it has in DuckDB."""
    made = _run(request.app[keys.QUERY].sql_file, await read(request, Statement), request[ACTOR].name)
    async with aclosing(await made) as file:
        return await send(request, "result.parquet", file.media_type, file)


async def _once(file: bytes) -> AsyncIterator[bytes]:
    yield file


def csv_of(rows: Rows) -> str:
    """With the byte order mark that a Korean Excel wants (added on encoding)."""
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow([_harmless(column.name) for column in rows.columns])
    plain = {column.name for column in rows.columns if is_number(column.type) or is_time(column.type)}
    for row in rows.rows:
        sheet.writerow([value if name in plain else _harmless(value) for name, value in row.items()])
    return text.getvalue()


def _harmless(value: Any) -> Any:
    formula = isinstance(value, str) and value.startswith(FORMULA) and number(value) is None
    return f"'{value}" if formula else value


def figure_of_rows(rows: Rows) -> dict[str, Any] | None:
    """A chart of the result where it has a time and a number; a text column beside them makes the lines."""
    times = [column.name for column in rows.columns if _is_time(column, rows)]
    values = [column.name for column in rows.columns if is_number(column.type) and column.name not in times][:6]
    if not times or not values or rows.row_count < 2:
        return None
    group = next((c.name for c in rows.columns if c.type == "VARCHAR" and c.name not in times), None)
    points = [
        {"time_bucket": row[times[0]], group or "": row.get(group or "")} | _point(row, values) for row in rows.rows
    ]
    asked = Buckets(rows=points, resolution="", skipped=0, time_column=times[0], value_columns=values, timezone="UTC")
    plot = plot_of(asked, "avg", group)
    return figure_of(plot, ChartView.read(MultiDict()), "UTC") if len(plot.x) > 1 else None


def _is_time(column: ColumnInfo, rows: Rows) -> bool:
    """By type, or text whose first values all are times."""
    if is_time(column.type):
        return True
    some = [row[column.name] for row in rows.rows[:20] if row[column.name] is not None]
    return column.type == "VARCHAR" and bool(some) and all(parse_moment(value) is not None for value in some)


def _point(row: dict[str, Any], values: list[str]) -> dict[str, Any]:
    return {f"{name}_avg": row[name] for name in values} | {"point_count": 1}


routes = [
    Route("GET", "/sql", show, Permission.SQL, documented=False),
    Route("POST", "/sql", run, Permission.SQL, documented=False),
    Route("POST", "/sql/stop", stop, Permission.SQL, documented=False),
    Route("GET", "/sql/columns", columns, Permission.SQL, documented=False),
    Route("POST", "/sql.csv", csv_file, Permission.SQL, documented=False, audit="sql.run"),
    Route("POST", "/sql.parquet", parquet_file, Permission.SQL, documented=False, audit="sql.run"),
    Route("POST", "/sql.json", json_file, Permission.SQL, documented=False, audit="sql.run"),
]
