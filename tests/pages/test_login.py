"""/login, /logout and /welcome as a browser uses them."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from app.schemas.accounts import AuditAsked, Role
from tests.people import PASSWORD, add


@pytest.fixture
def own(client: TestClient) -> dict[str, str]:
    """What a browser sends with a form of ours."""
    return {"Origin": str(client.make_url("/")).rstrip("/"), "Accept-Language": "en"}


async def test_the_first_admin_is_made_with_the_code_and_open_mode_ends(
    app: web.Application, client: TestClient, own: dict[str, str]
) -> None:
    assert "everyone on this machine may do everything here" in await (await client.get("/sync", headers=own)).text()
    code = await app[keys.ACCOUNTS].first_code()
    form = {"code": "AAAA-AAAA-AAAA", "name": "boss", "password": PASSWORD, "again": PASSWORD}
    wrong = await client.post("/welcome", data=form, headers=own)
    assert wrong.status == 403
    page = await wrong.text()
    assert "not the code" in page
    assert 'value="boss"' in page
    assert PASSWORD not in page
    differing = await client.post("/welcome", data=form | {"code": code, "again": "other"}, headers=own)
    assert differing.status == 422
    done = await client.post("/welcome", data=form | {"code": code}, headers=own)
    assert done.status == 200
    page = await done.text()
    assert "You are the first admin" in page
    assert 'id="_account_menu"' in page
    assert "everyone on this machine" not in page
    again = await client.get("/welcome", headers=own, allow_redirects=False)
    assert again.headers["Location"] == "/login"


async def test_signing_in_leads_back_to_the_page_and_signing_out_to_the_door(
    app: web.Application, client: TestClient, own: dict[str, str]
) -> None:
    await add(app, "boss", Role.ADMIN)
    door = await client.get("/sync/targets", headers=own)
    assert door.url.path == "/login"
    assert re.search(r'name="next" value="/sync/targets"', await door.text())
    form = {"name": "boss", "password": PASSWORD, "next": "/sync/targets"}
    inside = await client.post("/login", data=form, headers=own)
    assert inside.url.path == "/sync/targets"
    out = await client.post("/logout", headers=own)
    assert out.url.path == "/login"
    assert (await client.get("/api/v1/tables")).status == 401


@pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example", "/\\evil.example"])
async def test_the_way_back_after_the_sign_in_never_leads_elsewhere(
    app: web.Application, client: TestClient, own: dict[str, str], foreign: str
) -> None:
    await add(app, "boss", Role.ADMIN)
    form = {"name": "boss", "password": PASSWORD, "next": foreign}
    answer = await client.post("/login", data=form, headers=own, allow_redirects=False)
    assert answer.headers["Location"] == "/"


async def test_a_wrong_sign_in_says_so_in_both_languages_and_is_written_down(
    app: web.Application, client: TestClient, own: dict[str, str]
) -> None:
    await add(app, "boss", Role.ADMIN)
    for language, sentence in (("en", "The name or the password is not right."), ("ko", "비밀번호가 맞지 않습니다")):
        form = {"name": '"><script>alert(1)</script>', "password": "wrong"}
        answer = await client.post("/login", data=form, headers=own | {"Accept-Language": language})
        assert answer.status == 401
        page = await answer.text()
        assert sentence in page
        assert "<script>alert" not in page
    entries, _ = await app[keys.AUDIT].find(AuditAsked(action="account"))
    assert {entry.result for entry in entries} == {"wrong_sign_in"}


async def test_too_many_tries_say_when_to_come_back(
    app: web.Application, client: TestClient, own: dict[str, str]
) -> None:
    await add(app, "boss", Role.ADMIN)
    for _ in range(10):
        await client.post("/login", data={"name": "boss", "password": "wrong"}, headers=own)
    answer = await client.post("/login", data={"name": "boss", "password": PASSWORD}, headers=own)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0


async def test_who_is_signed_in_or_need_not_be_is_led_past_the_door(client: TestClient, own: dict[str, str]) -> None:
    answer = await client.get("/login?next=/sync", headers=own, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/sync")
