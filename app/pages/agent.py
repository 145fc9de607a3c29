"""/agent: the chat as a page, its conversations, and questions to begin with."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from app import doors, keys
from app.agent.replies import examples
from app.doors import language_of
from app.errors import ChatNotFound
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission

CHATS = 30  # conversations beside the chat


async def show(request: web.Request) -> web.Response:
    """A conversation of the asker's own (``?chat=``), or an empty one."""
    stored, owner = request.app[keys.CHATS], request[ACTOR].name
    chat = await stored.get(owner, request.query["chat"]) if request.query.get("chat") else None
    agent = request.app[keys.AGENT]
    context: dict[str, Any] = {
        "chat": chat,
        "turns": [turn.model_dump(mode="json", exclude={"at"}) for turn in chat.turns] if chat else [],
        "suggestions": examples(await request.app[keys.KNOWLEDGE].now(), language_of(request)),
        "model": agent.mind.model,
        "tools": agent.labels(language_of(request)),
    }
    return await _page(request, context)


async def chats(request: web.Request) -> web.Response:
    """The list alone, after a conversation has grown."""
    return await _page(request, {"chat": None})


async def _page(request: web.Request, context: dict[str, Any]) -> web.Response:
    found, _ = await request.app[keys.CHATS].all(request[ACTOR].name, CHATS, 0)
    part = "_chat_list.html" if doors.wants_part(request) or "turns" not in context else "agent.html"
    return doors.render(request, part, "_chat_list.html", chats=found, **context)


async def drop(request: web.Request) -> web.Response:
    """Forget a conversation. Raises ChatNotFound."""
    await request.app[keys.CHATS].drop(request[ACTOR].name, request.match_info["id"])
    return doors.redirect(request, "/agent")


routes = [
    Route("GET", "/agent", show, Permission.CHAT, documented=False),
    Route("GET", "/agent/chats", chats, Permission.CHAT, documented=False),
    Route("POST", "/agent/chats/{id}/delete", drop, Permission.CHAT, documented=False, errors=(ChatNotFound,)),
]
