"""What the sockets share: how one is opened, who is behind it, how all are closed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from app import guard, keys
from app.schemas.accounts import Actor

MAX_FRAME = 64 * 1024
HEARTBEAT = 30  # seconds; a reader that is silent to a ping for half of it is gone
CLOSING = 2  # seconds a client gets to answer our goodbye
Sockets = WeakKeyDictionary[web.WebSocketResponse, Actor]
OPEN = web.AppKey("sockets", Sockets)


def set_up(app: web.Application) -> None:
    app[OPEN] = WeakKeyDictionary()
    app[keys.METRICS].sockets.set_function(lambda: len(app[OPEN]))
    app.on_shutdown.append(close_all)


async def opened(request: web.Request, largest: int = MAX_FRAME) -> web.WebSocketResponse:
    """The request's socket, open; a frame over ``largest`` closes it. Compression would cost 300 kB a socket."""
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT, compress=False, max_msg_size=largest, timeout=CLOSING)
    await socket.prepare(request)
    actor = request.app[OPEN][socket] = request[guard.ACTOR]
    if not await request.app[keys.ACCOUNTS].still(actor):  # it changed between the knock and the opening
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"sign in again")
    return socket


async def close_all(app: web.Application) -> None:
    """Say goodbye to everyone, so that clients know to come back."""
    await _close(list(app[OPEN].keys()), WSCloseCode.GOING_AWAY, b"the server ends")


async def keep_rights(app: web.Application) -> None:
    """Until cancelled: when accounts change, close each socket whose session, token or role is no longer what it was.

    Their pages connect again with what they may now.
    """
    with app[keys.HUB].listen("accounts") as changes:
        async for _ in changes:
            gone = {actor for actor in set(app[OPEN].values()) if not await app[keys.ACCOUNTS].still(actor)}
            lost = [socket for socket, actor in app[OPEN].items() if actor in gone]
            await _close(lost, WSCloseCode.POLICY_VIOLATION, b"sign in again")


async def _close(sockets: Iterable[web.WebSocketResponse], code: int, message: bytes) -> None:
    goodbyes = [socket.close(code=code, message=message) for socket in sockets]
    await asyncio.gather(*goodbyes, return_exceptions=True)


def is_ping(frame: WSMessage) -> bool:
    """Whether a client's text frame is ``{"type": "ping"}``."""
    if frame.type is not WSMsgType.TEXT:
        return False
    try:
        said = json.loads(frame.data)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("type") == "ping"
