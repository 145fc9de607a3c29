"""Language and theme: a form that sets a cookie and leads back, so that it works without scripts."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from app import doors
from app.guard import Route
from app.schemas.accounts import Permission
from app.schemas.envelope import Question
from app.words import LANGUAGES

YEAR = 366 * 86400


class Preferences(Question):
    language: Literal["ko", "en"] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    next: str = "/"


async def choose(request: web.Request) -> web.Response:
    wanted = await doors.read(request, Preferences)
    response = doors.redirect(request, wanted.next)
    if wanted.language in LANGUAGES:
        response.set_cookie("language", wanted.language, max_age=YEAR, samesite="Lax")
    if wanted.theme:
        response.set_cookie("theme", "" if wanted.theme == "system" else wanted.theme, max_age=YEAR, samesite="Lax")
    return response


routes = [Route("POST", "/preferences", choose, Permission.PUBLIC, documented=False)]
