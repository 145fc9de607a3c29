"""What the rules know of the warehouse: names, types, times in text; and when they look again."""

from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from tests.pages.warehouse_of_pages import HOSTILE, fill


async def test_tables_and_their_times_are_known_and_read_again_when_they_change(
    app: web.Application, client: TestClient
) -> None:
    await fill(app)
    known = await app[keys.KNOWLEDGE].now()
    measures = known.table("MEASURES")
    assert measures is not None
    assert (measures.name, measures.time) == ("measures", "TRAN_TIME")
    times = {column.name: column.time for column in measures.columns}
    assert times["TRAN_TIME"] == "%Y%m%d%H%M%S"
    assert times["LOT"] == ""
    assert {column.name: column.values for column in measures.columns}["FACTORY"] == ("F1", "F2", "F3")
    assert [column.name for column in measures.columns if column.number] == ["IV"]
    assert {table.name for table in known.tables} == {"measures", "orders", "nothing", HOSTILE}
    await app[keys.WAREHOUSE].call(lambda cursor: cursor.execute("ALTER TABLE orders ADD COLUMN note VARCHAR"))
    orders = (await app[keys.KNOWLEDGE].now()).table("orders")
    assert orders is not None
    assert orders.column("note") is not None
