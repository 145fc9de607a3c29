"""The set-up page: a fresh installation says what to do."""

from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys


async def test_a_fresh_start_shows_how_to_connect_oracle(client: TestClient) -> None:
    text = await (await client.get("/", headers={"Accept-Language": "ko"})).text()
    for said in ("Oracle 연결하기", "ORACLE_DSN", "ORACLE_PASSWORD", "python3 run.py demo"):
        assert said in text


async def test_what_was_synced_before_is_still_offered(client: TestClient, app: web.Application) -> None:
    assert 'href="/tables"' in await (await client.get("/")).text()
    assert "can be read without Oracle" not in await (await client.get("/", headers={"Accept-Language": "en"})).text()
    await app[keys.WAREHOUSE].call(lambda cursor: cursor.execute("CREATE TABLE orders AS SELECT 1 AS x"))
    text = await (await client.get("/", headers={"Accept-Language": "en"})).text()
    assert "1 table was synced before and can be read without Oracle." in text
