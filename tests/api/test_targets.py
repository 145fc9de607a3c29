"""Targets over the API, against an Oracle."""

from tests.api.conftest import Api


async def test_a_target_is_added_edited_listed_and_dropped(api: Api, source: str) -> None:
    made = await api.ask("POST", "/targets", 201, oracle_table=source)
    name = made["duckdb_table"]
    assert (made["table"], made["key"]) == (source, ["ID"])
    edited = await api.ask("PATCH", f"/targets/{name}", cursor="AT", lag_seconds=60)
    assert (edited["cursor"], edited["lag_seconds"]) == ("AT", 60)
    assert [target["duckdb_table"] for target in await api.ask("GET", "/targets")] == [name]
    assert (await api.ask("GET", f"/targets/{name.upper()}"))["lag_seconds"] == 60
    assert await api.ask("DELETE", f"/targets/{name}?drop=true") == {"name": name}
    assert (await api.ask("GET", f"/targets/{name}", 404))["code"] == "target_not_found"


async def test_keys_may_be_written_with_commas(api: Api, source: str) -> None:
    made = await api.ask("POST", "/targets", 201, oracle_table=source, key="ID, NAME")
    assert made["key"] == ["ID", "NAME"]
