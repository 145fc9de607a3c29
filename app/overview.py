"""What is going on, gathered from the services for the pages and their live panes: runs now, history, tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from yarl import URL

from app.query.service import QueryService
from app.scheduler.service import Scheduler
from app.schemas.envelope import Page
from app.schemas.names import folded
from app.schemas.overview import Past, RunsAsked, Standing, TableLine
from app.schemas.scheduler import Job
from app.schemas.sync import State, SyncRun, SyncType, Target
from app.schemas.tables import Table
from app.sync.service import SyncService

LINGER = timedelta(seconds=60)  # a finished run stays among the running ones so long, for who watched it
LIMIT = 25


async def current(sync: SyncService, now: datetime) -> list[SyncRun]:
    """One run a table: the active one, else the one that has only just finished; the newest first."""
    active = await sync.snapshot()
    newest, _ = await sync.runs(limit=12)
    ended = [run for run in newest if run.finished_at and now - run.finished_at < LINGER]
    by_table = {run.target: run for run in [*reversed(ended), *active]}  # the later replaces the earlier
    return sorted(by_table.values(), key=lambda run: run.queued_at, reverse=True)


async def history(sync: SyncService, asked: RunsAsked, url: URL) -> dict[str, Any]:
    """What ``_sync_runs.html`` shows: one page of runs, and the choices of its filters."""
    runs, total = await sync.runs(asked.target, asked.state, asked.type, LIMIT, asked.offset)
    known = {target.duckdb_table for target in await sync.targets()}
    names = sorted(known | ({asked.target} if asked.target else set()))
    page = Page(limit=LIMIT, offset=asked.offset, total=total)
    choices = {"names": names, "states": list(State), "types": list(SyncType)}
    return {"runs": runs, "page": page, "asked": asked, "url": url} | choices


ORDER: list[Standing] = ["late", "failed", "never", "fresh", "off", "loose"]
BROKEN = {State.FAILED, State.INTERRUPTED}


async def tables(sync: SyncService, query: QueryService, now: datetime) -> list[TableLine]:
    """Every table that is synced or lies in the file, those that need care first, then by name."""
    targets = {folded(target.duckdb_table): target for target in await sync.targets()}
    there = {folded(table.name): table for table in await query.tables()}
    last = {folded(run.target): run for run in (await sync.status()).last if run.type is not SyncType.TEST}
    busy = {folded(run.target) for run in await sync.snapshot()}
    past = await sync.past(now)
    lines = [
        _line(targets.get(name), there.get(name), last.get(name), past.get(name) or Past(days=[]), name in busy, now)
        for name in targets.keys() | there.keys()
    ]
    return sorted(lines, key=lambda line: (ORDER.index(line.standing), not line.differs, line.name))


def _line(
    target: Target | None, table: Table | None, last: SyncRun | None, past: Past, busy: bool, now: datetime
) -> TableLine:
    age = table.freshness_seconds if table else None
    return TableLine(
        name=table.name if table else target.duckdb_table if target else "",
        source=f"{target.owner}.{target.table}" if target else table.source if table else None,
        target=target is not None,
        keyed=bool(target and target.key),
        rows=table.rows if table else None,
        bytes=table.bytes if table else None,
        synced_at=None if age is None else now - timedelta(seconds=age),
        late_after_seconds=target.late_after_seconds if target else None,
        standing=_standing(target, table, last),
        last=last,
        running=busy,
        proof=table.proof if table else None,
        past=past,
    )


def _standing(target: Target | None, table: Table | None, last: SyncRun | None) -> Standing:
    if target is None:
        return "loose"
    if not target.enabled:
        return "off"
    if table is not None and table.late:
        return "late"
    if last is not None and last.state in BROKEN:
        return "failed"
    return "never" if table is None or table.freshness_seconds is None else "fresh"


async def upcoming(scheduler: Scheduler, most: int = 6) -> list[Job]:
    """The jobs that run next, the soonest first."""
    jobs = [job for job in (await scheduler.status()).jobs if job.next_run or job.running]
    return sorted(jobs, key=lambda job: (not job.running, job.next_run or job.created_at))[:most]
