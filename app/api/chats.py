"""Conversations with the agent, each account its own."""

from aiohttp import web
from pydantic import Field

from app import keys
from app.doors import answer, read, read_query
from app.errors import ChatNotFound
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission
from app.schemas.agent import Chat, ChatNew
from app.schemas.envelope import Gone, Offset, Page, Question


class Some(Question):
    limit: int = Field(50, ge=1, le=200)
    offset: Offset = 0


async def chats(request: web.Request) -> web.Response:
    """Your conversations, the newest first, without their turns."""
    some = read_query(request, Some)
    found, total = await request.app[keys.CHATS].all(request[ACTOR].name, some.limit, some.offset)
    return answer(found, page=Page(limit=some.limit, offset=some.offset, total=total))


async def begin(request: web.Request) -> web.Response:
    """Begin a conversation; its id goes into `/ws/agent`'s `conversation_id`."""
    new = await read(request, ChatNew)
    stored = request.app[keys.CHATS]
    id_ = await stored.begin(request[ACTOR].name, new.title)
    return answer(await stored.get(request[ACTOR].name, id_), status=201)


async def chat(request: web.Request) -> web.Response:
    """One of your conversations with all its turns."""
    return answer(await request.app[keys.CHATS].get(request[ACTOR].name, request.match_info["id"]))


async def drop(request: web.Request) -> web.Response:
    """Forget one of your conversations."""
    await request.app[keys.CHATS].drop(request[ACTOR].name, request.match_info["id"])
    return answer(Gone(name=request.match_info["id"]))


ID, CHAT = "/api/v1/chats/{id}", Permission.CHAT
routes = [
    Route("GET", "/api/v1/chats", chats, CHAT, query=Some, data=list[Chat], paged=True),
    Route("POST", "/api/v1/chats", begin, CHAT, body=ChatNew, data=Chat, status=201),
    Route("GET", ID, chat, CHAT, data=Chat, errors=(ChatNotFound,)),
    Route("DELETE", ID, drop, CHAT, data=Gone, errors=(ChatNotFound,)),
]
