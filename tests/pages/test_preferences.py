"""Language and theme as a form sets them."""

import pytest
from aiohttp.test_utils import TestClient


async def test_a_chosen_language_holds_against_the_browsers(client: TestClient) -> None:
    answer = await client.post("/preferences", data={"language": "en", "next": "/nowhere"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/nowhere")
    page = await (await client.get("/nowhere", headers={"Accept-Language": "ko"})).text()
    assert '<html lang="en"' in page


async def test_the_theme_is_on_the_page_until_the_system_decides_again(client: TestClient) -> None:
    await client.post("/preferences", data={"theme": "dark"})
    assert 'data-theme="dark"' in await (await client.get("/nowhere")).text()
    await client.post("/preferences", data={"theme": "system"})
    assert "data-theme=" not in (await (await client.get("/nowhere")).text()).split("<body")[0]


@pytest.mark.parametrize(
    "foreign", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/\tx"]
)
async def test_the_way_back_never_leads_elsewhere(client: TestClient, foreign: str) -> None:
    answer = await client.post("/preferences", data={"theme": "dark", "next": foreign}, allow_redirects=False)
    assert answer.headers["Location"] == "/"


async def test_an_unknown_language_is_refused(client: TestClient) -> None:
    assert (await client.post("/preferences", data={"language": "xx"})).status == 422
