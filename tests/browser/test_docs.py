"""/docs and /redoc in Chromium: they draw, "Try it out" works, and nothing is asked of any other machine."""

from playwright.async_api import Page

from tests.browser.conftest import IN_CHROMIUM

pytestmark = IN_CHROMIUM


async def test_swagger_ui_tries_an_operation_out(page: Page, address: str) -> None:
    asked, wrong = watched(page)
    await page.goto(f"{address}/docs")
    block = page.locator("#operations-health-health_health")
    await block.locator(".opblock-summary-control").click()
    await block.locator(".execute").click()
    await block.locator(".live-responses-table tbody .response-col_status").first.wait_for()
    assert "200" in await block.locator(".live-responses-table tbody .response-col_status").first.inner_text()
    assert (foreign(asked, address), wrong) == ([], [])


async def test_redoc_shows_every_operation(page: Page, address: str) -> None:
    asked, wrong = watched(page)
    await page.goto(f"{address}/redoc")
    await page.get_by_role("heading", name="Start a sync").wait_for()
    assert (foreign(asked, address), wrong) == ([], [])


def watched(page: Page) -> tuple[list[str], list[str]]:
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    return asked, wrong


def foreign(asked: list[str], address: str) -> list[str]:
    return [url for url in asked if not url.startswith((address, "data:", "blob:"))]
