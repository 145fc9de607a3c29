"""Syncs in Chromium: the bar moves to done without a reload in every open page; control, targets, lost connections."""

import asyncio
import re
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, Route, expect

from app import keys
from app.config import Settings
from app.guard import LOCAL
from app.main import create_app
from app.schemas.sync import SyncRun, SyncStart, SyncType
from tests.browser.conftest import IN_CHROMIUM, Demo, NewPage

pytestmark = IN_CHROMIUM
SLOWLY = 900_000  # bytes a second: ORDERS takes some six seconds
SOON = 20_000  # milliseconds


async def start(page: Page, table: str = "SALES.ORDERS", kind: str = "Full") -> None:
    await page.get_by_label("Table", exact=False).first.fill(table)
    await page.locator(".choice", has=page.get_by_text(kind, exact=True)).click()
    await page.get_by_role("button", name="Start", exact=True).click()


async def full(app: web.Application, table: str) -> SyncRun:
    sync = app[keys.SYNC]
    run = await sync.start(SyncStart(oracle_table=table, sync_type=SyncType.FULL), LOCAL)
    return await sync.wait(run.sync_id)


async def test_the_bar_moves_to_done_in_every_open_page_without_a_reload(new_page: NewPage, demo: Demo) -> None:
    page, other = await new_page(), await new_page("ko")
    await page.goto("/sync")
    await other.goto("/")
    for each in (page, other):
        await each.evaluate("window.loadedOnce = true")
    await expect(page.locator(".live")).to_have_attribute("data-state", "open")
    demo.fault("crawl", SLOWLY)
    await start(page)
    card = page.locator(".run").first
    await expect(card).to_have_attribute("data-state", "running", timeout=SOON)
    await expect(other.locator(".run .badge").first).to_have_text("실행 중")
    await expect(page.locator("#_shell_running")).to_have_text("1")
    seen = {
        await card.locator("progress").get_attribute("value") for _ in range(12) if not await page.wait_for_timeout(250)
    }
    assert len(seen - {None}) > 2, seen
    await expect(card).to_have_attribute("data-state", "succeeded", timeout=SOON)
    await expect(card).to_contain_text("60,000")
    await expect(card).to_contain_text("Count equal")
    await expect(page.locator("#_sync_runs tbody tr").first).to_contain_text("Succeeded")
    await expect(other.locator(".run .badge").first).to_have_text("성공")
    await expect(other.locator("#_dashboard_tables tbody tr")).to_contain_text("최신")
    assert [await each.evaluate("window.loadedOnce") for each in (page, other)] == [True, True]


async def test_a_run_is_paused_resumed_and_cancelled_after_a_question(new_page: NewPage, demo: Demo) -> None:
    page = await new_page()
    await page.goto("/sync")
    demo.fault("crawl", 400_000)
    await start(page)
    card = page.locator(".run").first
    await expect(card).to_have_attribute("data-state", "running", timeout=SOON)
    await card.get_by_role("button", name="Pause").click()
    await expect(card).to_have_attribute("data-state", "paused")
    await card.get_by_role("button", name="Resume").click()
    await expect(card).to_have_attribute("data-state", "running")
    await card.get_by_role("button", name="Cancel").click()
    await page.get_by_role("dialog").get_by_role("button", name="No").click()
    await expect(card).to_have_attribute("data-state", "running")
    await card.get_by_role("button", name="Cancel").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel the sync").click()
    await expect(card).to_have_attribute("data-state", "cancelled", timeout=SOON)


async def test_the_log_of_a_run_grows_as_it_goes(new_page: NewPage, demo: Demo) -> None:
    page = await new_page()
    await page.goto("/sync")
    demo.fault("crawl", SLOWLY)
    await start(page)
    await page.locator(".run h3 a").first.click()
    await expect(page.locator(".log li").first).to_be_visible()
    await expect(page.locator(".run")).to_have_attribute("data-state", "succeeded", timeout=SOON)
    await expect(page.locator("[id^=_sync_report]")).to_contain_text("60,000")


async def test_from_finding_a_table_to_its_first_proven_sync_by_clicking(new_page: NewPage) -> None:
    page = await new_page("ko")
    await page.goto("/")
    await page.get_by_role("button", name="테이블 추가").first.click()
    await page.get_by_role("searchbox").fill("crasi")
    await expect(page.locator("#_targets_found tbody tr")).to_have_count(1)
    await page.get_by_role("button", name="선택").click()
    await expect(page.locator("input[name=key][value=FACTORY]")).to_be_checked()
    await page.locator("select[name=cursor]").select_option("TRAN_TIME")
    await page.get_by_role("button", name="100행으로 테스트").click()
    await expect(page.locator("#_targets_trial")).to_contain_text("테스트에 성공했습니다", timeout=SOON)
    await expect(page.locator("#_targets_trial tbody tr")).to_have_count(8)
    await page.get_by_role("button", name="저장하고 바로 동기화").click()
    await expect(page.locator(".run")).to_have_attribute("data-state", "succeeded", timeout=60_000)
    await expect(page.locator("[id^=_sync_report]")).to_contain_text("행 수 일치")
    await page.goto("/sync/targets")
    await expect(page.locator("tbody tr")).to_contain_text("TRAN_TIME")


async def test_an_open_grid_shows_the_newer_rows_and_keeps_its_view(
    new_page: NewPage, demo_app: web.Application
) -> None:
    await full(demo_app, "SALES.ORDERS")
    await demo_app[keys.WAREHOUSE].rows("DELETE FROM orders WHERE ORDER_ID <= 5")  # what Oracle still has
    page = await new_page()
    await page.goto("/tables/orders?column=ORDER_ID&op=%3C%3D&value=6&sort=ORDER_ID")
    rows = page.locator("[data-grid] tbody tr")
    await expect(rows).to_have_count(1)
    entries = await page.evaluate("history.length")
    await full(demo_app, "SALES.ORDERS")
    await expect(rows).to_have_count(6, timeout=SOON)
    await expect(page).to_have_url(re.compile("value=6&sort=ORDER_ID"))
    assert await page.evaluate("history.length") == entries


async def test_a_sync_that_ends_before_the_grids_script_comes_is_seen_too(
    new_page: NewPage, demo_app: web.Application
) -> None:
    await full(demo_app, "APP.TEST_TABLE")
    await demo_app[keys.WAREHOUSE].rows("DELETE FROM test_table WHERE ID <= 5")  # what Oracle still has
    page, late = await new_page(), asyncio.Event()

    async def held(route: Route) -> None:
        await late.wait()
        await route.continue_()

    await page.route("**/grid.js*", held)
    await page.goto("/tables/test_table?column=ID&op=%3C%3D&value=6", wait_until="commit")
    rows, head = page.locator("[data-grid] tbody tr"), page.locator("[data-synced]")
    await expect(rows).to_have_count(1)
    await expect(page.locator(".live")).to_have_attribute("data-state", "open")
    newer = await full(demo_app, "APP.TEST_TABLE")
    await expect(head).to_have_attribute("data-synced", newer.sync_id)
    late.set()
    await expect(rows).to_have_count(6)


async def test_an_answer_that_comes_after_newer_news_does_not_stay(
    new_page: NewPage, demo_app: web.Application
) -> None:
    page = await new_page()

    async def overtaken(route: Route) -> None:
        answer = await route.fetch()  # the run waits in it; when it is delivered, the run is over
        run = (await demo_app[keys.SYNC].runs())[0][0]
        await demo_app[keys.SYNC].wait(run.sync_id)
        await expect(page.locator("#_sync_runs tbody tr").first).to_contain_text("Succeeded")
        await route.fulfill(response=answer)

    await page.route("**/sync/start", overtaken)
    await page.goto("/sync")
    await expect(page.locator(".live")).to_have_attribute("data-state", "open")
    await start(page, "APP.TEST_TABLE")
    await expect(page.locator("button[disabled]")).to_have_count(0)
    await expect(page.locator(".run").first).to_have_attribute("data-state", "succeeded")


async def test_a_failure_is_said_with_the_button_that_mends_it(new_page: NewPage, demo: Demo) -> None:
    page = await new_page()
    demo.fault("ora_at_row", 100, 1031, "insufficient privileges", 9)
    await page.goto("/sync")
    await start(page)
    await expect(page.locator(".run").first).to_have_attribute("data-state", "failed", timeout=SOON)
    await page.goto("/")
    note = page.locator(".attention .note-bad")
    await expect(note).to_contain_text("orders")
    demo.fault("clear")
    await note.get_by_role("button", name="Try again").click()
    await expect(page.locator(".run")).to_have_attribute("data-state", "succeeded", timeout=SOON)


async def test_pages_can_be_read_and_forms_sent_without_scripts(new_page: NewPage) -> None:
    page = await new_page(java_script_enabled=False)
    await page.goto("/sync")
    await start(page, "APP.TEST_TABLE", "Full")
    await expect(page).to_have_url(re.compile(r"/sync/runs/\w+"))
    await expect(page.locator(".toast")).to_contain_text("test_table")
    await page.goto("/sync?state=succeeded")
    for _ in range(20):
        if await page.locator("#_sync_runs tbody tr").count():
            break
        await page.reload()
    await expect(page.locator("#_sync_runs tbody tr").first).to_contain_text("test_table")


async def test_the_connection_is_seen_open_however_late_the_shell_comes(new_page: NewPage) -> None:
    page = await new_page()

    async def held(route: Route) -> None:
        await page.wait_for_timeout(1000)  # a slow network: time enough for htmx to connect before the shell listens
        await route.continue_()

    await page.route("**/shell.js*", held)
    await page.goto("/sync")
    await expect(page.locator(".live")).to_have_attribute("data-state", "open")


async def test_a_lost_connection_is_shown_and_heals(new_page: NewPage, demo_settings: Settings, tmp_path: Path) -> None:
    settings = demo_settings.model_copy(update={"data_dir": tmp_path / "second"})
    first = TestServer(create_app(settings), host="127.0.0.1")
    await first.start_server()
    port = first.port  # a closed server forgets it
    page = await new_page(watch=False)  # a browser writes to the console that it cannot connect
    await page.goto(f"http://127.0.0.1:{port}/sync")
    live = page.locator(".live")
    await expect(live).to_have_attribute("data-state", "open")
    await first.close()
    await expect(live).to_have_attribute("data-state", "lost")
    await expect(page.get_by_text("Connection lost, retrying")).to_be_visible()
    async with TestServer(create_app(settings), host="127.0.0.1", port=port):
        await expect(live).to_have_attribute("data-state", "open", timeout=SOON)
