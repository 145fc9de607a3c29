"""The shell in Chromium: language, theme, search and shortcuts, narrow screens, nothing that needs a mouse."""

import re

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from app import keys
from app.guard import LOCAL
from app.schemas.scheduler import JobNew
from app.schemas.sync import SyncStart, SyncType
from tests.browser.conftest import IN_CHROMIUM, NewPage

pytestmark = IN_CHROMIUM
TARGET = "/sync/targets/of/orders"
PAGES = (  # those of the data are measured in test_data
    *("/", "/tables/nothing", "/sync", "/sync/targets", "/sync/targets/new", "/sync/targets/new/SALES/ORDERS", TARGET),
    *(f"{TARGET}/delete", "/scheduler", "/agent", "/admin", "/admin/tokens", "/admin/audit", "/admin/settings"),
    *("/admin/system", "/account", "/login", "/welcome"),
)


async def background(page: Page) -> str:
    return str(await page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


async def test_the_language_follows_the_browser_until_it_is_chosen(new_page: NewPage) -> None:
    page = await new_page("ko")
    await page.goto("/sync?state=failed")
    await expect(page.get_by_role("heading", name="동기화", exact=True)).to_be_visible()
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Sync", exact=True)).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/sync\?state=failed$"))
    await page.goto("/")
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_the_theme_follows_the_system_until_it_is_chosen(new_page: NewPage) -> None:
    light, dark = await new_page(color_scheme="light"), await new_page(color_scheme="dark")
    for page in (light, dark):
        await page.goto("/")
    assert await background(light) != await background(dark)
    bright = await background(light)
    await dark.locator("[data-theme-switch]").click()
    await expect(dark.locator("html")).to_have_attribute("data-theme", "light")
    assert await background(dark) == bright
    await dark.locator("[data-theme-switch]").click()
    await expect(dark.locator("html")).to_have_attribute("data-theme", "dark")
    await dark.reload()
    assert await background(dark) != bright


async def test_a_slash_finds_pages_and_a_question_mark_shows_the_shortcuts(new_page: NewPage) -> None:
    page = await new_page()
    await page.goto("/")
    await page.keyboard.press("/")
    await page.get_by_role("dialog").get_by_role("searchbox").fill("schedu")
    await expect(page.locator("[data-results] a").first).to_have_text("Schedule")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("s")
    await expect(page).to_have_url(re.compile("/sync$"))


async def test_the_search_begins_with_what_was_looked_at_and_kept(new_page: NewPage, demo_app: web.Application) -> None:
    sync = demo_app[keys.SYNC]
    run = await sync.start(SyncStart(oracle_table="APP.TEST_TABLE", sync_type=SyncType.FULL), LOCAL)
    await sync.wait(run.sync_id)
    page = await new_page()
    for path in ("/tables/test_table", "/sync", "/"):  # the last two have no name of their own to remember
        await page.goto(path)
    await page.keyboard.press("/")
    found = page.locator("[data-results] li")
    await expect(found.first).to_have_text(re.compile("test_table.*Recent"))
    await expect(found.filter(has_text="Recent")).to_have_count(1)
    await page.get_by_role("searchbox").click()
    await page.goto("/tables/test_table")
    await page.locator(".star").click()
    await page.keyboard.press("/")
    await expect(found.filter(has_text="Favourite")).to_have_text([re.compile("test_table")])


async def test_a_letter_typed_into_a_field_is_only_a_letter(new_page: NewPage) -> None:
    page = await new_page()
    await page.goto("/sync")
    await page.locator("input[name=oracle_table]").press_sequentially("g?d/")
    await expect(page.locator("input[name=oracle_table]")).to_have_value("g?d/")
    await expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_nothing_is_cut_off_at_360_pixels(new_page: NewPage, demo_app: web.Application, language: str) -> None:
    sync, jobs = demo_app[keys.SYNC], demo_app[keys.SCHEDULER]
    run = await sync.start(SyncStart(oracle_table="SALES.ORDERS", sync_type=SyncType.FULL), LOCAL)
    await sync.wait(run.sync_id)
    job = await jobs.add(JobNew(cron="*/15 * * * *"), LOCAL)
    page = await new_page(language, 360, watch=False)  # one of them is not there, which a browser calls an error
    wide = []
    for path in (*PAGES, f"/sync/runs/{run.sync_id}", f"/scheduler/jobs/{job.id}"):
        await page.goto(path)
        if await page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(path)
    assert wide == []


async def test_the_first_tab_leads_past_the_menu_and_focus_can_be_seen(new_page: NewPage) -> None:
    page = await new_page()
    await page.goto("/sync")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    style = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


async def test_times_count_up_and_show_the_exact_time_in_the_readers_zone(new_page: NewPage) -> None:
    page = await new_page(timezone_id="America/New_York")
    await page.goto("/sync")
    await page.get_by_label("Table").first.fill("APP.TEST_TABLE")
    await page.locator(".choice", has=page.get_by_text("Full", exact=True)).click()
    await page.get_by_role("button", name="Start", exact=True).click()
    moment = page.locator("#_sync_runs time").first
    await expect(moment).to_have_attribute("title", re.compile(r"America/New_York$"), timeout=20_000)
    before = await moment.inner_text()
    await expect(moment).not_to_have_text(before, timeout=5_000)
