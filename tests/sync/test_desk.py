"""Who runs, who waits, and how soon a run obeys."""

import asyncio
import time
from typing import Any

import pytest

from app.config import Settings
from app.errors import NotPossibleNow, TableBusy
from app.hub import Hub
from app.schemas.sync import State, SyncReset, SyncStart, TargetFields
from app.sync import staging
from app.warehouse import Cursor
from tests.conftest import OracleAt
from tests.sync.conftest import ADMIN, Place, Source, opened

ROWS = [(number, "x" * 50) for number in range(3000)]


async def crawling(place: Place, source: Source, oracle_at: OracleAt, kind: str = "full") -> tuple[str, str]:
    """A run that reads slowly, once its first rows have arrived: its table and id."""
    table = source.table("id NUMBER(10), v VARCHAR2(60)", ROWS)
    oracle_at.fault("crawl", 20000)
    run = await place.service.start(SyncStart(oracle_table=table, sync_type=kind), ADMIN)
    await phase(place, run.sync_id, "read")
    return table, run.sync_id


async def phase(place: Place, sync_id: str, wanted: str) -> None:
    """Return when the run is in that phase."""
    with place.hub.listen("sync") as listener:
        while (await place.service.run(sync_id)).progress.phase != wanted:
            await asyncio.wait_for(listener.get(), 10)


async def test_a_table_is_synced_by_one_run_at_a_time(place: Place, source: Source, oracle_at: OracleAt):
    table, sync_id = await crawling(place, source, oracle_at)
    with pytest.raises(TableBusy) as busy:
        await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    assert sync_id in busy.value.message()
    for touch in (
        place.service.reset(SyncReset(oracle_table=table), ADMIN),
        place.service.edit_target(table, TargetFields(cursor="id"), ADMIN),
        place.service.drop_target(table, ADMIN),
    ):
        with pytest.raises(TableBusy):
            await touch
    await place.service.reset(SyncReset(), ADMIN)  # without a table it leaves alone what runs
    oracle_at.fault("clear")
    assert (await place.service.wait(sync_id)).state is State.SUCCEEDED


async def test_cancel_acts_within_a_second_while_reading_and_keeps_the_old_table(
    place: Place, source: Source, oracle_at: OracleAt
):
    table = source.table("id NUMBER(10), v VARCHAR2(60)", ROWS)
    await place.good(table, "full")
    oracle_at.fault("crawl", 20000)
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await phase(place, run.sync_id, "read")
    begun = time.monotonic()
    run = await place.service.cancel(run.sync_id, ADMIN)
    assert run.state is State.CANCELLED
    assert time.monotonic() - begun < 1
    assert run.notes == ["Nothing was written: the table is as it was before this run."]
    assert len(await place.rows(table)) == 3000


async def test_cancel_acts_within_a_second_while_oracle_says_nothing(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table("id NUMBER(10), v VARCHAR2(60)", ROWS)
    await place.target(table)
    oracle_at.fault("stall", 30)
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    begun = time.monotonic()
    await place.service.cancel(run.sync_id, ADMIN)
    assert (await place.service.wait(run.sync_id)).state is State.CANCELLED
    assert time.monotonic() - begun < 1


async def held(place: Place, source: Source) -> tuple[str, str]:
    """A full that waits to replace three rows by four, because another table is being written: its table and id."""
    table = source.table("id NUMBER(10)", [(number,) for number in range(3)])
    await place.good(table, "full")
    source.insert(table, [(3,)])
    staging.COMMITTING.acquire()
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await phase(place, run.sync_id, "swap")
    return table, run.sync_id


async def cancelled_at_once(place: Place, table: str, sync_id: str) -> None:
    begun = time.monotonic()
    assert (await place.service.cancel(sync_id, ADMIN)).state is State.CANCELLED
    assert time.monotonic() - begun < 1
    assert len(await place.rows(table)) == 3
    assert await place.value("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%staging%'") == 0


async def test_cancel_acts_within_a_second_while_duckdb_works(
    place: Place, source: Source, monkeypatch: pytest.MonkeyPatch
):
    settle = staging.settle

    def at_length(cursor: Cursor, table: str, *more: Any) -> dict[str, str]:
        if await_it:
            cursor.execute("SELECT count(*) FROM range(1000000) a, range(1000000) b").fetchall()
        return settle(cursor, table, *more)

    await_it = False
    monkeypatch.setattr(staging, "settle", at_length)
    table = source.table("id NUMBER(10)", [(number,) for number in range(3)])
    await place.good(table, "full")
    await_it = True
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await phase(place, run.sync_id, "settle")
    await cancelled_at_once(place, table, run.sync_id)


async def test_cancel_acts_within_a_second_while_another_table_is_written(place: Place, source: Source):
    try:
        await cancelled_at_once(place, *await held(place, source))
    finally:
        staging.COMMITTING.release()


async def test_pause_before_the_swap_holds_it(place: Place, source: Source):
    try:
        table, sync_id = await held(place, source)
        await place.service.pause(sync_id, ADMIN)
    finally:
        staging.COMMITTING.release()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(place.service.wait(sync_id), 0.3)
    assert len(await place.rows(table)) == 3
    await place.service.resume(sync_id, ADMIN)
    assert (await place.service.wait(sync_id)).inserted == 4


async def test_pause_stops_the_reading_and_resume_finishes_it(place: Place, source: Source, oracle_at: OracleAt):
    """It holds the snapshot meanwhile: what Oracle loses during the pause is still read."""
    table, sync_id = await crawling(place, source, oracle_at)
    assert (await place.service.pause(sync_id, ADMIN)).state is State.PAUSED
    oracle_at.fault("clear")
    await asyncio.to_thread(source.run, f'DELETE FROM "{table}"')
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(place.service.wait(sync_id), 0.3)
    assert (await place.service.resume(sync_id, ADMIN)).state is State.RUNNING
    assert (await place.service.wait(sync_id)).state is State.SUCCEEDED
    assert await place.rows(table) == ROWS


async def test_a_paused_run_can_be_cancelled(place: Place, source: Source, oracle_at: OracleAt):
    table, sync_id = await crawling(place, source, oracle_at)
    await place.service.pause(sync_id, ADMIN)
    assert (await place.service.cancel(sync_id, ADMIN)).state is State.CANCELLED
    assert await place.types(table) == {}


async def test_more_tables_than_places_wait_in_a_queue(place: Place, source: Source, oracle_at: OracleAt):
    tables = [source.table("id NUMBER(10), v VARCHAR2(60)", ROWS) for _ in range(4)]
    for table in tables:
        await place.target(table)
    oracle_at.fault("crawl", 20000)
    runs = [await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN) for table in tables]
    await phase(place, runs[1].sync_id, "read")
    states = [(await place.service.run(run.sync_id)).state for run in runs]
    assert states == [State.RUNNING, State.RUNNING, State.QUEUED, State.QUEUED]
    assert (await place.service.cancel(runs[3].sync_id, ADMIN)).state is State.CANCELLED
    oracle_at.fault("clear")
    done = [await place.service.wait(run.sync_id) for run in runs[:3]]
    assert [run.state for run in done] == [State.SUCCEEDED] * 3


async def test_what_is_over_cannot_be_steered(place: Place, source: Source):
    run = await place.good(source.table("id NUMBER(10)", [(1,)]), "full")
    for steer in (place.service.pause, place.service.resume, place.service.cancel):
        with pytest.raises(NotPossibleNow):
            await steer(run.sync_id, ADMIN)


async def test_closing_interrupts_runs_and_leaves_no_state_running(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt
):
    place = await opened(oracle_settings)
    table, sync_id = await crawling(place, source, oracle_at)
    begun = time.monotonic()
    await place.close()
    assert time.monotonic() - begun < 5
    oracle_at.fault("clear")
    again = await opened(oracle_settings)
    run = await again.service.run(sync_id)
    assert (run.state, run.resumable) == (State.INTERRUPTED, True)
    resumed = await again.service.resume(sync_id, ADMIN)
    assert resumed.trigger == "resume"
    assert (await again.service.wait(resumed.sync_id)).state is State.SUCCEEDED
    assert len(await again.rows(table)) == 3000
    await again.close()


async def test_what_happens_is_told_to_whoever_listens(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    with place.hub.listen("sync") as listener:
        run = await place.good(table, "full")
        events = [await listener.get()]
        while events[-1].kind != "complete":
            events.append(await listener.get())
    assert {event.data["sync_id"] for event in events} == {run.sync_id}
    assert {event.data["table"] for event in events} == {table.lower()}
    states = [event.data["state"] for event in events if event.kind == "state"]
    assert states == ["queued", "running", "succeeded"]
    assert {"progress", "log"} <= {event.kind for event in events}
    assert events[-1].data["inserted"] == 1


async def test_the_log_of_a_run_is_kept(place: Place, source: Source):
    run = await place.good(source.table("id NUMBER(10)", [(1,)]), "full")
    lines = [line.message for line in await place.service.log(run.sync_id)]
    assert any("snapshot" in line for line in lines)


async def test_progress_is_told_at_most_ten_times_a_second(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table("id NUMBER(10), v VARCHAR2(60)", ROWS)
    told: list[float] = []
    publish = Hub.publish

    def counted(hub: Hub, event: object, key: object = None) -> None:
        if event.kind == "progress" and event.data["phase"] == "read":
            told.append(time.monotonic())
        publish(hub, event, key)

    place.service._desk._hub.publish = counted.__get__(place.hub)
    oracle_at.fault("crawl", 100000)
    await place.good(table, "full")
    assert len(told) <= 3 + 10 * (told[-1] - told[0])
