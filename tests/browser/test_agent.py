"""The chat in Chromium: ask in Korean, see rows and a chart, approve a sync; hidden HTML stays text."""

from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from app import keys
from app.config import Settings
from app.main import create_app
from tests.browser.conftest import IN_CHROMIUM
from tests.conftest import OracleAt

pytestmark = IN_CHROMIUM
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def table(oracle_at: OracleAt) -> Iterator[str]:
    with oracle_at.connect() as connection:
        cursor = connection.cursor()
        cursor.execute(
            "CREATE TABLE CHAT_IV (ID NUMBER(9) PRIMARY KEY, AMOUNT NUMBER(9,2), NOTE VARCHAR2(60), MADE_AT DATE)"
        )
        cursor.executemany(
            "INSERT INTO CHAT_IV VALUES (:1, :2, :3, TO_DATE('20261101', 'YYYYMMDD') + :4)",
            [(n, n * 1.5, HOSTILE, n) for n in range(1, 21)],
        )
        connection.commit()
    yield f"{oracle_at.user}.CHAT_IV".upper()
    with oracle_at.connect() as connection:
        connection.cursor().execute("DROP TABLE CHAT_IV")


@pytest.fixture
async def page(oracle_settings: Settings, table: str, browser: Browser) -> AsyncIterator[Page]:
    app = create_app(oracle_settings)
    async with TestServer(app, host="127.0.0.1") as server:
        page = await (await browser.new_context(locale="ko-KR")).new_page()
        page.set_default_timeout(15_000)
        await page.goto(str(server.make_url("/agent")))
        await page.locator(".chat[data-ready]").wait_for()
        yield page
        for run in (await app[keys.SYNC].status()).active:
            await app[keys.SYNC].wait(run.sync_id)


async def ask(page: Page, question: str) -> None:
    await page.fill("#question", question)
    await page.keyboard.press("Enter")


async def test_a_sync_is_approved_in_korean_and_its_rows_are_asked_for(page: Page, table: str) -> None:
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    await ask(page, f"{table} 전체 동기화 시작해줘")
    await page.get_by_role("button", name="승인").click()
    link = page.get_by_role("link", name="진행 보기")
    await link.click()
    await page.get_by_text("성공").first.wait_for()
    await page.go_back()
    await page.locator(".chat[data-ready]").wait_for()
    await page.get_by_text("동기화를 시작했습니다").wait_for()  # the conversation is still there
    await ask(page, "CHAT_IV 최근 3건 보여줘")
    cells = page.locator(".step table").last.locator("tbody tr")
    await cells.nth(2).wait_for()
    assert await cells.count() == 3
    assert HOSTILE in await cells.first.inner_text()
    await ask(page, "AMOUNT 일별 평균 차트로 보여줘")
    await page.locator(".agent-chart canvas").first.wait_for()
    await expect(page.locator(".said.assistant").last).to_be_in_viewport()  # the page goes along with what is said
    assert await page.locator(".chat img").count() == 0
    assert wrong == []


async def test_a_denied_sync_does_not_run(page: Page, table: str) -> None:
    await ask(page, f"{table} 테스트 동기화 해줘")
    await page.get_by_role("button", name="거절").click()
    await page.get_by_text("승인하지 않아").first.wait_for()
    assert await page.locator(".step.bad").count() == 0  # a no is no failure


async def test_an_enter_pressed_twice_does_not_approve(page: Page, table: str) -> None:
    await ask(page, f"{table} 테스트 동기화 해줘")
    await page.get_by_role("button", name="승인").wait_for()
    await page.keyboard.press("Enter")
    assert await page.get_by_role("button", name="승인").count() == 1
    await page.get_by_role("button", name="중지").click()
    await page.get_by_text("멈췄습니다").wait_for()
    await page.locator("[data-send]:not([disabled])").wait_for()
    assert await page.get_by_role("button", name="승인").count() == 0
