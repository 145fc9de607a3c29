"""What the last days' runs came to: days in the reader's zone, the newest rates."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.schemas.sync import State, SyncType
from app.store import Store
from app.sync import runs
from app.sync.past import DAYS, RATES, of_tables
from app.sync.runs import Runs
from tests.samples import run

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # noon in Seoul


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "store.sqlite", [runs.SCHEMA])
    await store.open()
    yield store
    await store.close()


async def keep(store: Store, state: State, hours_ago: float, target: str = "orders", **fields: object) -> None:
    began = NOW - timedelta(hours=hours_ago)
    usual = {"queued_at": began, "started_at": began, "finished_at": began + timedelta(minutes=1)}
    await Runs(store).save(run(f"{target}-{state}-{hours_ago}", target, state, **(usual | fields)))


async def test_a_day_is_as_its_last_run_and_a_mended_one_a_warning(store: Store) -> None:
    await keep(store, State.SUCCEEDED, 1)
    await keep(store, State.FAILED, 25)
    await keep(store, State.FAILED, 50)
    await keep(store, State.SUCCEEDED, 49)
    days = (await of_tables(store, NOW, SEOUL))["orders"].days
    assert days[-3:] == ["warn", "bad", "ok"]
    assert days[:-3] == ["none"] * (DAYS - 3)


async def test_days_begin_at_the_zones_midnight(store: Store) -> None:
    await keep(store, State.SUCCEEDED, 11.5)  # half past midnight in Seoul, yesterday in UTC
    await keep(store, State.FAILED, 12.5)  # yesterday in Seoul
    assert (await of_tables(store, NOW, SEOUL))["orders"].days[-2:] == ["bad", "ok"]


async def test_tests_and_what_is_older_do_not_count(store: Store) -> None:
    await keep(store, State.FAILED, 1, type=SyncType.TEST)
    await keep(store, State.FAILED, 24 * DAYS + 1)
    assert await of_tables(store, NOW, SEOUL) == {}


async def test_rates_are_those_of_the_newest_good_runs_the_oldest_first(store: Store) -> None:
    for hour in range(RATES + 5):
        progress = run("x").progress.model_copy(update={"rows_per_second": float(hour)})
        await keep(store, State.SUCCEEDED, 1 + hour / 10, progress=progress)
    assert (await of_tables(store, NOW, SEOUL))["orders"].rates == [float(n) for n in range(RATES - 1, -1, -1)]
