"""The overview: which table stands how, who comes first, what lingers."""

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app import keys, overview
from app.schemas.overview import Standing
from app.schemas.scheduler import JobNew
from app.schemas.sync import State, SyncType, Target
from app.sync.runs import Runs
from app.sync.targets import Targets
from tests.samples import NOW, failed, run


@pytest.fixture
async def opened(client: TestClient, app: web.Application) -> web.Application:
    """The app with the stores open; the client is only what opens it."""
    return app


async def standings(app: web.Application) -> dict[str, Standing]:
    lines = await overview.tables(app[keys.SYNC], app[keys.QUERY], NOW)
    return {line.name: line.standing for line in lines}


async def target(app: web.Application, name: str, **fields: object) -> None:
    await Targets(app[keys.STORE]).add(Target(owner="SALES", table=name.upper(), duckdb_table=name, **fields))


async def test_a_target_nobody_has_synced_is_said_to_be_so(opened: web.Application) -> None:
    await target(opened, "orders")
    assert await standings(opened) == {"orders": "never"}


async def test_a_failed_run_outweighs_never_and_a_test_run_does_not_count(opened: web.Application) -> None:
    await target(opened, "orders")
    await target(opened, "lots")
    await Runs(opened[keys.STORE]).save(failed("a1", "orders"))
    await Runs(opened[keys.STORE]).save(failed("b2", "lots", type=SyncType.TEST))
    assert list((await standings(opened)).items()) == [("orders", "failed"), ("lots", "never")]


async def test_a_target_that_is_off_needs_no_care(opened: web.Application) -> None:
    await target(opened, "orders", enabled=False)
    lines = await overview.tables(opened[keys.SYNC], opened[keys.QUERY], NOW)
    assert [(line.standing, line.needs_care) for line in lines] == [("off", False)]


async def test_a_table_that_nobody_syncs_is_listed_last(opened: web.Application) -> None:
    await target(opened, "orders")
    await opened[keys.WAREHOUSE].call(lambda cursor: cursor.execute("CREATE TABLE a_own AS SELECT 1 AS x"))
    assert list((await standings(opened)).items()) == [("orders", "never"), ("a_own", "loose")]


async def test_a_finished_run_lingers_for_a_minute(opened: web.Application) -> None:
    runs = Runs(opened[keys.STORE])
    await runs.save(run("a1", finished_at=NOW - timedelta(seconds=30)))
    await runs.save(run("b2", "lots", finished_at=NOW - timedelta(seconds=90)))
    assert [one.sync_id for one in await overview.current(opened[keys.SYNC], NOW)] == ["a1"]


async def test_now_shows_the_latest_run_of_a_table_alone(opened: web.Application) -> None:
    runs = Runs(opened[keys.STORE])
    for age, sync_id in ((50, "old"), (30, "newer"), (10, "newest")):
        moment = NOW - timedelta(seconds=age)
        await runs.save(run(sync_id, queued_at=moment, finished_at=moment))
    assert [one.sync_id for one in await overview.current(opened[keys.SYNC], NOW)] == ["newest"]


async def test_the_next_jobs_are_those_that_are_due_first(opened: web.Application) -> None:
    from app.guard import LOCAL

    scheduler = opened[keys.SCHEDULER]
    for hour, name in ((23, "late"), (1, "early")):
        await scheduler.add(JobNew(name=name, hour=hour, targets=["*"]), LOCAL)
    await scheduler.add(JobNew(name="off", hour=2, enabled=False), LOCAL)
    jobs = await overview.upcoming(scheduler)
    assert {job.name for job in jobs} == {"late", "early"}
    assert [job.next_run for job in jobs] == sorted(job.next_run for job in jobs if job.next_run)


def test_every_state_is_named_in_the_samples() -> None:
    assert {run("x", state=state).state for state in State} == set(State)
