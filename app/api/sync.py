"""Syncs: start one, watch it, steer it, look back."""

from aiohttp import web

from app import keys
from app.doors import answer, read, read_query
from app.errors import (
    AmbiguousTable,
    KeyReused,
    NameTaken,
    NotPossibleNow,
    OracleAway,
    OracleNotConfigured,
    RunNotFound,
    SourceNotFound,
    TableBusy,
    TargetNotFound,
    WarehouseAway,
)
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission
from app.schemas.envelope import Page
from app.schemas.sync import (
    LogLine,
    OneRun,
    ResetDone,
    RunsAsked,
    SyncReset,
    SyncRun,
    SyncStart,
    SyncStatus,
)


async def start(request: web.Request) -> web.Response:
    """Start a sync.

    Answers at once with the run; follow it at `/ws/sync/progress` or `/api/v1/sync/status?sync_id=`. With an
    `Idempotency-Key` header the same request sent again within a day answers with the run of the first one.
    """
    key = request.headers.get("Idempotency-Key")
    run = await request.app[keys.STARTS].start(await read(request, SyncStart), request[ACTOR], "api", key)
    return answer(run, status=202)


async def status(request: web.Request) -> web.Response:
    """The runs that are active and the last one of each table; with `sync_id` that run itself."""
    asked, syncs = read_query(request, OneRun), request.app[keys.SYNC]
    return answer(await syncs.run(asked.sync_id) if asked.sync_id else await syncs.status())


async def reset(request: web.Request) -> web.Response:
    """Clear what a table's next incremental would build on.

    With `oracle_table`: its watermark and staging; the rows stay, and the next run is a full. Without: failed and
    interrupted states and orphan staging only, never a watermark.
    """
    return answer(await request.app[keys.SYNC].reset(await read(request, SyncReset), request[ACTOR]))


async def pause(request: web.Request) -> web.Response:
    """Stop reading between two batches; the snapshot is held."""
    return answer(await request.app[keys.SYNC].pause(request.match_info["sync_id"], request[ACTOR]))


async def resume(request: web.Request) -> web.Response:
    """Go on with a paused run, or with an interrupted one as a new run."""
    return answer(await request.app[keys.SYNC].resume(request.match_info["sync_id"], request[ACTOR]))


async def cancel(request: web.Request) -> web.Response:
    """Break a run off; the old table is kept."""
    return answer(await request.app[keys.SYNC].cancel(request.match_info["sync_id"], request[ACTOR]))


async def runs(request: web.Request) -> web.Response:
    """All runs, the newest first."""
    asked = read_query(request, RunsAsked)
    found, total = await request.app[keys.SYNC].runs(**asked.model_dump())
    return answer(found, page=Page(limit=asked.limit, offset=asked.offset, total=total))


async def run(request: web.Request) -> web.Response:
    """One run with its phases and its proof."""
    return answer(await request.app[keys.SYNC].run(request.match_info["sync_id"]))


async def log(request: web.Request) -> web.Response:
    """What a run wrote down while it worked."""
    return answer(await request.app[keys.SYNC].log(request.match_info["sync_id"]))


STARTING = (
    KeyReused,
    OracleNotConfigured,
    OracleAway,
    TargetNotFound,
    SourceNotFound,
    AmbiguousTable,
    NameTaken,
    TableBusy,
    WarehouseAway,
)
ONE = "/api/v1/sync/{sync_id}"
STEER = (RunNotFound, NotPossibleNow)
routes = [
    Route(
        *("POST", "/api/v1/sync/start", start, Permission.RUN_SYNC),
        body=SyncStart,
        data=SyncRun,
        status=202,
        errors=STARTING,
        headers=(("Idempotency-Key", "Any text of your own, the same for each try of one request."),),
    ),
    Route(
        *("GET", "/api/v1/sync/status", status, Permission.READ),
        query=OneRun,
        data=SyncStatus | SyncRun,
        errors=(RunNotFound,),
    ),
    Route(
        *("POST", "/api/v1/sync/reset", reset, Permission.RESET),
        body=SyncReset,
        data=ResetDone,
        errors=(TargetNotFound, TableBusy, WarehouseAway),
    ),
    Route("POST", ONE + "/pause", pause, Permission.RUN_SYNC, data=SyncRun, errors=STEER),
    Route("POST", ONE + "/resume", resume, Permission.RUN_SYNC, data=SyncRun, errors=(*STEER, *STARTING)),
    Route("POST", ONE + "/cancel", cancel, Permission.RUN_SYNC, data=SyncRun, errors=STEER),
    Route("GET", "/api/v1/sync/runs", runs, Permission.READ, query=RunsAsked, data=list[SyncRun], paged=True),
    Route("GET", "/api/v1/sync/runs/{sync_id}", run, Permission.READ, data=SyncRun, errors=(RunNotFound,)),
    Route("GET", "/api/v1/sync/runs/{sync_id}/log", log, Permission.READ, data=list[LogLine], errors=(RunNotFound,)),
]
