"""/ws/sync/progress: what the syncs do, told to programs as it happens."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from app import keys
from app.doors import read_query
from app.errors import RunNotFound
from app.guard import Route
from app.hub import Event, Hub, Listener
from app.live import sockets
from app.schemas.accounts import Permission
from app.schemas.envelope import Question
from app.schemas.names import same
from app.schemas.sync import SyncRun
from app.sync.service import SyncService

EVERY = 0.1  # seconds between two progress messages of one run
FRAMES = 1000  # progress frames a second and run to all sockets together: many readers get them less often
BACKLOG = 10_000  # events the relay itself may be behind
WIRE = "wire"


class Narrow(Question):
    """The query string of the socket: one run or one table."""

    sync_id: str | None = None
    table: str | None = None

    def wants(self, sync_id: str, table: str) -> bool:
        return (self.sync_id in (None, sync_id)) and (self.table is None or same(self.table, table))


@dataclass(frozen=True, slots=True)
class Message:
    """One message about a run, written once for all who read it."""

    sync_id: str
    table: str
    text: str


class Relay:
    """Hears the hub's sync events, thins out progress, and hands each message as text to ``out``."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self.out = hub, Hub()
        self._sent: dict[str, float] = {}
        self._held: dict[str, Event] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def run(self) -> None:
        """Until cancelled."""
        with self._hub.listen("sync") as events:
            events.limit = BACKLOG
            async for event in events:
                self._hear(event)

    def _hear(self, event: Event) -> None:
        sync_id = event.data["sync_id"]
        if event.kind == "progress":
            self._thin(sync_id, event)
            return
        if event.kind in ("complete", "error"):
            self._let_go(sync_id)
            self._sent.pop(sync_id, None)
        self._tell(event)

    def _thin(self, sync_id: str, event: Event) -> None:
        """The first progress at once, then the newest at the end of each interval."""
        wait = self._sent.get(sync_id, 0.0) + max(EVERY, len(self.out) / FRAMES) - time.monotonic()
        if wait <= 0:
            self._let_go(sync_id)  # its timer is late: what it holds is older than this
            self._tell(event)
            return
        if sync_id not in self._held:
            self._timers[sync_id] = asyncio.get_running_loop().call_later(wait, self._release, sync_id)
        self._held[sync_id] = event

    def _release(self, sync_id: str) -> None:
        held = self._let_go(sync_id)
        if held is not None:
            self._tell(held)

    def _let_go(self, sync_id: str) -> Event | None:
        timer = self._timers.pop(sync_id, None)
        if timer is not None:
            timer.cancel()
        return self._held.pop(sync_id, None)

    def _tell(self, event: Event) -> None:
        sync_id, key = event.data["sync_id"], None
        if event.kind == "progress":
            self._sent[sync_id] = time.monotonic()
            key = sync_id
        message = Message(sync_id, event.data["table"], written(event.kind, event.data))
        self.out.publish(Event(WIRE, event.kind, message), key)


RELAY = web.AppKey("relay", Relay)


async def progress(request: web.Request) -> web.WebSocketResponse:
    """A snapshot, then every message about the runs that the query string leaves."""
    narrow = read_query(request, Narrow)
    socket = await sockets.opened(request)
    with request.app[RELAY].out.listen(WIRE) as messages:
        writer = asyncio.create_task(_write(socket, messages, narrow, request.app[keys.SYNC]))
        try:
            async for frame in socket:
                if sockets.is_ping(frame):
                    await socket.send_str(written("pong", {}))
        finally:
            writer.cancel()
    return socket


async def _write(socket: web.WebSocketResponse, messages: Listener, narrow: Narrow, syncs: SyncService) -> None:
    with suppress(ConnectionError):  # the reader has gone; the handler's own loop ends too
        await socket.send_str(await _snapshot(syncs, narrow))
        async for event in messages:
            if messages.lagged:  # it read too slowly and has lost messages: start afresh
                messages.lagged = False
                await socket.send_str(await _snapshot(syncs, narrow))
            if narrow.wants(event.data.sync_id, event.data.table):
                await socket.send_str(event.data.text)


async def _snapshot(syncs: SyncService, narrow: Narrow) -> str:
    runs = [run for run in await syncs.snapshot() if narrow.wants(run.sync_id, run.target)]
    if narrow.sync_id is not None and not runs:
        with suppress(RunNotFound):  # over already: who comes back for it learns how it ended
            runs = [await syncs.run(narrow.sync_id)]
    return written("snapshot", {"runs": [_shown(run) for run in runs]})


def _shown(run: SyncRun) -> dict[str, Any]:
    return {"table": run.target, **run.model_dump(mode="json")}


def written(kind: str, data: dict[str, Any]) -> str:
    """One message of the contract: type, data, timestamp."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"type": kind, "data": data, "timestamp": now}, ensure_ascii=False)


routes = [Route("GET", "/ws/sync/progress", progress, Permission.READ, query=Narrow, documented=False)]
