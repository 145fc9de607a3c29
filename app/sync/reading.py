"""All rows of a table into staging: in one go, or in chunks that a later attempt goes on with."""

from __future__ import annotations

from dataclasses import replace

from app.schemas.names import staging as staging_name
from app.sync import chunks, ledger, snapshot, staging
from app.sync.attempt import Attempt, fill, read, reading
from app.sync.chunks import Cut
from app.sync.load import ReadAhead


def staged(attempt: Attempt) -> tuple[Attempt, str, int]:
    """The staging table with all rows of one moment, and how many; the attempt comes back with that snapshot."""
    name = attempt.target.duckdb_table
    cut = _resumable(attempt)
    if cut is None and _worth_cutting(attempt):
        cut = _cut(attempt)
    if cut is None:
        ledger.forget_chunks(attempt.duck, name)
        table = staging.make(attempt.duck, name, attempt.plans)
        return attempt, table, read(attempt, table, attempt.rows_query())
    attempt = replace(attempt, snapshot=snapshot.at(cut.scn))
    attempt.job.report.change(snapshot=attempt.snapshot.name)
    return attempt, staging.place(staging_name(name)), _read_chunks(attempt, cut)


def _worth_cutting(attempt: Attempt) -> bool:
    found, rows = attempt.facts.found, attempt.facts.rows or 0
    return found.kind == "table" and attempt.snapshot.scn is not None and rows > attempt.job.chunks.rows


def _cut(attempt: Attempt) -> Cut:
    """A new cut over an empty staging table."""
    name, job = attempt.target.duckdb_table, attempt.job
    bounds = chunks.bounds(attempt.session, attempt.facts, job.chunks.piece)
    cut = Cut(job.sync_id, attempt.snapshot.scn or 0, bounds, chunks.signature(attempt.plans))
    staging.make(attempt.duck, name, attempt.plans)
    chunks.begin(attempt.duck, name, cut)
    return cut


def _resumable(attempt: Attempt) -> Cut | None:
    """The cut this run began, or that it resumes, if Oracle still has its moment and the columns are the same."""
    name, job = attempt.target.duckdb_table, attempt.job
    cut = chunks.known(attempt.duck, name)
    if cut is None or not (cut.sync_id == job.sync_id or job.report.run.trigger == "resume"):
        return None
    if cut.columns != chunks.signature(attempt.plans) or not ledger.exists(attempt.duck, staging_name(name)):
        return None
    if not snapshot.still_there(attempt.session, attempt.facts.found, cut.scn):
        job.report.note(f"Oracle no longer has SCN {cut.scn}: started over at a new moment.")
        return None
    if cut.sync_id != job.sync_id:
        chunks.take_over(attempt.duck, name, job.sync_id)
    return replace(cut, sync_id=job.sync_id)


def _read_chunks(attempt: Attempt, cut: Cut) -> int:
    """What is missing, chunk by chunk; they commit with their lines in the ledger while the next is being read."""
    name, report = attempt.target.duckdb_table, attempt.job.report
    finished = chunks.done(attempt.duck, name)
    if finished:
        report.rows(sum(finished.values()))
        report.log(f"{len(finished)} of {cut.count} chunks are there already, at SCN {cut.scn}")
    report.expect(attempt.facts.rows, cut.count)
    missing = [chunk for chunk in range(cut.count) if chunk not in finished]
    queries = [cut.query(attempt.rows_query(), chunk) for chunk in missing]
    with reading(attempt, queries, lambda place: report.chunk(missing[place] + 1)) as ahead:
        while ahead.waiting:
            finished |= _read_some(attempt, cut, missing[-ahead.waiting :], ahead)
    return sum(finished.values())


def _read_some(attempt: Attempt, cut: Cut, missing: list[int], ahead: ReadAhead) -> dict[int, int]:
    """The first of the missing chunks in one transaction: as many as begin soon enough; the rows of each."""
    name = attempt.target.duckdb_table
    with staging.long_transaction(attempt.duck):
        rows = fill(attempt, staging.place(staging_name(name)), ahead, attempt.job.chunks.seconds)
        read = dict(zip(missing, rows, strict=False))
        for chunk, count in read.items():
            chunks.note(attempt.duck, name, cut, chunk, count)
    return read
