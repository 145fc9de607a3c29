"""A reconcile: the table is made equal to Oracle's at one moment, row by row, instead of being replaced.

The keys alone could not show a row whose values changed behind the watermark's back (a late commit beyond the lag, a
cursor that moved back), and after a reconcile both sides must be equal. So all rows are read; only what differs is
written, which keeps marked rows, and spares readers and the file a whole new table. A target may ask to keep rows that
Oracle no longer has: they stay, are counted, and are left out of the comparison.
"""

from __future__ import annotations

from app.errors import ProofFailed
from app.schemas.names import quoted
from app.sync import full, known, ledger, marks, merge, plan, staging, verify
from app.sync.attempt import Attempt
from app.sync.drift import Drift
from app.sync.watermark import ROWSCN

DIFFERENT = "merganser_different"  # a temporary table of this connection alone


def reconcile(attempt: Attempt) -> None:
    """Without a table there is nothing to compare with, so this is a full and says so. Raises KeyNeeded."""
    plan.need_key(attempt.target, "A reconcile")
    if ledger.watermark(attempt.duck, attempt.target.duckdb_table) is None or full.live_rows(attempt) is None:
        attempt.job.report.note("This was a full: there was none before.")
        full.full(attempt)
        return
    duck, report = attempt.duck, attempt.job.report
    attempt, staged, rows = known.staged(attempt, Attempt.rows_query)
    report.phase("settle")
    with verify.counting(attempt) as counted:
        change = merge.followed(attempt, staged)
        staging.refuse_doubled_keys(duck, staged, attempt.key)
        proof = verify.prove(attempt, staged, change.types, counted)
    mark = marks.left(attempt, staged)
    attempt.job.control.check()
    report.phase("merge")
    inserted, deleted = _commit(attempt, change, mark, staged, rows)
    report.change(inserted=inserted, deleted=deleted, proof=proof, watermark=mark.value)


def _commit(attempt: Attempt, change: Drift, mark: ledger.Watermark, staged: str, rows: int) -> tuple[int, int]:
    duck, name, sync_id = attempt.duck, attempt.target.duckdb_table, attempt.job.sync_id
    with staging.transaction(duck, attempt.job.control):
        merge.alter(attempt, change)
        gone = _remove_gone(attempt, staged)
        replaced, inserted = _write_different(attempt, staged)
        _refuse_surplus(attempt, staged, rows)
        ledger.set_watermark(duck, name, mark, sync_id)
        ledger.finish(duck, name, ledger.Finished(sync_id, inserted, gone, mark.value))
        duck.execute(f"DROP TABLE {staged}")
    attempt.job.report.log(
        f"{gone} rows were removed or marked, {inserted - replaced} were missing, {replaced} were different"
    )
    return inserted, gone


def _remove_gone(attempt: Attempt, staged: str) -> int:
    """Delete or mark what Oracle no longer has, unless it is kept; how many rows.

    Raises Shrunk for more than half of the table.
    """
    duck, table = attempt.duck, attempt.table
    alive = staging.alive(duck, attempt.target.duckdb_table)
    missing = f"NOT EXISTS (SELECT 1 FROM {staged} AS new WHERE {staging.matched('new', 'old', attempt.key)})"
    gone = staging.count(duck, f"{table} AS old", f"{alive} AND {missing}")
    if attempt.target.deletes == "ignore":
        _tell_kept(attempt, gone)
        return 0
    before = staging.count(duck, table, alive)
    full.refuse_shrinking(attempt, before, before - gone)
    if attempt.target.deletes == "soft":
        _need_mark_column(attempt)
        mark = f"UPDATE {table} AS old SET {quoted(staging.DELETED)} = now() WHERE {quoted(staging.DELETED)} IS NULL"
        return staging.changed(duck, f"{mark} AND {missing}")
    return staging.changed(duck, f"DELETE FROM {table} AS old WHERE {alive} AND {missing}")


def _tell_kept(attempt: Attempt, kept: int) -> None:
    if kept:
        attempt.job.report.note(f"{kept} rows that Oracle no longer has were kept.")


def _need_mark_column(attempt: Attempt) -> None:
    if staging.DELETED not in staging.types(attempt.duck, attempt.target.duckdb_table):
        attempt.duck.execute(f"ALTER TABLE {attempt.table} ADD COLUMN {quoted(staging.DELETED)} TIMESTAMPTZ")


def _refuse_surplus(attempt: Attempt, staged: str, rows: int) -> None:
    """Rows that stood here twice with one key and equal values differ from nothing: only their number shows them.

    Rows that are kept although Oracle no longer has them do not count.
    """
    duck, alive = attempt.duck, staging.alive(attempt.duck, attempt.target.duckdb_table)
    there = f"EXISTS (SELECT 1 FROM {staged} AS new WHERE {staging.matched('new', 'old', attempt.key)})"
    ours = staging.count(duck, f"{attempt.table} AS old", f"{alive} AND {there}")
    if ours != rows:
        raise ProofFailed(column="count after the merge; a full mends it", oracle=rows, duckdb=ours)


def _write_different(attempt: Attempt, staged: str) -> tuple[int, int]:
    """Replace the rows whose values differ and add the missing ones; how many were replaced and written."""
    duck = attempt.duck
    names = ", ".join(quoted(each.name) for each in attempt.plans if each.name != ROWSCN)
    alive = staging.alive(duck, attempt.target.duckdb_table)
    duck.execute(
        f"CREATE OR REPLACE TEMP TABLE {DIFFERENT} AS SELECT {names} FROM {staged}"
        f" EXCEPT SELECT {names} FROM {attempt.table} WHERE {alive}"
    )
    replaced, inserted = merge.replace_rows(attempt, DIFFERENT)
    duck.execute(f"DROP TABLE {DIFFERENT}")
    return replaced, inserted
