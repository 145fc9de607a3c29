"""The door outwards: a webhook when a sync fails, when it is well again, when a table is later than its limit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from aiohttp import ClientError, ClientSession, ClientTimeout

from app.hub import Event, Hub
from app.schemas.sync import State, SyncStatus
from app.schemas.tables import Table

What = Literal["sync_failed", "sync_recovered", "table_late", "table_on_time"]
WAITS = (1.0, 5.0, 30.0, 120.0)  # seconds before each further try
LOOK = 60.0  # seconds between two looks at which tables are late
KEPT = 1000  # messages that may wait for a receiver that is away; the oldest is lost first
log = logging.getLogger(__name__)


class Notifier:
    """Tells ``url`` about trouble. Each message is one POST of JSON: event, table, at, and what belongs to it."""

    def __init__(
        self,
        url: str,
        hub: Hub,
        *,
        status: Callable[[], Awaitable[SyncStatus]],
        tables: Callable[[], Awaitable[Sequence[Table]]],
        waits: Sequence[float] = WAITS,
        look: float = LOOK,
    ) -> None:
        self._url, self._hub, self._status, self._tables = url, hub, status, tables
        self._waits, self._look = waits, look
        self._failed: set[str] = set()
        self._late: set[str] = set()
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue(KEPT)

    async def run(self) -> None:
        """Until cancelled."""
        self._failed = {run.target for run in (await self._status()).last if run.state is State.FAILED}
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._watch())
            group.create_task(self._send())

    async def _listen(self) -> None:
        with self._hub.listen("sync") as events:
            async for event in events:
                self._hear(event)

    def _hear(self, event: Event) -> None:
        data = event.data
        if event.kind == "error" and data.get("code") not in ("cancelled", "interrupted"):
            self._failed.add(data["table"])
            self._tell("sync_failed", data["table"], sync_id=data["sync_id"], code=data["code"], error=data["message"])
        elif event.kind == "complete" and data["table"] in self._failed:
            self._failed.discard(data["table"])
            self._tell("sync_recovered", data["table"], sync_id=data["sync_id"], rows=data["total_rows"])

    async def _watch(self) -> None:
        while True:
            try:
                self._compare({table.name: table.freshness_seconds for table in await self._tables() if table.late})
            except Exception:  # a look that fails is made again; the messages above must go on
                log.exception("cannot see which tables are late")
            await asyncio.sleep(self._look)

    def _compare(self, late: dict[str, float | None]) -> None:
        for name in sorted(late.keys() - self._late):
            self._tell("table_late", name, freshness_seconds=late[name])
        for name in sorted(self._late - late.keys()):
            self._tell("table_on_time", name)
        self._late = set(late)

    def _tell(self, what: What, table: str, **more: Any) -> None:
        if self._outbox.full():
            self._outbox.get_nowait()
        message = {"event": what, "table": table, "at": datetime.now(UTC).isoformat(timespec="seconds"), **more}
        self._outbox.put_nowait(message)

    async def _send(self) -> None:
        async with ClientSession(timeout=ClientTimeout(total=10)) as session:
            while True:
                await self._deliver(session, await self._outbox.get())

    async def _deliver(self, session: ClientSession, message: dict[str, Any]) -> None:
        """Try until it is taken or the tries are used up; a receiver that says no (4xx) is believed."""
        for wait in (*self._waits, None):
            outcome = await self._post(session, message)
            if outcome is None:
                return
            if wait is None:
                log.error("the webhook did not take %s of %s: %s", message["event"], message["table"], outcome)
            else:
                await asyncio.sleep(wait)

    async def _post(self, session: ClientSession, message: dict[str, Any]) -> str | None:
        """None when it was taken, else why not. The address may hold a secret, so it is never written down."""
        try:
            async with session.post(self._url, json=message, allow_redirects=False) as answer:
                taken = answer.status < 400 or (answer.status < 500 and answer.status not in (408, 425, 429))
                if answer.status >= 400 and taken:
                    log.error("the webhook refused %s with status %d", message["event"], answer.status)
                return None if taken else f"status {answer.status}"
        except (ClientError, TimeoutError, OSError) as error:
            return type(error).__name__
