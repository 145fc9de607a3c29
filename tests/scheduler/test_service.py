"""Stored jobs: what is due, overlap, missed moments, restarts. Time is passed in; the store is real."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.errors import BadSchedule, JobBusy, JobNotFound, TableBusy, TargetNotFound
from app.scheduler import jobs
from app.scheduler.service import Scheduler
from app.schemas.accounts import Actor, Role
from app.schemas.scheduler import Job, JobFields, JobNew
from app.schemas.sync import State, SyncRun, SyncStart, SyncType, Target
from app.store import Store

ADMIN = Actor(name="kim", role=Role.ADMIN)
START = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@dataclass
class Hands:
    """The time as the test says it is."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class Tables:
    """Two tables whose syncs end when the test says so: the Scheduler's own view of a SyncService (its protocol)."""

    started: list[SyncStart] = field(default_factory=list)
    ends: dict[str, asyncio.Future[SyncRun]] = field(default_factory=dict)
    busy: dict[str, str] = field(default_factory=dict)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def targets(self) -> list[Target]:
        return [
            Target(owner="MES", table="IV", duckdb_table="iv", cursor="T"),
            Target(owner="MES", table="ORDERS", duckdb_table="orders"),
            Target(owner="MES", table="OLD", duckdb_table="old", enabled=False),
        ]

    async def target(self, name: str) -> Target:
        found = [target for target in await self.targets() if target.duckdb_table == name.lower()]
        if not found:
            raise TargetNotFound(name=name)
        return found[0]

    async def start(self, body: SyncStart, actor: Actor, trigger: Any) -> SyncRun:
        name = body.table_name or ""
        if name in self.busy:
            raise TableBusy(table=name, sync_id=self.busy[name])
        self.started.append(body)
        self.more.set()
        run = SyncRun(
            sync_id=f"{name}-{len(self.started)}",
            target=name,
            oracle_table=f"MES.{name}",
            type=body.sync_type or SyncType.FULL,
            trigger=trigger,
            actor=actor.name,
            state=State.RUNNING,
            queued_at=START,
        )
        self.ends[run.sync_id] = asyncio.get_running_loop().create_future()
        self.busy[name] = run.sync_id
        return run

    async def wait(self, sync_id: str) -> SyncRun:
        return await asyncio.shield(self.ends[sync_id])

    async def reached(self, count: int) -> None:
        while len(self.started) < count:
            self.more.clear()
            await self.more.wait()

    def end(self, sync_id: str, state: State = State.SUCCEEDED) -> None:
        name = sync_id.split("-")[0]
        self.busy.pop(name, None)
        self.ends[sync_id].set_result(
            SyncRun(
                sync_id=sync_id,
                target=name,
                oracle_table=f"MES.{name}",
                type=SyncType.FULL,
                trigger="schedule",
                actor="job",
                state=state,
                queued_at=START,
            )
        )


@dataclass
class House:
    """A scheduler that can be stopped and started again on the same store."""

    store: Store
    hands: Hands = field(default_factory=Hands)
    tables: Tables = field(default_factory=Tables)
    quiet: str = ""

    def __post_init__(self) -> None:
        self.scheduler = self.fresh()

    def fresh(self) -> Scheduler:
        return Scheduler(self.store, self.tables, zone="UTC", quiet_hours=self.quiet, now=self.hands)

    async def restart(self, *, crash: bool = False) -> None:
        if not crash:
            await self.scheduler.close()
        self.tables.busy.clear()
        self.scheduler = self.fresh()
        await self.scheduler.open()

    async def job(self, **fields: Any) -> Job:
        return await self.scheduler.add(JobNew(**({"cron": "0 * * * *", "targets": ["iv"]} | fields)), ADMIN)

    async def started(self, count: int) -> list[SyncStart]:
        async with asyncio.timeout(5):
            await self.tables.reached(count)
        assert len(self.tables.started) == count
        return self.tables.started

    async def end(self, job: Job, sync_id: str, state: State = State.SUCCEEDED) -> Job:
        self.tables.end(sync_id, state)
        await self.scheduler.wait(job.id)
        return await self.scheduler.job(job.id)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = Store(tmp_path / "store.sqlite", [jobs.SCHEMA])
    await store.open()
    house = House(store)
    await house.scheduler.open()
    yield house
    await house.scheduler.close()
    await store.close()


async def test_a_job_runs_when_it_is_due_and_once(house: House) -> None:
    job = await house.job()
    assert job.next_run == START.replace(hour=13, minute=0)
    assert [moment.hour for moment in job.next_runs] == [13, 14, 15, 16, 17]
    await house.scheduler.tick()
    assert house.tables.started == []
    house.hands.forward(minutes=30)
    await house.scheduler.tick()
    await house.scheduler.tick()
    assert [start.table_name for start in await house.started(1)] == ["iv"]
    done = await house.end(job, "iv-1")
    assert done.last_run is not None
    assert (done.last_run.state, done.last_run.trigger) == ("succeeded", "schedule")
    assert done.last_run.steps[0].sync_id == "iv-1"
    assert done.next_run == START.replace(hour=14, minute=0)


async def test_a_star_is_every_enabled_target_and_a_table_without_cursor_takes_its_own_default(house: House) -> None:
    job = await house.job(targets=["*"])
    await house.scheduler.run_now(job.id, ADMIN)
    started = await house.started(2)
    assert {(start.table_name, start.sync_type) for start in started} == {
        ("iv", SyncType.INCREMENTAL),
        ("orders", None),
    }


async def test_a_job_that_still_runs_is_not_started_again_but_counted(house: House) -> None:
    job = await house.job()
    house.hands.forward(minutes=30)
    await house.scheduler.tick()
    await house.started(1)
    house.hands.forward(hours=1)
    await house.scheduler.tick()
    await house.started(1)
    assert (await house.scheduler.job(job.id)).overlaps == 1
    with pytest.raises(JobBusy):
        await house.scheduler.run_now(job.id, ADMIN)


async def test_a_job_whose_table_is_busy_waits_its_turn(house: House) -> None:
    job = await house.job()
    await house.tables.start(SyncStart(table_name="iv"), ADMIN, "manual")
    await house.scheduler.run_now(job.id, ADMIN)
    await asyncio.sleep(0.05)
    assert len(house.tables.started) == 1
    house.tables.end("iv-1")
    await house.started(2)
    last = (await house.end(job, "iv-2")).last_run
    assert last is not None
    assert last.state == "succeeded"


async def test_a_failed_table_fails_the_job_and_says_why(house: House) -> None:
    job = await house.job()
    await house.scheduler.run_now(job.id, ADMIN)
    await house.started(1)
    last = (await house.end(job, "iv-1", State.FAILED)).last_run
    assert last is not None
    assert (last.state, last.trigger, last.steps[0].state) == ("failed", "manual", State.FAILED)


async def test_moments_missed_while_down_are_made_up_once(house: House) -> None:
    job = await house.job()
    await house.scheduler.close()
    house.hands.forward(hours=5)
    await house.restart()
    await house.scheduler.tick()
    await house.started(1)
    done = await house.end(job, "iv-1")
    assert done.last_run is not None
    assert (done.last_run.trigger, done.misses) == ("missed", 5)
    assert done.next_run == START.replace(hour=18, minute=0)


async def test_moments_missed_while_down_are_left_out_where_the_job_says_skip(house: House) -> None:
    job = await house.job(missed="skip")
    await house.scheduler.close()
    house.hands.forward(hours=5)
    await house.restart()
    await house.scheduler.tick()
    done = await house.scheduler.job(job.id)
    assert house.tables.started == []
    assert done.last_run is not None
    assert (done.last_run.state, done.misses) == ("missed", 5)


async def test_a_restart_within_the_minute_is_no_miss(house: House) -> None:
    job = await house.job(missed="skip")
    await house.scheduler.close()
    house.hands.forward(minutes=30, seconds=40)
    await house.restart()
    await house.scheduler.tick()
    await house.started(1)
    assert (await house.scheduler.job(job.id)).misses == 0


async def test_a_crash_in_the_middle_of_a_run_is_seen_and_made_up(house: House) -> None:
    job = await house.job()
    house.hands.forward(minutes=30)
    await house.scheduler.tick()
    await house.started(1)
    crashed = house.scheduler
    await house.restart(crash=True)
    await house.started(2)
    states = [run.state for run in await house.scheduler.runs(job.id)]
    assert states == ["running", "interrupted"]
    await house.end(job, "iv-2")
    assert [run.state for run in await house.scheduler.runs(job.id)] == ["succeeded", "interrupted"]
    await crashed.close()


async def test_a_moment_is_taken_once_even_by_two_schedulers(house: House) -> None:
    await house.job()
    other = house.fresh()
    await other.open()
    house.hands.forward(minutes=30)
    await asyncio.gather(house.scheduler.tick(), other.tick())
    await house.started(1)
    await other.close()


async def test_a_paused_job_is_not_due_and_goes_on_from_when_it_is_resumed(house: House) -> None:
    job = await house.job()
    paused = await house.scheduler.edit(job.id, JobFields(enabled=False), ADMIN)
    assert (paused.next_run, paused.next_runs) == (None, [])
    house.hands.forward(hours=3)
    await house.scheduler.tick()
    resumed = await house.scheduler.edit(job.id, JobFields(enabled=True), ADMIN)
    await house.scheduler.tick()
    assert house.tables.started == []
    assert resumed.next_run == START.replace(hour=16, minute=0)


async def test_an_edited_job_is_due_by_its_new_expression(house: House) -> None:
    job = await house.job()
    edited = await house.scheduler.edit(job.id, JobFields(cron="0 2 * * *", timezone="Asia/Seoul"), ADMIN)
    assert edited.next_run == START.replace(hour=17, minute=0)
    with pytest.raises(BadSchedule):
        await house.scheduler.edit(job.id, JobFields(cron="0 2 * * 8"), ADMIN)
    assert (await house.scheduler.job(job.id)).cron == "0 2 * * *"


async def test_a_deleted_job_is_gone(house: House) -> None:
    job = await house.job()
    await house.scheduler.drop(job.id, ADMIN)
    house.hands.forward(hours=1)
    await house.scheduler.tick()
    assert house.tables.started == []
    with pytest.raises(JobNotFound):
        await house.scheduler.drop(job.id, ADMIN)


async def test_what_cannot_be_is_refused_when_the_job_is_made(house: House) -> None:
    with pytest.raises(BadSchedule, match="no time zone named Mars/Base"):
        await house.job(timezone="Mars/Base")
    with pytest.raises(TargetNotFound):
        await house.job(targets=["nothing"])
    with pytest.raises(BadSchedule, match="Bad minute"):
        await house.job(cron="99 * * * *")
    assert (await house.scheduler.status()).jobs == []


async def test_hour_and_minute_are_once_a_day(house: House) -> None:
    job = await house.job(cron=None, hour=2, minute=15)
    assert job.cron == "15 2 * * *"


async def test_what_was_missed_waits_for_the_end_of_the_quiet_hours(house: House) -> None:
    job = await house.job()
    await house.scheduler.close()
    house.quiet = "14:00-15:45"
    house.hands.forward(hours=2)
    await house.restart()
    await house.scheduler.tick()
    assert house.tables.started == []
    assert (await house.scheduler.job(job.id)).next_run == START.replace(hour=15, minute=45)
    house.hands.forward(hours=1, minutes=15)
    await house.scheduler.tick()
    await house.started(1)


async def test_a_clock_that_is_set_back_runs_nothing_twice(house: House) -> None:
    job = await house.job()
    house.hands.forward(minutes=30)
    await house.scheduler.tick()
    await house.started(1)
    await house.end(job, "iv-1")
    house.hands.forward(minutes=-10)
    await house.scheduler.tick()
    assert len(house.tables.started) == 1


async def test_only_the_last_fifty_runs_are_kept(house: House) -> None:
    job = await house.job()
    for number in range(1, 54):
        await house.scheduler.run_now(job.id, ADMIN)
        await house.started(number)
        await house.end(job, f"iv-{number}")
    assert len(await house.scheduler.runs(job.id)) == 50


async def test_every_change_is_told(house: House) -> None:
    told: list[int] = []
    house.scheduler.on_change = lambda: told.append(1)
    job = await house.job()
    after_adding = len(told)
    await house.scheduler.run_now(job.id, ADMIN)
    await house.started(1)
    await house.end(job, "iv-1")
    assert 0 < after_adding < len(told)
