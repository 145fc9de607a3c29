"""Conversations over the API: each account its own, newest first, whole, gone when forgotten."""

from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from app.schemas.accounts import Role
from tests.people import add, bearer, token

CHATS = "/api/v1/chats"


async def test_a_conversation_begins_is_listed_read_and_forgotten(client: TestClient) -> None:
    made = await (await client.post(CHATS, json={"title": "온도"})).json()
    id_ = made["data"]["id"]
    async with client.ws_connect("/ws/agent") as socket:
        await socket.send_json({"type": "chat", "content": "hello", "conversation_id": id_})
        while (await socket.receive_json(timeout=5))["type"] != "done":
            pass
    listed = await (await client.get(CHATS)).json()
    assert [chat["title"] for chat in listed["data"]] == ["온도"]
    assert listed["page"]["total"] == 1
    read = await (await client.get(f"{CHATS}/{id_}")).json()
    assert [turn["role"] for turn in read["data"]["turns"]] == ["user", "assistant"]
    assert (await client.delete(f"{CHATS}/{id_}")).status == 200
    assert (await client.get(f"{CHATS}/{id_}")).status == 404


async def test_nobody_else_can_read_or_go_on_with_it(app: web.Application, client: TestClient) -> None:
    await add(app, "boss", Role.ADMIN)
    await add(app, "lee", Role.VIEWER)
    id_ = await app[keys.CHATS].begin("boss", "mine")
    headers = bearer(await token(app, "lee", Role.VIEWER))
    assert (await client.get(f"{CHATS}/{id_}", headers=headers)).status == 404
    assert (await client.delete(f"{CHATS}/{id_}", headers=headers)).status == 404
    async with client.ws_connect("/ws/agent", headers=headers) as socket:
        await socket.send_json({"type": "chat", "content": "hello", "conversation_id": id_})
        assert (await socket.receive_json(timeout=5))["code"] == "chat_not_found"
