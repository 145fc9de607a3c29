"""GET /metrics: what a Prometheus server scrapes, and what feeds it: each answer, each finished run."""

from __future__ import annotations

import time
from contextlib import suppress

from aiohttp import hdrs, web

from app import keys
from app.errors import AppError
from app.guard import Handler, Route
from app.hub import Hub
from app.metrics import Metrics
from app.schemas.accounts import Permission
from app.schemas.sync import ACTIVE, State

KIND = "text/plain; version=0.0.4; charset=utf-8"


@web.middleware
async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time every answer; the outermost of all, so that it sees the status that leaves."""
    began = time.monotonic()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        if status != 101:  # a socket's length is no answer's time
            request.app[keys.METRICS].answered(request.method, _route(request), status, time.monotonic() - began)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


async def observe(hub: Hub, metrics: Metrics) -> None:
    """Count every run that ends, until cancelled."""
    with hub.listen("sync") as events:
        async for event in events:
            if event.kind == "state" and State(event.data["state"]) not in ACTIVE:
                run = event.data
                done = run["progress"]
                metrics.finished(run["type"], run["state"], run["target"], done["total_rows"], done["elapsed_time"])


async def metrics(request: web.Request) -> web.Response:
    """Runs, rows, durations, freshness of each table, the queue, the event loop's delay, HTTP."""
    figures = request.app[keys.METRICS]
    await _look(request, figures)
    return web.Response(body=figures.text(), headers={hdrs.CONTENT_TYPE: KIND})


async def _look(request: web.Request, figures: Metrics) -> None:
    """What has no event of its own is looked at when it is asked for."""
    runs = await request.app[keys.SYNC].snapshot()
    waiting = sum(run.state is State.QUEUED for run in runs)
    figures.queued.set(waiting)
    figures.active.set(len(runs) - waiting)
    with suppress(AppError):  # the warehouse may be away; the rest is worth scraping all the same
        tables = await request.app[keys.QUERY].tables()
        figures.tables([(table.name, table.rows, table.freshness_seconds, table.late) for table in tables])


routes = [Route("GET", "/metrics", metrics, Permission.READ, envelope=False, media=("text/plain",))]
