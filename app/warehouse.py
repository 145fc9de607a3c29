"""The only file that imports duckdb: one file of data, a cursor per call, never on the event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from app.errors import QueryTimeout, WarehouseAway

T = TypeVar("T")
Cursor = duckdb.DuckDBPyConnection
Error = duckdb.Error
Interrupted = duckdb.InterruptException
OutOfMemory = duckdb.OutOfMemoryException
Statement = duckdb.Statement
log = logging.getLogger(__name__)

# 2.0's own file format cannot be read by 1.5; this one is read by both.
AT_OPENING = {
    "storage_compatibility_version": "v1.5.0",
    "python_enable_replacements": "false",  # or SQL could read our Python variables
    "autoinstall_known_extensions": "false",
    "write_buffer_row_group_count": "1",  # DuckDB's own 5 a thread take 60 to 100 MB more, for files of the same size
}


class Warehouse:
    """The DuckDB file. ``path`` and ``temp`` are on the same disk; ``exports`` is the one folder COPY may write to."""

    def __init__(self, path: Path, *, temp: Path, memory_limit: str = "1GB", threads: int = 2) -> None:
        self.path, self.exports = path, temp / "exports"
        self._temp, self._memory_limit, self._threads = temp, memory_limit, threads
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="warehouse")
        self._connection: Cursor | None = None
        self._lock = threading.Lock()
        self._open_cursors = 0
        self._checkpoint_due = False

    async def open(self) -> None:
        """Open or create the file. Raises WarehouseAway; later calls try again, so that the app can serve meanwhile."""
        await self._in_pool(self._root)

    async def close(self) -> None:
        """Interrupt nothing: callers have stopped by now. Closing folds the WAL into the file."""
        await self._in_pool(self._close)
        self._pool.shutdown(wait=False)

    def _close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _root(self) -> Cursor:
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
            return self._connection

    def _connect(self) -> Cursor:
        try:
            for folder in (self.path.parent, self.exports):
                folder.mkdir(parents=True, exist_ok=True)
            for left_behind in self.exports.iterdir():  # by a kill in the middle of an export
                left_behind.unlink()
            return self._opened()
        except (duckdb.Error, OSError) as error:
            raise WarehouseAway(reason=_why_not(error)) from error

    def _opened(self) -> Cursor:
        limits = {"memory_limit": self._memory_limit, "threads": str(self._threads)}
        root = duckdb.connect(str(self.path), config={**AT_OPENING, **limits})
        try:
            _lock_down(root, self._temp, self.exports)
        except duckdb.Error:
            root.close()  # or a database that DuckDB has given up would stay the one that every later call finds
            raise
        return root

    def _give_up(self, root: Cursor) -> None:
        """DuckDB refuses everything after some errors, a failed allocation among them: then the next call opens anew.

        What was committed is in the file. Others who still work on the lost database get an error too, and leave.
        """
        with self._lock:
            if self._connection is root and not _alive(root):
                log.error("DuckDB gave the database up; it is opened anew")
                self._connection = None  # not closed: that would close its cursors, which others still use

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A connection of one's own, for a worker thread: one task, one thread, closed after."""
        root = self._root()
        cursor = root.cursor()
        with self._lock:
            self._open_cursors += 1
        try:
            yield cursor
        except (duckdb.FatalException, duckdb.InternalException):
            self._give_up(root)
            raise
        finally:
            cursor.close()
            self._left()

    def _left(self) -> None:
        with self._lock:
            self._open_cursors -= 1
            due = self._checkpoint_due and self._open_cursors == 0
        if due:
            self.fold()

    async def call(self, work: Callable[[Cursor], T], *, seconds: float | None = None) -> T:
        """Run ``work(cursor)`` in a thread. Cancelling the caller, or ``seconds`` passing, interrupts its SQL.

        Raises QueryTimeout after ``seconds``, WarehouseAway when the file cannot be opened, else what ``work`` raises.
        """
        running: list[Cursor] = []
        stopped = threading.Event()

        def in_thread() -> T:
            with self.cursor() as cursor:
                running.append(cursor)
                if stopped.is_set():
                    raise Interrupted("cancelled before it began")
                return work(cursor)

        task = asyncio.ensure_future(self._in_pool(in_thread))
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            await _interrupt(task, running, stopped)
            raise
        if not done:
            await _interrupt(task, running, stopped)
            raise QueryTimeout(seconds=seconds)
        return task.result()

    async def rows(self, sql: str, *values: Any, seconds: float | None = None) -> list[tuple[Any, ...]]:
        """All rows of a small answer."""
        return await self.call(lambda cursor: cursor.execute(sql, values).fetchall(), seconds=seconds)

    async def checkpoint(self) -> bool:
        """Fold the WAL into the file and free the blocks of dropped tables.

        DuckDB refuses while a transaction is open. A refusal is no failure: it happens again when the last reader
        leaves. Returns whether it was done now.
        """
        return await self._in_pool(self.fold)

    def fold(self) -> bool:
        """The same for a worker thread."""
        try:
            cursor = self._root().cursor()
            try:
                cursor.execute("CHECKPOINT")
            finally:
                cursor.close()
        except (duckdb.Error, WarehouseAway) as error:
            log.info("checkpoint postponed: %s", first_line(error))
            self._checkpoint_due = True
            return False
        self._checkpoint_due = False
        return True

    async def _in_pool(self, work: Callable[[], T]) -> T:
        told = copy_context()  # so that what the thread logs carries the request's id
        return await asyncio.get_running_loop().run_in_executor(self._pool, told.run, work)


async def _interrupt(task: asyncio.Future[Any], running: list[Cursor], stopped: threading.Event) -> None:
    """Interrupt until the thread is done: an interrupt between two statements of its work is otherwise lost."""
    stopped.set()
    while not task.done():
        for cursor in running:
            with suppress(duckdb.ConnectionException):  # closed: its thread has just done its work
                cursor.interrupt()
        await asyncio.wait({task}, timeout=0.05)
    task.exception() if not task.cancelled() else None


def unusable(error: duckdb.Error) -> bool:
    """Whether the file or the disk is at fault, and not the SQL. DuckDB 2.0 has no class for a damaged block."""
    of_the_file = (duckdb.IOException, duckdb.FatalException)
    return isinstance(error, of_the_file) or first_line(error).startswith("Corrupt database file")


def tokens(text: str) -> list[int]:
    """Where in the text's UTF-8 each of its tokens begins."""
    return [start for start, _ in duckdb.tokenize(text)]


def _alive(root: Cursor) -> bool:
    try:
        with root.cursor() as cursor:
            cursor.execute("SELECT 1").fetchall()
    except duckdb.Error:
        return False
    return True


def _lock_down(root: Cursor, temp: Path, exports: Path) -> None:
    """Close the file system and the settings to SQL, whoever writes it (facts: "Read-only SQL that holds")."""
    root.execute("SET GLOBAL TimeZone = 'UTC'")  # loads icu, so before autoloading is switched off
    root.execute("SET GLOBAL autoload_known_extensions = false")
    root.execute(f"SET GLOBAL temp_directory = {_text(str(temp / 'spill'))}")
    root.execute("SET GLOBAL max_temp_directory_size = '20GB'")
    root.execute(f"SET GLOBAL allowed_directories = [{_text(str(exports) + '/')}]")
    root.execute("SET GLOBAL enable_external_access = false")
    root.execute("SET GLOBAL lock_configuration = true")


def _text(value: str) -> str:
    """A text literal, for SET alone: it takes no bound values."""
    return "'" + value.replace("'", "''") + "'"


def _why_not(error: BaseException) -> str:
    newer = "created with a newer version" in str(error)
    return first_line(error) + (" A newer DuckDB wrote it: update the package duckdb." if newer else "")


def first_line(error: BaseException) -> str:
    """What is wrong, without DuckDB's advice and places in the SQL."""
    return str(error).strip().partition("\n")[0]
