"""/: is my data fresh, complete and correct? Without Oracle it is the set-up page."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from app import doors, keys, overview
from app.guard import Route
from app.pages import setup
from app.schemas.accounts import Permission


async def show(request: web.Request) -> web.Response:
    app = request.app
    if not app[keys.SETTINGS].oracle_configured:
        return await setup.show(request)
    now, sync = datetime.now(UTC), app[keys.SYNC]
    tables, active = await overview.tables(sync, app[keys.QUERY], now), await overview.current(sync, now)
    jobs = await overview.upcoming(app[keys.SCHEDULER])
    return doors.render(request, "dashboard.html", "_dashboard_tables.html", tables=tables, active=active, jobs=jobs)


routes = [Route("GET", "/", show, Permission.READ, documented=False)]
