"""Tables: what is here, their rows, their aggregates, their files."""

from contextlib import aclosing

from aiohttp import web

from app import keys
from app.doors import answer, read, read_query, send
from app.errors import ColumnNotFound, QueryFailed, QueryTimeout, TableNotFound, WarehouseAway
from app.guard import Route
from app.schemas.accounts import Permission
from app.schemas.tables import (
    Aggregate,
    Buckets,
    ColumnAsked,
    ColumnProfile,
    Facets,
    FacetsAsked,
    Rows,
    Table,
    TableQuery,
    TableStats,
)


async def tables(request: web.Request) -> web.Response:
    """Every table with its source, size, last sync, freshness and proof."""
    return answer(await request.app[keys.QUERY].tables())


async def table(request: web.Request) -> web.Response:
    """One table."""
    return answer(await request.app[keys.QUERY].table(request.match_info["name"]))


async def stats(request: web.Request) -> web.Response:
    """Every column's nulls, distinct values, minimum and maximum; the span of time; how the columns have changed."""
    return answer(await request.app[keys.QUERY].stats(request.match_info["name"]))


async def query(request: web.Request) -> web.StreamResponse:
    """Rows of a table: filtered, ordered, paged, with the columns asked for.

    `format` csv or parquet answers with a file, streamed; without a `limit` it holds every row.
    """
    name, asked = request.match_info["name"], await read(request, TableQuery)
    if asked.format == "json":
        return answer(await request.app[keys.QUERY].rows(name, asked))
    async with aclosing(await request.app[keys.QUERY].export(name, asked)) as file:
        return await send(request, f"{name}.{asked.format}", file.media_type, file)


async def aggregate(request: web.Request) -> web.Response:
    """Buckets of time with each column's functions: what a chart draws.

    Times in text (`YYYYMMDDHH24MISS`, eight digits, ISO, slashes) and numbers in text are understood; a value that is
    neither is left out and counted in `skipped`.
    """
    asked = await read(request, Aggregate)
    return answer(await request.app[keys.QUERY].aggregate(request.match_info["name"], asked))


async def profile(request: web.Request) -> web.Response:
    """A column at a glance: nulls, distinct values, histogram, the commonest values."""
    name, asked = request.match_info["name"], read_query(request, ColumnAsked)
    return answer(await request.app[keys.QUERY].profile(name, asked.column))


async def facets(request: web.Request) -> web.Response:
    """The commonest values of a column among the rows that the filters leave."""
    name, asked = request.match_info["name"], await read(request, FacetsAsked)
    return answer(await request.app[keys.QUERY].facets(name, asked.column, asked.filters, asked.limit))


ONE = "/api/v1/tables/{name}"
FOUND = (TableNotFound, WarehouseAway, QueryTimeout, QueryFailed)
COLUMNS = (*FOUND, ColumnNotFound)
routes = [
    Route("GET", "/api/v1/tables", tables, Permission.READ, data=list[Table], errors=(WarehouseAway, QueryTimeout)),
    Route("GET", ONE, table, Permission.READ, data=Table, errors=FOUND),
    Route("GET", ONE + "/stats", stats, Permission.READ, data=TableStats, errors=FOUND),
    Route(
        *("POST", ONE + "/query", query, Permission.READ),
        body=TableQuery,
        data=Rows,
        errors=COLUMNS,
        media=("text/csv", "application/vnd.apache.parquet"),
    ),
    Route("POST", ONE + "/aggregate", aggregate, Permission.READ, body=Aggregate, data=Buckets, errors=COLUMNS),
    Route("GET", ONE + "/profile", profile, Permission.READ, query=ColumnAsked, data=ColumnProfile, errors=COLUMNS),
    Route("POST", ONE + "/facets", facets, Permission.READ, body=FacetsAsked, data=Facets, errors=COLUMNS),
]
