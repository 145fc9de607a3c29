"""/docs and /redoc: the API's documentation to read and to try, from files of our own."""

from aiohttp import web

from app.doors import render
from app.guard import Route
from app.schemas.accounts import Permission


async def docs(request: web.Request) -> web.Response:
    """Swagger UI."""
    return render(request, "docs.html")


async def redoc(request: web.Request) -> web.Response:
    """ReDoc."""
    return render(request, "redoc.html")


routes = [
    Route("GET", "/docs", docs, Permission.READ, documented=False),
    Route("GET", "/redoc", redoc, Permission.READ, documented=False),
]
