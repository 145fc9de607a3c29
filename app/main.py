"""create_app(settings): the whole process, opened in order and closed in reverse."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web
from jinja2 import DictLoader, StrictUndefined

from app import api, audit, doors, formats, guard, headers, keys, live, pages
from app.accounts import service as accounts
from app.accounts.service import AccountService
from app.agent import chats
from app.agent.chats import Chats
from app.agent.known import Knowledge
from app.agent.mind import Mind
from app.agent.offline import Offline
from app.agent.openai import OpenAI
from app.agent.service import SyncAgent
from app.agent.tools import House
from app.api import metrics
from app.api.health import WATCH, OracleWatch
from app.audit import Audit
from app.clock import Clock
from app.config import Settings
from app.errors import WarehouseAway
from app.hub import Event, Hub
from app.live import sockets
from app.live.panes import PANES, Panes
from app.live.progress import RELAY, Relay
from app.metrics import Metrics
from app.notify import Notifier
from app.oracle import Oracle
from app.query.service import QueryService
from app.scheduler import jobs
from app.scheduler.service import Scheduler
from app.scheduler.spoken import spoken
from app.store import Store
from app.sync import service as sync
from app.sync import starts
from app.sync.facts import Facts
from app.sync.service import SyncService
from app.sync.starts import Starts
from app.warehouse import Warehouse
from app.words import LANGUAGES, words

ROOT = Path(__file__).parent.parent
SCHEMAS = (*accounts.SCHEMAS, audit.SCHEMA, *sync.SCHEMAS, starts.SCHEMA, jobs.SCHEMA, chats.SCHEMA)  # of the store
log = logging.getLogger(__name__)


def create_app(settings: Settings) -> web.Application:
    """The application for ``settings``; nothing is opened before it starts."""
    app = web.Application(middlewares=[metrics.counted, doors.errors, guard.guard], client_max_size=1_000_000)
    app[keys.SETTINGS] = settings
    _drivers(app, settings)
    _services(app, settings)
    _templates(app)
    sockets.set_up(app)
    app.router.add_static("/static", ROOT / "static")
    app.on_response_prepare.extend([doors.keep_static, headers.protect])
    guard.add_routes(app, [*api.routes, *pages.routes, *live.routes])
    app.cleanup_ctx.append(_lifetime)
    return app


def _drivers(app: web.Application, settings: Settings) -> None:
    app[keys.HUB] = Hub()
    app[keys.STORE] = Store(settings.store_path, SCHEMAS)
    app[keys.ORACLE] = Oracle(settings)
    app[keys.WAREHOUSE] = Warehouse(
        settings.warehouse_path,
        temp=settings.data_dir / "temp",
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )


def _services(app: web.Application, settings: Settings) -> None:
    store, hub = app[keys.STORE], app[keys.HUB]
    app[keys.ACCOUNTS] = AccountService(
        store,
        hub,
        now=_now,
        idle=timedelta(hours=settings.session_idle_hours),
        longest=timedelta(days=settings.session_days),
    )
    app[keys.AUDIT] = Audit(store, settings.audit_days, _now)
    app[keys.LOOSE] = set()
    app[keys.SYNC] = SyncService(settings, app[keys.ORACLE], app[keys.WAREHOUSE], store, hub)
    app[keys.QUERY] = QueryService(app[keys.WAREHOUSE], settings, Facts(app[keys.SYNC], app[keys.WAREHOUSE]))
    app[keys.STARTS] = Starts(store, app[keys.SYNC])
    app[keys.SCHEDULER] = Scheduler(
        store, app[keys.SYNC], zone=settings.timezone, quiet_hours=settings.quiet_hours, now=_now
    )
    app[keys.CHATS] = Chats(store)
    app[keys.KNOWLEDGE] = Knowledge(app[keys.QUERY], app[keys.SYNC], settings.timezone)
    app[keys.AGENT] = _agent(app, settings)
    app[keys.METRICS] = Metrics()
    app[RELAY] = Relay(hub)
    app[WATCH] = OracleWatch(app[keys.ORACLE])
    app[PANES] = Panes(app)


def _agent(app: web.Application, settings: Settings) -> SyncAgent:
    query, syncs = app[keys.QUERY], app[keys.SYNC]
    house = House(query, syncs, app[keys.SCHEDULER], app[keys.AUDIT], app[keys.ACCOUNTS].still)
    zone = ZoneInfo(settings.timezone)
    mind: Mind = Offline(app[keys.KNOWLEDGE].now)
    if settings.model_configured:
        mind = OpenAI(settings, lambda: datetime.now(zone))
    return SyncAgent(mind, house, app[keys.CHATS])


def _now() -> datetime:
    return datetime.now(UTC)


async def _lifetime(app: web.Application) -> AsyncIterator[None]:
    """Down to the yield: opening. Back up: closing."""
    await app[keys.STORE].open()
    try:
        await app[keys.WAREHOUSE].open()
    except WarehouseAway as error:  # serve all the same: the pages say what is wrong
        log.error("%s", error)
    await app[keys.SYNC].open()
    scheduler = app[keys.SCHEDULER]
    await scheduler.open()
    clock = Clock(scheduler, _now)
    scheduler.on_change = lambda: _jobs_changed(app, clock)
    clock.start()
    figures = app[keys.METRICS]
    async with running(
        app[RELAY].run(),
        app[PANES].follow(),
        metrics.observe(app[keys.HUB], figures),
        figures.watch_loop(),
        *_notifying(app),
        app[keys.ACCOUNTS].watch(),
        app[keys.AUDIT].tend(),
        sockets.keep_rights(app),
    ):
        yield
    await app[keys.AGENT].mind.close()
    await clock.close()
    await scheduler.close()
    await app[keys.SYNC].close()
    await asyncio.to_thread(app[keys.ORACLE].close)
    await app[keys.WAREHOUSE].close()
    await asyncio.gather(*app[keys.LOOSE], return_exceptions=True)
    app[keys.ACCOUNTS].close()
    await app[keys.STORE].close()


def _notifying(app: web.Application) -> list[Coroutine[Any, Any, None]]:
    url = app[keys.SETTINGS].webhook_url.get_secret_value()
    if not url:
        return []
    notifier = Notifier(url, app[keys.HUB], status=app[keys.SYNC].status, tables=app[keys.QUERY].tables)
    return [notifier.run()]


def _jobs_changed(app: web.Application, clock: Clock) -> None:
    clock.arm()
    app[keys.HUB].publish(Event("jobs", "changed", {}), "changed")


@asynccontextmanager
async def running(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """What listens all the time: begun before the body, cancelled after it."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _templates(app: web.Application) -> None:
    """One environment a language, so that a part can be rendered without a request; read now, not on the loop."""
    asset = _assets()
    sources = {file.name: file.read_text("utf-8") for file in (ROOT / "templates").glob("*.html")}
    for language in LANGUAGES:
        environment = aiohttp_jinja2.setup(
            app,
            app_key=doors.ENVIRONMENTS[language],
            loader=DictLoader(sources),
            auto_reload=False,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.install_gettext_translations(words(language), newstyle=True)  # type: ignore[attr-defined]
        environment.globals |= {"language": language, "asset": asset}
        environment.filters |= formats.filters(language, app[keys.SETTINGS].timezone)
        environment.filters["spoken"] = partial(spoken, language=language)


def _assets() -> Callable[[str], str]:
    """The address of a static file; it changes with the file, so that a browser may keep each for good."""
    folder = ROOT / "static"
    files = [file for file in folder.rglob("*") if file.is_file()]
    marks = {f.relative_to(folder).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest()[:8] for f in files}
    return lambda name: f"/static/{name}?v={marks[name]}"
