"""GET /health: for monitors; no sign-in, no envelope."""

import asyncio
import time
from importlib.metadata import version

from aiohttp import web

from app import keys
from app.errors import WarehouseAway
from app.guard import Route
from app.oracle import Oracle
from app.schemas.accounts import Permission
from app.schemas.health import Check, Health
from app.store import StoreError

VERSION = version("merganser")
STARTED = time.monotonic()
FRESH = 15.0  # seconds for which Oracle's last answer counts: monitors must not be a load on it
PATIENCE = 2.0  # seconds a monitor waits for Oracle


class OracleWatch:
    """Whether Oracle answers, asked at most every fifteen seconds and never twice at once."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle, self._asked, self._answers = oracle, float("-inf"), True
        self._asking: asyncio.Future[None] | None = None

    async def check(self) -> Check:
        """ "ok" or, when it is away, silent or not set up, "degraded"."""
        if not self._oracle.configured:
            return "degraded"
        if time.monotonic() - self._asked > FRESH:
            self._asking = self._asking or asyncio.ensure_future(asyncio.to_thread(self._ask))
            done, _ = await asyncio.wait({self._asking}, timeout=PATIENCE)
            if not done:
                return "degraded"
            self._asking = None
        return "ok" if self._answers else "degraded"

    def _ask(self) -> None:
        self._answers = self._oracle.answers(PATIENCE)
        self._asked = time.monotonic()


WATCH = web.AppKey("oracle_watch", OracleWatch)


async def health(request: web.Request) -> web.Response:
    """How the process is: 503 only when the warehouse or the store fails."""
    checks: dict[str, Check] = {
        "warehouse": await _warehouse(request),
        "store": await _store(request),
        "oracle": await request.app[WATCH].check(),
        "scheduler": "ok" if request.app[keys.SCHEDULER].running else "degraded",
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


routes = [Route("GET", "/health", health, Permission.PUBLIC, data=Health, envelope=False, also=(503,))]
