"""/login, /logout and /welcome: who one is, and the first admin of a fresh installation."""

from __future__ import annotations

from aiohttp import hdrs, web

from app import doors, keys
from app.errors import AppError, Invalid, NotOpenAnymore, TooMany, WeakPassword, WrongCode, WrongSignIn
from app.guard import ACTOR, CALLER, FAILED, SUBJECT, Route, keep_session, lose_session
from app.schemas.accounts import Permission, SignIn, Welcome
from app.schemas.envelope import Question
from app.words import N_, words


class Back(Question):
    """Where to after the sign-in."""

    next: str = "/"


class Entry(SignIn):
    """The sign-in form."""

    next: str = "/"


async def show(request: web.Request) -> web.Response:
    back = doors.read_query(request, Back).next
    if request.get(ACTOR) is not None:  # signed in already, or nobody needs to
        return doors.redirect(request, back)
    return doors.render(request, "login.html", next=back, name="", problem="")


async def login(request: web.Request) -> web.Response:
    asked = await doors.read(request, Entry)
    request[SUBJECT] = asked.name
    agent = request.headers.get(hdrs.USER_AGENT, "")
    try:
        secret = await request.app[keys.ACCOUNTS].sign_in(asked, request[CALLER].address, agent)
    except (WrongSignIn, TooMany) as error:
        return _again(request, error, "login.html", next=asked.next, name=asked.name)
    response = doors.redirect(request, asked.next)
    keep_session(request, response, secret)
    return response


async def logout(request: web.Request) -> web.Response:
    await request.app[keys.ACCOUNTS].sign_out(request[ACTOR])
    response = doors.redirect(request, "/login", N_("You are signed out."))
    lose_session(response)
    return response


async def show_welcome(request: web.Request) -> web.Response:
    if await request.app[keys.ACCOUNTS].exist():
        return doors.redirect(request, "/login")
    return doors.render(request, "welcome.html", name="", problem="")


async def welcome(request: web.Request) -> web.Response:
    asked = await doors.read(request, Welcome)
    agent = request.headers.get(hdrs.USER_AGENT, "")
    try:
        if asked.again is not None and asked.again != asked.password:
            raise Invalid(fields=words(doors.language_of(request)).gettext(N_("the two passwords differ")))
        secret = await request.app[keys.ACCOUNTS].welcome(asked, request[CALLER].address, agent)
    except (WrongCode, WeakPassword, Invalid, TooMany) as error:
        return _again(request, error, "welcome.html", name=asked.name)
    except NotOpenAnymore:
        return doors.redirect(request, "/login")
    response = doors.redirect(request, "/", N_("You are the first admin. From now on everyone signs in."))
    keep_session(request, response, secret)
    return response


def _again(request: web.Request, error: AppError, page: str, **context: str) -> web.Response:
    """The form once more, with what was wrong; never with the password."""
    request[FAILED] = error.code
    problem = error.message(words(doors.language_of(request)).gettext(error.sentence))
    response = doors.render(request, page, status=error.status, problem=problem, **context)
    if isinstance(error, TooMany):
        response.headers[hdrs.RETRY_AFTER] = str(error.values["seconds"])
    return response


routes = [
    Route("GET", "/login", show, Permission.PUBLIC, documented=False),
    Route("POST", "/login", login, Permission.PUBLIC, documented=False, audit="account.login"),
    Route("POST", "/logout", logout, Permission.OWN_ACCOUNT, documented=False, audit="account.logout"),
    Route("GET", "/welcome", show_welcome, Permission.PUBLIC, documented=False),
    Route("POST", "/welcome", welcome, Permission.PUBLIC, documented=False, audit="account.welcome"),
]
