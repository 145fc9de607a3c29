"""/account: one's own password, sessions and tokens as forms."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app.schemas.accounts import Role
from tests.people import PASSWORD, add, bearer, cookie, session

PART = {"HX-Request": "true"}


@pytest.fixture
async def kim(app: web.Application, client: TestClient) -> dict[str, str]:
    await add(app, "boss", Role.ADMIN)
    await add(app, "kim", Role.USER)
    own = {"Origin": str(client.make_url("/")).rstrip("/"), "Accept-Language": "en"}
    return cookie(await session(app, "kim")) | own


async def test_a_token_is_on_the_page_once_and_in_no_cache(client: TestClient, kim: dict[str, str]) -> None:
    answer = await client.post(
        "/account/tokens", data={"name": "<b>night</b>", "role": "user", "days": "30"}, headers=kim
    )
    page = await answer.text()
    made = re.search(r"<pre>(mrg_[\w-]+)</pre>", page)
    assert made is not None
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<b>night" not in page
    assert (await client.get("/api/v1/tables", headers=bearer(made.group(1)))).status == 200
    assert made.group(1) not in await (await client.get("/account", headers=kim)).text()


async def test_no_one_is_offered_more_than_their_own_role(client: TestClient, kim: dict[str, str]) -> None:
    page = await (await client.get("/account", headers=kim)).text()
    assert re.findall(r'<option value="(\w+)"', page) == ["viewer", "user"]
    form = {"name": "x", "role": "admin", "days": "30"}
    assert (await client.post("/account/tokens", data=form, headers=kim)).status == 403


async def test_the_password_is_changed_when_both_new_ones_agree(client: TestClient, kim: dict[str, str]) -> None:
    form = {"current": PASSWORD, "new": "another horse 8", "again": "another house 8"}
    assert (await client.post("/account/password", data=form, headers=kim)).status == 422
    done = await client.post("/account/password", data=form | {"again": "another horse 8"}, headers=kim)
    assert "Your password is changed" in await done.text()


async def test_another_session_is_ended_and_the_part_is_shown_anew(
    app: web.Application, client: TestClient, kim: dict[str, str]
) -> None:
    other = await session(app, "kim")
    page = await (await client.get("/account", headers=kim)).text()
    (address,) = set(re.findall(r'action="(/account/sessions/\w+/end)"', page))
    part = await (await client.post(address, headers=kim | PART)).text()
    assert part.startswith('<section id="_account_sessions"')
    assert address not in part
    assert (await client.get("/api/v1/tables", headers=cookie(other))).status == 401


async def test_the_parts_are_the_same_text_on_the_page_and_on_their_own(
    client: TestClient, kim: dict[str, str]
) -> None:
    made = await (
        await client.post("/account/tokens", data={"name": "x", "role": "viewer", "days": "1"}, headers=kim | PART)
    ).text()
    address = re.search(r'action="(/account/tokens/\w+/remove)"', made)
    assert address is not None
    part = await (await client.post(address.group(1), headers=kim | PART)).text()
    assert part.strip() in await (await client.get("/account", headers=kim)).text()


async def test_open_mode_has_no_account_page(client: TestClient) -> None:
    assert (await client.get("/account")).status == 409
