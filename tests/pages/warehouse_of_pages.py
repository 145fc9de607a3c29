"""The small warehouse that the page tests look at: measurements with text times, orders, a hostile name."""

from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from app.warehouse import Cursor

HOSTILE = 'x"; DROP TABLE orders; --</td><script>alert(1)</script>'
FILL = (
    """CREATE TABLE measures AS SELECT 'F' || (1 + i % 3) AS "FACTORY",
        strftime(TIMESTAMP '2026-10-01' + INTERVAL (i) MINUTE, '%Y%m%d%H%M%S') AS "TRAN_TIME",
        CAST(0.1746 + (i % 7) / 1000 + CASE WHEN i = 4321 THEN 4.8 ELSE 0 END AS DECIMAL(12, 4)) AS "IV",
        lpad(CAST(i % 50 AS VARCHAR), 5, '0') AS "LOT", CASE WHEN i % 4 = 0 THEN NULL ELSE '설비 ' || i % 5 END
        AS "설비" FROM range(9000) t(i)""",
    """CREATE TABLE orders AS SELECT CAST(i AS INTEGER) AS id, TIMESTAMP '2026-01-01' + INTERVAL (i) HOUR AS made,
        CAST(i * 1.5 AS DOUBLE) AS amount FROM range(1000) t(i)""",
    "CREATE TABLE nothing (a INTEGER, b VARCHAR)",
)


async def fill(app: web.Application) -> None:
    def work(cursor: Cursor) -> None:
        for statement in FILL:
            cursor.execute(statement)
        name = HOSTILE.replace('"', '""')
        cursor.execute(f'CREATE TABLE "{name}" AS SELECT 1 AS "{name}", \'=1+1\' AS cell')

    await app[keys.WAREHOUSE].call(work)


async def page(client: TestClient, address: str, *, status: int = 200, part: bool = False, language: str = "en") -> str:
    """The text at an address, as a browser asks for it or (``part``) as htmx does."""
    headers = {"Accept-Language": language} | ({"HX-Request": "true"} if part else {})
    answer = await client.get(address, headers=headers)
    text = await answer.text()
    assert answer.status == status, text[:500]
    return text
