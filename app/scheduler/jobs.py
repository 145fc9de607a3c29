"""Stored jobs and what came of them (SQL)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from app.schemas.scheduler import Job, JobRun, JobState, JobStep, Trigger
from app.store import Connection, Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, cron TEXT NOT NULL, timezone TEXT NOT NULL, targets TEXT NOT NULL,
    sync_type TEXT NOT NULL, enabled INTEGER NOT NULL, missed TEXT NOT NULL, due_at TEXT,
    overlaps INTEGER NOT NULL DEFAULT 0, misses INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL, created_by TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS job_runs (
    id INTEGER PRIMARY KEY, job_id TEXT NOT NULL REFERENCES jobs(id) ON DELETE CASCADE, due_at TEXT NOT NULL,
    started_at TEXT NOT NULL, finished_at TEXT, trigger TEXT NOT NULL, state TEXT NOT NULL, steps TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS job_runs_of ON job_runs (job_id, id);
"""
KEPT = 50  # runs of each job
STEPS = TypeAdapter(list[JobStep])
FIELDS = ("name", "cron", "timezone", "sync_type", "enabled", "missed", "created_at", "created_by")


@dataclass(frozen=True)
class Opening:
    """How a run begins; one that only records a miss is over at once."""

    now: datetime
    trigger: Trigger
    state: JobState = "running"


class Jobs:
    """The two tables. ``due_at`` is the moment that is claimed before anything starts, so no moment runs twice."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[Job]:
        """Every job with its last run, in the order they were made."""
        return [_job(row) for row in await self._store.rows(_SELECT + " ORDER BY j.created_at, j.rowid")]

    async def one(self, id_: str) -> Job | None:
        row = await self._store.row(_SELECT + " WHERE j.id = ?", id_)
        return None if row is None else _job(row)

    async def add(self, job: Job) -> None:
        columns = {name: _plain(getattr(job, name)) for name in FIELDS}
        columns |= {"id": job.id, "targets": json.dumps(job.targets), "due_at": _text(job.next_run)}
        names, holes = ", ".join(columns), ", ".join("?" * len(columns))
        await self._store.execute(f"INSERT INTO jobs ({names}) VALUES ({holes})", *columns.values())

    async def edit(self, job: Job) -> None:
        """Write what can be edited, and when it is due next."""
        await self._store.execute(
            "UPDATE jobs SET name = ?, cron = ?, timezone = ?, targets = ?, sync_type = ?, enabled = ?, missed = ?,"
            " due_at = ? WHERE id = ?",
            *(job.name, job.cron, job.timezone, json.dumps(job.targets), job.sync_type.value, job.enabled, job.missed),
            *(_text(job.next_run), job.id),
        )

    async def drop(self, id_: str) -> bool:
        return await self._store.execute("DELETE FROM jobs WHERE id = ?", id_) > 0

    async def claim(self, id_: str, due: datetime, next_due: datetime | None, opening: Opening | None = None) -> int:
        """Move the job from moment ``due`` to ``next_due`` and, in the same transaction, open its run.

        The run's number, 0 when none was to be opened, -1 when the moment was taken already.
        """

        def work(connection: Connection) -> int:
            moved = "UPDATE jobs SET due_at = ? WHERE id = ? AND due_at = ?"
            if connection.execute(moved, (_text(next_due), id_, _text(due))).rowcount == 0:
                return -1
            return 0 if opening is None else _open(connection, id_, due, opening)

        return await self._store.transaction(work)

    async def count(self, id_: str, *, overlaps: int = 0, misses: int = 0) -> None:
        sql = "UPDATE jobs SET overlaps = overlaps + ?, misses = misses + ? WHERE id = ?"
        await self._store.execute(sql, overlaps, misses, id_)

    async def begin(self, id_: str, due: datetime, opening: Opening) -> int:
        """Write a run down before it starts; the run's number."""
        return await self._store.transaction(lambda connection: _open(connection, id_, due, opening))

    async def end(self, number: int, state: JobState, steps: Sequence[JobStep], now: datetime) -> None:
        written = STEPS.dump_json(list(steps)).decode()
        sql = "UPDATE job_runs SET state = ?, steps = ?, finished_at = ? WHERE id = ?"
        await self._store.execute(sql, state, written, _text(now), number)

    async def interrupt_open(self, now: datetime) -> list[str]:
        """Runs that a crash or a stop left open are ``interrupted``; the ids of their jobs."""

        def work(connection: Connection) -> list[str]:
            found = connection.execute("SELECT DISTINCT job_id FROM job_runs WHERE state = 'running'").fetchall()
            connection.execute(
                "UPDATE job_runs SET state = 'interrupted', finished_at = ? WHERE state = 'running'", (_text(now),)
            )
            return [str(row[0]) for row in found]

        return await self._store.transaction(work)

    async def runs(self, id_: str) -> list[JobRun]:
        """The kept runs of a job, newest first."""
        rows = await self._store.rows("SELECT * FROM job_runs WHERE job_id = ? ORDER BY id DESC", id_)
        return [_run(dict(row)) for row in rows]


_SELECT = """
SELECT j.*, r.due_at AS run_due_at, r.started_at, r.finished_at, r.trigger, r.state, r.steps
FROM jobs j LEFT JOIN job_runs r ON r.id = (SELECT max(id) FROM job_runs WHERE job_id = j.id)
"""


def _open(connection: Connection, id_: str, due: datetime, opening: Opening) -> int:
    at = _text(opening.now)
    done = connection.execute(
        "INSERT INTO job_runs (job_id, due_at, started_at, finished_at, trigger, state, steps)"
        " VALUES (?, ?, ?, ?, ?, ?, '[]')",
        (id_, _text(due), at, None if opening.state == "running" else at, opening.trigger, opening.state),
    )
    connection.execute(
        "DELETE FROM job_runs WHERE job_id = ?1 AND id <="
        " (SELECT id FROM job_runs WHERE job_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        (id_, KEPT),
    )
    return int(done.lastrowid or 0)


def _job(row: Row) -> Job:
    own = {name: row[name] for name in (*FIELDS, "id", "overlaps", "misses")}
    last = None if row["state"] is None else _run(dict(row) | {"due_at": row["run_due_at"]})
    return Job(**own, targets=json.loads(row["targets"]), next_run=row["due_at"], last_run=last)


def _run(row: dict[str, Any]) -> JobRun:
    steps = STEPS.validate_json(row["steps"])
    return JobRun(**{name: row[name] for name in JobRun.model_fields if name != "steps"}, steps=steps)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _plain(value: Any) -> Any:
    return _text(value) if isinstance(value, datetime) else value
