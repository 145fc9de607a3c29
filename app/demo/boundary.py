"""What the wire half and the database half of the embedded server say to each other.

The wire half (``demo.wire``) frames packets and never looks inside a value; the database
half (``demo.engine``) parses SQL, keeps the rows and hands them over already encoded in
Oracle's own row format. Everything here is called in a worker thread and may block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

# Oracle's numbers for data types, as they travel in metadata (python-oracledb: impl/thin/constants.pxi).
VARCHAR, NUMBER, BINARY_INTEGER, LONG, ROWID, DATE, RAW, LONG_RAW, CHAR = 1, 2, 3, 8, 11, 12, 23, 24, 96
BINARY_FLOAT, BINARY_DOUBLE, CLOB, BLOB = 100, 101, 112, 113
TIMESTAMP, TIMESTAMP_TZ, INTERVAL_YM, INTERVAL_DS, UROWID, TIMESTAMP_LTZ, BOOLEAN = 180, 181, 182, 183, 208, 231, 252

# Two logins that are always there (user, password). The admin may CALL DEMO.FAULT(…) and is not hit by faults itself.
ADMIN = ("DEMO", "demo")
LOGIN = ("APP", "app")


class OracleError(Exception):
    """An ORA-nnnnn that travels to the client as it is; ``position`` counts characters in the SQL text from 0."""

    def __init__(self, code: int, text: str, position: int = 0) -> None:
        super().__init__(f"ORA-{code:05d}: {text}")
        self.code, self.position = code, position


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a query's answer, as DESCRIBE shows it."""

    name: str
    type: int
    size: int = 22  # bytes on the wire at most; 0 would mean "always NULL" to the client
    chars: int = 0  # characters at most, for text
    precision: int = 0
    scale: int = 0  # NUMBER without precision: 0 / -127; FLOAT(b): b / -127
    nullable: bool = True
    csfrm: int = 1  # 2 for NCHAR, NVARCHAR2, NCLOB: UTF-16BE on the wire


class Bind(NamedTuple):
    """One bound value in the client's own encoding: ``data`` is the value without its length, None for NULL.

    A LOB locator has been replaced by the LOB's content before it gets here: CLOB and NCLOB text as UTF-8, with
    ``type`` CLOB. A RETURNING … INTO or pure out bind stands at its place with ``data`` None.
    """

    type: int
    size: int
    csfrm: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of an answer. ``data`` is ``count`` rows back to back, each ``07`` and its encoded columns.

    LOB columns stand in it in LONG / LONG RAW form (value, then ``00 00``). ``last`` says that no row follows.
    """

    count: int
    data: bytes
    last: bool


class Result(Protocol):
    """An executed statement: a query has ``columns``, anything else has ``row_count`` only."""

    columns: Sequence[Column]
    row_count: int
    rowid: bytes | None  # of the last row that DML touched: 13 bytes rba(4) partition(2) pad(1) block(4) slot(2)
    out: Sequence[
        Sequence[bytes | None]
    ]  # PL/SQL and RETURNING out binds, one list a position; empty if there are none

    def fetch(self, count: int) -> Rows:
        """The next ``count`` rows or fewer (a few MB at a time), at the SCN the statement began with."""

    def fetch_cells(self, count: int) -> tuple[list[list[bytes | None]], bool]:
        """The same as single values without length bytes, for rows with LOB locators; and whether it was the last."""

    def close(self) -> None: ...


class Session(Protocol):
    """One logged-in client. Not shared between threads, but for ``cancel``."""

    user: str
    schema: str
    sid: int
    serial: int
    in_transaction: bool

    def describe(self, sql: str) -> Sequence[Column]:
        """Parse only; the columns of a query, none for anything else. Raises OracleError with its position."""

    def execute(self, sql: str, binds: Sequence[Sequence[Bind]]) -> Result:
        """Run one statement; ``binds`` has one list per execution (``executemany``), in order of occurrence.

        DDL commits first. A failed statement undoes itself alone. Raises OracleError.
        """

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def cancel(self) -> None:
        """From another thread: what runs now raises ORA-01013."""

    def identify(self, attributes: dict[str, str]) -> None:
        """MODULE, ACTION, CLIENT_IDENTIFIER, CLIENT_INFO, DBOP as the client sets them; only those that changed."""

    def close(self) -> None:
        """Rolls back and gives everything up."""


class Database(Protocol):
    """The rows of every schema, shared by all sessions."""

    def password(self, user: str) -> str | None:
        """The password the login must prove to know; None for an unknown user."""

    def connect(self, user: str, settings: dict[str, str]) -> Session:
        """A new session; ``settings`` are the client's (AUTH_ALTER_SESSION with its TIME_ZONE, program, machine)."""


class OpenDatabase(Protocol):
    """What ``app.demo.engine.open_database`` is."""

    def __call__(self, face: Face, fault: Callable[..., None], data: str) -> Database:
        """A new database that knows the logins ADMIN and LOGIN.

        ``fault(name, *arguments)`` is what CALL DEMO.FAULT does (it raises OracleError; ``prune_history`` and the
        like stay with the engine). ``data``: ``sample`` fills the sample schemas, ``none`` leaves it empty.
        """


@dataclass
class Face:
    """Which Oracle the server pretends to be."""

    name: str = "19c"  # 11g, 19c or 23ai
    tns: int = 318
    field_version: int = 12
    banner: str = "Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - Production"
    version: tuple[int, ...] = (19, 3, 0, 0, 0)
    traits: frozenset[str] = field(default_factory=frozenset)  # fast_auth, end_of_response, pipelining, boolean
