"""Starts that may be asked for twice: an Idempotency-Key makes the second ask answer with the first one's run (SQL)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

from app.errors import Invalid, KeyReused
from app.schemas.accounts import Actor
from app.schemas.sync import SyncRun, SyncStart
from app.store import Store
from app.sync.service import SyncService

SCHEMA = """
CREATE TABLE IF NOT EXISTS starts (
    actor TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, sync_id TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (actor, key)
);
"""
KEPT = timedelta(hours=24)
LONGEST = 200  # characters of a key


class Starts:
    """Remembers for a day which run each actor's key started."""

    def __init__(
        self, store: Store, syncs: SyncService, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store, self._syncs, self._now = store, syncs, now
        self._one_at_a_time = asyncio.Lock()

    async def start(self, body: SyncStart, actor: Actor, trigger: Literal["api", "manual"], key: str | None) -> SyncRun:
        """As SyncService.start; with a ``key`` that was used before, the run it started then, as it stands now.

        Raises KeyReused (422) when the key came with another body, and what SyncService.start raises.
        """
        if not key:
            return await self._syncs.start(body, actor, trigger)
        if len(key) > LONGEST:
            raise Invalid([{"field": "Idempotency-Key", "message": f"at most {LONGEST} characters"}], fields="key")
        async with self._one_at_a_time:
            known = await self._known(body, actor, key)
            if known is not None:
                return await self._syncs.run(known)
            run = await self._syncs.start(body, actor, trigger)
            sql = "INSERT INTO starts (actor, key, body, sync_id, at) VALUES (?, ?, ?, ?, ?)"
            await self._store.execute(sql, actor.name, key, _digest(body), run.sync_id, self._now().isoformat())
            return run

    async def _known(self, body: SyncStart, actor: Actor, key: str) -> str | None:
        await self._store.execute("DELETE FROM starts WHERE at < ?", (self._now() - KEPT).isoformat())
        sql = "SELECT body, sync_id FROM starts WHERE actor = ? AND key = ?"
        row = await self._store.row(sql, actor.name, key)
        if row is None:
            return None
        if row["body"] != _digest(body):
            raise KeyReused
        return str(row["sync_id"])


def _digest(body: SyncStart) -> str:
    return hashlib.sha256(body.model_dump_json().encode()).hexdigest()
