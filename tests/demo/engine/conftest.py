"""The real engine behind the real wire half, asked by the real driver; one server for all these tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import oracledb
import pytest

from app.demo.boundary import ADMIN, LOGIN
from app.demo.engine import open_database
from app.demo.engine.database import EngineDatabase
from app.demo.faces import FACES
from app.demo.faults import Faults
from app.demo.wire.server import Server


@dataclass
class Engine:
    """A running server, its database, and connections to it that end with the test."""

    database: EngineDatabase
    dsn: str
    opened: list[oracledb.Connection]

    def connect(self, user: str = LOGIN[0], password: str = LOGIN[1]) -> oracledb.Connection:
        self.opened.append(oracledb.connect(dsn=self.dsn, user=user, password=password))
        return self.opened[-1]

    def admin(self) -> oracledb.Connection:
        return self.connect(*ADMIN)


def running(face: str, data: str) -> Iterator[Engine]:
    faults = Faults(exempt=[ADMIN[0]])
    database = open_database(FACES[face], faults.set, data)
    server = Server(database, FACES[face], faults)
    yield Engine(database, f"127.0.0.1:{server.port}/FREEPDB1", [])
    server.stop()


@pytest.fixture(scope="session")
def sample_server() -> Iterator[Engine]:
    yield from running("19c", "sample")


@pytest.fixture(scope="session")
def new_server() -> Iterator[Engine]:
    yield from running("23ai", "none")


def closing(engine: Engine) -> Iterator[Engine]:
    yield engine
    while engine.opened:
        engine.opened.pop().close()


@pytest.fixture
def engine(sample_server: Engine) -> Iterator[Engine]:
    yield from closing(sample_server)


@pytest.fixture
def engine23(new_server: Engine) -> Iterator[Engine]:
    yield from closing(new_server)


@pytest.fixture
def connection(engine: Engine) -> oracledb.Connection:
    return engine.connect()


@pytest.fixture
def cursor(connection: oracledb.Connection) -> oracledb.Cursor:
    return connection.cursor()


@pytest.fixture
def made(connection: oracledb.Connection) -> Iterator[Callable[[str], str]]:
    """Makes a table of the test's own from its column list; it is dropped afterwards."""
    names: list[str] = []

    def make(columns: str) -> str:
        names.append(f"T_{len(names)}_{id(names) % 100000}")
        connection.cursor().execute(f"CREATE TABLE {names[-1]} ({columns})")
        return names[-1]

    yield make
    connection.rollback()
    for name in names:
        connection.cursor().execute(f"DROP TABLE {name} CASCADE CONSTRAINTS")


@pytest.fixture
def refused(cursor: oracledb.Cursor) -> Callable[..., tuple[str, int]]:
    """The error that a statement meets: its code and its position."""

    def ask(sql: str, *binds: Any) -> tuple[str, int]:
        with pytest.raises(oracledb.DatabaseError) as caught:
            list(cursor.execute(sql, list(binds)) or ())
        error = caught.value.args[0]
        return error.full_code, error.offset

    return ask
