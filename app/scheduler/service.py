"""Scheduler: stored jobs, when they are due, what happens then. The clock calls ``tick``; time is passed in."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from app.errors import AppError, BadSchedule, JobBusy, JobNotFound, TableBusy, TargetNotFound
from app.scheduler import times
from app.scheduler.jobs import Jobs, Opening
from app.schemas.accounts import Actor, Role
from app.schemas.scheduler import Job, JobFields, JobNew, JobRun, JobStep, SchedulerStatus
from app.schemas.sync import State, SyncRun, SyncStart, SyncType, Target
from app.store import Store

GRACE = timedelta(seconds=60)  # a tick later than this is a missed one: the process was down or asleep
EARLY = timedelta(seconds=0.2)  # a ticker may ring a little before the moment
log = logging.getLogger(__name__)


class Syncs(Protocol):
    """What a job needs of the SyncService."""

    async def start(self, body: SyncStart, actor: Actor, trigger: Any) -> SyncRun: ...
    async def wait(self, sync_id: str) -> SyncRun: ...
    async def targets(self) -> list[Target]: ...
    async def target(self, name: str) -> Target: ...


class Scheduler:
    """Jobs kept in the store and run at their moments.

    ``zone`` is for jobs that name none, and the zone of ``quiet_hours``. ``on_change`` is called on the loop whenever
    a job or what is due has changed. Raises BadSchedule when ``quiet_hours`` cannot be read.
    """

    def __init__(
        self,
        store: Store,
        syncs: Syncs,
        *,
        zone: str,
        quiet_hours: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._jobs, self._syncs, self._zone, self._now = Jobs(store), syncs, zone, now
        self.on_change = on_change
        self._quiet = times.Quiet(quiet_hours, ZoneInfo(zone))
        self._quiet.spans()
        self._due: dict[str, datetime] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._open = False

    async def open(self) -> None:
        """Take the stored jobs up; a run that a crash cut off happens again where the job makes up for missed runs."""
        cut_off = set(await self._jobs.interrupt_open(self._now()))
        for job in await self._jobs.all():
            if job.next_run is not None:
                self._due[job.id] = job.next_run
            if job.id in cut_off and job.enabled and job.missed == "run_once":
                self._start(job, await self._jobs.begin(job.id, self._now(), Opening(self._now(), "missed")))
        self._open = True
        self.on_change()

    async def close(self) -> None:
        """Stop waiting for the syncs that jobs started; the syncs themselves are the SyncService's to stop."""
        self._open = False
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def running(self) -> bool:
        return self._open

    def next_due(self) -> datetime | None:
        """The earliest moment any job is due, in UTC."""
        return min(self._due.values(), default=None)

    async def tick(self) -> None:
        """Run what is due now. A moment is taken once, however often this is called."""
        now = self._now()
        for id_, due in list(self._due.items()):
            if due <= now + EARLY:
                job = await self._jobs.one(id_)
                if job is None or not job.enabled:
                    self._due.pop(id_, None)
                else:
                    await self._take(job, due, max(now, due))
        self.on_change()

    async def _take(self, job: Job, due: datetime, now: datetime) -> None:
        if self._quiet.end(now) > now:  # it was due while nothing ran here, and now is no time for it
            await self._claim(job, due, self._quiet.end(now))
            return
        later = self._upcoming(job, now, 1)
        following = later[0] if later else None
        late = now - due > GRACE
        if late:
            await self._jobs.count(job.id, misses=times.missed(job.cron, job.timezone, due, now))
        if job.id in self._running:
            await self._jobs.count(job.id, overlaps=1)
            await self._claim(job, due, following)
        elif late and job.missed == "skip":
            await self._claim(job, due, following, Opening(now, "missed", "missed"))
        else:
            number = await self._claim(job, due, following, Opening(now, "missed" if late else "schedule"))
            if number > 0:
                self._start(job, number)

    async def _claim(self, job: Job, due: datetime, following: datetime | None, opening: Opening | None = None) -> int:
        number = await self._jobs.claim(job.id, due, following, opening)
        self._remember(job.id, following)
        return number

    def _remember(self, id_: str, due: datetime | None) -> None:
        if due is None:
            self._due.pop(id_, None)
        else:
            self._due[id_] = due

    def _upcoming(self, job: Job, after: datetime, count: int) -> list[datetime]:
        return times.upcoming(job.cron, job.timezone, after, self._quiet, count)

    def _start(self, job: Job, number: int) -> None:
        task = asyncio.create_task(self._run(job, number), name=f"job {job.id}")
        self._running[job.id] = task
        task.add_done_callback(lambda _: self._ended(job.id))
        self.on_change()

    def _ended(self, id_: str) -> None:
        self._running.pop(id_, None)
        self.on_change()

    async def _run(self, job: Job, number: int) -> None:
        try:
            steps = await asyncio.gather(*await self._steps(job))
        except AppError as error:
            steps = [JobStep(target="*", state=State.FAILED, error=error.message())]
        good = all(step.state is State.SUCCEEDED for step in steps)
        log.info("job %s %s: %d tables", job.name, "succeeded" if good else "failed", len(steps))
        await self._jobs.end(number, "succeeded" if good else "failed", steps, self._now())

    async def _steps(self, job: Job) -> list[Coroutine[Any, Any, JobStep]]:
        """One coroutine a table; ``*`` is every enabled target."""
        known = {target.duckdb_table: target for target in await self._syncs.targets()}
        names = list(known) if "*" in job.targets else job.targets
        wanted = [(name, known.get(name)) for name in names]
        return [self._sync(job, name, target) for name, target in wanted if target is None or target.enabled]

    async def _sync(self, job: Job, name: str, target: Target | None) -> JobStep:
        try:
            if target is None:
                raise TargetNotFound(name=name)
            run = await self._syncs.wait((await self._in_turn(job, target)).sync_id)
        except AppError as error:
            return JobStep(target=name, state=State.FAILED, error=error.message())
        except Exception:  # one table's trouble must not leave the job running for good
            log.exception("job %s, table %s", job.name, name)
            return JobStep(target=name, state=State.FAILED, error=AppError().message())
        return JobStep(
            target=name, sync_id=run.sync_id, state=run.state, error=run.error.message if run.error else None
        )

    async def _in_turn(self, job: Job, target: Target) -> SyncRun:
        """Start the table's sync, once whatever runs on it is over."""
        body = SyncStart(table_name=target.duckdb_table, sync_type=_kind(job, target))
        actor = Actor(name=f"job {job.name}", role=Role.USER, via="schedule")
        while True:
            try:
                return await self._syncs.start(body, actor, "schedule")
            except TableBusy as busy:
                await self._syncs.wait(str(busy.values["sync_id"]))
                await asyncio.sleep(0.1)  # what runs there is over, but may not have left yet

    async def status(self) -> SchedulerStatus:
        jobs = [self._shown(job) for job in await self._jobs.all()]
        return SchedulerStatus(running=self._open, timezone=self._zone, quiet_hours=self._quiet.text, jobs=jobs)

    async def job(self, id_: str) -> Job:
        """Raises JobNotFound."""
        return self._shown(await self._stored(id_))

    async def runs(self, id_: str) -> list[JobRun]:
        """What came of a job's last fifty moments, newest first. Raises JobNotFound."""
        await self._stored(id_)
        return await self._jobs.runs(id_)

    async def add(self, body: JobNew, actor: Actor) -> Job:
        """Store a new job. Raises BadSchedule, TargetNotFound."""
        now = self._now()
        cron = body.cron or f"{body.minute or 0} {body.hour} * * *"
        job = Job(
            **body.model_dump(include={"sync_type", "enabled", "missed"}),
            id=secrets.token_hex(4),
            name=body.name or f"{body.sync_type.value} {', '.join(body.targets)}"[:80],
            cron=times.checked(cron, _known(body.timezone or self._zone), now),
            timezone=body.timezone or self._zone,
            targets=await self._checked(body.targets),
            created_at=now,
            created_by=actor.name,
        )
        return await self._store(job, self._jobs.add)

    async def edit(self, id_: str, fields: JobFields, actor: Actor) -> Job:
        """Change what ``fields`` name. Raises JobNotFound, BadSchedule, TargetNotFound."""
        job = await self._stored(id_)
        changes = fields.model_dump(exclude_unset=True, exclude_none=True)
        if "targets" in changes:
            changes["targets"] = await self._checked(changes["targets"])
        job = job.model_copy(update=changes)
        job = job.model_copy(update={"cron": times.checked(job.cron, _known(job.timezone), self._now())})
        log.info("job %s edited by %s", job.name, actor.name)
        return await self._store(job, self._jobs.edit)

    async def _store(self, job: Job, write: Callable[[Job], Awaitable[None]]) -> Job:
        upcoming = self._upcoming(job, self._now(), 1) if job.enabled else []
        job = job.model_copy(update={"next_run": upcoming[0] if upcoming else None})
        self._remember(job.id, job.next_run)  # before the write: a caller that goes away must not leave it unarmed
        await write(job)
        self.on_change()
        return await self.job(job.id)

    async def drop(self, id_: str, actor: Actor) -> None:
        """Forget a job; what it started goes on. Raises JobNotFound."""
        if not await self._jobs.drop(id_):
            raise JobNotFound(id=id_)
        self._due.pop(id_, None)
        log.info("job %s dropped by %s", id_, actor.name)
        self.on_change()

    async def run_now(self, id_: str, actor: Actor) -> Job:
        """Run a job now, whatever its schedule says; returns at once. Raises JobNotFound, JobBusy."""
        job = await self._stored(id_)
        log.info("job %s run by %s", job.name, actor.name)
        await asyncio.shield(self._start_now(job))  # a caller that goes away must not leave it half begun
        return await self.job(id_)

    async def _start_now(self, job: Job) -> None:
        if job.id in self._running:
            raise JobBusy(name=job.name)
        self._start(job, await self._jobs.begin(job.id, self._now(), Opening(self._now(), "manual")))

    async def wait(self, id_: str) -> None:
        """Until the job is not running."""
        task = self._running.get(id_)
        if task is not None:
            await asyncio.wait({task})

    async def _stored(self, id_: str) -> Job:
        job = await self._jobs.one(id_)
        if job is None:
            raise JobNotFound(id=id_)
        return job

    def _shown(self, job: Job) -> Job:
        due = self._due.get(job.id) if job.enabled else None
        moments = [] if due is None else [due, *self._upcoming(job, due, 4)]
        return job.model_copy(update={"next_run": due, "next_runs": moments, "running": job.id in self._running})

    async def _checked(self, targets: list[str]) -> list[str]:
        if "*" in targets:
            return ["*"]
        return [(await self._syncs.target(name)).duckdb_table for name in targets]


def _kind(job: Job, target: Target) -> SyncType | None:
    """An incremental of a table without a cursor is the table's own default."""
    return None if job.sync_type is SyncType.INCREMENTAL and target.cursor is None else job.sync_type


def _known(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise BadSchedule(reason=f"there is no time zone named {zone}") from None
    return zone
