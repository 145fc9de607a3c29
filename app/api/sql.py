"""SQL: one read-only statement, within limits of rows, bytes and time."""

from aiohttp import web

from app import keys
from app.doors import answer, read
from app.errors import QueryCancelled, QueryFailed, QueryTimeout, SqlRefused, TooMany, WarehouseAway
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission
from app.schemas.tables import Rows, Sql


async def sql(request: web.Request) -> web.Response:
    """Run one SELECT or EXPLAIN.

    At most 1000 rows by default and 10,000 at all; at most two at a time for each account. A client that goes away
    stops its statement.
    """
    asked = await read(request, Sql)
    return answer(await request.app[keys.QUERY].sql(asked.sql, asked.limit, request[ACTOR].name))


routes = [
    Route(
        *("POST", "/api/v1/sql", sql, Permission.SQL),
        audit="sql.run",
        body=Sql,
        data=Rows,
        errors=(SqlRefused, QueryFailed, QueryTimeout, QueryCancelled, TooMany, WarehouseAway),
    )
]
