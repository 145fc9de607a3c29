"""A full: everything into staging, proven, swapped in whole. A test is the same with few rows, into schema preview."""

from __future__ import annotations

from datetime import UTC, datetime

from app.errors import KeyNotUnique, Shrunk
from app.schemas.names import quoted, same
from app.schemas.names import staging as staging_name
from app.schemas.sync import Proof
from app.schemas.tables import SchemaChange
from app.sync import drift, ledger, marks, plan, reading, staging, verify
from app.sync.attempt import Attempt, read
from app.sync.watermark import ROWSCN

PREVIEW = "preview"


def full(attempt: Attempt) -> None:
    """Raises AppErrors before anything of the old table is touched."""
    duck, target, report = attempt.duck, attempt.target, attempt.job.report
    attempt, staged, rows = reading.staged(attempt)
    report.phase("settle")
    known = ledger.columns(duck, target.duckdb_table)
    with verify.counting(attempt) as counted:
        types = staging.settle(duck, staged, attempt.plans, {})
        _warn_of_doubled_keys(attempt, staged)
        proof = verify.prove(attempt, staged, types, counted)
    refuse_shrinking(attempt, live_rows(attempt) or 0, rows)
    mark = marks.left(attempt, staged)
    _finish_columns(attempt, staged)
    changes = drift.rebuilt(attempt.plans, types, known)
    attempt.job.control.check()
    report.phase("swap")
    deleted = _swap(attempt, types, mark, changes, rows)
    report.change(inserted=rows, deleted=deleted, proof=proof, watermark=mark.value)
    report.log(f"{rows} rows are in place of {deleted}")


def _warn_of_doubled_keys(attempt: Attempt, staged: str) -> None:
    """A full needs no key, so a wrong one is said and not punished; an incremental refuses it."""
    if attempt.key:
        try:
            staging.refuse_doubled_keys(attempt.duck, staged, attempt.key)
        except KeyNotUnique as error:
            attempt.job.report.note(error.message())


def refuse_shrinking(attempt: Attempt, before: int, after: int) -> None:
    """Raises Shrunk where more than half of the rows would go and the target does not allow that."""
    if after * 2 < before and not attempt.target.allow_shrink:
        raise Shrunk(before=before, after=after)


def live_rows(attempt: Attempt) -> int | None:
    """Rows of the present table that are not marked as deleted; None without a table."""
    if not ledger.exists(attempt.duck, attempt.target.duckdb_table):
        return None
    return staging.count(attempt.duck, attempt.table, staging.alive(attempt.duck, attempt.target.duckdb_table))


def _finish_columns(attempt: Attempt, staged: str) -> None:
    if plan.has_column(attempt.plans, ROWSCN):
        attempt.duck.execute(f"ALTER TABLE {staged} DROP COLUMN {quoted(ROWSCN)}")
    if attempt.target.deletes == "soft":
        attempt.duck.execute(f"ALTER TABLE {staged} ADD COLUMN {quoted(staging.DELETED)} TIMESTAMPTZ")
        _keep_marked(attempt, staged)


def _keep_marked(attempt: Attempt, staged: str) -> None:
    """Rows that are marked as deleted outlive a full: they are all that is left of what Oracle has forgotten."""
    duck, name = attempt.duck, attempt.target.duckdb_table
    old = staging.types(duck, name)
    if not attempt.key or staging.DELETED not in old:
        return
    if old != staging.types(duck, staging_name(name)):
        attempt.job.report.note("Rows marked as deleted were left out: the columns have changed.")
        return
    columns = ", ".join(quoted(column) for column in old)
    missing = f"NOT EXISTS (SELECT 1 FROM {staged} AS new WHERE {staging.matched('new', 'old', attempt.key)})"
    marked = f"{quoted(staging.DELETED)} IS NOT NULL AND {missing}"
    staging.changed(
        duck, f"INSERT INTO {staged} ({columns}) SELECT {columns} FROM {attempt.table} AS old WHERE {marked}"
    )


def _swap(
    attempt: Attempt, types: dict[str, str], mark: ledger.Watermark, changes: list[SchemaChange], rows: int
) -> int:
    """Drop, rename, watermark and ledger in one transaction; how many rows were replaced."""
    duck, name, sync_id = attempt.duck, attempt.target.duckdb_table, attempt.job.sync_id
    replaced = live_rows(attempt) or 0
    with staging.transaction(duck, attempt.job.control):
        duck.execute(f"DROP TABLE IF EXISTS {attempt.table}")
        duck.execute(f"ALTER TABLE {staging.place(staging_name(name))} RENAME TO {quoted(name)}")
        ledger.set_watermark(duck, name, mark, sync_id)
        ledger.set_columns(duck, name, known_columns(attempt, types))
        ledger.record(duck, name, changes, sync_id)
        ledger.finish(duck, name, ledger.Finished(sync_id, rows, replaced, mark.value))
    return replaced


def known_columns(attempt: Attempt, types: dict[str, str]) -> list[ledger.KnownColumn]:
    """What the ledger shall remember of the columns."""
    return [
        ledger.KnownColumn(each.name, each.column.declared, types[each.name])
        for each in attempt.plans
        if not same(each.name, ROWSCN)
    ]


def preview(attempt: Attempt) -> None:
    """The first rows into schema preview; the real table is not touched, no watermark, no target."""
    duck, name = attempt.duck, attempt.target.duckdb_table
    limit = attempt.job.body.row_limit or 100
    staged = staging.make(duck, name, attempt.plans, PREVIEW)
    rows = read(attempt, staged, plan.limited(attempt.rows_query(), limit))
    staging.settle(duck, staged, attempt.plans, {})
    attempt.job.control.check()
    attempt.job.report.phase("swap")
    with staging.transaction(duck, attempt.job.control):
        duck.execute(f"DROP TABLE IF EXISTS {staging.place(name, PREVIEW)}")
        duck.execute(f"ALTER TABLE {staged} RENAME TO {quoted(name)}")
        ledger.note_preview(duck, name, datetime.now(UTC))
        ledger.finish_preview(duck, ledger.Finished(attempt.job.sync_id, rows, 0, None))
    attempt.job.report.change(inserted=rows, proof=Proof(method="off", ok=True, duckdb_rows=rows))
