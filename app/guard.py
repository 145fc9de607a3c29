"""Who knocks: Host, Origin, sign-in; every route declares the permission it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from app import keys
from app.accounts.permissions import may
from app.config import LOOPBACK
from app.errors import AppError, ForeignOrigin, NotAllowed, NotSignedIn, ProxyWithoutAccounts, UnknownHost
from app.schemas.accounts import Actor, Permission, Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One address: who may use it and, for the API documentation, what goes in and what comes out."""

    method: str
    path: str
    handler: Handler
    needs: Permission
    body: Any = None  # pydantic model of the JSON body
    query: Any = None  # pydantic model of the query string
    data: Any = None  # type of APIResponse.data
    envelope: bool = True  # False: ``data`` is the whole answer
    paged: bool = False
    status: int = 200
    also: tuple[int, ...] = ()  # other statuses that come with ``data``
    errors: tuple[type[AppError], ...] = ()
    media: tuple[str, ...] = ()  # other media types it can answer with
    headers: tuple[tuple[str, str], ...] = ()  # request headers it understands: name, what for
    documented: bool = True


ROUTES = web.AppKey("routes", dict[Handler, Route])
ACTOR = web.RequestKey("actor", Actor)
LOCAL = Actor(name="local", role=Role.ADMIN)
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Via", "X-Real-IP")


def add_routes(app: web.Application, routes: Iterable[Route]) -> None:
    table = app.setdefault(ROUTES, {})
    for route in routes:
        app.router.add_route(route.method, route.path, route.handler)
        if route.method == hdrs.METH_GET and not route.path.startswith("/ws/"):
            app.router.add_route(hdrs.METH_HEAD, route.path, route.handler)
        table[route.handler] = route


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what may not be; else remember who asks in ``request[ACTOR]``."""
    _check_host(request)
    _check_origin(request)
    if any(name in request.headers for name in FORWARDED):
        raise ProxyWithoutAccounts
    route = request.app[ROUTES].get(request.match_info.handler)
    actor: Actor | None = LOCAL
    if route is not None and not may(actor, route.needs):
        raise NotSignedIn if actor is None else NotAllowed
    if actor is not None:
        request[ACTOR] = actor
    return await handler(request)


def _check_host(request: web.Request) -> None:
    """Names we do not know are refused: else a foreign page's own name could be pointed at us (DNS rebinding)."""
    host = _host_name(request.host)
    settings = request.app[keys.SETTINGS]
    if host not in LOOPBACK and host not in settings.allowed_hosts and host != settings.host:
        raise UnknownHost(host=host)


def _host_name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()


def _check_origin(request: web.Request) -> None:
    """A browser names the page that sends: on writes and sockets it must be one of ours."""
    socket = request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD} and not socket:
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise ForeignOrigin
