"""Fixtures that every test may use: settings in a folder of its own, the app, a client, a loop that may not block."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import oracledb
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from blockbuster import BlockBuster, blockbuster_ctx

from app import config
from app.config import Settings
from app.demo import process as embedded
from app.main import create_app

# The browser tests need Playwright, which `.ci/run` installs and `run.py test` does not.
collect_ignore = [] if find_spec("playwright") else ["browser"]


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


@dataclass
class OracleAt:
    """An Oracle to test against: the embedded server, or a real one named by MERGANSER_TEST_ORACLE_DSN."""

    dsn: str
    user: str
    password: str = field(repr=False)
    server: embedded.DemoServer | None = None  # None: a real database, which has no fault switches

    def connect(self, user: str | None = None, password: str | None = None) -> oracledb.Connection:
        return oracledb.connect(dsn=self.dsn, user=user or self.user, password=password or self.password)

    def admin(self) -> oracledb.Connection:
        if self.server is None:
            pytest.skip("a real Oracle has no fault switches")
        return self.connect(self.server.admin_user, self.server.admin_password)

    def fault(self, *words: object) -> None:
        """Set a fault switch, as `CALL DEMO.FAULT('drop_at_row', 5000)`."""
        said = ", ".join(str(word) if isinstance(word, int | float) else f"'{word}'" for word in words)
        with self.admin() as connection:
            connection.cursor().execute(f"CALL DEMO.FAULT({said})")

    def until_gone(self, column: str, value: object, seconds: float) -> None:
        """Return when Oracle has no such session any more."""
        with self.admin() as connection, connection.cursor() as cursor:
            deadline = time.monotonic() + seconds
            while cursor.execute(f"SELECT 1 FROM v$session WHERE {column} = :1", [value]).fetchall():
                assert time.monotonic() < deadline, "it is still there"


@pytest.fixture(scope="session")
def oracle_at() -> Iterator[OracleAt]:
    """One Oracle for all tests; each test makes tables of its own in it."""
    dsn = os.environ.get("MERGANSER_TEST_ORACLE_DSN")
    if dsn:
        yield OracleAt(dsn, os.environ["MERGANSER_TEST_ORACLE_USER"], os.environ["MERGANSER_TEST_ORACLE_PASSWORD"])
        return
    if find_spec("app.demo.__main__") is None:
        pytest.skip("the embedded server is not here yet")
    with embedded.start(data="none") as server:
        yield OracleAt(server.dsn, server.user, server.password, server)


@pytest.fixture
def oracle_settings(settings: Settings, oracle_at: OracleAt) -> Settings:
    """Settings that know the test's Oracle."""
    known = {"oracle_dsn": oracle_at.dsn, "oracle_user": oracle_at.user, "oracle_password": oracle_at.password}
    return config.load(**{**settings.model_dump(), **known}, _env_file=None)
