"""A table at a glance: which words it holds, from its beginning, middle and end."""

from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from app.warehouse import Cursor


def fill(cursor: Cursor) -> None:
    cursor.execute(
        """CREATE TABLE lots AS SELECT i AS id,
        CASE WHEN i >= 199_900 THEN 'LATE' WHEN i % 2 = 0 THEN NULL ELSE 'F1' END AS factory,
        'LOT' || i AS lot, repeat('x', 200) AS note, '' AS nothing FROM range(200_000) t(i)"""
    )
    cursor.execute("DELETE FROM lots WHERE id < 5000")


async def test_codes_are_seen_wherever_they_stand_and_texts_are_not(app: web.Application, client: TestClient) -> None:
    await app[keys.WAREHOUSE].call(fill)
    outline = (await app[keys.QUERY].outlines(["lots"]))["lots"]
    assert outline.values["factory"] == ("F1", "LATE")
    assert set(outline.values) == {"factory", "nothing"}
    assert len(outline.first["lot"]) < 10
    assert outline.types["id"] == "BIGINT"


async def test_what_is_gone_is_left_out(app: web.Application, client: TestClient) -> None:
    assert await app[keys.QUERY].outlines(["gone"]) == {}
