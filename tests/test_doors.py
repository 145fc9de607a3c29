"""What the doors share, through the socket: what is read, what is refused, and with which words."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bench.pages import PAGES, fill, weight

JOBS = "/api/v1/scheduler/jobs"
JSON = {"Content-Type": "application/json"}


async def refused(client: TestClient, body: bytes | str, status: int, **headers: str) -> dict[str, Any]:
    answer = await client.post(JOBS, data=body, headers=JSON | headers)
    found = await answer.json()
    assert answer.status == status, found
    assert found["success"] is False
    assert found["request_id"] == answer.headers["X-Request-ID"]
    return dict(found["error"])


async def test_an_unknown_field_is_refused_by_name(client: TestClient) -> None:
    error = await refused(client, '{"cron": "0 2 * * *", "tragets": ["iv"]}', 422)
    assert error["code"] == "invalid"
    assert error["details"] == [{"field": "tragets", "message": "Extra inputs are not permitted"}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"cron": NaN}',
        b'{"cron": "\\ud800"}',
        b'{"cron": "\xff"}',
        b"[" * 100_000,
        b'{"hour": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "open", "nan", "half a pair", "no utf-8", "deep", "long number"],
)
async def test_what_is_not_json_is_400(client: TestClient, body: bytes) -> None:
    assert (await refused(client, body, 400))["code"] == "malformed"


@pytest.mark.parametrize("body", ['{"hour": "2"}', '{"hour": 2, "enabled": 0}', '{"hour": 2, "name": 5}', "[]", "null"])
async def test_types_are_taken_as_they_are_written(client: TestClient, body: str) -> None:
    assert (await refused(client, body, 422))["code"] == "invalid"


async def test_a_body_that_is_too_large_is_413(client: TestClient) -> None:
    assert (await refused(client, b'"' + b"x" * 1_020_000 + b'"', 413))["code"] == "too_large"


async def test_a_body_that_is_no_json_is_415_and_a_form_without_its_boundary_400(client: TestClient) -> None:
    assert (await refused(client, "x", 415, **{"Content-Type": "text/plain"}))["code"] == "wrong_media_type"
    assert (await refused(client, "x", 400, **{"Content-Type": "multipart/form-data"}))["code"] == "malformed"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/", "/api/v1/sync/runs/x/y/z"])
async def test_nothing_at_an_address_of_the_api_is_json(client: TestClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status == 404
    assert (await answer.json())["error"]["code"] == "not_found"


async def test_a_method_that_an_address_does_not_take_is_405_with_those_it_takes(client: TestClient) -> None:
    answer = await client.put(JOBS, json={})
    assert answer.status == 405
    assert (await answer.json())["error"]["code"] == "wrong_method"
    assert answer.headers["Allow"] == "GET,HEAD,POST"


async def test_head_answers_as_get_without_the_body(client: TestClient) -> None:
    got, head = await client.get(JOBS), await client.head(JOBS)
    assert (head.status, await head.read()) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


async def test_a_request_id_that_is_given_comes_back(client: TestClient) -> None:
    answer = await client.get(JOBS, headers={"X-Request-ID": "mine-7"})
    assert answer.headers["X-Request-ID"] == "mine-7"


async def test_a_query_string_is_checked_too(client: TestClient) -> None:
    answer = await client.get("/api/v1/sync/runs?limit=0&colour=red")
    error = (await answer.json())["error"]
    assert answer.status == 422
    assert {detail["field"] for detail in error["details"]} == {"limit", "colour"}


@pytest.mark.parametrize("address", ["/openapi.json", "/sync", "/static/app.css"])
async def test_text_is_gzipped_for_who_takes_it(client: TestClient, address: str) -> None:
    plain = await client.get(address, headers={"Accept-Encoding": "identity"})
    packed = await client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in ",".join(packed.headers.getall("Vary"))
    assert len(await packed.read()) == len(await plain.read())  # unpacked by the client


async def test_a_first_visit_takes_at_most_150_kb_on_every_page(app: web.Application) -> None:
    """All that a browser fetches for the page, gzipped; the API documentation brings viewers of its own."""
    async with TestClient(TestServer(app, host="127.0.0.1"), auto_decompress=False) as client:
        await fill(app, tables=8, runs=8)  # t_7 is the one that the pages show
        answers = {page: (await client.get(page)).status for page in PAGES}
        weights = {page: await weight(client, page) for page in PAGES}
    assert set(answers.values()) == {200}
    assert [page for page, size in weights.items() if size > 150_000] == []
    assert min(weights.values()) > 30_000  # the stylesheets and scripts were counted


async def test_a_short_answer_is_sent_as_it_is(client: TestClient) -> None:
    answer = await client.get("/health", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
