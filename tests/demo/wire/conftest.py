"""A running server on a free port: the real pair of wire and engine, with a few tables of APP."""

import contextlib
from functools import cache

import oracledb
import pytest

from app.demo.boundary import ADMIN, LOGIN
from app.demo.engine import open_database
from app.demo.faces import FACES
from app.demo.faults import Faults
from app.demo.wire.server import Server

TABLES = [
    "create table numbers (n number(10), t varchar2(40))",
    "insert into numbers select level - 1, 'row ' || (level - 1) from dual connect by level <= 25000",
    "create table lobs (n number(10), c clob, b blob)",
    "insert into lobs values (0, null, null)",
    "create table t (a number, b varchar2(4000), c clob, d blob, e date, f binary_double, g raw(100), l long)",
    "create table single (a varchar2(100) primary key)",
    "create table many (n number(10), t varchar2(40))",
    "insert into many select n, t from numbers where n < 10000",
]
SLEEP = "begin dbms_session.sleep(30); end;"


def numbers(count):
    """A query of ``count`` rows (0, 'row 0'), (1, 'row 1')…"""
    return f"select n, t from numbers where n < {count} order by n"


def prepared(face):
    """A new database with the tables, and the faults it sets."""
    faults = Faults(exempt=[ADMIN[0]])
    database = open_database(FACES[face], faults.set, "none")
    session = database.connect(LOGIN[0], {})
    for sql in TABLES:
        session.execute(sql, [[]]).close()
    session.commit()
    session.close()
    server = Server(database, FACES[face], faults)
    dsn = f"127.0.0.1:{server.port}/FREEPDB1"
    with oracledb.connect(dsn=dsn, user=LOGIN[0], password=LOGIN[1]) as connection:
        rows = [(i, "가나다😀" * 2000 * i, b"\1\2" * i) for i in (1, 2)]
        connection.cursor().executemany("insert into lobs values (:1, :2, :3)", rows)
        connection.commit()
    with oracledb.connect(dsn=dsn, user=ADMIN[0], password=ADMIN[1]) as connection:
        connection.cursor().execute("call demo.pin('APP.MANY', 5000000)")
    server.stop()
    return database, faults


shared = cache(prepared)  # one a face is enough for tests that leave its tables as they were


@contextlib.contextmanager
def serving(face, database, faults):
    running = Server(database, FACES[face], faults)
    running.database, running.faults, running.face = database, faults, FACES[face]
    running.dsn = f"127.0.0.1:{running.port}/FREEPDB1"
    yield running
    faults.set("clear")
    running.stop()


@pytest.fixture(params=["19c", "23ai"])
def server(request):
    with serving(request.param, *shared(request.param)) as running:
        yield running


@pytest.fixture
def connect(server):
    """Connects as the ordinary login, or as another; closes what was opened."""
    opened = []

    def one(login=LOGIN, **more):
        opened.append(oracledb.connect(dsn=server.dsn, user=login[0], password=login[1], **more))
        return opened[-1]

    yield one
    for connection in opened:
        with contextlib.suppress(oracledb.Error):
            connection.close()


@pytest.fixture
def connection(connect):
    return connect()


@pytest.fixture
def admin(connect):
    """A function that sets a fault by SQL, as the admin does."""
    cursor = connect(ADMIN).cursor()

    def fault(*words):
        words = ", ".join(str(word) if isinstance(word, int) else f"'{word}'" for word in words)
        cursor.execute(f"CALL DEMO.FAULT({words})")

    return fault


def sid(connection):
    return int(connection.cursor().execute("select sys_context('userenv', 'sid') from dual").fetchone()[0])
