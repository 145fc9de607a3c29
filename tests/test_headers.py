"""What every answer forbids the browser, through the real socket."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from app.guard import ROUTES
from app.sync.runs import Runs
from tests.samples import run

PLACES = ["/health", "/sync", "/nothing/here", "/api/v1/nothing", "/static/app.css", "/openapi.json", "/docs", "/redoc"]


def policy(header: str) -> dict[str, set[str]]:
    parts = [part.split() for part in header.split(";")]
    return {part[0]: set(part[1:]) for part in parts}


@pytest.mark.parametrize("place", PLACES)
async def test_every_answer_forbids_foreign_code_frames_and_guessed_types(client: TestClient, place: str) -> None:
    own = (await client.get(place)).headers
    found = policy(own["Content-Security-Policy"])
    assert found["default-src"] == found["script-src"] == found["form-action"] == {"'self'"}
    assert found["frame-ancestors"] == found["base-uri"] == found["object-src"] == {"'none'"}
    assert found["img-src"] == {"'self'", "data:"}
    host = f"127.0.0.1:{client.port}"
    assert found["connect-src"] == {"'self'", f"ws://{host}", f"wss://{host}"}
    assert own["X-Content-Type-Options"] == "nosniff"
    assert own["X-Frame-Options"] == "DENY"
    assert own["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("place", PLACES)
async def test_no_page_allows_inline_or_evaluated_scripts(client: TestClient, place: str) -> None:
    found = policy((await client.get(place)).headers["Content-Security-Policy"])
    assert "'unsafe-eval'" not in str(found)
    inline = {name for name, sources in found.items() if "'unsafe-inline'" in sources}
    assert inline == ({"style-src"} if place in {"/docs", "/redoc"} else set())


async def test_no_page_holds_a_script_or_a_style_of_its_own(app: web.Application, client: TestClient) -> None:
    """All pages that there are, each with a table and a run where it shows one."""
    await app[keys.WAREHOUSE].rows("CREATE TABLE orders AS SELECT i AS id, now() AS at FROM range(9) r(i)")
    await Runs(app[keys.STORE]).save(run("c3"))
    named = {"name": "orders", "column": "id", "sync_id": "c3"}
    pages = 0
    for route in list(app[ROUTES].values()):
        if route.method != "GET" or route.path.startswith(("/api/", "/ws/")):
            continue
        place = re.sub(r"{(\w+)}", lambda part: named.get(part[1], "nothing"), route.path)
        answer = await client.get(place)
        found = policy(answer.headers["Content-Security-Policy"])
        assert found["script-src"] == {"'self'"}, place
        if answer.content_type == "text/html":
            pages += 1
            text = await answer.text()
            assert not re.search(
                r"<script(?![^>]*(\bsrc=|application/json))|<[^>]*\s(on\w+|style)=|hx-on|javascript:|['\"]js:", text
            ), place
    assert pages > 25


async def test_answers_with_data_are_kept_by_no_cache(client: TestClient) -> None:
    assert (await client.get("/api/v1/tables")).headers["Cache-Control"] == "no-store"
    assert "no-store" not in (await client.get("/static/app.css")).headers.get("Cache-Control", "")


async def test_a_refused_host_cannot_write_into_the_policy(client: TestClient) -> None:
    answer = await client.get("/health", headers={"Host": "evil.example; script-src *"})
    assert answer.status in {400, 403}
    assert "evil" not in answer.headers.get("Content-Security-Policy", "")


async def test_a_request_id_from_outside_cannot_become_a_header_or_markup(client: TestClient) -> None:
    answer = await client.get("/nothing", headers={"X-Request-ID": "<script>alert(1)</script>"})
    assert "<script>alert" not in await answer.text()
    assert "X-Evil" not in answer.headers


async def test_a_way_back_from_outside_is_text_on_the_page(client: TestClient) -> None:
    page = await (await client.get("/nothing/%22%3E%3Cscript%3Ealert(1)%3C/script%3E")).text()
    assert "<script>alert" not in page
