"""Sources: the Oracle tables that could be kept here."""

from aiohttp import web

from app import keys
from app.doors import answer, read_query
from app.errors import OracleAway, OracleNotConfigured, SourceNotFound
from app.guard import Route
from app.schemas.accounts import Permission
from app.schemas.envelope import Page
from app.schemas.sync import Source, SourcesAsked, SourceTable


async def sources(request: web.Request) -> web.Response:
    """Oracle's tables and views that the login can see."""
    asked = read_query(request, SourcesAsked)
    found, total = await request.app[keys.SYNC].sources(asked.search, asked.limit, asked.offset)
    return answer(found, page=Page(limit=asked.limit, offset=asked.offset, total=total))


async def source(request: web.Request) -> web.Response:
    """One Oracle table: its columns with the DuckDB type proposed, its key, what could be its cursor."""
    owner, table = request.match_info["owner"], request.match_info["table"]
    return answer(await request.app[keys.SYNC].source(owner, table))


AWAY = (OracleNotConfigured, OracleAway)
routes = [
    Route(
        *("GET", "/api/v1/sources", sources, Permission.RUN_SYNC),
        query=SourcesAsked,
        data=list[SourceTable],
        paged=True,
        errors=AWAY,
    ),
    Route(
        *("GET", "/api/v1/sources/{owner}/{table}", source, Permission.RUN_SYNC),
        data=Source,
        errors=(*AWAY, SourceNotFound),
    ),
]
