"""/admin: accounts and roles, everyone's tokens, the audit, the settings in force, the state of the machine."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from app import doors, keys, system
from app.config import in_force
from app.guard import ACTOR, SUBJECT, Route
from app.schemas.accounts import AuditAsked, Permission, Role, TokensAsked, UserEdit, UserNew
from app.schemas.envelope import Page
from app.words import N_


async def users(request: web.Request) -> web.Response:
    return await _users(request)


async def _users(request: web.Request) -> web.Response:
    found = await request.app[keys.ACCOUNTS].users(request[ACTOR])
    return doors.render(request, "admin_users.html", "_admin_users.html", users=found, roles=list(Role))


async def add_user(request: web.Request) -> web.Response:
    user = await request.app[keys.ACCOUNTS].add_user(await doors.read(request, UserNew), request[ACTOR])
    return await _done(request, N_("The account {name} is made."), name=user.name)


async def edit_user(request: web.Request) -> web.Response:
    asked, name = await doors.read(request, UserEdit), request.match_info["name"]
    request[SUBJECT] = " ".join([name, *asked.told()])
    user = await request.app[keys.ACCOUNTS].edit_user(name, asked, request[ACTOR])
    return await _done(request, N_("The account {name} is changed."), name=user.name)


async def remove_user(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    await request.app[keys.ACCOUNTS].remove_user(name, request[ACTOR])
    return await _done(request, N_("The account {name} is removed."), name=name)


async def _done(request: web.Request, said: str, **values: str) -> web.Response:
    if doors.wants_part(request):
        return await _users(request)
    return doors.redirect(request, "/admin", said, **values)


async def tokens(request: web.Request) -> web.Response:
    found = await request.app[keys.ACCOUNTS].tokens(TokensAsked(owner="*"), request[ACTOR])
    return doors.render(request, "admin_tokens.html", "_admin_tokens.html", tokens=found)


async def end_token(request: web.Request) -> web.Response:
    await request.app[keys.ACCOUNTS].end_token(request.match_info["id"], request[ACTOR])
    if doors.wants_part(request):
        return await tokens(request)
    return doors.redirect(request, "/admin/tokens", N_("The token works no longer."))


async def audit(request: web.Request) -> web.Response:
    given = {name: value for name, value in request.query.items() if value}
    asked = doors.validated(AuditAsked, given)
    found, total = await request.app[keys.AUDIT].find(asked)
    context: dict[str, Any] = {
        "entries": found,
        "asked": asked,
        "page": Page(limit=asked.limit, offset=asked.offset, total=total),
        "url": request.rel_url,
    }
    return doors.render(request, "admin_audit.html", "_admin_audit.html", **context)


async def settings(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(in_force, request.app[keys.SETTINGS])  # a default asks the system's zone
    return doors.render(request, "admin_settings.html", found=found)


async def machine(request: web.Request) -> web.Response:
    state = await system.look(request.app[keys.SETTINGS], request.app[keys.METRICS])
    return doors.render(request, "admin_system.html", "_admin_system.html", state=state)


USERS = Permission.USERS
routes = [
    Route("GET", "/admin", users, USERS, documented=False),
    Route("POST", "/admin/users", add_user, USERS, documented=False, audit="users.add"),
    Route("POST", "/admin/users/{name}", edit_user, USERS, documented=False, audit="users.edit"),
    Route("POST", "/admin/users/{name}/remove", remove_user, USERS, documented=False, audit="users.remove"),
    Route("GET", "/admin/tokens", tokens, USERS, documented=False),
    Route("POST", "/admin/tokens/{id}/remove", end_token, USERS, documented=False, audit="tokens.remove"),
    Route("GET", "/admin/audit", audit, Permission.AUDIT, documented=False),
    Route("GET", "/admin/settings", settings, Permission.SYSTEM, documented=False),
    Route("GET", "/admin/system", machine, Permission.SYSTEM, documented=False),
]
