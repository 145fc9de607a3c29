"""/account: one's own password, sessions and API tokens."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from app import doors, keys
from app.errors import Invalid
from app.guard import ACTOR, CALLER, Route
from app.schemas.accounts import Password, PasswordChange, Permission, TokenMade, TokenNew, TokensAsked
from app.words import N_, words


class NewPassword(PasswordChange):
    """The form asks for the new one twice."""

    again: Password


async def show(request: web.Request) -> web.Response:
    return await _page(request)


async def _page(request: web.Request, made: TokenMade | None = None, part: str | None = None) -> web.Response:
    accounts, actor = request.app[keys.ACCOUNTS], request[ACTOR]
    context: dict[str, Any] = {
        "user": await accounts.me(actor),
        "sessions": await accounts.sessions(actor),
        "tokens": await accounts.tokens(TokensAsked(), actor),
        "made": made,
    }
    return doors.render(request, "account.html", part, **context)


async def password(request: web.Request) -> web.Response:
    asked = await doors.read(request, NewPassword)
    if asked.again != asked.new:
        raise Invalid(fields=words(doors.language_of(request)).gettext(N_("the two passwords differ")))
    change = PasswordChange(current=asked.current, new=asked.new)
    await request.app[keys.ACCOUNTS].change_password(change, request[ACTOR], request[CALLER].address)
    return doors.redirect(request, "/account", N_("Your password is changed; your other sessions have ended."))


async def end_session(request: web.Request) -> web.Response:
    await request.app[keys.ACCOUNTS].end_session(request.match_info["id"], request[ACTOR])
    if doors.wants_part(request):
        return await _page(request, part="_account_sessions.html")
    return doors.redirect(request, "/account", N_("The session has ended."))


async def add_token(request: web.Request) -> web.Response:
    """Answers with the page itself, without a redirect: the token is on it this once and in no cookie."""
    made = await request.app[keys.ACCOUNTS].add_token(await doors.read(request, TokenNew), request[ACTOR])
    return await _page(request, made, "_account_tokens.html")


async def end_token(request: web.Request) -> web.Response:
    await request.app[keys.ACCOUNTS].end_token(request.match_info["id"], request[ACTOR])
    if doors.wants_part(request):
        return await _page(request, part="_account_tokens.html")
    return doors.redirect(request, "/account", N_("The token works no longer."))


OWN = Permission.OWN_ACCOUNT
routes = [
    Route("GET", "/account", show, OWN, documented=False),
    Route("POST", "/account/password", password, OWN, documented=False, audit="account.password"),
    Route("POST", "/account/sessions/{id}/end", end_session, OWN, documented=False, audit="account.end_session"),
    Route("POST", "/account/tokens", add_token, OWN, documented=False, audit="tokens.add"),
    Route("POST", "/account/tokens/{id}/remove", end_token, OWN, documented=False, audit="tokens.remove"),
]
