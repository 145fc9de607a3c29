"""The set-up page: what is missing before Oracle can be read, and the demo for those who only look."""

from __future__ import annotations

from aiohttp import web

from app import doors, keys


async def show(request: web.Request) -> web.Response:
    settings = request.app[keys.SETTINGS]
    given = {
        "ORACLE_DSN": bool(settings.oracle_dsn),
        "ORACLE_USER": bool(settings.oracle_user),
        "ORACLE_PASSWORD": bool(settings.oracle_password.get_secret_value()),
    }
    there = await request.app[keys.QUERY].tables()
    return doors.render(request, "setup.html", given=given, there=there)
