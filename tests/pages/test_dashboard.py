"""/: the dashboard, and what needs attention with the button that mends it."""

import re
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app import doors, keys
from app.config import Settings
from app.schemas.accounts import Role
from app.schemas.overview import Past, TableLine
from app.schemas.sync import Proof, RunError, State, Target
from app.sync.targets import Targets
from tests.samples import NOW, failed, run

COUNTED = Proof(method="count", ok=True, oracle_rows=10, duckdb_rows=10)
DIFFERS = Proof(method="count", ok=False, oracle_rows=12, duckdb_rows=10)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Oracle is configured, though nobody answers there."""
    return settings.model_copy(update={"oracle_dsn": "127.0.0.1:1/none", "oracle_user": "reader"})


def line(standing: str, **fields: object) -> TableLine:
    usual = {
        "name": "orders",
        "source": "SALES.ORDERS",
        "target": True,
        "rows": 10,
        "bytes": 1000,
        "synced_at": NOW - timedelta(minutes=2),
        "late_after_seconds": 3600,
        "proof": COUNTED,
        "past": Past(days=["ok"] * 13 + ["bad"], rates=[1.0, 3.0, 2.0]),
    }
    return TableLine.model_validate(usual | {"standing": standing} | fields)


def shown(app: web.Application, *lines: TableLine, language: str = "en", role: Role = Role.ADMIN) -> str:
    parts = ("_dashboard_standing.html", "_dashboard_tables.html")
    return "".join(doors.render_part(app, language, role, part, {"tables": lines}) for part in parts)


def failing(code: str, message: str = "It broke.") -> TableLine:
    return line("failed", last=failed("f1", error=RunError(code=code, message=message)))


def test_a_fresh_table_needs_nothing(app: web.Application) -> None:
    text = shown(app, line("fresh"))
    assert "The table is fresh." in text
    assert 'class="attention"' not in text


def test_a_late_table_is_named_in_a_sentence_with_the_button_that_mends_it(app: web.Application) -> None:
    text = shown(app, line("late"), line("fresh", name="lots"))
    assert "1 of 2 tables are fresh." in text
    assert "orders is late: its last good sync should not be older than 1 hr." in text
    assert re.search(r'class="attention".*?action="/sync/start".*?value="orders"', text, re.S)


@pytest.mark.parametrize(
    ("code", "button"),
    [
        ("oracle_away", "Try again"),
        ("shrunk", "Accept the smaller table"),
        ("row_moved_back", "Run a full"),
        ("key_needed", "Change the target"),
    ],
)
def test_each_failure_offers_what_mends_it(app: web.Application, code: str, button: str) -> None:
    assert button in shown(app, failing(code))


def test_an_interrupted_run_can_go_on(app: web.Application) -> None:
    broken = line("failed", last=run("f1", state=State.INTERRUPTED, resumable=True))
    assert 'action="/sync/runs/f1/resume"' in shown(app, broken)


def test_a_difference_asks_for_a_reconcile_where_there_is_a_key(app: web.Application) -> None:
    assert 'value="reconcile"' in shown(app, line("fresh", proof=DIFFERS, keyed=True))
    assert 'value="full"' in shown(app, line("fresh", proof=DIFFERS))
    assert "12 rows there, 10 here" in shown(app, line("fresh", proof=DIFFERS))


def test_a_viewer_sees_all_and_can_press_nothing(app: web.Application) -> None:
    text = shown(app, failing("oracle_away"), line("late", name="lots"), role=Role.VIEWER)
    assert "orders: the last sync failed." in text
    assert "<form" not in text


def test_the_state_of_a_table_is_a_word_and_an_icon(app: web.Application) -> None:
    for standing, word in (
        ("fresh", "최신"),
        ("late", "지연"),
        ("failed", "실패"),
        ("never", "동기화 전"),
        ("off", "중지"),
    ):
        last = failed("f1") if standing == "failed" else None
        badge = re.search(
            rf'<span class="badge[^>]*><svg.*?</svg>{word}</span>', shown(app, line(standing, last=last), language="ko")
        )
        assert badge, standing


def test_the_strip_can_be_read_without_colours(app: web.Application) -> None:
    text = shown(app, line("fresh"))
    assert "Last 14 days: 13 good, 0 mended, 1 failed" in text
    good, bad = (re.findall(rf'class="s-{kind}" d="([^"]*)"', text)[0] for kind in ("ok", "bad"))
    assert (good.count("v20"), bad.count("v7")) == (13, 1)


async def test_the_page_holds_the_parts_that_are_pushed(client: TestClient, app: web.Application) -> None:
    await Targets(app[keys.STORE]).add(Target(owner="SALES", table="ORDERS", duckdb_table="orders"))
    text = await (await client.get("/", headers={"Accept-Language": "ko"})).text()
    for part in ("_dashboard_standing", "_dashboard_active", "_dashboard_tables", "_dashboard_jobs"):
        assert f'id="{part}"' in text
    assert "orders: 아직 동기화한 적이 없습니다." in text
    assert "view=dashboard" in text


async def test_nothing_registered_says_what_to_do(client: TestClient) -> None:
    text = await (await client.get("/", headers={"Accept-Language": "en"})).text()
    assert 'href="/sync/targets/new"' in text


async def test_two_hundred_tables_are_all_there(client: TestClient, app: web.Application) -> None:
    for number in range(200):
        name = f"table_{number}"
        await Targets(app[keys.STORE]).add(Target(owner="O", table=name, duckdb_table=name))
    assert (await (await client.get("/")).text()).count('<th scope="row"><a href="/tables/table_') == 200
