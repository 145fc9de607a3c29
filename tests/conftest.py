"""Fixtures that every test may use: settings in a folder of its own, the app, a client, a loop that may not block."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from blockbuster import BlockBuster, blockbuster_ctx

from app import config
from app.config import Settings
from app.main import create_app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a fresh installation that knows no Oracle; the environment of the developer does not leak in."""
    return config.load(_env_file=None, data_dir=tmp_path / "data", timezone="Asia/Seoul", oracle_dsn="", oracle_user="")


@pytest.fixture
def strict_loop() -> Iterator[BlockBuster]:
    """Anything of ours that blocks the event loop raises BlockingError."""
    with blockbuster_ctx("app") as blockbuster:
        yield blockbuster


@pytest.fixture
def app(settings: Settings) -> web.Application:
    return create_app(settings)


@pytest.fixture
async def client(app: web.Application, strict_loop: BlockBuster) -> AsyncIterator[TestClient]:
    """The whole app on a real port, as a person's browser or a script meets it."""
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client
