"""From Oracle's cursor into a DuckDB table: a lazy Arrow stream that DuckDB pulls, read ahead by one thread."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from arro3.core import DataType, Field, RecordBatchReader, Schema, Table

from app.oracle import Batch, Session
from app.schemas.names import quoted
from app.sync.columns import Arrow, Plan
from app.sync.control import Control
from app.sync.plan import Batches, Query
from app.warehouse import Cursor, Error

INCOMING, NOTHING = "incoming", "nothing"
MAKE_NOTHING = f"CREATE TEMP TABLE IF NOT EXISTS {NOTHING} (found BOOLEAN)"
Count = Callable[[int, int], None]  # rows and bytes of a batch


def arrow_type(arrow: Arrow) -> Any:
    """The Arrow type that the driver is asked for."""
    name, first, second = arrow
    if name == "decimal128":
        return DataType.decimal128(first, second)
    if name.startswith("timestamp"):
        return DataType.timestamp("s" if name.endswith("_s") else "us", tz="UTC" if name.endswith("_utc") else None)
    return getattr(DataType, "int32" if name == "months" else name)()


def fields(plans: list[Plan]) -> list[Any]:
    return [Field(plan.name, arrow_type(plan.arrow), nullable=True) for plan in plans]


def insert(table: str, plans: list[Plan], ordered: bool) -> str:
    """SQL that pulls the stream into ``table``; run unordered it needs ``MAKE_NOTHING`` before.

    In order DuckDB gives each thread 16 MB a column or does with fewer threads: one for 60 columns at 1 GB. The order
    is a setting of the whole database, but an anti join has none: with nothing to join to, it hands every row on.
    """
    wanted = ", ".join(f"to_months({_c(plan)})" if plan.arrow[0] == "months" else _c(plan) for plan in plans)
    columns = ", ".join(_c(plan) for plan in plans)
    unordered = "" if ordered else f" ANTI JOIN temp.{NOTHING} ON ({INCOMING}.{_c(plans[0])} IS NULL) = {NOTHING}.found"
    return f"INSERT INTO {table} ({columns}) SELECT {wanted} FROM {INCOMING}{unordered}"


def fill(
    cursor: Cursor,
    table: str,
    plans: list[Plan],
    ahead: ReadAhead,
    count: Count,
    *,
    ordered: bool = True,
    seconds: float = 0.0,
) -> list[int]:
    """The next queries of ``ahead`` into ``table`` (quoted, with its schema): all of them, or the table is as before.

    One query and those that begin within ``seconds``; the rows of each. ``ordered``: as Oracle sends them, otherwise
    batches change places and two threads write. Raises what reading raised (AppError), Stopped, or DuckDB's own error.
    """
    if not ordered:
        cursor.execute(MAKE_NOTHING)
    stream = Stream(ahead, Schema(fields(plans)), count, seconds)
    cursor.register(INCOMING, stream.reader())
    try:
        cursor.execute(insert(table, plans, ordered)).fetchall()
    except Error:
        ahead.check()
        raise
    finally:
        with contextlib.suppress(Error):  # in a transaction that has failed it goes with the transaction
            cursor.unregister(INCOMING)
    return stream.rows


def _c(plan: Plan) -> str:
    return quoted(plan.name)


class Stream:
    """The batches of some queries as one Arrow stream; counts what passes, ``rows`` by query."""

    def __init__(self, ahead: ReadAhead, schema: Any, count: Count, seconds: float) -> None:
        self._ahead, self._schema, self._count, self._seconds = ahead, schema, count, seconds
        self.rows: list[int] = []

    def reader(self) -> Any:
        return RecordBatchReader.from_batches(self._schema, self._pull())

    def _pull(self) -> Iterator[Any]:
        enough = time.monotonic() + self._seconds
        while not self.rows or (self._ahead.waiting and time.monotonic() < enough):
            self.rows.append(0)
            for batch in self._ahead:
                yield from self._parts(batch)

    def _parts(self, batch: Batch) -> Iterator[Any]:
        for part in Table.from_arrow(batch).to_batches():
            self.rows[-1] += part.num_rows
            self._count(part.num_rows, part.nbytes)
            yield part


class ReadAhead:
    """Queries read one after another by a thread of their own, so that neither a stop nor a commit waits for Oracle.

    Iterating gives the batches of one query, the next time those of the next; ``waiting`` is how many are left, and
    ``begun`` is told which one begins. Pause stops the reading between two batches. What reading raised is raised to
    who iterates, in its place.
    """

    def __init__(
        self,
        session: Session,
        plans: list[Plan],
        queries: list[Query],
        size: Batches,
        control: Control,
        begun: Callable[[int], None] = lambda _: None,
    ) -> None:
        # As a struct: the driver (26.1) crashes on arro3's Schema, whose name is a null pointer.
        asked = DataType.struct(fields(plans))
        self._sources = [session.batches(query.sql, query.binds, size.rows, asked) for query in queries]
        self._session, self._control, self._begun = session, control, begun
        self.waiting = len(queries)
        self._ready: queue.Queue[Batch | BaseException | None] = queue.Queue(size.ahead)
        self._left = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="read ahead", daemon=True)

    def __enter__(self) -> ReadAhead:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the reader no place to wait; a call that hangs in the network is broken, and left behind if need be."""
        self._left.set()
        if self._thread.is_alive() and not self._finished_soon(0.05):
            threading.Thread(target=self._session.cancel, name="break", daemon=True).start()
            self._finished_soon(0.3)

    def _finished_soon(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def check(self) -> None:
        """Raises Stopped, or what reading raised."""
        self._control.check()
        if self._error is not None:
            raise self._error from None

    def __iter__(self) -> Iterator[Batch]:
        self._begun(len(self._sources) - self.waiting)
        self.waiting -= 1
        while (found := self._next()) is not None:
            if isinstance(found, BaseException):
                self._error = found
                raise found
            yield found

    def _next(self) -> Batch | BaseException | None:
        while True:
            self._control.check()
            try:
                return self._ready.get(timeout=0.2)
            except queue.Empty:
                continue

    def _read(self) -> None:
        try:
            for source in self._sources:
                if not self._read_one(source):
                    return
        except BaseException as error:
            self._put(error)

    def _read_one(self, source: Generator[Batch, None, None]) -> bool:
        """Whether anybody still wants what comes after it."""
        with contextlib.closing(source):  # and with it the driver's cursor, which must not wait for the collector
            for batch in source:
                self._control.check()
                if not self._put(batch):
                    return False
        return self._put(None)

    def _put(self, found: Batch | BaseException | None) -> bool:
        while not self._left.is_set():
            try:
                self._ready.put(found, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False
