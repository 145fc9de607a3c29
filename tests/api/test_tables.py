"""Tables over the API, through the socket, on a real DuckDB file."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from app.schemas.names import staging

HOSTILE = 'a "b"; DROP TABLE iv --'


@pytest.fixture
async def tables(client: TestClient, app: web.Application) -> TestClient:
    """IV with a thousand rows of every shape that JSON writes in its own way, and a table with a hostile name."""

    def make(cursor: Any) -> None:
        cursor.execute(
            "CREATE TABLE IV AS SELECT i AS id, 9007199254740993 + i AS big, (i / 7)::DECIMAL(38, 10) AS exact,"
            " i / 4 AS number, i::SMALLINT AS small, '00' || i AS code, ('\\x00\\xFF'::BLOB) AS raw,"
            " TIMESTAMP '2026-11-23 00:00:00' + INTERVAL (i) MINUTE AS at,"
            " CASE WHEN i = 5 THEN 'nan'::DOUBLE ELSE 0.5 END AS odd, CASE WHEN i % 2 = 0 THEN '가' END AS name"
            " FROM range(1000) t(i)"
        )
        cursor.execute(f'CREATE TABLE "{HOSTILE.replace(chr(34), chr(34) * 2)}" AS SELECT 1 AS x')

    await app[keys.WAREHOUSE].call(make)
    return client


async def ask(client: TestClient, path: str, status: int = 200, **body: Any) -> Any:
    answer = await client.post(f"/api/v1/tables/{path}", json=body)
    found = await answer.json()
    assert answer.status == status, found
    return found["data"] if status == 200 else found["error"]


async def test_the_list_names_every_table_with_its_size(tables: TestClient) -> None:
    found = (await (await tables.get("/api/v1/tables")).json())["data"]
    assert {(t["name"], t["rows"], t["columns"]) for t in found} == {("IV", 1000, 10), (HOSTILE, 1, 1)}
    assert all(t["freshness_seconds"] is None and t["source"] is None for t in found)


async def test_a_syncs_staging_is_nobodys_to_see(tables: TestClient, app: web.Application) -> None:
    await app[keys.WAREHOUSE].rows(f'CREATE TABLE "{staging("iv")}" AS SELECT 1 AS x')
    found = (await (await tables.get("/api/v1/tables")).json())["data"]
    assert staging("iv") not in {table["name"] for table in found}
    assert (await ask(tables, f"{staging('iv')}/query", 404))["code"] == "table_not_found"
    answer = await tables.post("/api/v1/sql", json={"sql": f'SELECT * FROM "{staging("iv")}"'})
    assert answer.status == 422


async def test_values_are_written_by_the_type_of_their_column(tables: TestClient) -> None:
    found = await ask(tables, "iv/query", filters=[{"column": "id", "value": 5}])
    row = found["rows"][0]
    assert row["big"] == "9007199254740998"
    assert row["exact"] == "0.7142857143"
    assert (row["small"], row["code"], row["raw"]) == (5, "005", "AP8=")
    assert (row["odd"], row["at"], row["name"]) == ("NaN", "2026-11-23T00:05:00", None)


async def test_filters_order_columns_and_pages(tables: TestClient) -> None:
    filters = [{"column": "name", "op": "is not null"}, {"column": "small", "op": ">=", "value": 10}]
    body = {"filters": filters, "order_by": ["-small"], "columns": ["small", "name"], "limit": 2, "offset": 1}
    found = await ask(tables, "IV/query", **body)
    assert found["rows"] == [{"small": 996, "name": "가"}, {"small": 994, "name": "가"}]
    assert (found["row_count"], found["total"]) == (2, 495)


async def test_what_does_not_exist_is_named(tables: TestClient) -> None:
    assert (await ask(tables, "nothing/query", 404))["code"] == "table_not_found"
    error = await ask(tables, "iv/query", 422, columns=["nothing"])
    assert (error["code"], "nothing" in error["message"]) == ("column_not_found", True)


async def test_a_hostile_name_is_a_name(tables: TestClient) -> None:
    answer = await tables.post("/api/v1/tables/" + "a%20%22b%22%3B%20DROP%20TABLE%20iv%20--" + "/query", json={})
    assert (await answer.json())["data"]["rows"] == [{"x": 1}]
    assert (await ask(tables, "iv/query"))["total"] == 1000


@pytest.mark.parametrize("kind", ["csv", "parquet"])
async def test_a_file_holds_every_row_of_the_view(tables: TestClient, kind: str) -> None:
    body = {"format": kind, "filters": [{"column": "small", "op": "<", "value": 900}], "columns": ["code", "small"]}
    answer = await tables.post("/api/v1/tables/iv/query", json=body)
    content = await answer.read()
    assert answer.status == 200
    assert answer.headers["Content-Disposition"].endswith(f"iv.{kind}")
    if kind == "csv":
        lines = content.decode("utf-8-sig").splitlines()
        assert (len(lines), lines[0], lines[6]) == (901, "code,small", "005,5")
    else:
        assert content[:4] == content[-4:] == b"PAR1"


async def test_the_temporary_file_is_gone_after_the_answer(tables: TestClient, app: web.Application) -> None:
    await (await tables.post("/api/v1/tables/iv/query", json={"format": "csv"})).read()
    assert await asyncio.to_thread(lambda: list(app[keys.WAREHOUSE].exports.iterdir())) == []


async def test_buckets_keep_minimum_and_maximum_and_count_what_they_skip(tables: TestClient) -> None:
    body = {"time_column": "at", "value_columns": ["small"], "resolution": "1 hour", "timezone": "UTC"}
    found = await ask(tables, "iv/aggregate", **body)
    first = found["rows"][0]
    assert (first["point_count"], first["small_min"], first["small_max"]) == (60, 0, 59)
    assert (len(found["rows"]), found["skipped"]) == (17, 0)


async def test_stats_profile_and_facets(tables: TestClient) -> None:
    stats = (await (await tables.get("/api/v1/tables/iv/stats")).json())["data"]
    by_name = {column["name"]: column for column in stats["columns"]}
    assert (stats["row_count"], by_name["name"]["nulls"], by_name["small"]["max"]) == (1000, 500, 999)
    profile = (await (await tables.get("/api/v1/tables/iv/profile?column=name")).json())["data"]
    assert (profile["nulls"], profile["top"][0]["value"]) == (500, "가")
    facets = await ask(tables, "iv/facets", column="name")
    assert {"value": "가", "count": 500} in facets["values"]
