"""What is going on, gathered from the services for the pages and their live panes: runs now, history, tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from yarl import URL

from app.schemas.envelope import Page
from app.schemas.overview import RunsAsked
from app.schemas.sync import State, SyncRun, SyncType
from app.sync.service import SyncService

LINGER = timedelta(seconds=60)  # a finished run stays among the running ones so long, for who watched it
LIMIT = 25


async def current(sync: SyncService, now: datetime) -> list[SyncRun]:
    """The active runs and those that have only just finished, the newest first."""
    active = await sync.snapshot()
    newest, _ = await sync.runs(limit=12)
    ended = [run for run in newest if run.finished_at and now - run.finished_at < LINGER]
    return sorted({run.sync_id: run for run in [*ended, *active]}.values(), key=lambda run: run.queued_at, reverse=True)


async def history(sync: SyncService, asked: RunsAsked, url: URL) -> dict[str, Any]:
    """What ``_sync_runs.html`` shows: one page of runs, and the choices of its filters."""
    runs, total = await sync.runs(asked.target, asked.state, asked.type, LIMIT, asked.offset)
    known = {target.duckdb_table for target in await sync.targets()}
    names = sorted(known | ({asked.target} if asked.target else set()))
    page = Page(limit=LIMIT, offset=asked.offset, total=total)
    choices = {"names": names, "states": list(State), "types": list(SyncType)}
    return {"runs": runs, "page": page, "asked": asked, "url": url} | choices
