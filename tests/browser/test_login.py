"""Sign-in in Chromium, and what a foreign page in the same browser can try against us."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

from app import keys
from app.schemas.accounts import AuditAsked, Role
from tests.browser.conftest import IN_CHROMIUM
from tests.people import PASSWORD, add

pytestmark = IN_CHROMIUM
ATTEMPTS = """async (target) => {
  const headers = {"Content-Type": "application/json"};
  const json = {method: "POST", credentials: "include", body: "{}"};
  const quiet = async (make) => { try { return (await make()).type } catch (error) { return "refused" } };
  const socket = (path) => new Promise((resolve) => {
    const open = new WebSocket(target.replace("http", "ws") + path);
    open.onopen = () => resolve("open"); open.onerror = () => resolve("refused");
  });
  const frame = () => new Promise((resolve) => {
    const inner = document.createElement("iframe");
    inner.onload = () => { try { resolve(inner.contentDocument ? "blank" : "refused") } catch { resolve("refused") } };
    inner.src = target + "/sync"; document.body.append(inner);
  });
  return {
    text: await quiet(() => fetch(target + "/api/v1/sync/reset", {...json, mode: "no-cors"})),
    json: await quiet(() => fetch(target + "/api/v1/sync/reset", {...json, headers})),
    read: await quiet(() => fetch(target + "/api/v1/tables", {credentials: "include"})),
    socket: await socket("/ws/sync/progress"),
    frame: await frame(),
  };
}"""


@pytest.fixture
async def foreign() -> AsyncIterator[str]:
    """A page of someone else, on another port of the same machine: the same site to a browser, so cookies travel."""

    async def blank(_: web.Request) -> web.Response:
        return web.Response(text="<body>", content_type="text/html")

    other = web.Application()
    other.router.add_get("/", blank)
    async with TestServer(other, host="127.0.0.1") as server:
        yield str(server.make_url("/"))


async def sign_in(page: Page, address: str, name: str) -> None:
    await page.goto(f"{address}/login?next=/sync")
    await page.fill("[name=name]", name)
    await page.fill("[name=password]", PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{address}/sync")


async def test_each_role_signs_in_and_sees_its_own_menu(app: web.Application, page: Page, address: str) -> None:
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for name, role in (("boss", Role.ADMIN), ("kim", Role.USER), ("lee", Role.VIEWER)):
        await add(app, name, role)
        await sign_in(page, address, name)
        menu = await page.locator(".nav a").all_inner_texts()
        assert ("Admin" in " ".join(menu), "SQL" in " ".join(menu)) == (name == "boss", name != "lee")
        assert [c.get("httpOnly") for c in await page.context.cookies() if c.get("name") == "session"] == [True]
        await page.locator("#_account_menu summary").click()
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url(f"{address}/login")
    assert wrong == []


@pytest.mark.parametrize("accounts", [False, True], ids=["open mode", "signed in"])
async def test_a_foreign_page_can_neither_write_read_listen_nor_frame(
    app: web.Application, page: Page, address: str, foreign: str, accounts: bool
) -> None:
    if accounts:
        await add(app, "boss", Role.ADMIN)
        await sign_in(page, address, "boss")
    await page.goto(foreign)
    found = await page.evaluate(ATTEMPTS, address)
    assert found == {"text": "refused", "json": "refused", "read": "refused", "socket": "refused", "frame": "refused"}
    deeds, _ = await app[keys.AUDIT].find(AuditAsked(action="sync", result="ok"))
    assert deeds == []


async def test_a_foreign_form_is_refused(app: web.Application, page: Page, address: str, foreign: str) -> None:
    await add(app, "boss", Role.ADMIN)
    await sign_in(page, address, "boss")
    await page.goto(foreign)
    await page.set_content(
        f'<form method="post" action="{address}/admin/users"><input name="name" value="eve">'
        f'<input name="password" value="{PASSWORD}"><input name="role" value="admin"><button>Win</button></form>'
    )
    async with page.expect_navigation() as answer:
        await page.get_by_role("button", name="Win").click()
    response = await answer.value
    assert response is not None
    assert response.status == 403
    actor = await app[keys.ACCOUNTS].by_token(app[keys.ACCOUNTS].own_token)
    assert actor is not None
    assert [user.name for user in await app[keys.ACCOUNTS].users(actor)] == ["boss"]


async def test_an_open_page_follows_when_its_account_is_closed(app: web.Application, page: Page, address: str) -> None:
    await add(app, "boss", Role.ADMIN)
    await add(app, "kim", Role.USER)
    await sign_in(page, address, "kim")
    await page.locator('.live[data-state="open"]').wait_for()
    actor = await app[keys.ACCOUNTS].by_token(app[keys.ACCOUNTS].own_token)
    assert actor is not None
    await app[keys.ACCOUNTS].remove_user("kim", actor)
    await page.locator('.live[data-state="lost"]').wait_for()
    await page.reload()
    assert page.url.startswith(f"{address}/login")
