"""The threshold of the server's port: how many connections one address may hold, and how long it may dawdle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast
from weakref import WeakSet

from aiohttp import web

from app.accounts.limiter import network
from app.caller import trusted
from app.config import Settings

IDLE = 75.0  # seconds a connection may stay without a whole request, its first one included
LOOK, LOOKS = 1.0, 60  # seconds between two looks at what waits to be read; so many without a change, and we hang up
MOST_WAITING = 300_000_000  # bytes of answers that wait for all readers together; the largest make room

Factory = Callable[[], asyncio.BaseProtocol]


class Gate:
    """Takes the place of the server's protocol factory: counts, then steps aside."""

    def __init__(self, server: Factory, settings: Settings) -> None:
        self._server, self._settings = server, settings
        self._open: dict[str, list[asyncio.Transport]] = {}
        self._all: WeakSet[asyncio.Transport] = WeakSet()
        self._stuck: dict[asyncio.Transport, tuple[int, int]] = {}  # bytes that wait, looks that saw just as many

    def __call__(self) -> asyncio.BaseProtocol:
        return _Threshold(self)

    def enter(self, transport: asyncio.Transport) -> None:
        """Hand the connection to the server, or hang up when its address holds too many."""
        address = str((transport.get_extra_info("peername") or ("",))[0])
        if not trusted(address, self._settings):
            own = self._living(network(address))
            if len(own) >= self._settings.connections_per_address:
                transport.abort()
                return
            own.append(transport)
        self._all.add(transport)
        inner = self._server()
        transport.set_protocol(inner)
        inner.connection_made(transport)

    async def watch(self) -> None:
        """Until cancelled: hang up on who takes nothing of an answer, which holds its memory, file or rows."""
        while True:
            await asyncio.sleep(LOOK)
            self._look()

    def _look(self) -> None:
        waiting = {transport: size for transport in self._all if (size := transport.get_write_buffer_size())}
        before, self._stuck = self._stuck, {}
        total = sum(waiting.values())
        for transport, size in sorted(waiting.items(), key=lambda item: -item[1]):
            then, looks = before.get(transport, (size, 0))
            self._stuck[transport] = size, looks + 1 if size == then else 0
            if total > MOST_WAITING or self._stuck[transport][1] >= LOOKS:
                transport.abort()
                total -= size

    def _living(self, place: str) -> list[asyncio.Transport]:
        """The address' open connections; what has closed meanwhile is let go of."""
        if place not in self._open and len(self._open) > 1000:
            for each in list(self._open):
                if not self._pruned(each):
                    del self._open[each]
        return self._pruned(place)

    def _pruned(self, place: str) -> list[asyncio.Transport]:
        left = [transport for transport in self._open.get(place, []) if not transport.is_closing()]
        self._open[place] = left
        return left


class _Threshold(asyncio.Protocol):
    """A connection's first protocol; the server's own replaces it at once."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._gate.enter(cast(asyncio.Transport, transport))


class Runner(web.AppRunner):
    """aiohttp's runner with our gate before its server. A client that goes away cancels its handler, and its query."""

    def __init__(self, app: web.Application, settings: Settings, **more: Any) -> None:
        super().__init__(
            app, handler_cancellation=True, shutdown_timeout=5, access_log=None, keepalive_timeout=IDLE, **more
        )
        self._settings = settings
        self._gate: Gate | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def server(self) -> Any:
        """What each new connection is handed to."""
        if self._server is not None and self._gate is None:
            self._gate = Gate(self._server, self._settings)
            self._watching = asyncio.create_task(self._gate.watch())
        return self._gate

    async def cleanup(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        await super().cleanup()
