"""/ws/sync/progress through the socket: snapshot, order, thinning, slow readers, filters, goodbye."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from app import keys
from app.hub import Event, Hub
from app.live.progress import RELAY
from app.schemas.accounts import Actor, Role, UserNew

ADDRESS = "/ws/sync/progress"


@pytest.fixture
def hub(app: web.Application) -> Hub:
    return app[keys.HUB]


def tell(hub: Hub, kind: str, sync_id: str = "a1", table: str = "iv", **data: Any) -> None:
    key = ("progress", sync_id) if kind == "progress" else None
    hub.publish(Event("sync", kind, {"sync_id": sync_id, "table": table, **data}), key)


async def heard(socket: ClientWebSocketResponse) -> dict[str, Any]:
    return dict(await socket.receive_json(timeout=3))


@pytest.fixture
async def socket(client: TestClient) -> AsyncIterator[ClientWebSocketResponse]:
    """A reader that has had its snapshot."""
    async with client.ws_connect(ADDRESS) as socket:
        assert (await heard(socket))["type"] == "snapshot"
        yield socket


async def test_a_snapshot_comes_first(client: TestClient) -> None:
    async with client.ws_connect(ADDRESS) as socket:
        first = await heard(socket)
    assert first.keys() == {"type", "data", "timestamp"}
    assert first["data"] == {"runs": []}


async def test_messages_come_in_order_each_with_type_data_and_timestamp(
    socket: ClientWebSocketResponse, hub: Hub
) -> None:
    for kind in ("state", "progress", "log", "state", "complete"):
        tell(hub, kind)
    found = [await heard(socket) for _ in range(5)]
    assert [message["type"] for message in found] == ["state", "progress", "log", "state", "complete"]
    assert all(message["data"]["sync_id"] == "a1" and message["data"]["table"] == "iv" for message in found)
    assert all(message["timestamp"] for message in found)


async def test_a_run_sends_at_most_ten_progress_messages_a_second_and_the_newest_last(
    socket: ClientWebSocketResponse, hub: Hub
) -> None:
    began, rows, found = time.monotonic(), 0, []
    while time.monotonic() - began < 1:
        tell(hub, "progress", total_rows=(rows := rows + 1))
        await asyncio.sleep(0.002)
    while (message := await heard(socket))["data"]["total_rows"] != rows:
        found.append(message)
    assert 5 <= len(found) <= 11
    assert [m["data"]["total_rows"] for m in found] == sorted(m["data"]["total_rows"] for m in found)


async def test_log_lines_between_do_not_make_progress_come_more_often(
    socket: ClientWebSocketResponse, hub: Hub
) -> None:
    began, found = time.monotonic(), Counter[str]()
    for step in range(500):
        tell(hub, "progress", total_rows=step)
        if step % 10 == 0:
            tell(hub, "log")
        await asyncio.sleep(0.002)
    tell(hub, "complete")
    while (message := await heard(socket))["type"] != "complete":
        found[message["type"]] += 1
    assert found["log"] == 50
    assert found["progress"] <= 10 * (time.monotonic() - began) + 1


async def test_what_was_held_back_does_not_come_after_the_end(socket: ClientWebSocketResponse, hub: Hub) -> None:
    for rows in range(5):
        tell(hub, "progress", total_rows=rows)
    tell(hub, "complete")
    tell(hub, "log", "b2", "orders")
    await asyncio.sleep(0.15)
    tell(hub, "log", "b2", "orders")
    kinds = [(await heard(socket))["type"] for _ in range(4)]
    assert kinds == ["progress", "complete", "log", "log"]


async def test_runs_are_thinned_each_by_itself(socket: ClientWebSocketResponse, hub: Hub) -> None:
    for sync_id in ("a1", "b2", "c3"):
        tell(hub, "progress", sync_id)
    assert {(await heard(socket))["data"]["sync_id"] for _ in range(3)} == {"a1", "b2", "c3"}


@pytest.mark.parametrize("narrow", ["?sync_id=b2", "?table=ORDERS"])
async def test_a_query_string_narrows(client: TestClient, hub: Hub, narrow: str) -> None:
    async with client.ws_connect(ADDRESS + narrow) as socket:
        await heard(socket)
        tell(hub, "state", "a1", "iv")
        tell(hub, "state", "b2", "orders")
        assert (await heard(socket))["data"]["sync_id"] == "b2"


async def test_an_unknown_narrowing_is_refused_by_name(client: TestClient) -> None:
    answer = await client.get(ADDRESS + "?tabel=x", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    assert answer.status == 422
    assert (await answer.json())["error"]["details"][0]["field"] == "tabel"


async def test_a_ping_is_answered_and_other_frames_are_ignored(socket: ClientWebSocketResponse, hub: Hub) -> None:
    for frame in ("{", "[]", '{"type": "chat"}', "[" * 5000, '{"type": "ping"}'):
        await socket.send_str(frame)
    await socket.send_bytes(b"\x00")
    assert (await heard(socket))["type"] == "pong"
    tell(hub, "state")
    assert (await heard(socket))["type"] == "state"


async def test_a_reader_that_lost_messages_gets_a_fresh_snapshot_and_the_newest(
    client: TestClient, app: web.Application, hub: Hub
) -> None:
    async with client.ws_connect(ADDRESS) as socket:
        await heard(socket)
        for number in range(2000):  # more than a listener keeps, before its task may run
            tell(hub, "log", message=str(number))
        found = [await heard(socket)]
        while found[-1]["data"].get("message") != "1999":
            found.append(await heard(socket))
    assert found[0]["type"] == "snapshot"
    assert len(found) < 400


async def test_a_foreign_origin_is_refused(client: TestClient) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Origin": "https://evil.example"}
    answer = await client.get(ADDRESS, headers=headers)
    assert answer.status == 403
    assert (await answer.json())["error"]["code"] == "foreign_origin"


async def test_a_reader_that_leaves_is_forgotten(client: TestClient, app: web.Application) -> None:
    async with client.ws_connect(ADDRESS) as socket:
        await heard(socket)
        assert len(app[RELAY].out) == 1
    async with asyncio.timeout(3):
        while len(app[RELAY].out):  # noqa: ASYNC110 - the server's side of the goodbye
            await asyncio.sleep(0.01)


async def test_the_end_of_the_server_says_goodbye(client: TestClient, app: web.Application) -> None:
    socket = await client.ws_connect(ADDRESS)
    await heard(socket)
    closing = asyncio.create_task(app.shutdown())
    last = await socket.receive(timeout=3)
    await closing
    assert (last.type, socket.close_code) == (WSMsgType.CLOSE, 1001)


async def test_the_first_account_closes_the_sockets_of_open_mode(
    socket: ClientWebSocketResponse, app: web.Application, hub: Hub
) -> None:
    hub.publish(Event("accounts", "changed", {}))  # nothing that matters to this socket
    tell(hub, "state")
    assert (await heard(socket))["type"] == "state"
    first = UserNew(name="boss", password=SecretStr("correct horse 7"), role=Role.ADMIN)
    await app[keys.ACCOUNTS].add_user(first, Actor(name="cli", role=Role.ADMIN, via="cli"))
    assert (await socket.receive(timeout=3)).type is WSMsgType.CLOSE
    assert socket.close_code == 1008
