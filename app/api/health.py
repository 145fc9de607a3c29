"""GET /health: for monitors; no sign-in, no envelope."""

import time
from importlib.metadata import version

from aiohttp import web

from app import keys
from app.errors import WarehouseAway
from app.guard import Route
from app.schemas.accounts import Permission
from app.schemas.health import Check, Health
from app.store import StoreError

VERSION = version("merganser")
STARTED = time.monotonic()


async def health(request: web.Request) -> web.Response:
    """How the process is: 503 only when the warehouse or the store fails."""
    checks: dict[str, Check] = {
        "warehouse": await _warehouse(request),
        "store": await _store(request),
        "oracle": "ok" if request.app[keys.SETTINGS].oracle_configured else "degraded",
        "scheduler": "ok",
    }
    status: Check = "failed" if "failed" in checks.values() else "degraded" if "degraded" in checks.values() else "ok"
    uptime = round(time.monotonic() - STARTED, 1)
    body = Health(status=status, version=VERSION, uptime_seconds=uptime, checks=checks)
    return web.Response(
        text=body.model_dump_json(), status=503 if status == "failed" else 200, content_type="application/json"
    )


async def _warehouse(request: web.Request) -> Check:
    try:
        await request.app[keys.WAREHOUSE].rows("SELECT 1", seconds=5)
    except WarehouseAway:
        return "failed"
    return "ok"


async def _store(request: web.Request) -> Check:
    try:
        await request.app[keys.STORE].row("SELECT 1")
    except StoreError:
        return "failed"
    return "ok"


routes = [Route(*("GET", "/health", health, Permission.PUBLIC), data=Health, envelope=False, also=(503,))]
