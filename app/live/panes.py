"""/ws/panes: what happens in syncs as the pages' own HTML parts, for htmx to put in their places.

A part is rendered once per language and role, however many sockets show it, and at most twice a second. A socket that
reads slowly gets the newest of each part. On connect everything a page shows is sent, so a lost connection heals.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from aiohttp import WSCloseCode, web
from yarl import URL

from app import doors, keys, overview
from app.errors import RunNotFound
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission, Role
from app.schemas.envelope import Question
from app.schemas.overview import RunsAsked
from app.schemas.sync import ACTIVE, State

EVERY = 0.5  # seconds between two renderings
STALE = 5.0  # seconds a rendered part may serve newcomers
TICK = 30.0  # seconds after which what depends on the clock is rendered again
HEARTBEAT = 20.0
FRAME = 64 * 1024
Part = tuple[str, str]  # template without its ending, and which instance ("" where there is one only)
ENDS = {"complete", "error"}


class PaneView(Question):
    """Which page listens."""

    view: Literal["", "sync", "run", "dashboard"] = ""
    sync_id: str = ""
    filtered: bool = False  # the history is filtered: it is the reader's own, and not pushed


@dataclass(eq=False)
class Pane:
    """One socket: who reads, what the page shows, and the parts it has not been sent yet."""

    language: str
    role: Role
    view: PaneView
    waiting: dict[Part, str] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def shows(self) -> list[Part]:
        """The parts of the page that change; a run's own card is added as the run is told of."""
        parts: list[Part] = [("_shell_running", "")]
        if self.view.view in {"sync", "dashboard"}:
            parts.append(("_sync_active", ""))
        if self.view.view == "sync" and not self.view.filtered:
            parts.append(("_sync_runs", ""))
        if self.view.view == "run":
            parts += [(name, self.view.sync_id) for name in ("_sync_run", "_sync_log", "_sync_report")]
        return parts

    def put(self, part: Part, html: str) -> None:
        self.waiting.pop(part, None)
        self.waiting[part] = html
        self.woken.set()

    async def take(self) -> str:
        await self.woken.wait()
        self.woken.clear()
        parts, self.waiting = self.waiting, {}
        return "".join(map(_placed, parts, parts.values()))


def _placed(part: Part, html: str) -> str:
    """The part in the envelope that htmx morphs into the element of its id."""
    name, key = part
    return f'<hx-partial hx-target="#{name}{"-" + key if key else ""}" hx-swap="outerMorph">{html}</hx-partial>'


class Panes:
    """Every open socket, and the one task that renders for all of them."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self.open: set[Pane] = set()
        self.rendered = 0  # parts rendered so far, for the tests
        self._known: dict[tuple[Part, str, Role], tuple[float, str]] = {}
        self._alive: set[str] = set()

    async def follow(self) -> None:
        """Render what changes, for as long as the app runs."""
        with self._app[keys.HUB].listen("sync") as listener:
            while True:
                kinds: dict[str, set[str]] = {}
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK):
                        events = [await listener.get(), *listener.drain()]
                    for event in events:
                        kinds.setdefault(event.data["sync_id"], set()).add(event.kind)
                if self.open:
                    lagged, listener.lagged = listener.lagged, False
                    await self._tell(kinds, everything=lagged or not kinds)
                    await asyncio.sleep(EVERY)

    async def _tell(self, kinds: dict[str, set[str]], everything: bool) -> None:
        alive = {run.sync_id for run in await self._app[keys.SYNC].snapshot()}
        changed = everything or alive != self._alive or any(ENDS & each for each in kinds.values())
        self._alive = alive
        parts: set[Part] = set()
        for sync_id, each in kinds.items():
            parts.add(("_sync_run", sync_id))
            parts |= {("_sync_log", sync_id)} if "log" in each else set()
            parts |= {("_sync_report", sync_id)} if each - {"log", "progress"} else set()
        for pane in list(self.open):
            whole = set(pane.shows()) if changed else set()
            cards = set() if pane.view.view == "" or "_sync_active" in {name for name, _ in whole} else parts
            await self._send(pane, whole | {part for part in cards if part[0] == "_sync_run" or part in pane.shows()})
            await asyncio.sleep(0)  # between two readers the loop serves others
        self._forget()

    async def welcome(self, pane: Pane) -> None:
        """All that the page shows, as it is now."""
        await self._send(pane, pane.shows(), STALE)

    async def _send(self, pane: Pane, parts: Iterable[Part], fresh_for: float = EVERY / 2) -> None:
        for part in parts:
            html = await self._html(part, pane.language, pane.role, fresh_for)
            if html is not None:
                pane.put(part, html)

    async def _html(self, part: Part, language: str, role: Role, fresh_for: float) -> str | None:
        """The part, rendered now or a moment ago for somebody else; None where its run is gone."""
        key, now = (part, language, role), time.monotonic()
        at, html = self._known.get(key, (0.0, ""))
        if html and now - at < fresh_for:
            return html
        try:
            context = await self._context(part)
        except RunNotFound:
            return None
        self.rendered += 1
        html = doors.render_part(self._app, language, role, f"{part[0]}.html", context)
        self._known[key] = now, html
        return html

    def _forget(self) -> None:
        limit = time.monotonic() - STALE
        self._known = {key: known for key, known in self._known.items() if known[0] > limit}

    async def _context(self, part: Part) -> dict[str, Any]:
        sync, (name, sync_id) = self._app[keys.SYNC], part
        match name:
            case "_shell_running":
                return {"running": len(await sync.snapshot())}
            case "_sync_active":
                return {"active": await overview.current(sync, datetime.now(UTC))}
            case "_sync_runs":
                return await overview.history(sync, RunsAsked(), URL("/sync"))
            case "_sync_log":
                return {"run": await sync.run(sync_id), "lines": await sync.log(sync_id)}
            case _:
                return {"run": await sync.run(sync_id)}


PANES = web.AppKey("panes", Panes)


async def connect(request: web.Request) -> web.WebSocketResponse:
    view = doors.read_query(request, PaneView)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, max_msg_size=FRAME)
    await socket.prepare(request)
    panes, pane = request.app[PANES], Pane(doors.language_of(request), request[ACTOR].role, view)
    panes.open.add(pane)
    sender = asyncio.create_task(_sending(socket, pane))
    try:
        await panes.welcome(pane)
        async for _ in socket:  # a browser has nothing to say here
            pass
    finally:
        panes.open.discard(pane)
        sender.cancel()
        await socket.close(code=WSCloseCode.GOING_AWAY)
    return socket


async def _sending(socket: web.WebSocketResponse, pane: Pane) -> None:
    with contextlib.suppress(ConnectionError):
        while not socket.closed:
            await socket.send_str(await pane.take())


async def lifetime(app: web.Application) -> AsyncIterator[None]:
    follower = asyncio.create_task(app[PANES].follow())
    yield
    follower.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await follower


routes = [Route("GET", "/ws/panes", connect, Permission.READ, documented=False)]
