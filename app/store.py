"""The only file that imports sqlite3: the app's own records (accounts, targets, runs, jobs, chats, audit)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from app.errors import StoreAway

T = TypeVar("T")
Row = sqlite3.Row
Connection = sqlite3.Connection
IntegrityError = sqlite3.IntegrityError
StoreError = sqlite3.Error


class Store:
    """SQLite in WAL mode behind one thread, so that writes are ordered and the loop never waits for the disk.

    ``schemas`` are the features' own ``CREATE TABLE IF NOT EXISTS`` scripts, run at opening.
    """

    def __init__(self, path: Path, schemas: Sequence[str] = ()) -> None:
        self.path, self._schemas = path, schemas
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open or create the file. Raises StoreAway: without its records the app cannot tell who may do what."""
        try:
            await self._in_thread(self._open)
        except (OSError, sqlite3.Error) as error:
            raise StoreAway(path=self.path, reason=error) from error

    def _open(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(0o600)  # password hashes and session digests: for the owner's eyes, the -wal file's too
        self.path.chmod(0o600)
        self._connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=True)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        for schema in self._schemas:
            self._connection.executescript(schema)

    async def close(self) -> None:
        await self._in_thread(self._close)
        self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def rows(self, sql: str, *values: Any) -> list[Row]:
        return await self._with_connection(lambda c: c.execute(sql, values).fetchall())

    async def row(self, sql: str, *values: Any) -> Row | None:
        """The first row, or None."""
        return await self._with_connection(lambda c: c.execute(sql, values).fetchone())

    async def execute(self, sql: str, *values: Any) -> int:
        """Run one writing statement; how many rows it touched."""
        return await self._with_connection(lambda c: c.execute(sql, values).rowcount)

    async def transaction(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the store's thread in one transaction: all of it or, when it raises, nothing."""
        return await self._with_connection(lambda c: _transaction(c, work))

    async def _with_connection(self, work: Callable[[Connection], T]) -> T:
        def call() -> T:
            if self._connection is None:
                raise sqlite3.ProgrammingError("the store is not open")
            return work(self._connection)

        return await self._in_thread(call)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        # shield: a cancelled request must not leave a transaction half done on the store's only thread
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, work))


def _transaction(connection: Connection, work: Callable[[Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return result
