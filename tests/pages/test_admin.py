"""/admin: accounts, tokens, audit, settings and system as an admin sees them."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from app.config import Settings
from app.main import create_app
from app.schemas.accounts import Role
from tests.people import PASSWORD, add, cookie, session, token

PART = {"HX-Request": "true"}
PLACES = ["/admin", "/admin/tokens", "/admin/audit", "/admin/settings", "/admin/system"]


@pytest.fixture
async def boss(app: web.Application, client: TestClient) -> dict[str, str]:
    await add(app, "boss", Role.ADMIN)
    own = {"Origin": str(client.make_url("/")).rstrip("/"), "Accept-Language": "en"}
    return cookie(await session(app, "boss")) | own


async def text(client: TestClient, path: str, headers: dict[str, str]) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status == 200, await answer.text()
    return await answer.text()


@pytest.mark.parametrize("place", PLACES)
async def test_every_tab_is_shown_in_both_languages(client: TestClient, boss: dict[str, str], place: str) -> None:
    english = await text(client, place, boss)
    korean = await text(client, place, boss | {"Accept-Language": "ko"})
    assert f'<a href="{place}" aria-current="page">' in english
    assert 'lang="ko"' in korean
    assert english != korean


@pytest.mark.parametrize("place", ["/admin", "/admin/tokens", "/admin/audit"])
async def test_the_part_is_the_same_text_on_the_page_and_on_its_own(
    client: TestClient, boss: dict[str, str], place: str
) -> None:
    whole, part = await text(client, place, boss), await text(client, place, boss | PART)
    assert part.startswith('<section id="_admin_')
    assert part.strip() in whole


async def test_an_account_is_made_changed_and_removed_by_forms(client: TestClient, boss: dict[str, str]) -> None:
    made = await client.post(
        "/admin/users", data={"name": "김철수", "password": PASSWORD, "role": "user"}, headers=boss
    )
    assert "The account 김철수 is made." in await made.text()
    address = "/admin/users/%EA%B9%80%EC%B2%A0%EC%88%98"
    part = await (await client.post(address, data={"active": "false"}, headers=boss | PART)).text()
    assert "deactivated" in part
    part = await (await client.post(address, data={"role": "viewer"}, headers=boss | PART)).text()
    assert '<option value="viewer" selected>' in part
    part = await (await client.post(f"{address}/remove", headers=boss | PART)).text()
    assert "김철수" not in part


async def test_what_may_not_be_is_said_beside_the_table(client: TestClient, boss: dict[str, str]) -> None:
    answer = await client.post("/admin/users/boss", data={"role": "user"}, headers=boss | PART)
    assert answer.status == 409
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert "last active admin" in await answer.text()


async def test_an_admin_revokes_the_token_of_another(
    app: web.Application, client: TestClient, boss: dict[str, str]
) -> None:
    await add(app, "kim", Role.VIEWER)
    secret = await token(app, "kim", Role.VIEWER)
    page = await text(client, "/admin/tokens", boss)
    assert "kim" in page
    assert secret not in page
    address = page.split('action="/admin/tokens/')[1].split('"')[0]
    await client.post(f"/admin/tokens/{address}", headers=boss)
    assert (await client.get("/api/v1/tables", headers={"Authorization": f"Bearer {secret}"})).status == 401


async def test_the_audit_is_filtered_by_its_address_and_shows_markup_as_text(
    client: TestClient, boss: dict[str, str]
) -> None:
    hostile = {"name": "<script>alert(1)</script>", "password": "wrong"}
    await client.post("/login", data=hostile, headers={"Origin": boss["Origin"]})
    page = await text(client, "/admin/audit?action=account&result=failed&actor=", boss)
    assert "wrong_sign_in" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "wrong_sign_in" not in await text(client, "/admin/audit?result=ok", boss)


async def test_the_settings_in_force_hide_every_secret(settings: Settings) -> None:
    secret = {"oracle_password": "hunter2-hunter2", "webhook_url": "https://hooks.example/T0/secret-path"}
    app = create_app(Settings(_env_file=None, **settings.model_dump(exclude=set(secret)), **secret))
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        page = await text(client, "/admin/settings", {})
    assert "ORACLE_PASSWORD" in page
    assert "********" in page
    assert "hunter2" not in page
    assert "secret-path" not in page


async def test_the_system_page_tells_memory_disk_files_and_delay(client: TestClient, boss: dict[str, str]) -> None:
    page = await text(client, "/admin/system", boss)
    assert "merganser.duckdb" in page
    assert "merganser.sqlite" in page
    assert "GB" in page


async def test_in_open_mode_the_page_offers_the_first_admin(client: TestClient) -> None:
    assert 'href="/welcome"' in await text(client, "/admin", {"Accept-Language": "en"})
