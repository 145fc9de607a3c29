"""create_app(settings): the whole process, opened in order and closed in reverse."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp_jinja2
from aiohttp import web
from jinja2 import FileSystemLoader, StrictUndefined

from app import api, doors, formats, guard, keys, live, pages
from app.config import Settings
from app.errors import WarehouseAway
from app.hub import Hub
from app.oracle import Oracle
from app.store import Store
from app.sync import service as sync
from app.sync.service import SyncService
from app.warehouse import Warehouse
from app.words import LANGUAGES, words

ROOT = Path(__file__).parent.parent
log = logging.getLogger(__name__)


def create_app(settings: Settings) -> web.Application:
    """The application for ``settings``; nothing is opened before it starts."""
    app = web.Application(middlewares=[doors.errors, guard.guard], client_max_size=1_000_000)
    app[keys.SETTINGS] = settings
    _drivers(app, settings)
    app[keys.SYNC] = SyncService(settings, app[keys.ORACLE], app[keys.WAREHOUSE], app[keys.STORE], app[keys.HUB])
    _templates(app)
    app.router.add_static("/static", ROOT / "static", append_version=True)
    guard.add_routes(app, [*api.routes, *pages.routes, *live.routes])
    app.cleanup_ctx.append(_lifetime)
    return app


def _drivers(app: web.Application, settings: Settings) -> None:
    app[keys.HUB] = Hub()
    app[keys.STORE] = Store(settings.store_path, schemas=[*sync.SCHEMAS])
    app[keys.ORACLE] = Oracle(settings)
    app[keys.WAREHOUSE] = Warehouse(
        settings.warehouse_path,
        temp=settings.data_dir / "temp",
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )


async def _lifetime(app: web.Application) -> AsyncIterator[None]:
    """Down to the yield: opening. Back up: closing."""
    await app[keys.STORE].open()
    try:
        await app[keys.WAREHOUSE].open()
    except WarehouseAway as error:  # serve all the same: the pages say what is wrong
        log.error("%s", error)
    await app[keys.SYNC].open()
    yield
    await app[keys.SYNC].close()
    await app[keys.WAREHOUSE].close()
    await app[keys.STORE].close()


def _templates(app: web.Application) -> None:
    """One environment a language, so that a part can be rendered without a request."""
    for language in LANGUAGES:
        environment = aiohttp_jinja2.setup(
            app,
            app_key=doors.ENVIRONMENTS[language],
            loader=FileSystemLoader(ROOT / "templates"),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.install_gettext_translations(words(language), newstyle=True)  # type: ignore[attr-defined]
        environment.globals["language"] = language
        environment.filters |= {"grouped": formats.grouped, "size": formats.size, "iso": formats.iso}
