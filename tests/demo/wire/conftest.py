"""A running wire half on a free port, in front of a stand-in for the other half until that lands."""

import contextlib
import re
import threading

import oracledb
import pytest

from app.demo import boundary
from app.demo.boundary import ADMIN, LOGIN, Column, OracleError, Rows
from app.demo.faces import FACES
from app.demo.faults import Faults
from app.demo.wire.primitives import clr
from app.demo.wire.server import Server


def number(value):
    digits = str(value)
    digits = "0" * (len(digits) % 2) + digits
    pairs = [int(digits[i : i + 2]) for i in range(0, len(digits), 2)]
    head = 192 + len(pairs)
    while len(pairs) > 1 and pairs[-1] == 0:
        pairs.pop()
    return b"\x80" if value == 0 else bytes((head, *(pair + 1 for pair in pairs)))


class FakeResult:
    def __init__(self, columns=(), rows=(), row_count=0, out=()):
        self.columns, self.row_count, self.rowid, self.out = columns, row_count, None, out
        self._rows = iter(rows)
        self.closed = False
        self._next = next(self._rows, None)

    def _take(self, count):
        rows = []
        while len(rows) < count and self._next is not None:
            rows.append(self._next)
            self._next = next(self._rows, None)
        return rows

    def fetch_cells(self, count):
        return self._take(count), self._next is None

    def fetch(self, count):
        rows = self._take(count)
        lobs = [column.type in (boundary.CLOB, boundary.BLOB) for column in self.columns]
        data = b"".join(
            b"\x07" + b"".join(clr(cell) + (b"\0\0" if lob else b"") for cell, lob in zip(row, lobs, strict=True))
            for row in rows
        )
        return Rows(len(rows), data, self._next is None)

    def close(self):
        self.closed = True


class FakeSession:
    def __init__(self, database, user, sid):
        self.database, self.user, self.schema, self.sid, self.serial = database, user, user, sid, 1
        self.in_transaction = False
        self.attributes = {}
        self._cancelled = threading.Event()
        self.closed = False

    def describe(self, sql):
        return self._query(sql).columns if sql.lower().startswith("select") else ()

    def execute(self, sql, binds):
        self.database.log.append((sql, binds))
        word = sql.split()[0].lower()
        if word == "select":
            return self._query(sql)
        if word == "call":
            name, *arguments = re.findall(r"'([^']*)'|(\d+)", sql)
            self.database.faults.set(name[0], *(a or b for a, b in arguments))
            return FakeResult()
        if word == "sleep":
            if self._cancelled.wait(float(sql.split()[1])):
                self._cancelled.clear()
                raise OracleError(1013, "user requested cancel of current operation")
            return FakeResult()
        if word == "boom":
            raise ZeroDivisionError
        if word in ("insert", "update", "delete"):
            for row in binds:
                if any(bind.data == b"bad" for bind in row):
                    raise OracleError(1, "unique constraint (APP.X) violated")
            self.in_transaction = True
            out = [[b"kept"]] if "returning" in sql.lower() else ()
            return FakeResult(row_count=len(binds), out=out)
        if word == "begin":
            return FakeResult(out=[[], [b"given back"]] if ":" in sql else ())
        return FakeResult()

    def _query(self, sql):
        what = re.search(r"from (\w+)(?:\((\d+)\))?", sql.lower())
        if what[1] == "dual":
            return FakeResult([Column("ONE", boundary.NUMBER, scale=-127)], [[number(1)]])
        if what[1] == "numbers":
            columns = [Column("N", boundary.NUMBER, precision=10), Column("T", boundary.VARCHAR, 40, 40)]
            return FakeResult(columns, ([number(i), f"row {i}".encode()] for i in range(int(what[2]))))
        if what[1] == "lobs":
            columns = [Column("N", boundary.NUMBER), Column("C", boundary.CLOB, 4000), Column("B", boundary.BLOB, 4000)]
            rows = [[number(i), ("가나다😀" * 2000 * i).encode() or None, b"\x01\x02" * i or None] for i in range(3)]
            return FakeResult(columns, rows)
        raise OracleError(942, "table or view does not exist", sql.index(what[1]))

    def commit(self):
        self.in_transaction = False

    rollback = commit

    def cancel(self):
        self._cancelled.set()

    def identify(self, attributes):
        self.attributes |= attributes

    def close(self):
        self.closed = True


class FakeDatabase:
    def __init__(self, faults):
        self.faults, self.sessions, self.log = faults, [], []

    def password(self, user):
        return dict([ADMIN, LOGIN]).get(user)

    def connect(self, user, settings):
        self.sessions.append(FakeSession(self, user, len(self.sessions) + 1))
        self.sessions[-1].settings = settings
        return self.sessions[-1]


@pytest.fixture(params=["19c", "23ai"])
def server(request):
    faults = Faults(exempt=[ADMIN[0]])
    running = Server(FakeDatabase(faults), FACES[request.param], faults)
    running.database, running.faults = running._database, faults
    running.dsn = f"127.0.0.1:{running.port}/FREEPDB1"
    yield running
    running.stop()


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
