"""SQL over the API: one read-only statement, within limits."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys

SLOW = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.i * b.i % 7 + c.i < 0"


async def test_a_select_answers_with_rows_and_repeated_names_told_apart(client: TestClient) -> None:
    answer = await client.post("/api/v1/sql", json={"sql": "SELECT 1 AS a, 'x' AS a, 2::BIGINT AS b"})
    found = (await answer.json())["data"]
    assert found["rows"] == [{"a": 1, "a_1": "x", "b": "2"}]


async def test_a_limit_cuts_and_says_so(client: TestClient) -> None:
    answer = await client.post("/api/v1/sql", json={"sql": "SELECT * FROM range(50)", "limit": 10})
    found = (await answer.json())["data"]
    assert (found["row_count"], found["truncated"]) == (10, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DROP TABLE x", "sql_refused"),
        ("SELECT 1; SELECT 2", "sql_refused"),
        ("SELECT * FROM read_csv('/etc/passwd')", "sql_refused"),
        ("SELECT * FROM _sync.watermarks", "sql_refused"),
        ("SELECT nothing FROM nowhere", "sql_refused"),
        ("SELEC 1", "query_failed"),
    ],
)
async def test_what_is_not_run_is_422_and_says_why(client: TestClient, text: str, code: str) -> None:
    answer = await client.post("/api/v1/sql", json={"sql": text})
    error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (422, code)
    assert len(error["message"]) > 10


async def test_a_client_that_goes_away_stops_its_statement(client: TestClient, app: web.Application) -> None:
    await app[keys.WAREHOUSE].rows("CREATE TABLE numbers AS SELECT i FROM range(100000) t(i)")
    asking = [asyncio.create_task(client.post("/api/v1/sql", json={"sql": SLOW})) for _ in range(3)]
    done, running = await asyncio.wait(asking, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    assert [each.result().status for each in done] == [429]  # two at a time
    for each in running:
        each.cancel()
    async with asyncio.timeout(10):
        while (await client.post("/api/v1/sql", json={"sql": "SELECT 1"})).status != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
