"""Chunks: a large full goes on where it stopped, at the same moment, after a lost connection and after a restart."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.config import Settings
from app.schemas.sync import State, SyncReset, SyncStart
from app.sync.chunks import Chunks
from tests.conftest import OracleAt
from tests.sync.conftest import ADMIN, Place, Source, opened
from tests.sync.test_work import hurry as hurry

ROWS = [(number, "x" * 20) for number in range(30000)]
EACH_ALONE = Chunks(10000, seconds=0)


@pytest.fixture
async def cutting(oracle_settings: Settings) -> AsyncIterator[Place]:
    """A place where 10,000 rows are many."""
    place = await opened(oracle_settings, chunks=EACH_ALONE)
    yield place
    await place.close()


def large(source: Source) -> str:
    table = source.table("id NUMBER(10) PRIMARY KEY, v VARCHAR2(40)", ROWS)
    source.run(f"BEGIN DBMS_STATS.GATHER_TABLE_STATS(USER, '{table}'); END;")
    return table


async def lines(place: Place, sync_id: str) -> str:
    return "\n".join(line.message for line in await place.service.log(sync_id))


async def test_a_large_table_is_read_in_chunks(cutting: Place, source: Source):
    table = large(source)
    run = await cutting.good(table, "full")
    assert run.progress.chunks > 3
    assert await cutting.rows(table) == ROWS
    assert await cutting.value("SELECT count(*) FROM _sync.chunks") == 0
    assert await cutting.value("SELECT count(*) FROM _sync.cuts") == 0


async def test_after_a_lost_connection_it_goes_on_at_the_same_moment(
    cutting: Place, source: Source, oracle_at: OracleAt, hurry
):
    table = large(source)
    oracle_at.fault("crawl", 300_000)
    run = await cutting.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await chunk(cutting, run.sync_id, 3)
    await asyncio.to_thread(source.run, f'DELETE FROM "{table}" WHERE id > 100')
    oracle_at.fault("drop_at_row", 100)
    await line(cutting, run.sync_id, "Trying again")
    oracle_at.fault("clear")
    run = await cutting.service.wait(run.sync_id)
    assert run.state is State.SUCCEEDED, run.error
    assert "chunks are there already" in await lines(cutting, run.sync_id)
    assert await cutting.rows(table) == ROWS


async def test_on_a_line_that_breaks_each_chunk_is_committed_by_itself(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt, hurry
):
    """Where chunks wait for each other, a line that breaks again and again would never get anywhere."""
    place, table = await opened(oracle_settings, chunks=Chunks(10000, seconds=60)), large(source)
    oracle_at.fault("crawl", 300_000)
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    for there in ("Trying again", "chunks are there already"):
        await told(place, 1)
        await chunk(place, run.sync_id, 3)
        assert "chunks are there already" not in await lines(place, run.sync_id)
        oracle_at.fault("drop_at_row", 100)
        await line(place, run.sync_id, there)
    oracle_at.fault("clear")
    run = await place.service.wait(run.sync_id)
    assert run.state is State.SUCCEEDED, run.error
    assert await place.rows(table) == ROWS
    await place.close()


async def test_a_moment_that_is_lost_in_the_middle_of_chunks_is_never_mixed_with_another(
    cutting: Place, source: Source, oracle_at: OracleAt
):
    """Oracle may still show some rows of the old moment: that is no reason to go on with it."""
    table = large(source)
    oracle_at.fault("crawl", 300_000)
    run = await cutting.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await chunk(cutting, run.sync_id, 3)
    first = (await cutting.service.run(run.sync_id)).snapshot
    await asyncio.to_thread(source.run, f"UPDATE \"{table}\" SET v = 'new'")
    oracle_at.fault("ora_at_row", 100, 1555, "snapshot too old")
    await line(cutting, run.sync_id, "Started over at a new moment.")
    oracle_at.fault("clear")
    run = await cutting.service.wait(run.sync_id)
    assert run.state is State.SUCCEEDED, run.error
    assert run.snapshot != first
    assert "Started over at a new moment." in run.notes[0]
    assert await cutting.rows(table) == [(number, "new") for number, _ in ROWS]


async def chunk(place: Place, sync_id: str, number: int) -> None:
    """Return when the run reads that chunk."""
    with place.hub.listen("sync") as listener:
        while ((await place.service.run(sync_id)).progress.chunk or 0) < number:
            await asyncio.wait_for(listener.get(), 20)


async def told(place: Place, number: int) -> None:
    """Return when rows of that chunk are told of."""
    with place.hub.listen("sync") as listener:
        while (await asyncio.wait_for(listener.get(), 20)).data.get("chunk") != number:
            pass


async def line(place: Place, sync_id: str, words: str) -> None:
    """Return when the run has said them."""
    with place.hub.listen("sync") as listener:
        while words not in await lines(place, sync_id):
            await asyncio.wait_for(listener.get(), 20)


async def test_after_a_restart_it_resumes_by_itself(oracle_settings: Settings, source: Source, oracle_at: OracleAt):
    table = large(source)
    place = await opened(oracle_settings, chunks=EACH_ALONE)
    oracle_at.fault("crawl", 300_000)
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await chunk(place, run.sync_id, 3)
    await place.close()
    oracle_at.fault("clear")
    source.run(f'DELETE FROM "{table}" WHERE id > 100')
    place = await opened(oracle_settings, chunks=EACH_ALONE)
    assert (await place.service.run(run.sync_id)).state is State.INTERRUPTED
    again = (await place.service.status()).active[0]
    assert again.trigger == "resume"
    again = await place.service.wait(again.sync_id)
    assert again.state is State.SUCCEEDED, again.error
    assert "chunks are there already" in await lines(place, again.sync_id)
    assert await place.rows(table) == ROWS
    await place.close()


async def interrupted(settings: Settings, source: Source, oracle_at: OracleAt) -> tuple[str, str]:
    """A full that a stop of the app broke off after two chunks: its table and id."""
    table = large(source)
    place = await opened(settings, chunks=EACH_ALONE)
    oracle_at.fault("crawl", 300_000)
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await chunk(place, run.sync_id, 3)
    await place.close()
    oracle_at.fault("clear")
    return table, run.sync_id


async def test_a_moment_that_oracle_has_lost_is_left_to_a_person_to_resume(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt
):
    table, _ = await interrupted(oracle_settings, source, oracle_at)
    source.run(f'DELETE FROM "{table}" WHERE id > 100')
    oracle_at.fault("prune_history")
    place = await opened(oracle_settings, chunks=EACH_ALONE)
    again = await place.service.wait((await place.service.status()).active[0].sync_id)
    assert (again.state, again.resumable, again.error.code) == (State.INTERRUPTED, True, "interrupted")
    assert await place.types(table) == {}
    assert await place.value("SELECT count(*) FROM _sync.cuts") == 0
    fresh = await place.service.resume(again.sync_id, ADMIN)
    assert (await place.service.wait(fresh.sync_id)).state is State.SUCCEEDED
    assert await place.rows(table) == ROWS[:101]
    await place.close()


async def test_a_run_that_was_resumed_three_times_waits_for_a_person(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt
):
    table, sync_id = await interrupted(oracle_settings, source, oracle_at)
    place = await opened(oracle_settings.model_copy(update={"oracle_dsn": "", "oracle_user": ""}))
    await place.warehouse.call(lambda duck: duck.execute("UPDATE _sync.cuts SET resumed = 3"))
    await place.close()
    place = await opened(oracle_settings, chunks=EACH_ALONE)
    assert (await place.service.status()).active == []
    run = await place.service.run(sync_id)
    assert (run.state, run.resumable) == (State.INTERRUPTED, True)
    again = await place.service.resume(sync_id, ADMIN)
    assert (await place.service.wait(again.sync_id)).state is State.SUCCEEDED
    assert await place.rows(table) == ROWS
    await place.close()


@pytest.mark.parametrize(
    "kind",
    ["incremental", pytest.param("reconcile", marks=pytest.mark.long), pytest.param("verify", marks=pytest.mark.long)],
)
async def test_a_run_that_fails_between_an_interruption_and_its_resume_loses_no_rows(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt, kind: str
):
    table = large(source)
    place = await opened(oracle_settings, chunks=EACH_ALONE)
    await place.target(table, cursor="id")
    await place.good(table, "full")
    oracle_at.fault("crawl", 300_000)
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await chunk(place, run.sync_id, 3)
    await place.close()
    oracle_at.fault("clear")
    place = await opened(oracle_settings.model_copy(update={"oracle_dsn": "", "oracle_user": ""}))
    await place.warehouse.call(lambda duck: duck.execute("UPDATE _sync.cuts SET resumed = 3"))
    await place.close()
    place = await opened(oracle_settings, chunks=EACH_ALONE)
    source.run(f'DELETE FROM "{table}" WHERE id = 1')
    oracle_at.fault("ora_at_row", 1, 1722, "invalid number")
    assert (await place.sync(table, kind)).state is State.FAILED
    oracle_at.fault("clear")
    again = await place.service.wait((await place.service.resume(run.sync_id, ADMIN)).sync_id)
    assert again.state is State.SUCCEEDED, again.error
    assert await place.rows(table) == (ROWS if kind == "verify" else [row for row in ROWS if row[0] != 1])
    await place.close()


@pytest.mark.parametrize("lost", ["with the store", pytest.param("by a reset", marks=pytest.mark.long)])
async def test_what_an_unknown_run_left_in_chunks_stops_no_start_and_resumes_nothing(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt, lost: str
):
    table, sync_id = await interrupted(oracle_settings, source, oracle_at)
    if lost == "with the store":
        oracle_settings.store_path.unlink()
    else:
        place = await opened(oracle_settings.model_copy(update={"oracle_dsn": "", "oracle_user": ""}))
        assert sync_id in (await place.service.reset(SyncReset(), ADMIN)).runs
        assert await place.value("SELECT count(*) FROM _sync.cuts") == 0
        await place.close()
    place = await opened(oracle_settings, chunks=EACH_ALONE)
    assert (await place.service.status()).active == []
    await place.good(table, "full")
    assert await place.rows(table) == ROWS
    await place.close()


async def test_a_cancelled_run_leaves_no_chunks(cutting: Place, source: Source, oracle_at: OracleAt):
    table = large(source)
    oracle_at.fault("crawl", 300_000)
    run = await cutting.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await chunk(cutting, run.sync_id, 2)
    await cutting.service.cancel(run.sync_id, ADMIN)
    assert await cutting.value("SELECT count(*) FROM _sync.cuts") == 0
    assert await cutting.value("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%staging%'") == 0
