"""SQL over the API: one read-only statement, within limits."""

import asyncio

import pytest
from aiohttp.test_utils import TestClient

SLOW = "SELECT count(*) FROM range(9999) a, range(9999) b, range(9999) c WHERE (a.range * b.range) % 7 = c.range % 3"


async def until(client: TestClient, status: int) -> None:
    """Ask again and again until the answer is of that status."""
    async with asyncio.timeout(10):
        while (await client.post("/api/v1/sql", json={"sql": "SELECT 1"})).status != status:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


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


async def test_a_client_that_goes_away_stops_its_statement(client: TestClient) -> None:
    asking = [asyncio.create_task(client.post("/api/v1/sql", json={"sql": SLOW})) for _ in range(2)]
    await until(client, 429)  # two at a time
    for each in asking:
        each.cancel()
    await until(client, 200)
