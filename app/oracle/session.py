"""One connection to Oracle, set up so that its answers do not depend on anybody's locale."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from traceback import clear_frames
from typing import Any, Literal

import oracledb

from app.errors import AppError, OracleAway, OracleSilent, TornBatch
from app.oracle.failures import first_line, translated
from app.oracle.patience import GRACE, Waited, patiently

Batch = oracledb.DataFrame  # offers its columns as an Arrow stream
Kind = Literal["date", "timestamp", "text", "number"]
BIND_TYPES = {
    "date": oracledb.DB_TYPE_DATE,
    "timestamp": oracledb.DB_TYPE_TIMESTAMP,
    "text": oracledb.DB_TYPE_VARCHAR,
    "number": oracledb.DB_TYPE_NUMBER,
}
SET_UP = "ALTER SESSION SET TIME_ZONE = 'UTC' NLS_COMP = BINARY NLS_SORT = BINARY"


class Bound:
    """A value with the database type it must be bound as: the driver would bind a datetime as DATE, seconds only."""

    def __init__(self, kind: Kind, value: datetime | str | int | Decimal) -> None:
        self.kind, self.value = kind, value


Binds = Mapping[str, "Bound | str | int"]


class Session:
    """For one thread at a time; ``cancel`` alone may be called from another."""

    def __init__(self, connection: oracledb.Connection, user: str, gives_up: Callable[[], bool], limit: float) -> None:
        """``limit``: seconds one call may take without an answer; the driver breaks it off then."""
        self._connection, self._user, self._gives_up, self._limit = connection, user, gives_up, limit
        connection.call_timeout = int(limit * 1000)
        self._broken = False  # a break may still be on its way, and would hit the next call, whoever makes it

    @property
    def version(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self._connection.version.split("."))

    @property
    def thin(self) -> bool:
        return bool(self._connection.thin)

    def set_up(self) -> None:
        self.execute(SET_UP)

    def name(self, action: str) -> None:
        """What a DBA sees in V$SESSION from the next call on."""
        self._connection.module, self._connection.action = "merganser", action[:32]

    def handed_over(self, gives_up: Callable[[], bool]) -> Session:
        """The same connection for somebody else."""
        return Session(self._connection, self._user, gives_up, self._limit)

    def ping(self) -> None:
        """Raises OracleAway when nobody answers."""
        with self._errors():
            self._connection.ping()

    def rest(self) -> bool:
        """End what was begun, so that the connection can be used again; False when it cannot."""
        self.name("idle")
        with self._errors():
            self._connection.rollback()
        return not self._broken

    def rows(self, sql: str, binds: Binds | None = None, limit: int | None = None) -> list[tuple[Any, ...]]:
        """All rows of a small answer, or the first ``limit``. Numbers come as Decimal, LOBs as text."""
        return patiently(lambda: self._rows(sql, binds, limit), self._gives_up)

    def _rows(self, sql: str, binds: Binds | None, limit: int | None) -> list[tuple[Any, ...]]:
        with self._errors(), self._connection.cursor() as cursor:
            cursor.arraysize = 1000
            cursor.execute(sql, self._parameters(binds), fetch_lobs=False, fetch_decimals=True)
            rows: list[tuple[Any, ...]] = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
            return rows

    def value(self, sql: str, binds: Binds | None = None) -> Any:
        """The first column of the first row; None without rows."""
        rows = self.rows(sql, binds, limit=1)
        return rows[0][0] if rows else None

    @contextmanager
    def asking(self, sql: str, binds: Binds | None = None) -> Iterator[Callable[[], list[tuple[Any, ...]]]]:
        """Ask, and do something else meanwhile: call what this gives for all rows of the small answer.

        Nothing else may be asked of the session until then. Left without the answer, the call is broken off.
        """
        asked = Waited(lambda: self._rows(sql, binds, None), lambda _: None)
        try:
            yield lambda: asked.result(self._gives_up, None)
        finally:
            self._break_off(asked)

    def _break_off(self, asked: Waited[Any]) -> None:
        """Break again and again for a while: what comes before the call has begun is lost."""
        for _ in range(10):
            if asked.over_within(0.05):
                return
            self.cancel()

    def execute(self, sql: str) -> None:
        patiently(lambda: self._execute(sql), self._gives_up)

    def _execute(self, sql: str) -> None:
        with self._errors(), self._connection.cursor() as cursor:
            cursor.execute(sql)

    def batches(self, sql: str, binds: Binds | None, size: int, schema: Any) -> Generator[Batch, None, None]:
        """The answer in batches of ``size`` rows with exactly the columns of the Arrow ``schema``.

        Raises TornBatch when a batch's columns disagree in length, TooManyDigits when a number does not fit.
        """
        with self._errors():
            found = self._connection.fetch_df_batches(
                sql, self._parameters(binds), size, requested_schema=schema, fetch_decimals=True
            )
        while (batch := self._next(found)) is not None:
            if len({len(column) for column in batch.column_arrays()}) > 1:
                raise TornBatch()
            yield batch

    def _next(self, batches: Iterator[Batch]) -> Batch | None:
        with self._errors():
            return next(batches, None)

    def read_only(self) -> None:
        """From here to ``end`` every statement sees one moment (Oracle: transaction-level read consistency)."""
        self.execute("SET TRANSACTION READ ONLY")

    def cancel(self) -> None:
        """Break the call that runs now; it raises OracleCancelled in its own thread."""
        self._broken = True
        try:
            self._connection.cancel()
        except oracledb.Error:
            return  # it has ended by itself

    def close(self) -> None:
        """Give the connection back soon, even when a call on it hangs in the network."""
        closing = threading.Thread(target=self._close, name="close session", daemon=True)
        closing.start()
        closing.join(GRACE)

    def _close(self) -> None:
        try:
            self._connection.close()
        except (oracledb.Error, AttributeError):  # the latter where a call that still runs loses its line meanwhile
            return  # it was cut

    def _parameters(self, binds: Binds | None) -> dict[str, Any]:
        return {name: self._variable(value) for name, value in (binds or {}).items()}

    def _variable(self, value: Bound | str | int) -> Any:
        if not isinstance(value, Bound):
            return value
        with self._connection.cursor() as cursor:
            variable = cursor.var(BIND_TYPES[value.kind], 4000 if value.kind == "text" else 0)
        variable.setvalue(0, value.value)
        return variable

    @contextmanager
    def _errors(self) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        except (oracledb.Error, OSError, ValueError) as error:  # ValueError: a date before year 1
            # The driver's cursor goes now. Left to the garbage collector, it may go while the driver holds the lock
            # of the connection's statements, which the cursor takes too when it is freed: a deadlock (seen with 26.1).
            clear_frames(error.__traceback__)
            raise self._explained(error, time.monotonic() - begun) from error

    def _explained(self, error: oracledb.Error | OSError | ValueError, seconds: float) -> AppError:
        known = translated(error, self._user)
        if isinstance(known, OracleAway) and seconds >= self._limit:
            return OracleSilent(seconds=f"{self._limit:g}", reason=first_line(error))
        return known


__all__ = ["Batch", "Binds", "Bound", "Kind", "Session", "first_line"]
