"""The threshold: connections per address, clients that dawdle, frames and bodies that are too large."""

import asyncio
import gzip
import io
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient

from app import doors, gate, keys
from app.config import Settings
from app.gate import Runner
from app.main import create_app
from app.schemas.accounts import Role
from tests.people import add, bearer, token

LIMIT = 5
REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def listening(settings: Settings) -> AsyncIterator[int]:
    runner = Runner(create_app(settings), settings)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.fixture
async def port(settings: Settings) -> AsyncIterator[int]:
    async for port in listening(settings.model_copy(update={"connections_per_address": LIMIT})):
        yield port


async def answered(port: int) -> bool:
    """Whether a new connection gets an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(REQUEST)
        return (await asyncio.wait_for(reader.read(100), 5)).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False
    finally:
        writer.close()


async def test_an_address_holds_so_many_connections_and_no_more(port: int) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(LIMIT)]
    for reader, writer in held:  # all of them are served
        writer.write(REQUEST)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert not await answered(port)
    held[0][1].close()
    async with asyncio.timeout(5):
        while not await answered(port):  # noqa: ASYNC110 - until the server has seen the end
            await asyncio.sleep(0.01)
    for _, writer in held:
        writer.close()


async def test_connections_that_ended_do_not_count(port: int) -> None:
    for _ in range(LIMIT * 4):
        async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as answer:
            assert answer.status == 200


async def test_a_trusted_proxy_is_not_counted(settings: Settings) -> None:
    behind = settings.model_copy(update={"connections_per_address": 1, "trusted_proxies": ("127.0.0.1",)})
    async for port in listening(behind):
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        assert await answered(port)
        for _, writer in held:
            writer.close()


async def test_who_never_finishes_a_request_is_hung_up_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "IDLE", 0.3)
    async for port in listening(settings):
        for beginning in (b"", b"GET /health HTTP/1.1\r\nHost: local"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(beginning)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /health HTTP/1.1\r\nX-Slow: ")
        async with asyncio.timeout(5):
            while not reader.at_eof():  # one byte at a time is no request either
                writer.write(b"y")
                with suppress(TimeoutError):
                    assert await asyncio.wait_for(reader.read(1), 0.02) == b""
        writer.close()


async def test_a_body_that_dribbles_in_is_given_up(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "BODY_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    head = "POST /api/v1/sync/start HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    writer.write(f'{head}Content-Length: 1000\r\n\r\n{{"oracle'.encode())
    assert (await asyncio.wait_for(reader.readline(), 5)).split()[1] == b"408"
    writer.close()


async def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    body = io.BytesIO(b'{"oracle_table": "' + b"x" * 1_100_000 + b'"}')
    answer = await client.post("/api/v1/sync/start", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 413
    assert (await answer.json())["error"]["code"] == "too_large"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
async def test_json_that_is_nested_without_end_is_malformed(client: TestClient, opening: str) -> None:
    body = opening * 150_000
    answer = await client.post("/api/v1/sync/start", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert (await answer.json())["error"]["code"] == "malformed"


async def test_a_body_that_unpacks_to_far_more_is_refused(client: TestClient) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await client.post("/api/v1/sync/start", data=bomb, headers=headers)
    assert len(bomb) < 100_000
    assert answer.status == 413


async def test_who_takes_nothing_of_an_answer_is_hung_up_on_and_holds_no_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "LOOK", 0.1)
    monkeypatch.setattr(gate, "LOOKS", 3)
    app = create_app(settings)
    runner = Runner(app, settings)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made = "SELECT hash(i) AS a, hash(i + 1) AS b, hash(i + 2) AS c FROM range(300000) r(i)"  # more than sockets hold
    await app[keys.WAREHOUSE].rows(f"CREATE TABLE big AS {made}")
    port = runner.addresses[0][1]
    ask = b"GET /tables/big.csv HTTP/1.1\r\nHost: localhost\r\n\r\n"
    deaf, deafs = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    reader, readers = await asyncio.open_connection("127.0.0.1", port, limit=2**26)
    async with asyncio.timeout(20):
        for writer in (deafs, readers):
            writer.write(ask)
        await deaf.readline()
        assert len(await reader.readuntil(b"\r\n0\r\n\r\n")) > 10_000_000
        while list(app[keys.WAREHOUSE].exports.iterdir()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    for writer in (deafs, readers):
        writer.close()
    await runner.cleanup()


async def test_answers_that_nobody_takes_do_not_fill_the_memory(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "LOOK", 0.05)
    monkeypatch.setattr(gate, "LOOKS", 1_000_000)
    monkeypatch.setattr(gate, "MOST_WAITING", 5_000_000)
    async for port in listening(settings):
        body = b'{"sql": "SELECT repeat(\'x\', 9000) FROM range(1500)", "limit": 1500}'
        head = f"POST /api/v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        deaf, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        async with asyncio.timeout(10):
            assert (await deaf.readline()).split()[1] == b"200"
            with suppress(ConnectionError, asyncio.IncompleteReadError):  # hung up on
                while await answered(port):  # others are served meanwhile
                    await deaf.readexactly(50_000)
            assert await answered(port)
        writer.close()


async def test_a_strangers_body_is_small(app: web.Application, client: TestClient) -> None:
    """So that nobody fills the memory before a sign-in; with one it may be a megabyte."""
    await add(app, "boss", Role.ADMIN)
    body = b'{"name": "boss", "password": "' + b"x" * 20_000 + b'"}'
    for data in (body, io.BytesIO(body)):
        answer = await client.post("/api/v1/account/login", data=data, headers={"Content-Type": "application/json"})
        assert (answer.status, (await answer.json())["error"]["code"]) == (413, "too_large")
    known = bearer(await token(app, "boss", Role.ADMIN)) | {"Content-Type": "application/json"}
    answer = await client.post("/api/v1/sql", data=b'{"sql": "' + b"x" * 20_001 + b'"}', headers=known)
    assert (await answer.json())["error"]["code"] == "sql_refused"


@pytest.mark.parametrize("field", ["filters", "columns", "order_by", "nothing_of_that_name"])
async def test_a_body_of_many_mistakes_is_answered_in_few_words(client: TestClient, field: str) -> None:
    for number, code in ((300_000, "malformed"), (5_000, "invalid")):
        answer = await client.post("/api/v1/tables/any/query", json={field: [1] * number})
        assert (await answer.json())["error"]["code"] == code
        assert len(await answer.read()) < 20_000
