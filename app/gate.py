"""The threshold of the server's port: how many connections one address may hold, and how long it may dawdle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from aiohttp import web

from app.accounts.limiter import network
from app.caller import trusted
from app.config import Settings

IDLE = 75.0  # seconds a connection may stay without a whole request, its first one included

Factory = Callable[[], asyncio.BaseProtocol]


class Gate:
    """Takes the place of the server's protocol factory: counts, then steps aside."""

    def __init__(self, server: Factory, settings: Settings) -> None:
        self._server, self._settings = server, settings
        self._open: dict[str, list[asyncio.Transport]] = {}

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
        inner = self._server()
        transport.set_protocol(inner)
        inner.connection_made(transport)

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

    @property
    def server(self) -> Any:
        """What each new connection is handed to."""
        if self._server is not None and self._gate is None:
            self._gate = Gate(self._server, self._settings)
        return self._gate
