"""Who knocks: Host, Origin, sign-in; every route declares the permission it needs; deeds go into the audit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web
from pydantic import BaseModel

from app import keys
from app.accounts.permissions import may
from app.caller import FORMS, Caller, caller_of, check_host, check_origin
from app.errors import AppError, ForeignOrigin, NotAllowed, NotSignedIn, ProxyWithoutAccounts, TooMany
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
    audit: str | None = None  # the deed's name; by default a write is "<module>.<handler>", and "" is none


ROUTES = web.AppKey("routes", dict[Handler, Route])
ACTOR = web.RequestKey("actor", Actor)
CALLER = web.RequestKey("caller", Caller)
ASKED = web.RequestKey("asked", BaseModel)  # the body, once ``doors.read`` has understood it
SUBJECT = web.RequestKey("subject", str)  # what a handler itself names as the audit's subject
FAILED = web.RequestKey("failed", str)  # the error's code where a handler answers an error with a page of its own
LOCAL = Actor(name="local", role=Role.ADMIN)
COOKIE = "session"
SILENT = {Permission.PUBLIC, Permission.READ, Permission.CHAT}  # what needs these is not in the audit by itself
NAMING = ("oracle_table", "table_name", "duckdb_table", "sql", "name", "targets")  # fields that name a deed's subject


def add_routes(app: web.Application, routes: Iterable[Route]) -> None:
    table = app.setdefault(ROUTES, {})
    for route in routes:
        path = re.sub(r"{(\w+)}", r"{\1:[^/]+}", route.path)  # aiohttp's own {name} takes no name with braces
        app.router.add_route(route.method, path, route.handler)
        if route.method == hdrs.METH_GET and not route.path.startswith("/ws/"):
            app.router.add_route(hdrs.METH_HEAD, path, route.handler)
        table[route.handler] = route


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what may not be; else remember who asks in ``request[ACTOR]``."""
    caller = request[CALLER] = caller_of(request, request.app[keys.SETTINGS])
    check_host(caller, request.app[keys.SETTINGS])
    accounts = request.app[keys.ACCOUNTS]
    open_mode = not await accounts.exist()
    if open_mode and caller.proxied:
        raise ProxyWithoutAccounts
    bearer = _bearer(request)
    cookie = None if bearer else request.cookies.get(COOKIE)
    form = request.content_type in FORMS
    try:
        check_origin(request, caller, without=open_mode or bearer is not None or (cookie is None and not form))
    except ForeignOrigin as error:
        await _record_foreign(request, LOCAL if open_mode else await accounts.by_session(cookie or ""), error)
        raise
    actor = await accounts.by_token(bearer) if bearer else await accounts.by_session(cookie) if cookie else None
    if actor is None and open_mode:
        actor = LOCAL
    if actor is not None:
        api = request.path.startswith("/api/") and actor.via == "page"
        request[ACTOR] = actor.model_copy(update={"via": "api"}) if api else actor
    return await _audited(request, handler, _route(request))


async def _record_foreign(request: web.Request, actor: Actor | None, error: ForeignOrigin) -> None:
    """Whose browser, which page, what it tried. A stranger's is not written down: that costs him nothing to repeat."""
    if actor is not None:
        subject = f"{request.headers.get(hdrs.ORIGIN, 'no origin')} -> {request.method} {request.path}"
        address = request[CALLER].address
        await request.app[keys.AUDIT].record_refusal(actor, "guard.foreign_page", subject, error.code, address)


def keep_session(request: web.Request, response: web.Response, secret: str) -> None:
    """Give the browser its session: no script can read it, no foreign page sends it along, over TLS only with TLS."""
    secure = request[CALLER].secure
    age = request.app[keys.SETTINGS].session_days * 86400
    response.set_cookie(COOKIE, secret, max_age=age, httponly=True, samesite="Lax", secure=secure)


def lose_session(response: web.Response) -> None:
    response.del_cookie(COOKIE, httponly=True, samesite="Lax")


def _bearer(request: web.Request) -> str | None:
    """The token of the Authorization header; one in the address is never looked at."""
    scheme, _, secret = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return secret.strip() or None if scheme.lower() == "bearer" else None


def _route(request: web.Request) -> Route | None:
    """The declared route; None for static files and addresses that do not exist. Anything else is a hole: refused."""
    found = request.app[ROUTES].get(request.match_info.handler)
    exists = request.match_info.http_exception is None and not request.path.startswith("/static/")
    if found is None and exists:
        raise NotAllowed
    return found


async def _audited(request: web.Request, handler: Handler, route: Route | None) -> web.StreamResponse:
    """Ask for the permission, let the handler work, and write down how it ended."""
    actor = request.get(ACTOR)
    try:
        if route is not None and not may(actor, route.needs):
            raise NotSignedIn if actor is None else NotAllowed
        response = await handler(request)
    except AppError as error:
        await _record(request, route, error.code, error)
        raise
    except asyncio.CancelledError:  # the client has gone away; what it began is still told
        task = asyncio.create_task(_record(request, route, "cancelled"))
        request.app[keys.LOOSE].add(task)
        task.add_done_callback(request.app[keys.LOOSE].discard)
        raise
    except Exception:
        await _record(request, route, AppError.code)
        raise
    await _record(request, route, request.get(FAILED) or ("ok" if response.status < 400 else str(response.status)))
    return response


async def _record(request: web.Request, route: Route | None, result: str, error: AppError | None = None) -> None:
    action, actor = _action(route), request.get(ACTOR)
    if route is None or not action:
        return
    if actor is None and (route.needs is not Permission.PUBLIC or isinstance(error, TooMany)):
        return  # strangers cannot fill the disk: their tries at the door are limited, the rest is not written down
    who = actor or getattr(request.get(ASKED), "name", "") or "nobody"
    await request.app[keys.AUDIT].record(who, action, _subject(request), result, request[CALLER].address)


def _action(route: Route | None) -> str:
    if route is None or route.audit is not None:
        return "" if route is None else route.audit or ""
    if route.method == hdrs.METH_GET or route.needs in SILENT:
        return ""
    return f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}"


def _subject(request: web.Request) -> str:
    """What the deed was done to: what the handler says, else the names in the address, else those in the body."""
    if SUBJECT in request:
        return request[SUBJECT]
    named = list(request.match_info.values())
    asked = request.get(ASKED)
    named += [str(value) for field in NAMING if (value := getattr(asked, field, None))]
    return " ".join(dict.fromkeys(named))
