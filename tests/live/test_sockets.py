"""What holds for every socket: who is behind it is asked again, and its frames are small."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from app import keys
from app.accounts import service
from app.config import Settings
from app.main import create_app
from app.schemas.accounts import Role, UserEdit
from tests.people import CLI, add, bearer, cookie, session, token

PATHS = ("/ws/agent", "/ws/panes", "/ws/sync/progress")
LONG_AGO = "2020-01-01T00:00:00.000000+00:00"
Deed = Callable[[web.Application], Awaitable[object]]


def edited(**change: object) -> Deed:
    return lambda app: app[keys.ACCOUNTS].edit_user("kim", UserEdit.model_validate(change), CLI)


def over(table: str, column: str) -> Deed:
    """As if so much time had passed."""
    return lambda app: app[keys.STORE].execute(f"UPDATE {table} SET {column} = ?", LONG_AGO)


@pytest.fixture
async def quick(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TestClient]:
    """An app that looks often for what runs out by itself."""
    monkeypatch.setattr(service, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(service, "RECHECK_EVERY", 1)
    async with TestClient(TestServer(create_app(settings), host="127.0.0.1")) as client:
        yield client


async def ended(socket: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(5):
        while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}:
            pass
    return socket.close_code


@pytest.mark.parametrize(
    ("deed", "again"),
    [
        (edited(role=Role.VIEWER), 200),
        (edited(active=False), 401),
        (edited(password="another horse 8"), 401),
        (lambda app: app[keys.ACCOUNTS].remove_user("kim", CLI), 401),
        (over("sessions", "expires"), 401),
        (over("sessions", "last_seen"), 401),
    ],
    ids=["role", "deactivation", "password", "removal", "absolute end", "idle end"],
)
async def test_open_pages_and_sockets_lose_what_their_account_or_session_loses(
    quick: TestClient, deed: Deed, again: int
) -> None:
    app = quick.server.app  # type: ignore[attr-defined]
    await add(app, "boss", Role.ADMIN)
    await add(app, "kim", Role.USER)
    kim = cookie(await session(app, "kim")) | {"Origin": str(quick.make_url("/")).rstrip("/")}
    opened = [await quick.ws_connect(path, headers=kim) for path in PATHS]
    assert (await quick.post("/api/v1/sql", json={"sql": "SELECT 1"}, headers=kim)).status == 200
    await deed(app)
    for socket in opened:
        assert await ended(socket) == 1008
    assert (await quick.post("/api/v1/sql", json={"sql": "SELECT 1"}, headers=kim)).status != 200
    assert (await quick.get("/api/v1/tables", headers=kim)).status == again


async def test_a_tokens_sockets_end_with_it(quick: TestClient) -> None:
    app = quick.server.app  # type: ignore[attr-defined]
    await add(app, "boss", Role.ADMIN)
    script = bearer(await token(app, "boss", Role.VIEWER))
    opened = [await quick.ws_connect(path, headers=script) for path in PATHS]
    await over("tokens", "expires")(app)
    for socket in opened:
        assert await ended(socket) == 1008
    assert (await quick.get("/api/v1/tables", headers=script)).status == 401


@pytest.mark.parametrize(("path", "size"), [("/ws/agent", 2_000_000), *((path, 66_000) for path in PATHS[1:])])
async def test_a_frame_that_is_too_large_ends_the_socket_not_the_server(
    client: TestClient, path: str, size: int
) -> None:
    """The chat tells the asker of one that is only somewhat too long."""
    socket = await client.ws_connect(path)
    with suppress(ConnectionError):  # it may hang up while the frame is still on its way
        await socket.send_str("x" * size)
    assert await ended(socket) in {1006, 1009}
    assert (await client.get("/health")).status == 200
