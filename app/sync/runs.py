"""Every run and its log lines, as the store keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.errors import RunNotFound
from app.schemas.names import folded
from app.schemas.sync import ACTIVE, LogLine, State, SyncRun, SyncType
from app.store import Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    sync_id TEXT PRIMARY KEY,
    target TEXT NOT NULL,           -- the DuckDB name as DuckDB compares it
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    queued_at TEXT NOT NULL,
    finished_at TEXT,
    body TEXT NOT NULL              -- SyncRun as JSON
);
CREATE INDEX IF NOT EXISTS runs_by_target ON runs (target, queued_at DESC);
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (queued_at DESC);
CREATE INDEX IF NOT EXISTS runs_by_end ON runs (target, finished_at, sync_id);
CREATE TABLE IF NOT EXISTS run_log (
    line INTEGER PRIMARY KEY,
    sync_id TEXT NOT NULL REFERENCES runs (sync_id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS run_log_by_run ON run_log (sync_id, line);
"""
LAST_OF_EACH = """
SELECT body FROM runs WHERE sync_id IN (
    SELECT sync_id FROM (SELECT sync_id, max(finished_at) FROM runs WHERE finished_at IS NOT NULL GROUP BY target)
) ORDER BY queued_at DESC
"""


class Runs:
    """The store's ledger of runs. What is true of the rows themselves stands in DuckDB's own ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def save(self, run: SyncRun) -> None:
        """Insert the run or replace what is known of it."""
        sql = (
            "INSERT INTO runs (sync_id, target, type, state, queued_at, finished_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (sync_id) DO UPDATE SET state = excluded.state, finished_at = excluded.finished_at,"
            " type = excluded.type, body = excluded.body"
        )
        finished = run.finished_at.isoformat() if run.finished_at else None
        values = (run.type, run.state, run.queued_at.isoformat(), finished, run.model_dump_json())
        await self._store.execute(sql, run.sync_id, folded(run.target), *values)

    async def get(self, sync_id: str) -> SyncRun:
        """Raises RunNotFound."""
        found = await self.some([sync_id])
        if not found:
            raise RunNotFound(sync_id=sync_id)
        return found[0]

    async def some(self, sync_ids: list[str]) -> list[SyncRun]:
        """Those of them that the ledger knows: it may have been reset, or be younger than the warehouse."""
        rows = [await self._store.row("SELECT body FROM runs WHERE sync_id = ?", sync_id) for sync_id in sync_ids]
        return [_run(row) for row in rows if row]

    async def unfinished(self) -> list[SyncRun]:
        return [run for state in ACTIVE for run in await self._in_state(state)]

    async def _in_state(self, state: State) -> list[SyncRun]:
        rows = await self._store.rows("SELECT body FROM runs WHERE state = ? ORDER BY queued_at", state)
        return [_run(row) for row in rows]

    async def last_of_each(self) -> list[SyncRun]:
        """The newest finished run of each table."""
        return [_run(row) for row in await self._store.rows(LAST_OF_EACH)]

    async def find(
        self, target: str | None, state: State | None, kind: SyncType | None, limit: int, offset: int
    ) -> tuple[list[SyncRun], int]:
        """The newest first, and how many there are in all."""
        asked = {"target": folded(target) if target else None, "state": state, "type": kind}
        wanted: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in wanted) or "1"
        count = await self._store.row(f"SELECT count(*) FROM runs WHERE {where}", *wanted.values())
        sql = f"SELECT body FROM runs WHERE {where} ORDER BY queued_at DESC LIMIT ? OFFSET ?"
        rows = await self._store.rows(sql, *wanted.values(), limit, offset)
        return [_run(row) for row in rows], count[0] if count else 0

    async def forget_failures(self) -> list[str]:
        """Remove failed and interrupted runs from the ledger; their ids."""
        wanted = (State.FAILED, State.INTERRUPTED)
        rows = await self._store.rows("SELECT sync_id FROM runs WHERE state IN (?, ?)", *wanted)
        await self._store.execute("DELETE FROM runs WHERE state IN (?, ?)", *wanted)
        return [row["sync_id"] for row in rows]

    async def write(self, sync_id: str, line: LogLine) -> None:
        sql = "INSERT INTO run_log (sync_id, at, level, message) VALUES (?, ?, ?, ?)"
        await self._store.execute(sql, sync_id, line.at.isoformat(), line.level, line.message)

    async def log(self, sync_id: str) -> list[LogLine]:
        """Raises RunNotFound."""
        await self.get(sync_id)
        rows = await self._store.rows("SELECT at, level, message FROM run_log WHERE sync_id = ? ORDER BY line", sync_id)
        return [LogLine(at=row["at"], level=row["level"], message=row["message"]) for row in rows]


def now() -> datetime:
    return datetime.now(UTC)


def _run(row: Row) -> SyncRun:
    return SyncRun.model_validate_json(row["body"])
