"""/sync/targets: the list, the form and what it sends, deleting with a question."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from multidict import MultiDict

from app import keys
from app.pages.targets import fields
from app.schemas.sync import SyncType, Target
from app.sync.targets import Targets

ORDERS = Target(
    owner="SALES",
    table="ORDERS",
    duckdb_table="orders",
    key=["ORDER_ID"],
    cursor="CHANGED_AT",
    default_type=SyncType.INCREMENTAL,
    where="REGION = 'KR'",
)


ADDRESS = "/sync/targets/of/orders"


@pytest.fixture
async def targets(client: TestClient, app: web.Application) -> Targets:
    targets = Targets(app[keys.STORE])
    await targets.add(ORDERS)
    return targets


async def page(client: TestClient, path: str, language: str = "en") -> str:
    answer = await client.get(path, headers={"Accept-Language": language})
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def test_the_list_says_how_each_table_is_kept(client: TestClient, targets: Targets) -> None:
    text = await page(client, "/sync/targets")
    for said in ("SALES.ORDERS", "ORDER_ID", "CHANGED_AT", "Incremental", "Row count"):
        assert said in text


async def test_without_oracle_the_list_leads_to_the_set_up(client: TestClient) -> None:
    assert "아직 Oracle이 설정되지 않았습니다" in await page(client, "/sync/targets", "ko")


async def test_a_target_can_be_seen_and_changed_while_oracle_is_away(client: TestClient, targets: Targets) -> None:
    text = await page(client, ADDRESS)
    assert "Oracle does not answer just now" in text
    assert 'name="key" value="ORDER_ID" checked' in text
    form = {"duckdb_table": "orders", "key": "ORDER_ID", "cursor": "CHANGED_AT", "lag_minutes": "30", "enabled": "true"}
    answer = await client.post(ADDRESS, data=form, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/sync/targets")
    kept = await targets.get("orders")
    assert (kept.lag_seconds, kept.key, kept.enabled) == (1800, ["ORDER_ID"], True)


async def test_a_cursor_and_a_condition_can_be_taken_away(client: TestClient, targets: Targets) -> None:
    await client.post(ADDRESS, data={"cursor": "", "where": "", "key": "ORDER_ID"})
    kept = await targets.get("orders")
    assert (kept.cursor, kept.where, kept.default_type) == (None, None, SyncType.FULL)


async def test_what_was_saved_is_said_on_the_next_page_and_only_there(client: TestClient, targets: Targets) -> None:
    answer = await client.post(ADDRESS, data={"key": "ORDER_ID"}, headers={"Accept-Language": "ko"})
    assert "orders: 저장했습니다." in await answer.text()
    assert "저장했습니다." not in await page(client, "/sync/targets", "ko")


async def test_deleting_asks_first_and_keeps_the_table_unless_told(client: TestClient, targets: Targets) -> None:
    assert 'value="false" checked' in await page(client, f"{ADDRESS}/delete")
    assert await targets.find("orders")
    await client.post(f"{ADDRESS}/delete", data={"drop": "false"})
    assert await targets.find("orders") is None


async def test_a_wrong_number_is_refused_by_its_name(client: TestClient, targets: Targets) -> None:
    answer = await client.post(ADDRESS, data={"lag_minutes": "soon"})
    assert answer.status == 422
    assert "lag_seconds" in await answer.text()


def test_the_form_says_types_keys_and_columns_left_out() -> None:
    ticked = [("column", "A"), ("column", "B"), ("column", "C"), ("copied", "A"), ("copied", "C"), ("key", "A")]
    chosen = [("key", "C"), ("type:A", ""), ("type:C", "DOUBLE"), ("trim_char", "true"), ("late_after_minutes", "90")]
    form = MultiDict([*ticked, *chosen])
    found = fields(form)
    assert found["columns_out"] == ["B"]
    assert found["key"] == ["A", "C"]
    assert found["overrides"] == {"C": "DOUBLE"}
    assert (found["trim_char"], found["enabled"], found["late_after_seconds"]) == (True, False, 5400)


async def test_names_of_any_kind_have_an_address(client: TestClient, targets: Targets) -> None:
    odd = '온도/"습도" #1'
    await targets.add(Target(owner="MES", table=odd, duckdb_table=odd))
    text = await page(client, "/sync/targets")
    link = text.split("MES.")[0].rsplit('href="', 1)[1].split('"')[0]
    assert "MES." in await page(client, link)
