"""The SQL page: it runs on request only, shows rows, errors, charts and files, and stops when told."""

import asyncio
import json
from pathlib import Path

import duckdb
import pytest
from aiohttp.test_utils import TestClient

from app import keys
from app.pages.sql import csv_of, figure_of_rows
from app.schemas.accounts import AuditAsked
from app.schemas.tables import ColumnInfo, Rows
from tests.pages.warehouse_of_pages import fill, page


@pytest.fixture
async def data(client: TestClient) -> TestClient:
    await fill(client.app)
    return client


async def run(
    client: TestClient, sql: str, *, part: bool = True, address: str = "/sql", **more: str
) -> tuple[int, str]:
    headers = {"Accept-Language": "en"} | ({"HX-Request": "true"} if part else {})
    answer = await client.post(address, data={"sql": sql} | more, headers=headers)
    return answer.status, await answer.text()


async def test_the_address_fills_the_editor_and_runs_nothing(data: TestClient) -> None:
    html = await page(data, "/sql?sql=SELECT+42+AS+answer")
    assert "SELECT 42 AS answer</textarea>" in html
    assert "<td" not in html


async def test_a_statement_shows_its_rows_with_and_without_script(data: TestClient) -> None:
    status, part = await run(data, "SELECT id, amount FROM orders ORDER BY id DESC LIMIT 2")
    assert status == 200
    assert '<td class="num">999</td>' in part
    assert "2 rows" in part
    _, whole = await run(data, "SELECT id FROM orders", part=False)
    assert "<html" in whole
    assert 'id="_sql_result"' in whole


async def test_the_address_follows_what_was_run(data: TestClient) -> None:
    answer = await data.post("/sql", data={"sql": "SELECT 1"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Push-Url"] == "/sql?sql=SELECT+1"
    long = await data.post("/sql", data={"sql": f"SELECT 1 -- {'x' * 5000}"}, headers={"HX-Request": "true"})
    assert "HX-Push-Url" not in long.headers


@pytest.mark.parametrize(
    "statement", ["DROP TABLE orders", "SELECT * FROM ghost", "SELEC 1", "SELECT 1; SELECT 2", "COPY orders TO 'x'"]
)
async def test_what_does_not_run_says_why_in_the_result_and_changes_nothing(data: TestClient, statement: str) -> None:
    status, part = await run(data, statement)
    assert status == 422
    assert 'id="_sql_result"' in part
    assert "note-bad" in part
    assert "9,000" in await page(data, "/tables")


async def test_what_was_run_is_in_the_audit_with_its_end(data: TestClient) -> None:
    await run(data, "SELECT 1")
    await run(data, "DROP TABLE orders")
    await run(data, "SELECT 2", address="/sql.csv")
    entries, _ = await data.app[keys.AUDIT].find(AuditAsked(action="sql.run"))
    assert [(entry.subject, entry.result) for entry in entries] == [
        ("SELECT 2", "ok"),
        ("DROP TABLE orders", "sql_refused"),
        ("SELECT 1", "ok"),
    ]


async def test_more_rows_than_asked_for_are_announced(data: TestClient) -> None:
    _, part = await run(data, "SELECT * FROM measures", limit="100")
    assert part.count("<tr>") == 101
    assert "There are more rows than this" in part


async def test_a_result_with_a_time_and_a_number_has_a_chart(data: TestClient) -> None:
    _, part = await run(data, "SELECT made, amount FROM orders")
    assert "data-plot" in part
    _, text = await run(data, 'SELECT "TRAN_TIME", "FACTORY", "IV" FROM measures LIMIT 300')
    assert "IV · F1" in text
    _, none = await run(data, "SELECT count(*) FROM orders")
    assert "data-plot" not in none


async def test_a_result_is_saved_as_csv_and_json(data: TestClient) -> None:
    _, text = await run(data, "SELECT id, '=cmd' AS bad FROM orders ORDER BY id LIMIT 2", address="/sql.csv")
    assert text.lstrip("\ufeff").splitlines() == ["id,bad", "0,'=cmd", "1,'=cmd"]
    _, told = await run(data, "SELECT id FROM orders ORDER BY id LIMIT 2", address="/sql.json")
    assert json.loads(told)["rows"] == [{"id": 0}, {"id": 1}]


async def test_a_result_is_saved_as_parquet_with_its_own_types(data: TestClient, tmp_path: Path) -> None:
    form = {
        "sql": "SELECT CAST(amount AS DECIMAL(9, 2)) AS price, made, amount AS price FROM orders ORDER BY id;",
        "limit": "100",
    }
    answer = await data.post("/sql.parquet", data=form)
    assert (answer.status, answer.content_type) == (200, "application/vnd.apache.parquet")
    (tmp_path / "result.parquet").write_bytes(await answer.read())
    with duckdb.connect() as root:
        saved = root.execute("DESCRIBE FROM read_parquet(?)", [str(tmp_path / "result.parquet")]).fetchall()
        rows = root.execute("SELECT count(*) FROM read_parquet(?)", [str(tmp_path / "result.parquet")]).fetchall()
    assert [row[:2] for row in saved] == [
        ("price", "DECIMAL(9,2)"),
        ("made", "TIMESTAMP"),
        ("price_1", "DOUBLE"),
    ]
    assert rows == [(100,)]


@pytest.mark.parametrize(
    "sql",
    ["SELECT t FROM _sync.watermarks", "COPY orders TO 'x'", "EXPLAIN SELECT 1", "SELECT 1) TO 'x' (FORMAT csv) --"],
)
async def test_a_parquet_file_is_made_of_what_may_be_read_alone(data: TestClient, sql: str) -> None:
    answer = await data.post("/sql.parquet", data={"sql": sql})
    assert answer.status == 422
    assert list(data.app[keys.WAREHOUSE].exports.iterdir()) == []


async def test_a_running_statement_is_stopped(data: TestClient) -> None:
    endless = "SELECT count(*) FROM range(100000000000) a(i) WHERE hash(i) % 7 = 3"
    running = asyncio.create_task(run(data, endless, run="mine", seconds="120"))
    for _ in range(200):
        answer = await data.post("/sql/stop", data={"run": "mine"})
        if answer.status == 200:
            break
        await asyncio.sleep(0.02)
    status, part = await asyncio.wait_for(running, 10)
    assert status in {409, 422}
    assert "note-bad" in part


async def test_the_tree_opens_to_the_columns_of_a_table(data: TestClient) -> None:
    part = await page(data, "/sql/columns?table=measures", part=True)
    assert 'data-insert="TRAN_TIME"' in part
    assert 'id="_sql_columns-measures"' in part


def test_cells_that_a_spreadsheet_would_run_are_quoted_and_numbers_are_not() -> None:
    columns = [ColumnInfo(name="n", type="DECIMAL(9,2)"), ColumnInfo(name="t", type="VARCHAR")]
    rows = Rows(columns=columns, rows=[{"n": "-1.50", "t": "@x"}, {"n": "2.00", "t": "-3"}], row_count=2)
    assert csv_of(rows).splitlines() == ["n,t", "-1.50,'@x", "2.00,-3"]


def test_rows_without_time_have_no_figure() -> None:
    columns = [ColumnInfo(name="a", type="VARCHAR"), ColumnInfo(name="b", type="DOUBLE")]
    rows = Rows(columns=columns, rows=[{"a": "x", "b": 1.0}, {"a": "y", "b": 2.0}], row_count=2)
    assert figure_of_rows(rows) is None
