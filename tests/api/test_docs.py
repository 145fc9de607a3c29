"""The documentation's pages bring everything they need."""

import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

STATIC = Path(__file__).parents[2] / "static"


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_a_page_and_all_it_asks_for_come_from_here(client: TestClient, page: str) -> None:
    answer = await client.get(page)
    text = await answer.text()
    assert answer.status == 200
    asked = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert [address for address in asked if not address.startswith(("/static/", "data:"))] == []
    for address in asked:
        if address.startswith("/static/"):
            assert (await client.get(address)).status == 200
    assert re.findall(r"<script>", text) == []


def test_redoc_does_not_fetch_its_makers_logo() -> None:
    assert "cdn." not in (STATIC / "vendor/redoc/redoc.standalone.js").read_text("utf-8")


def test_what_is_vendored_carries_its_licence() -> None:
    for name in ("swagger-ui", "redoc"):
        assert (STATIC / "vendor" / name / "LICENSE").is_file()
