"""One run, from its first question to Oracle to its last CHECKPOINT, in one thread; tries again what can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.errors import (
    DiskFull,
    OracleAway,
    OracleCancelled,
    OracleSilent,
    RunInterrupted,
    SnapshotLost,
    TornBatch,
    WarehouseAway,
)
from app.schemas.sync import State, SyncType
from app.sync import chunks, full, incremental, ledger, reconcile, snapshot, staging, verify
from app.sync.attempt import Attempt, Job, prepare
from app.warehouse import Cursor, Error, OutOfMemory, first_line, unusable

BACKOFF = (0.5, 2.0, 4.0, 8.0)  # seconds before the second to the fifth try: Oracle may be gone for ten
SILENT = 3  # tries of a call that took all its time: it may be a heavy one, on a database that others use too
MOMENTS = 3  # snapshots a run may lose before it gives up
PREVIEW_DAYS = 7
NO_ROOM = re.compile(r"no space left|disk.*full|failed to offload|max_temp_directory_size|out of.*space|ENOSPC", re.I)
HOW: dict[SyncType, Callable[[Attempt], None]] = {
    SyncType.TEST: full.preview,
    SyncType.FULL: full.full,
    SyncType.INCREMENTAL: incremental.incremental,
    SyncType.RECONCILE: reconcile.reconcile,
    SyncType.VERIFY: verify.verify,
}

__all__ = ["Job", "perform"]


def perform(job: Job) -> None:
    """Do the run; its rows are committed, or nothing is. Raises AppError or Stopped."""
    try:
        with job.warehouse.cursor() as duck:
            ledger.prepare(duck)
            ledger.drop_old_previews(duck, datetime.now(UTC) - timedelta(days=PREVIEW_DAYS))
            try:
                with job.control.insisting(duck.interrupt):
                    _try_again(job, duck)
            except BaseException:
                if not _committed(job, duck):
                    if job.control.reason is not State.INTERRUPTED:
                        _clean_up(job, duck)
                    raise
    except Error as error:
        job.control.check()
        raise explained(error, job.target.duckdb_table) from None
    except OracleCancelled:
        job.control.check()
        raise
    job.report.phase("checkpoint")
    job.warehouse.fold()
    job.report.finish()


def _try_again(job: Job, duck: Cursor) -> None:
    """Network errors: on a new connection, after a growing pause. A lost snapshot: all over at a new one."""
    waits, moments, silent, done = iter(BACKOFF), MOMENTS, SILENT, 0
    while True:
        try:
            return _attempt(job, duck)
        except (OracleAway, TornBatch) as error:
            job = replace(job, chunks=replace(job.chunks, seconds=0.0))  # on a line that breaks every chunk shall count
            before, done = done, len(chunks.done(duck, job.target.duckdb_table))
            if done > before:  # it got on: the tries begin again
                waits, silent = iter(BACKOFF), SILENT
            silent -= isinstance(error, OracleSilent)
            wait = next(waits, None)
            if wait is None or not silent:
                raise
            job.report.log(f"{error.message()} Trying again in {wait:g} s.", "warning")
            job.control.wait(wait)
        except SnapshotLost as error:
            if job.by_itself:
                raise RunInterrupted() from error
            moments -= 1
            if not moments:
                raise
            chunks.give_up(duck, job.target.duckdb_table, job.sync_id)
            job.report.note(f"{error.message()} Started over at a new moment.")
        job.report.restart()


def _attempt(job: Job, duck: Cursor) -> None:
    waits = job.oracle.session(job.sync_id, lambda: job.control.stopped)
    with waits as session, job.control.breaking(session.cancel):
        attempt = prepare(job, session, duck)
        if job.by_itself:
            _need_old_moment(attempt)
        HOW[job.report.run.type](attempt)


def _need_old_moment(attempt: Attempt) -> None:
    """What resumes by itself goes on with what is staged; to begin anew is for a person. Raises RunInterrupted."""
    cut = chunks.known(attempt.duck, attempt.target.duckdb_table)
    same = cut is not None and cut.columns == chunks.signature(attempt.plans)
    if cut is None or not same or not snapshot.still_there(attempt.session, attempt.facts.found, cut.scn):
        raise RunInterrupted()


def _committed(job: Job, duck: Cursor) -> bool:
    """Whether the rows are in the file all the same: a stop can come between the commit and its answer."""
    try:
        return ledger.finished(duck, job.sync_id) is not None
    except Error:
        return False


def _clean_up(job: Job, duck: Cursor) -> None:
    """What this run staged is of no use to anyone; failing to drop it hides nothing that matters more."""
    name, kind = job.target.duckdb_table, job.report.run.type
    try:
        if kind is SyncType.TEST:
            staging.drop(duck, name, full.PREVIEW)
        elif kind is not SyncType.VERIFY:  # that stages nothing: what is there is of a full that can resume
            ledger.forget_chunks(duck, name)
            staging.drop(duck, name)
    except Error as error:
        job.report.log(f"staging stays: {error}", "warning")


def explained(error: Error, table: str) -> Exception:
    """DuckDB's error as one a person can act on; what is our own fault stays as it is and is logged."""
    reason = first_line(error)
    if NO_ROOM.search(reason):
        return DiskFull(table=table)
    return WarehouseAway(reason=reason) if unusable(error) or isinstance(error, OutOfMemory) else error
