"""A real Chromium on the running app, with the embedded Oracle and its sample data behind it."""

import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import oracledb
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright, expect

from app import config
from app.config import Settings
from app.demo import process as embedded
from app.main import create_app

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]
ARGUMENTS = ["--no-sandbox", "--no-first-run", *QUIET]
NewPage = Callable[..., Awaitable[Page]]
expect.set_options(timeout=15_000)  # milliseconds; a machine that builds other things too is slow, not wrong


class Demo:
    """The embedded server with its sample schemas; ``fault`` sets its switches."""

    def __init__(self, server: embedded.DemoServer) -> None:
        self.server = server

    def fault(self, *words: object) -> None:
        said = ", ".join(str(word) if isinstance(word, int) else f"'{word}'" for word in words)
        login = {"user": self.server.admin_user, "password": self.server.admin_password}
        with oracledb.connect(dsn=self.server.dsn, **login) as connection:
            connection.cursor().execute(f"CALL DEMO.FAULT({said})")


@pytest.fixture(scope="session")
def sample_server() -> Iterator[Demo]:
    if importlib.util.find_spec("app.demo.__main__") is None:
        pytest.skip("the embedded server is not here yet")
    with embedded.start(data="sample") as server:
        yield Demo(server)


@pytest.fixture
def demo(sample_server: Demo) -> Iterator[Demo]:
    yield sample_server
    sample_server.fault("clear")


@pytest.fixture
def demo_settings(settings: Settings, demo: Demo) -> Settings:
    known = {"oracle_dsn": demo.server.dsn, "oracle_user": demo.server.user, "oracle_password": demo.server.password}
    return config.load(**{**settings.model_dump(), **known}, _env_file=None)


@pytest.fixture
def demo_app(demo_settings: Settings) -> web.Application:
    return create_app(demo_settings)


@pytest.fixture
async def demo_address(demo_app: web.Application) -> AsyncIterator[str]:
    """Where the running app answers."""
    async with TestServer(demo_app, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def address(app: web.Application) -> AsyncIterator[str]:
    """Where an app that knows no Oracle answers."""
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> Page:
    """A page that nobody watches."""
    return await browser.new_page(locale="en-US")


@pytest.fixture
async def new_page(browser: Browser, demo_address: str) -> AsyncIterator[NewPage]:
    """Opens pages, each a reader of its own; none may ask another machine or write an error to its console."""
    wrong: list[str] = []

    async def make(language: str = "en", width: int = 1280, watch: bool = True, **options: Any) -> Page:
        locale = {"en": "en-US", "ko": "ko-KR"}[language]
        view = {"width": width, "height": 900}
        usual = {"timezone_id": "Asia/Seoul", "locale": locale, "viewport": view, "base_url": demo_address}
        page = await (await browser.new_context(**(usual | options))).new_page()
        if watch:
            _watch(page, demo_address, wrong)
        return page

    yield make
    assert wrong == []


def _watch(page: Page, address: str, wrong: list[str]) -> None:
    own = (address, address.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(own) else wrong.append(request.url))
    page.on("websocket", lambda socket: None if socket.url.startswith(own) else wrong.append(socket.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
