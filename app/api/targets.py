"""Targets: which Oracle tables are kept here, and how."""

from aiohttp import web

from app import keys
from app.doors import answer, read, read_query
from app.errors import (
    AmbiguousTable,
    NameTaken,
    OracleAway,
    OracleNotConfigured,
    SourceNotFound,
    TableBusy,
    TargetNotFound,
    WarehouseAway,
)
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission
from app.schemas.envelope import Gone
from app.schemas.sync import Target, TargetDrop, TargetFields, TargetNew


async def targets(request: web.Request) -> web.Response:
    """Every target."""
    return answer(await request.app[keys.SYNC].targets())


async def target(request: web.Request) -> web.Response:
    """One target, by its DuckDB name or as OWNER.TABLE."""
    return answer(await request.app[keys.SYNC].target(request.match_info["name"]))


async def add(request: web.Request) -> web.Response:
    """Register an Oracle table; what the body leaves out comes from Oracle's dictionary."""
    made = await request.app[keys.SYNC].add_target(await read(request, TargetNew), request[ACTOR])
    return answer(made, status=201)


async def edit(request: web.Request) -> web.Response:
    """Change what the body names; what it leaves out stays.

    A new key, cursor, where, columns or overrides clear the watermark: the next run is a full.
    """
    fields = await read(request, TargetFields)
    return answer(await request.app[keys.SYNC].edit_target(request.match_info["name"], fields, request[ACTOR]))


async def drop(request: web.Request) -> web.Response:
    """Forget a target; its DuckDB table goes only with `drop=true`."""
    name, asked = request.match_info["name"], read_query(request, TargetDrop)
    await request.app[keys.SYNC].drop_target(name, request[ACTOR], asked.drop)
    return answer(Gone(name=name))


ALL, ONE = "/api/v1/targets", "/api/v1/targets/{name}"
SOURCE = (SourceNotFound, AmbiguousTable, NameTaken, OracleAway, OracleNotConfigured)
routes = [
    Route("GET", ALL, targets, Permission.READ, data=list[Target]),
    Route(
        *("POST", ALL, add, Permission.EDIT_TARGETS),
        body=TargetNew,
        data=Target,
        status=201,
        errors=(*SOURCE, TableBusy, WarehouseAway),
    ),
    Route("GET", ONE, target, Permission.READ, data=Target, errors=(TargetNotFound,)),
    Route(
        *("PATCH", ONE, edit, Permission.EDIT_TARGETS),
        body=TargetFields,
        data=Target,
        errors=(TargetNotFound, NameTaken, TableBusy, WarehouseAway),
    ),
    Route(
        *("DELETE", ONE, drop, Permission.EDIT_TARGETS),
        query=TargetDrop,
        data=Gone,
        errors=(TargetNotFound, TableBusy, WarehouseAway),
    ),
]
