"""Sources over the API, against an Oracle and without one."""

import re
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient

from app import keys
from tests.api.conftest import Api
from tests.conftest import OracleAt

NAMES = [
    "'; DROP TABLE other; --",
    "<script>alert(1)</script>",
    "+1\n\rX-Evil: yes\t\\.",
    "\u202egnp.exe\u200f 한글 표 {name} %s ${x}",
    "../../etc/passwd%00",
    "=@{{7*7}}{% raw %}.a.b",
]
MARKUP = re.compile(r"<script>alert|49\{%|onerror=")


async def test_a_table_is_found_and_described(api: Api, source: str) -> None:
    found = await api.ask("GET", f"/sources?search={source.lower()}")
    assert [table["table"] for table in found] == [source]
    described = await api.ask("GET", f"/sources/{found[0]['owner']}/{source}")
    assert described["key"] == ["ID"]
    assert (described["columns"][0]["name"], described["columns"][0]["duckdb_type"]) == ("ID", "INTEGER")
    assert "AT" in described["cursors"]


async def test_without_oracle_it_is_503_and_says_how_to_set_it_up(client: TestClient) -> None:
    answer = await client.get("/api/v1/sources")
    error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (503, "oracle_not_configured")
    assert "ORACLE_DSN" in error["message"]


def path(name: str) -> str:
    return quote(name, safe="")


async def seen(api: Api, place: str) -> str:
    """What a GET answers; nothing of a name got into its headers or its markup."""
    answer = await api.client.get(place)
    text = (await answer.read()).decode("utf-8", "replace")
    assert answer.status == 200, (place, text[:500])
    assert "X-Evil" not in answer.headers
    if answer.content_type == "text/html":
        assert not MARKUP.search(text), place
        assert not re.search(r"\s(on\w+|style)=(?![^<]*</(?:pre|code|textarea))", re.sub(r'"[^"]*"', '""', text)), place
    return text


@pytest.mark.parametrize("name", NAMES, ids=ascii)
async def test_a_hostile_name_in_oracle_stays_a_name_at_every_door(api: Api, oracle_at: OracleAt, name: str) -> None:
    own = f'"{name}"'
    await api.client.app[keys.WAREHOUSE].rows("CREATE TABLE other AS SELECT 1 AS a")  # type: ignore[attr-defined]
    with oracle_at.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {own} ({own} VARCHAR2(40), N NUMBER(9) PRIMARY KEY, AT DATE)")
        try:
            cells = [(text, number) for number, text in enumerate(["=1+1", "+1", "-x", "@a", "\tb", "\rc", name[:20]])]
            cursor.executemany(f"INSERT INTO {own} VALUES (:1, :2, SYSDATE)", cells)
            connection.commit()
            await through_every_door(api, oracle_at.user.upper(), name, len(cells))
        finally:
            cursor.execute(f"DROP TABLE {own}")


async def through_every_door(api: Api, owner: str, name: str, rows: int) -> None:
    source = await api.ask("GET", f"/sources/{owner}/{path(name)}")
    assert source["table"] == name
    await seen(api, f"/sync/targets/new/{owner}/{path(name)}")
    await seen(api, f"/sync/targets?q={path(name)}")
    made = await api.ask("POST", "/targets", 201, oracle_table=f"{owner}.{name}", duckdb_table=name)
    assert made["duckdb_table"] == name
    run = await api.synced(oracle_table=f"{owner}.{name}", sync_type="full")
    assert (run["state"], run["inserted"]) == ("succeeded", rows)
    table = f"/tables/{path(name)}"
    for place in ("/", "/tables", table, f"{table}/columns", f"{table}/columns/{path(name)}", "/sync", "/sync/targets"):
        await seen(api, place)
    for place in (
        f"{table}/chart?column={path(name)}",
        f"{table}?sort=-{path(name)}&show={path(name)}&open={path(name)}",
    ):
        await seen(api, place)
    for place in (f"/sync/runs/{run['sync_id']}", f"/sync/targets/of/{path(name)}", f"/sql/columns?table={path(name)}"):
        await seen(api, place)
    for place in (f"{table}.json", f"{table}.parquet", "/metrics", "/admin/audit"):
        await seen(api, place)
    sheet = await seen(api, f"{table}.csv?sort=N")
    assert not re.search(r'(?m)^\ufeff?"?[=@\t]|^\ufeff?"?[+-](?!1,)', sheet), sheet
    query = {"columns": [name], "filters": [{"column": name, "op": "=", "value": name[:20]}], "order_by": [f"-{name}"]}
    assert (await api.ask("POST", f"{table}/query", **query))["rows"] == [{name: name[:20]}]
    assert (await api.ask("GET", f"{table}/stats"))["row_count"] == rows
    assert (await api.ask("POST", f"{table}/facets", column=name))["column"] == name
    await api.ask("POST", f"{table}/aggregate", time_column="AT", value_columns=["N"], group_by=name)
    sql = 'SELECT count(*) AS n FROM "' + name + '"'
    assert (await api.ask("POST", "/sql", sql=sql))["rows"] == [{"n": str(rows)}]
    async with api.client.ws_connect(f"/ws/panes?view=table&table={path(name)}") as panes:
        assert not MARKUP.search(await panes.receive_str(timeout=5))
    async with api.client.ws_connect("/ws/agent") as agent:
        for question in (f"{name} 최근 3건 보여줘", f'drop table "{name}"'):
            await agent.send_json({"type": "chat", "content": question})
            while (await agent.receive_json(timeout=20))["type"] not in ("done", "approval"):
                pass
    assert (await api.ask("GET", "/tables/other/stats"))["row_count"] == 1
