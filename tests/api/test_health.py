"""GET /health through the socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from app import config
from app.main import create_app


async def test_a_fresh_start_without_oracle_is_degraded_but_answers_200(client: TestClient) -> None:
    answer = await client.get("/health")
    body = await answer.json()
    assert answer.status == 200
    assert body["status"] == "degraded"
    assert body["checks"] == {"warehouse": "ok", "store": "ok", "oracle": "degraded", "scheduler": "ok"}


async def test_a_corrupt_warehouse_is_503_and_the_app_still_answers(tmp_path: Path) -> None:
    (tmp_path / "merganser.duckdb").write_bytes(b"no database" * 1000)
    settings = config.load(_env_file=None, data_dir=tmp_path, oracle_dsn="", oracle_user="")
    async with TestClient(TestServer(create_app(settings), host="127.0.0.1")) as client:
        answer = await client.get("/health")
        assert answer.status == 503
        assert (await answer.json())["checks"]["warehouse"] == "failed"


async def test_a_foreign_host_name_is_refused(client: TestClient) -> None:
    answer = await client.get("/health", headers={"Host": "evil.example"})
    assert answer.status == 403
    assert (await answer.json())["error"]["code"] == "unknown_host"


Listener = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def beside(listener: Listener, folder: Path) -> AsyncIterator[TestClient]:
    """The app, whose Oracle is nothing but this listener."""
    async with await asyncio.start_server(listener, "127.0.0.1", 0) as server:
        dsn = f"127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
        settings = config.load(_env_file=None, data_dir=folder, oracle_dsn=dsn, oracle_user="a", oracle_password="b")
        async with TestClient(TestServer(create_app(settings), host="127.0.0.1")) as client:
            yield client


# python-oracledb leaves its socket to the garbage collector when the server hangs up on it
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_oracle_away_is_degraded_and_200_and_is_not_asked_at_every_knock(tmp_path: Path) -> None:
    knocks = 0

    async def slam(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal knocks
        knocks += 1
        writer.close()

    async with beside(slam, tmp_path) as client:
        answers = [await client.get("/health") for _ in range(3)]
        assert {answer.status for answer in answers} == {200}
        assert (await answers[2].json())["checks"]["oracle"] == "degraded"
        seen = knocks
        await client.get("/health")
        assert knocks == seen > 0


async def test_an_oracle_that_takes_the_call_and_says_nothing_is_degraded(tmp_path: Path) -> None:
    over = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with beside(say_nothing, tmp_path) as client:
        answers = [(await (await client.get("/health")).json())["checks"]["oracle"] for _ in range(2)]
        over.set()
    assert answers == ["degraded", "degraded"]
