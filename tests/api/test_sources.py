"""Sources over the API, against an Oracle and without one."""

from aiohttp.test_utils import TestClient

from tests.api.conftest import Api


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
