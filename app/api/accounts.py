"""Accounts: sign-in, own password, sessions and tokens; for admins everyone's accounts and the audit."""

from __future__ import annotations

from aiohttp import hdrs, web

from app import keys
from app.doors import answer, read, read_query
from app.errors import (
    LastAdmin,
    NoAccounts,
    RoleTooHigh,
    SessionNotFound,
    TokenNotFound,
    TooMany,
    UserExists,
    UserNotFound,
    WeakPassword,
    WrongSignIn,
)
from app.guard import ACTOR, CALLER, SUBJECT, Route, keep_session, lose_session
from app.schemas.accounts import (
    AuditAsked,
    AuditEntry,
    PasswordChange,
    Permission,
    Session,
    SignIn,
    Token,
    TokenMade,
    TokenNew,
    TokensAsked,
    User,
    UserEdit,
    UserNew,
)
from app.schemas.envelope import Gone, Page


async def login(request: web.Request) -> web.Response:
    """Sign in: the answer sets the session's cookie.

    Scripts do better with an API token. After too many tries for one account or from one address the answer is 429
    with `Retry-After`.
    """
    asked, accounts = await read(request, SignIn), request.app[keys.ACCOUNTS]
    request[SUBJECT] = asked.name
    secret = await accounts.sign_in(asked, request[CALLER].address, request.headers.get(hdrs.USER_AGENT, ""))
    response = answer(await accounts.signed_in(secret))
    keep_session(request, response, secret)
    return response


async def logout(request: web.Request) -> web.Response:
    """Sign out: the session ends, here and in its open sockets."""
    await request.app[keys.ACCOUNTS].sign_out(request[ACTOR])
    response = answer(Gone(name=request[ACTOR].name))
    lose_session(response)
    return response


async def password(request: web.Request) -> web.Response:
    """Change one's own password. All other sessions of the account end."""
    asked, actor = await read(request, PasswordChange), request[ACTOR]
    await request.app[keys.ACCOUNTS].change_password(asked, actor, request[CALLER].address)
    return answer(await request.app[keys.ACCOUNTS].me(actor))


async def account(request: web.Request) -> web.Response:
    """Who one is."""
    return answer(await request.app[keys.ACCOUNTS].me(request[ACTOR]))


async def sessions(request: web.Request) -> web.Response:
    """One's own open sessions, the last used first."""
    return answer(await request.app[keys.ACCOUNTS].sessions(request[ACTOR]))


async def end_session(request: web.Request) -> web.Response:
    """End one of one's own sessions."""
    await request.app[keys.ACCOUNTS].end_session(request.match_info["id"], request[ACTOR])
    return answer(Gone(name=request.match_info["id"]))


async def users(request: web.Request) -> web.Response:
    """All accounts."""
    return answer(await request.app[keys.ACCOUNTS].users(request[ACTOR]))


async def user(request: web.Request) -> web.Response:
    """One account."""
    return answer(await request.app[keys.ACCOUNTS].user(request.match_info["name"], request[ACTOR]))


async def add_user(request: web.Request) -> web.Response:
    """Make an account. The very first is an admin's and is made at `/welcome` or by the command line."""
    return answer(await request.app[keys.ACCOUNTS].add_user(await read(request, UserNew), request[ACTOR]), status=201)


async def edit_user(request: web.Request) -> web.Response:
    """Change role, activity or password; it holds at once in open sessions and sockets."""
    asked, name = await read(request, UserEdit), request.match_info["name"]
    request[SUBJECT] = " ".join([name, *asked.told()])
    return answer(await request.app[keys.ACCOUNTS].edit_user(name, asked, request[ACTOR]))


async def remove_user(request: web.Request) -> web.Response:
    """Remove an account with its sessions and tokens. What was done under its name stays in the audit."""
    await request.app[keys.ACCOUNTS].remove_user(request.match_info["name"], request[ACTOR])
    return answer(Gone(name=request.match_info["name"]))


async def tokens(request: web.Request) -> web.Response:
    """One's own API tokens; for admins with `owner` another account's, with `owner=*` everyone's."""
    return answer(await request.app[keys.ACCOUNTS].tokens(read_query(request, TokensAsked), request[ACTOR]))


async def add_token(request: web.Request) -> web.Response:
    """Make an API token. It is in this answer alone: only its sha256 is kept."""
    return answer(await request.app[keys.ACCOUNTS].add_token(await read(request, TokenNew), request[ACTOR]), status=201)


async def end_token(request: web.Request) -> web.Response:
    """Revoke a token: one's own, or as an admin anyone's."""
    await request.app[keys.ACCOUNTS].end_token(request.match_info["id"], request[ACTOR])
    return answer(Gone(name=request.match_info["id"]))


async def audit(request: web.Request) -> web.Response:
    """Who did what, when, from where, with what result; the newest first."""
    asked = read_query(request, AuditAsked)
    found, total = await request.app[keys.AUDIT].find(asked)
    return answer(found, page=Page(limit=asked.limit, offset=asked.offset, total=total))


ACCOUNT, USERS, TOKENS = "/api/v1/account", "/api/v1/users", "/api/v1/tokens"
OWN = Permission.OWN_ACCOUNT
routes = [
    Route(
        *("POST", ACCOUNT + "/login", login, Permission.PUBLIC),
        body=SignIn,
        data=User,
        errors=(WrongSignIn, TooMany),
        audit="account.login",
    ),
    Route("POST", ACCOUNT + "/logout", logout, OWN, data=Gone, errors=(SessionNotFound,), audit="account.logout"),
    Route(
        *("POST", ACCOUNT + "/password", password, OWN),
        body=PasswordChange,
        data=User,
        errors=(WrongSignIn, WeakPassword, TooMany, NoAccounts),
        audit="account.password",
    ),
    Route("GET", ACCOUNT, account, OWN, data=User, errors=(NoAccounts,)),
    Route("GET", ACCOUNT + "/sessions", sessions, OWN, data=list[Session], errors=(NoAccounts,)),
    Route(
        *("DELETE", ACCOUNT + "/sessions/{id}", end_session, OWN),
        data=Gone,
        errors=(SessionNotFound,),
        audit="account.end_session",
    ),
    Route("GET", USERS, users, Permission.USERS, data=list[User]),
    Route(
        *("POST", USERS, add_user, Permission.USERS),
        body=UserNew,
        data=User,
        status=201,
        errors=(UserExists, WeakPassword, NoAccounts, TooMany),
        audit="users.add",
    ),
    Route("GET", USERS + "/{name}", user, Permission.USERS, data=User, errors=(UserNotFound,)),
    Route(
        *("PATCH", USERS + "/{name}", edit_user, Permission.USERS),
        body=UserEdit,
        data=User,
        errors=(UserNotFound, LastAdmin, WeakPassword, TooMany),
        audit="users.edit",
    ),
    Route(
        *("DELETE", USERS + "/{name}", remove_user, Permission.USERS),
        data=Gone,
        errors=(UserNotFound, LastAdmin),
        audit="users.remove",
    ),
    Route("GET", TOKENS, tokens, OWN, query=TokensAsked, data=list[Token], errors=(NoAccounts, UserNotFound)),
    Route(
        *("POST", TOKENS, add_token, OWN),
        body=TokenNew,
        data=TokenMade,
        status=201,
        errors=(RoleTooHigh, NoAccounts),
        audit="tokens.add",
    ),
    Route(*("DELETE", TOKENS + "/{id}", end_token, OWN), data=Gone, errors=(TokenNotFound,), audit="tokens.remove"),
    Route("GET", "/api/v1/audit", audit, Permission.AUDIT, query=AuditAsked, data=list[AuditEntry], paged=True),
]
