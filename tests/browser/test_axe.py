"""Every page, in both languages and both themes, before axe: nothing that shuts people out."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page

from app import keys
from app.guard import LOCAL
from app.schemas.sync import SyncStart, SyncType
from tests.browser.conftest import IN_CHROMIUM, NewPage

pytestmark = IN_CHROMIUM
AXE = (Path(__file__).parent / "vendor" / "axe" / "axe.min.js").read_text("utf-8")
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`)"""
PAGES = (
    *("/", "/tables", "/tables/orders", "/tables/orders/columns", "/tables/orders/columns/ORDER_ID"),
    *("/tables/orders/chart", "/sql", "/sync", "/sync/targets", "/sync/targets/new"),
    *("/sync/targets/new/SALES/ORDERS", "/sync/targets/of/orders", "/sync/targets/of/orders/delete", "/scheduler"),
    *("/agent", "/admin", "/admin/tokens", "/admin/audit", "/admin/settings", "/admin/system", "/account"),
    *("/login", "/welcome", "/tables/nothing"),
)  # /docs and /redoc are Swagger UI's and ReDoc's own pages


async def serious(page: Page) -> Any:
    """What axe calls serious or critical; evaluated, because our own policy lets no page add a script."""
    await page.evaluate(AXE)
    return await page.evaluate(SERIOUS)


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ko", "dark")])
async def test_axe_finds_nothing_serious(
    new_page: NewPage, demo_app: web.Application, language: str, theme: str
) -> None:
    sync = demo_app[keys.SYNC]
    run = await sync.start(SyncStart(oracle_table="SALES.ORDERS", sync_type=SyncType.FULL), LOCAL)
    await sync.wait(run.sync_id)
    page = await new_page(language, watch=False, color_scheme=theme)
    found = {}
    for path in (*PAGES, f"/sync/runs/{run.sync_id}"):
        await page.goto(path)
        if wrong := await serious(page):
            found[path] = wrong
    assert found == {}
