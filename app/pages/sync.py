"""/sync: start, watch, pause, resume and cancel runs; their history and each run's own page."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from app import doors, keys, overview
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission
from app.schemas.overview import RunsAsked
from app.schemas.sync import SyncRun, SyncStart
from app.words import N_


async def show(request: web.Request) -> web.Response:
    asked = doors.read_query(request, RunsAsked)
    sync = request.app[keys.SYNC]
    context = await overview.history(sync, asked, request.rel_url) | {
        "active": await overview.current(sync, datetime.now(UTC)),
        "targets": await sync.targets(),
        "chosen": asked.table,
    }
    return doors.render(request, "sync.html", "_sync_runs.html", **context)


async def start(request: web.Request) -> web.Response:
    body = await doors.read(request, SyncStart)
    sync = request.app[keys.SYNC]
    run = await sync.start(body, request[ACTOR])
    if not doors.wants_part(request):
        return doors.redirect(request, _address(run), N_("The sync of {table} has started."), table=run.target)
    active = await overview.current(sync, datetime.now(UTC))
    return doors.render(request, "_sync_active.html", "_sync_active.html", active=active)


async def show_run(request: web.Request) -> web.Response:
    sync, sync_id = request.app[keys.SYNC], request.match_info["sync_id"]
    run, lines = await sync.run(sync_id), await sync.log(sync_id)
    return doors.render(request, "sync_run.html", "_sync_run.html", run=run, lines=lines)


async def pause(request: web.Request) -> web.Response:
    return _told(request, await request.app[keys.SYNC].pause(request.match_info["sync_id"], request[ACTOR]))


async def resume(request: web.Request) -> web.Response:
    return _told(request, await request.app[keys.SYNC].resume(request.match_info["sync_id"], request[ACTOR]))


async def cancel(request: web.Request) -> web.Response:
    return _told(request, await request.app[keys.SYNC].cancel(request.match_info["sync_id"], request[ACTOR]))


def _told(request: web.Request, run: SyncRun) -> web.Response:
    if not doors.wants_part(request):
        return doors.redirect(request, _address(run))
    return doors.render(request, "_sync_run.html", "_sync_run.html", run=run)


def _address(run: SyncRun) -> str:
    return f"/sync/runs/{run.sync_id}"


routes = [
    Route("GET", "/sync", show, Permission.READ, documented=False),
    Route("POST", "/sync/start", start, Permission.RUN_SYNC, documented=False),
    Route("GET", "/sync/runs/{sync_id}", show_run, Permission.READ, documented=False),
    Route("POST", "/sync/runs/{sync_id}/pause", pause, Permission.RUN_SYNC, documented=False),
    Route("POST", "/sync/runs/{sync_id}/resume", resume, Permission.RUN_SYNC, documented=False),
    Route("POST", "/sync/runs/{sync_id}/cancel", cancel, Permission.RUN_SYNC, documented=False),
]
