"""/ws/panes: what happens in syncs as the pages' own HTML parts, for htmx to put in their places.

A part is rendered once per language and role, however many sockets show it, and at most twice a second. A socket that
reads slowly gets the newest of each part. On connect everything a page shows is sent, so a lost connection heals.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from aiohttp import web
from yarl import URL

from app import doors, keys, overview
from app.errors import RunNotFound, TableNotFound
from app.formats import anchor
from app.guard import ACTOR, Route
from app.hub import Event, Listener
from app.live import sockets
from app.schemas.accounts import Permission, Role
from app.schemas.envelope import Question
from app.schemas.overview import RunsAsked

EVERY = 0.5  # seconds between two renderings
STALE = 5.0  # seconds a rendered part may serve newcomers
TICK = 30.0  # seconds after which what depends on the clock is rendered again
Part = tuple[str, str]  # template without its ending, and which instance ("" where there is one only)
ENDS = {"complete", "error"}
SHARED: dict[Part, Part] = {  # parts that show what others do, otherwise
    ("_dashboard_standing", ""): ("_dashboard_tables", ""),
    ("_dashboard_active", ""): ("_sync_active", ""),
}


class PaneView(Question):
    """Which page listens."""

    view: Literal["", "sync", "run", "dashboard", "scheduler", "table"] = ""
    sync_id: str = ""
    table: str = ""
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
        """The parts of the page that change, but for the cards of single runs."""
        parts: list[Part] = [("_shell_running", "")]
        match self.view.view:
            case "dashboard":
                names = ("_dashboard_standing", "_dashboard_active", "_dashboard_tables", "_dashboard_jobs")
                parts += [(name, "") for name in names]
            case "sync":
                parts += [("_sync_active", "")] + ([] if self.view.filtered else [("_sync_runs", "")])
            case "scheduler":
                parts += [("_scheduler_jobs", "")]
            case "table":
                parts += [("_table_head", self.view.table)]
            case "run":
                parts += [(name, self.view.sync_id) for name in ("_sync_run", "_sync_log", "_sync_report")]
        return parts

    def wants(self, part: Part) -> bool:
        return part in self.shows() or (part[0] == "_sync_run" and self.view.view in {"sync", "dashboard"})

    def put(self, parts: dict[Part, str]) -> None:
        if parts:
            self.waiting |= parts
            self.woken.set()

    async def take(self) -> str:
        await self.woken.wait()
        self.woken.clear()
        parts, self.waiting = self.waiting, {}
        return "".join(map(_placed, parts, parts.values()))


def _placed(part: Part, html: str) -> str:
    """The part in the envelope that htmx morphs into the element of its id."""
    name, key = part
    return f'<hx-partial hx-target="#{name}{"-" + anchor(key) if key else ""}" hx-swap="outerMorph">{html}</hx-partial>'


class Panes:
    """Every open socket, and the one task that renders for all of them."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self.open: set[Pane] = set()
        self.rendered = 0  # parts rendered so far, for the tests
        self._known: dict[tuple[Part, str, Role], tuple[float, str]] = {}  # rendered since the last event
        self._facts: dict[Part, tuple[float, dict[str, Any]]] = {}  # what was asked for it, for all languages
        self._alive: set[str] = set()
        self._turn = asyncio.Lock()  # one sends at a time: what was rendered earlier must not arrive later

    async def follow(self) -> None:
        """Render what changes, until cancelled."""
        with self._app[keys.HUB].listen("sync", "jobs") as listener:
            while True:
                events = await _heard(listener)
                lagged, listener.lagged = listener.lagged, False
                others = any(event.topic != "sync" for event in events)
                async with self._turn:
                    await self._tell(_kinds(events), everything=lagged or others or not events)
                if self.open:
                    await asyncio.sleep(EVERY)

    async def _tell(self, told: dict[str, set[str]], everything: bool) -> None:
        self._known.clear()
        self._facts.clear()
        if not self.open:
            return
        alive = {run.sync_id for run in await self._app[keys.SYNC].snapshot()}
        everything = everything or alive != self._alive or any(ENDS & kinds for kinds in told.values())
        self._alive = alive
        parts = [part for sync_id, kinds in told.items() for part in _touched(sync_id, kinds)]
        for pane in list(self.open):
            wanted = dict.fromkeys(pane.shows() if everything else [])
            await self._send(pane, wanted | dict.fromkeys(filter(pane.wants, parts)))
            await asyncio.sleep(0)  # between two readers the loop serves others

    async def welcome(self, pane: Pane) -> None:
        """All that the page shows, as it is now."""
        async with self._turn:
            await self._send(pane, pane.shows())

    async def _send(self, pane: Pane, parts: Iterable[Part]) -> None:
        found = {part: await self._html(part, pane.language, pane.role) for part in parts}
        pane.put({part: html for part, html in found.items() if html is not None})

    async def _html(self, part: Part, language: str, role: Role) -> str | None:
        """The part, rendered now or since the last event for somebody else; None where its run is gone."""
        key, limit = (part, language, role), time.monotonic() - STALE
        at, html = self._known.get(key, (0.0, ""))
        if html and at > limit:
            return html
        try:
            at, context = await self._asked(SHARED.get(part, part), limit)
        except (RunNotFound, TableNotFound):
            return None
        self.rendered += 1
        html = doors.render_part(self._app, language, role, f"{part[0]}.html", context)
        self._known[key] = at, html
        return html

    async def _asked(self, part: Part, limit: float) -> tuple[float, dict[str, Any]]:
        """What the part shows, and when the services were asked for it: once for all languages and roles."""
        if part not in self._facts or self._facts[part][0] < limit:
            at = time.monotonic()
            self._facts[part] = at, await self._context(part)
        return self._facts[part]

    async def _context(self, part: Part) -> dict[str, Any]:
        sync, (name, which) = self._app[keys.SYNC], part
        match name:
            case "_shell_running":
                return {"running": len(await sync.snapshot())}
            case "_sync_active":
                return {"active": await overview.current(sync, datetime.now(UTC))}
            case "_dashboard_tables":
                return {"tables": await overview.tables(sync, self._app[keys.QUERY], datetime.now(UTC))}
            case "_dashboard_jobs":
                return {"jobs": await overview.upcoming(self._app[keys.SCHEDULER])}
            case "_scheduler_jobs":
                return {"schedule": await self._app[keys.SCHEDULER].status()}
            case "_sync_runs":
                return await overview.history(sync, RunsAsked.model_validate({}), URL("/sync"))
            case "_table_head":
                return {"table": await self._app[keys.QUERY].table(which)}
            case "_sync_log":
                return {"run": await sync.run(which), "lines": await sync.log(which)}
            case _:
                return {"run": await sync.run(which)}


async def _heard(listener: Listener) -> list[Event]:
    """What was told since last time; nothing when nobody spoke for a while."""
    try:
        async with asyncio.timeout(TICK):
            return [await listener.get(), *listener.drain()]
    except TimeoutError:
        return []


def _kinds(events: list[Event]) -> dict[str, set[str]]:
    """The kinds of events told of each run."""
    told: dict[str, set[str]] = {}
    for event in events:
        if event.topic == "sync":
            told.setdefault(event.data["sync_id"], set()).add(event.kind)
    return told


def _touched(sync_id: str, kinds: set[str]) -> list[Part]:
    """The parts that events of these kinds change."""
    names = ["_sync_run"]
    names += ["_sync_log"] if "log" in kinds else []
    names += ["_sync_report"] if kinds - {"log", "progress"} else []
    return [(name, sync_id) for name in names]


PANES = web.AppKey("panes", Panes)


async def connect(request: web.Request) -> web.WebSocketResponse:
    """The page's socket. All that a browser says on it is that it wants the present state once more."""
    view = doors.read_query(request, PaneView)
    socket = await sockets.opened(request)
    panes, pane = request.app[PANES], Pane(doors.language_of(request), request[ACTOR].role, view)
    panes.open.add(pane)
    sender = asyncio.create_task(_sending(socket, pane))
    try:
        await panes.welcome(pane)
        async for _ in socket:
            await panes.welcome(pane)
    finally:
        panes.open.discard(pane)
        sender.cancel()
    return socket


async def _sending(socket: web.WebSocketResponse, pane: Pane) -> None:
    with contextlib.suppress(ConnectionError):  # the reader has gone; the handler's own loop ends too
        while not socket.closed:
            await socket.send_str(await pane.take())


routes = [Route("GET", "/ws/panes", connect, Permission.READ, documented=False)]
