"""The list of tables and the grid: a view is a link, a file is exactly the view, a hostile name is only a name."""

import csv
import io
import json
import re
from urllib.parse import quote

import duckdb
import pytest
from aiohttp.test_utils import TestClient

from app.doors import render_part
from app.pages.view import table_path
from app.schemas.accounts import Role
from app.schemas.sync import Proof
from app.schemas.tables import Table
from tests.pages.warehouse_of_pages import HOSTILE, fill, page


@pytest.fixture
async def data(client: TestClient) -> TestClient:
    await fill(client.app)
    return client


def cells(html: str) -> list[list[str]]:
    """The grid's rows as plain text."""
    body = html[html.index("<tbody>") : html.index("</tbody>")]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, flags=re.S)
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", row, flags=re.S)] for row in rows]


async def test_every_table_is_listed_with_its_rows_and_links(data: TestClient) -> None:
    html = await page(data, "/tables")
    assert 'href="/tables/measures"' in html
    assert 'href="/tables/measures/chart"' in html
    assert "9,000" in html


async def test_a_late_table_and_a_failed_proof_are_said_in_words(data: TestClient) -> None:
    proof = Proof(method="count", ok=False, oracle_rows=3, duckdb_rows=2)
    table = Table(name="slow", source="MES.SLOW", rows=2, columns=1, bytes=9, proof=proof, late=True)
    context = {
        "known": [table],
        "tables": [table],
        "q": "",
        "sort": "-rows",
        "table_path": table_path,
        "order_url": str,
    }
    html = render_part(data.app, "ko", Role.VIEWER, "_tables_list.html", context)
    assert all(word in html for word in ("지연", "다름", "MES.SLOW", 'aria-sort="descending"'))


@pytest.mark.parametrize(
    ("proof", "word"),
    [
        (Proof(method="count", ok=True, oracle_rows=3, duckdb_rows=3), "Count equal"),
        (Proof(method="count", ok=True, oracle_rows=3, duckdb_rows=2), "Differs"),
        (Proof(method="count", ok=True, duckdb_rows=3), "Counted only"),
        (Proof(method="off", ok=True, duckdb_rows=3), "Not proven"),
    ],
)
async def test_only_what_was_compared_with_oracle_and_is_equal_is_proven(
    data: TestClient, proof: Proof, word: str
) -> None:
    table = Table(name="t", source="MES.T", rows=3, columns=1, bytes=9, proof=proof)
    context = {"known": [table], "tables": [table], "q": "", "sort": "name", "table_path": table_path}
    html = render_part(data.app, "en", Role.VIEWER, "_tables_list.html", context | {"order_url": str})
    badges = re.findall(r'<span class="badge.*?</svg>(.*?)</span>', html)
    assert badges == [word]


async def test_the_list_is_searched_and_sorted_by_its_address(data: TestClient) -> None:
    found = await page(data, "/tables?q=ORD", part=True)
    assert "/tables/orders" in found
    assert "/tables/measures" not in found
    largest = await page(data, "/tables?sort=-rows")
    assert largest.index("/tables/measures") < largest.index("/tables/orders") < largest.index("/tables/nothing")


async def test_a_part_of_the_page_is_in_the_page(data: TestClient) -> None:
    whole, part = await page(data, "/tables/orders"), await page(data, "/tables/orders", part=True)
    assert part.startswith("<section") or part.strip().startswith("<section")
    assert part.strip() in whole
    assert "<html" not in part


async def test_the_address_filters_sorts_chooses_and_pages(data: TestClient) -> None:
    html = await page(data, "/tables/orders?column=id&op=>%3D&value=990&sort=-id&show=id&show=amount&limit=4&offset=4")
    assert cells(html) == [["995", "1492.5"], ["994", "1491.0"], ["993", "1489.5"], ["992", "1488.0"]]
    assert "5–8 of 10" in html


async def test_a_view_with_all_columns_chosen_is_the_plain_view(data: TestClient) -> None:
    answer = await data.get(
        "/tables/orders?show=id&show=made&show=amount&column=&op=%3D&value=", headers={"HX-Request": "true"}
    )
    assert answer.headers["HX-Push-Url"] == "/tables/orders"


async def test_filters_show_with_a_way_out_of_each(data: TestClient) -> None:
    html = await page(data, "/tables/measures?column=FACTORY&op=in&value=F1,+F2&column=설비&op=is+null&value=")
    assert "<b>FACTORY</b> one of: F1, F2" in html
    assert 'href="/tables/measures?column=%EC%84%A4%EB%B9%84&amp;op=is+null&amp;value="' in html
    assert "1,500" in html


async def test_no_row_no_page_and_no_table_say_what_to_do(data: TestClient) -> None:
    assert "No row fits these filters" in await page(data, "/tables/orders?column=id&op=<&value=0")
    assert "There is no such page" in await page(data, "/tables/orders?offset=5000")
    assert "This table has no rows" in await page(data, "/tables/nothing")
    assert "There is no table named ghost." in await page(data, "/tables/ghost", status=404)
    assert "No table is called that" in await page(data, "/tables?q=ghost")


async def test_an_address_that_makes_no_sense_is_refused_by_name(data: TestClient) -> None:
    assert "limit" in await page(data, "/tables/orders?limit=many", status=422)
    assert "ghost" in await page(data, "/tables/orders?sort=ghost", status=422)


async def test_a_value_that_does_not_fit_is_said_with_its_column(data: TestClient) -> None:
    for suffix in ("", ".csv", ".json", "/chart", "/columns/made"):
        html = await page(data, f"/tables/orders{suffix}?column=id&op=%3D&value=abc", status=422)
        assert "The value abc does not fit column id." in html
    answer = await data.get("/tables/orders?column=id&op=%3D&value=abc", headers={"HX-Request": "true"})
    assert answer.headers["HX-Push-Url"] == "false"  # the page stays where it is, and so does its address


async def test_a_hostile_name_is_only_a_name(data: TestClient) -> None:
    path = f"/tables/{quote(HOSTILE, safe='')}"
    html = await page(data, f"{path}?sort={quote(HOSTILE, safe='')}&open={quote(HOSTILE, safe='')}")
    assert "<script>alert" not in html
    assert cells(html)[0][0] == "1"
    answer = await data.get(f"{path}.csv")
    assert "alert(1)" not in answer.headers["Content-Disposition"]
    assert "9,000" in await page(data, "/tables")


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
async def test_a_file_holds_exactly_the_view_and_every_page_of_it(
    data: TestClient, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    query = "column=FACTORY&op=%3D&value=F2&sort=-TRAN_TIME&show=TRAN_TIME&show=LOT&limit=50&offset=100&open=LOT"
    answer = await data.get(f"/tables/measures{suffix}?{query}")
    assert answer.status == 200
    body = await answer.read()
    if suffix == ".csv":
        rows = [tuple(row) for row in csv.reader(io.StringIO(body.decode("utf-8-sig")))][1:]
    elif suffix == ".json":
        rows = [tuple(row.values()) for row in json.loads(body)["rows"]]
    else:
        file = tmp_path_factory.mktemp("out") / "x.parquet"
        file.write_bytes(body)
        rows = duckdb.connect().execute(f"SELECT * FROM '{file}'").fetchall()
    assert len(rows) == 3000
    assert rows[0] == ("20261007055800", "00048")
    assert rows == sorted(rows, key=lambda row: row[0], reverse=True)


async def test_a_long_json_file_is_put_together_from_its_pieces(data: TestClient) -> None:
    told = json.loads(await (await data.get("/tables/measures.json")).read())
    assert (told["total"], told["truncated"], len(told["rows"])) == (9000, False, 9000)
    assert len({row["TRAN_TIME"] for row in told["rows"]}) == 9000


async def test_a_file_of_a_wrong_question_is_an_error_not_a_file(data: TestClient) -> None:
    for suffix in (".csv", ".json", ".parquet"):
        assert "ghost" in await page(data, f"/tables/orders{suffix}?sort=ghost", status=422)


async def test_the_page_speaks_korean(data: TestClient) -> None:
    html = await page(data, "/tables/measures", language="ko")
    assert "컬럼 프로필" in html
    assert "Column profiles" not in html


async def test_nothing_on_the_page_needs_inline_script_or_style(data: TestClient) -> None:
    for address in ("/tables", "/tables/measures?open=IV", "/tables/measures/columns", "/tables/measures/columns/IV"):
        html = await page(data, address)
        assert not re.search(r"\sstyle=|\son\w+=|javascript:", html), address
