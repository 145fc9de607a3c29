"""/sync and /sync/runs/…: what is shown, filtered, started and told."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys
from app.doors import render_part
from app.schemas.accounts import Role
from app.schemas.sync import LogLine, Proof, ProofColumn, State
from app.sync.runs import Runs
from tests.samples import NOW, differing, failed, run

PART = {"HX-Request": "true"}


@pytest.fixture
async def past(client: TestClient, app: web.Application) -> Runs:
    """A ledger with a few runs behind it."""
    runs = Runs(app[keys.STORE])
    for one in (run("a1"), failed("b2", "lots"), differing("c3"), run("d4", "lots", State.INTERRUPTED, resumable=True)):
        await runs.save(one)
    await runs.write("a1", LogLine(at=NOW, level="info", message="snapshot: AS OF SCN 12345678"))
    return runs


async def page(client: TestClient, path: str, language: str = "en", **headers: str) -> str:
    answer = await client.get(path, headers={"Accept-Language": language, **headers})
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def test_the_part_is_the_same_text_on_the_page_and_on_its_own(client: TestClient, past: Runs) -> None:
    whole, part = await page(client, "/sync"), await page(client, "/sync", **PART)
    assert part.startswith('<section id="_sync_runs"')
    assert part.strip() in whole


@pytest.mark.parametrize(
    ("query", "shown"),
    [("state=failed", ["b2"]), ("target=orders", ["a1", "c3"]), ("type=full&state=succeeded", ["a1"])],
)
async def test_the_history_shows_what_its_address_asks(
    client: TestClient, past: Runs, query: str, shown: list[str]
) -> None:
    found = re.findall(r"<td[^>]*><a href=\"/sync/runs/(\w+)\"", await page(client, f"/sync?{query}"))
    assert sorted(found) == shown


async def test_what_a_form_leaves_empty_is_no_filter(client: TestClient, past: Runs) -> None:
    assert "/sync/runs/b2" in await page(client, "/sync?target=&state=&type=")


async def test_an_unknown_state_is_refused(client: TestClient) -> None:
    assert (await client.get("/sync?state=sleeping")).status == 422


async def test_a_filtered_history_is_not_pushed_over(client: TestClient, past: Runs) -> None:
    assert "view=sync&amp;filtered=true" in await page(client, "/sync?state=failed")
    assert "filtered=true" not in await page(client, "/sync")


async def test_an_error_is_told_in_the_readers_language(client: TestClient, past: Runs) -> None:
    assert "Oracle이 응답하지 않습니다: ORA-12541" in await page(client, "/sync/runs/b2", "ko")
    assert "Oracle does not answer: ORA-12541" in await page(client, "/sync/runs/b2", "en")


async def test_a_run_shows_its_log_its_phases_and_its_proof(client: TestClient, past: Runs) -> None:
    text = await page(client, "/sync/runs/a1")
    assert "snapshot: AS OF SCN 12345678" in text
    assert "Count equal" in text
    assert "38.10 sec" in text


async def test_a_difference_is_shown_column_by_column(client: TestClient, past: Runs) -> None:
    text = await page(client, "/sync/runs/c3")
    assert "12 ≠ 11" in text
    assert "Oracle has 1,000,012 rows" in text


PROOFS = {
    "checksum": Proof(
        method="checksum",
        ok=True,
        oracle_rows=5,
        duckdb_rows=5,
        columns=[
            ProofColumn(column="ID", method="count, sum of remainders", oracle="5, 9", duckdb="5, 9", equal=True),
            ProofColumn(column="NOTE", method="counted only", oracle="5", duckdb="5"),
        ],
    ),
    "count": Proof(method="count", ok=True, duckdb_rows=5),
    "off": Proof(method="off", ok=True, duckdb_rows=5),
}


@pytest.mark.parametrize(
    ("method", "language", "said", "never"),
    [
        (
            "checksum",
            "en",
            ["Checksum equal, 1 counted only", "proven of NOTE", "Counted only</span>"],
            "counted only<",
        ),
        ("checksum", "ko", ["1개 컬럼은 개수만 확인", "나머지의 합"], "remainders"),
        ("count", "en", ["Counted only</span>"], "Count equal"),
        ("count", "ko", ["개수만 확인</span>"], "행 수 일치"),
        ("off", "en", ["Not proven</span>"], "equal"),
    ],
)
async def test_what_was_only_counted_is_shown_as_that_and_no_more(
    app: web.Application, method: str, language: str, said: list[str], never: str
) -> None:
    context = {"run": run("a1", proof=PROOFS[method])}
    text = render_part(app, language, Role.VIEWER, "_sync_report.html", context)
    assert [words for words in said if words not in text] == []
    proof = text[: text.index("</section>")].replace(said[0], "")
    assert never not in proof


async def test_only_an_interrupted_run_offers_to_go_on(client: TestClient, past: Runs) -> None:
    assert 'action="/sync/runs/d4/resume"' in await page(client, "/sync/runs/d4")
    assert "/resume" not in await page(client, "/sync/runs/a1")


async def test_a_run_that_is_not_there_is_404(client: TestClient) -> None:
    assert (await client.get("/sync/runs/none")).status == 404


async def test_a_start_without_oracle_says_so_beside_the_page(client: TestClient) -> None:
    answer = await client.post("/sync/start", data={"oracle_table": "ORDERS"}, headers=PART)
    assert answer.status == 503
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert "oracle_not_configured" in await answer.text()


async def test_a_finished_run_cannot_be_paused(client: TestClient, past: Runs) -> None:
    assert (await client.post("/sync/runs/a1/pause")).status == 409


async def test_nothing_on_the_page_needs_inline_scripts_or_styles(client: TestClient, past: Runs) -> None:
    for path in ("/sync", "/sync/runs/c3"):
        text = await page(client, path)
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|hx-on|javascript:|['\"]js:", text)


async def test_hostile_names_are_text(client: TestClient, app: web.Application) -> None:
    name = '"><img src=x onerror=alert(1)>'
    await Runs(app[keys.STORE]).save(run("e5", name))
    for path in ("/sync", "/sync/runs/e5"):
        assert "<img" not in await page(client, path)
