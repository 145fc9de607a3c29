"""Tables, charts and SQL in Chromium, as a person uses them: by mouse and keyboard, back, reload, without script."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import IN_CHROMIUM
from tests.pages.warehouse_of_pages import fill

pytestmark = IN_CHROMIUM
NEXT = "a[role=button]:has-text('Next')"


@pytest.fixture
async def address(app: web.Application) -> AsyncIterator[str]:
    async with TestServer(app, host="127.0.0.1") as server:
        await fill(app)
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def page(browser: Browser, address: str) -> AsyncIterator[Page]:
    """An English page of 1280 px. Ends with a look at what it asked for and what went wrong in it."""
    page = await browser.new_page(base_url=address, locale="en-US", viewport={"width": 1280, "height": 900})
    wrong = watched(page, address)
    yield page
    assert wrong == []


def watched(page: Page, address: str) -> list[str]:
    """Errors of the page, and requests to anyone but us, as they come."""
    wrong: list[str] = []
    own = (address, "data:", "blob:", address.replace("http", "ws"))
    page.on("request", lambda request: None if request.url.startswith(own) else wrong.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    return wrong


async def first_column(page: Page, number: int) -> list[str]:
    return await page.locator(f"[data-grid] tbody tr td:nth-child({number})").all_inner_texts()


async def test_a_view_is_made_by_hand_and_is_the_same_after_reload_and_back(page: Page) -> None:
    await page.goto("/tables")
    await page.get_by_role("link", name="measures", exact=True).click()
    await page.get_by_text("Add a filter").click()
    await page.locator(".add-filter select[name=column]").select_option("FACTORY")
    await page.locator(".add-filter input[name=value]:visible").fill("F2")
    await page.get_by_role("button", name="Apply").first.click()
    await expect(page.locator(".chip.filter")).to_contain_text("FACTORY = F2")
    await page.locator("[data-grid] thead").get_by_role("link", name="TRAN_TIME").click()
    await page.locator("[data-grid] thead th[aria-sort=ascending]").get_by_role("link", name="TRAN_TIME").click()
    await expect(page.locator("[data-grid] thead th[aria-sort=descending]")).to_have_text("TRAN_TIME")
    before = await first_column(page, 2)
    await page.locator(NEXT).click()
    await expect(page.locator(".pager")).to_contain_text("101–200 of 3,000")
    after, url = await first_column(page, 2), page.url
    assert min(before) > max(after)
    assert set(await first_column(page, 1)) == {"F2"}
    await page.reload()
    assert (await first_column(page, 2), page.url) == (after, url)
    await page.go_back()
    await expect(page.locator(".pager")).to_contain_text("1–100 of 3,000")
    assert await first_column(page, 2) == before


async def test_columns_are_chosen_and_the_choice_is_in_the_address(page: Page) -> None:
    await page.goto("/tables/measures")
    await page.locator("#pick-columns").click()
    await page.get_by_role("checkbox", name="LOT").uncheck()
    await page.get_by_role("checkbox", name="FACTORY").uncheck()
    await page.locator(".picks").get_by_role("button", name="Apply").click()
    await expect(page.locator("[data-grid] thead th")).to_have_text(["TRAN_TIME", "IV", "설비"])
    assert "show=TRAN_TIME&show=IV" in page.url


async def test_a_profile_unfolds_and_its_values_filter(page: Page) -> None:
    await page.goto("/tables/measures")
    await page.locator(".profiles").get_by_role("button", name="FACTORY").click()
    await page.locator(".values a", has_text="F2").click()
    await expect(page.locator(".chip.filter")).to_contain_text("FACTORY = F2")
    await expect(page.locator(".values a[aria-current]")).to_contain_text("F2")  # still unfolded, still all values
    await expect(page.locator(".values a")).to_have_count(3)
    await page.locator(".profiles").get_by_role("button", name="IV").click()
    await page.locator(".histogram a:has(rect:not(.hit))").last.click(force=True)
    await expect(page.locator(".pager")).to_contain_text("1–1 of 1")


async def picture(page: Page) -> dict[str, Any]:
    drawn: dict[str, Any] = json.loads(await page.locator("[data-plot]").text_content() or "")
    return drawn


async def drag(page: Page, start: float, end: float) -> None:
    box = await page.locator(".u-over").first.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] * start, box["y"] + 100)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * end, box["y"] + 120, steps=4)
    await page.mouse.up()


SPIKE = """() => {
  const canvas = document.querySelector('.u-wrap canvas'), ctx = canvas.getContext('2d');
  const height = Math.round(canvas.height * 0.12), left = Math.round(canvas.width * 0.08);
  const data = ctx.getImageData(left, 0, canvas.width - left, height).data;
  let seen = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 40 && data[i + 2] - data[i] > 40) seen++;
  return seen;
}"""


async def saved_bytes(saved: Any) -> bytes:
    file: Path = await (await saved.value).path()
    return await asyncio.to_thread(file.read_bytes)


async def test_a_drag_asks_for_finer_buckets_and_back_returns(page: Page) -> None:
    await page.goto("/tables/measures/chart?y=IV")
    await page.locator(".u-over").wait_for()
    coarse = await picture(page)
    await drag(page, 0.4, 0.6)
    await page.wait_for_url(re.compile("start="))
    await expect(page.locator("figcaption")).not_to_contain_text("9,000 rows")
    fine = await picture(page)
    assert fine["x"][1] - fine["x"][0] < coarse["x"][1] - coarse["x"][0]
    assert fine["to"] - fine["from"] < (coarse["to"] - coarse["from"]) / 4
    zoomed = page.url
    await page.reload()
    assert await picture(page) == fine
    await page.go_back()
    await expect(page.locator("figcaption")).to_contain_text("9,000 rows")
    await page.locator(".u-over").wait_for()
    assert (await picture(page), page.url == zoomed) == (coarse, False)


async def test_the_spike_of_one_row_is_seen_on_the_canvas_at_every_zoom(page: Page) -> None:
    await page.goto("/tables/measures/chart?y=IV")
    for _ in range(3):
        await page.locator(".u-over").wait_for()
        assert await page.evaluate(SPIKE) > 3
        drawn = await picture(page)
        share = (1_791_072_060 - drawn["from"]) / (drawn["to"] - drawn["from"])  # where the outlier is
        before = page.url
        await drag(page, max(0.01, share - 0.1), min(0.99, share + 0.1))
        await page.wait_for_url(lambda url, before=before: url != before)
        await page.wait_for_function("document.querySelector('.u-over') && !document.querySelector('.htmx-request')")
    await page.goto("/tables/measures/chart?y=IV&column=LOT&op=!%3D&value=00021")  # the row is not in this view
    await page.locator(".u-over").wait_for()
    assert (await picture(page))["panels"][0]["range"][1] < 1


async def test_controls_redraw_at_once_and_stay_in_the_address(page: Page) -> None:
    await page.goto("/tables/measures/chart?y=IV")
    await page.get_by_label("One line per").select_option("FACTORY")
    await expect(page.locator(".legend label")).to_have_text(["IV · F1", "IV · F2", "IV · F3"])
    await page.get_by_label("Leave outliers outside").check()
    await expect(page.locator(".note")).to_contain_text("outside the range shown")
    await page.get_by_label("Greatest value shown").fill("0.2")
    await page.get_by_label("Greatest value shown").press("Enter")
    await page.wait_for_url(re.compile(r"by=FACTORY&high=0\.2&cut=1$"))
    await page.get_by_role("link", name="7 days").click()
    await page.wait_for_url(re.compile("span=7d"))
    await expect(page.locator(".legend label")).to_have_count(3)


async def test_the_chart_is_read_by_keyboard_and_saved_as_a_picture(page: Page) -> None:
    await page.goto("/tables/measures/chart?y=IV")
    await page.locator(".u-over").wait_for()
    await page.locator("[data-chart]").focus()
    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("[data-when]")).to_contain_text("2026-10-01")
    await expect(page.locator("[data-value='0']")).to_contain_text("0.17")
    await page.keyboard.press("+")
    await page.wait_for_url(re.compile("start="))
    async with page.expect_download() as saved:
        await page.locator("[data-png]").click()
    assert (await saved_bytes(saved))[:8] == b"\x89PNG\r\n\x1a\n"


async def test_sql_runs_by_keyboard_is_remembered_and_put_together_by_clicks(page: Page) -> None:
    await page.goto("/sql")
    await page.get_by_text("orders 1,000").click()
    await page.get_by_role("button", name="Insert SELECT").click()
    await expect(page.locator("#sql-text")).to_have_value("SELECT *\nFROM orders\nLIMIT 100")
    await page.locator("#sql-text").press("Control+Enter")
    await expect(page.locator("#_sql_result")).to_contain_text("100 rows")
    await expect(page.locator("[data-stop]")).to_be_hidden()
    await page.get_by_text("Chart", exact=True).click()
    await expect(page.locator(".u-wrap canvas").first).to_be_visible()
    await page.reload()
    await expect(page.locator("#sql-text")).to_have_value("SELECT *\nFROM orders\nLIMIT 100")
    await expect(page.locator("[data-history] button")).to_have_count(1)
    async with page.expect_download() as saved:
        await page.get_by_role("button", name="CSV").click()
    assert (await saved_bytes(saved)).decode("utf-8-sig").startswith("id,made,amount")


async def test_a_long_statement_is_stopped_by_its_button(browser: Browser, address: str) -> None:
    page = await browser.new_page(base_url=address, locale="ko-KR")  # its refusal is a 4xx, which Chromium logs
    await page.goto("/sql")
    await page.locator("#sql-text").fill("SELECT count(*) FROM range(100000000000) a(i) WHERE hash(i) % 7 = 3")
    await page.locator("#sql-run").click()
    await page.locator("[data-stop]").click()
    await expect(page.locator("#_sql_result .note-bad")).to_be_visible(timeout=10_000)
    await expect(page.locator("#sql-run")).to_be_enabled()


async def test_everything_reads_without_script(browser: Browser, address: str) -> None:
    context = await browser.new_context(base_url=address, java_script_enabled=False, locale="ko-KR")
    page = await context.new_page()
    await page.goto("/tables/measures?column=FACTORY&op=%3D&value=F1")
    await page.locator("[data-grid] thead").get_by_role("link", name="LOT").click()
    assert "sort=LOT" in page.url
    await page.get_by_role("link", name="차트", exact=True).click()
    await expect(page.locator(".canvas polyline")).to_have_count(1)
    await page.get_by_role("link", name="확대").click()
    assert "start=" in page.url
    await page.goto("/sql")
    await page.locator("#sql-text").fill("SELECT 42 AS answer")
    await page.get_by_role("button", name="실행").click()
    await expect(page.locator("#_sql_result td")).to_have_text("42")


PAGES = ("/tables", "/tables/measures?open=IV", "/tables/measures/columns", "/tables/measures/chart", "/sql")


@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
async def test_no_page_is_wider_than_a_phone(browser: Browser, address: str, language: str) -> None:
    page = await browser.new_page(base_url=address, locale=language, viewport={"width": 360, "height": 740})
    wrong = watched(page, address)
    for path in PAGES:
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
    assert wrong == []


async def test_the_chart_follows_the_theme(browser: Browser, address: str) -> None:
    page = await browser.new_page(base_url=address, color_scheme="light")
    await page.goto("/tables/measures/chart?y=IV")
    await page.locator(".u-over").wait_for()
    light = await page.evaluate("document.querySelector('.u-wrap canvas').toDataURL()")
    await page.emulate_media(color_scheme="dark")
    for _ in range(50):
        if await page.evaluate("document.querySelector('.u-wrap canvas').toDataURL()") != light:
            break
        await asyncio.sleep(0.05)
    assert await page.evaluate("document.querySelector('.u-wrap canvas').toDataURL()") != light
