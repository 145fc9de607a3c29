"""An incremental: rows from the watermark on, merged by key or by bound, proven by the window's count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from app.errors import CursorNotPossible, Invalid, ProofFailed, RowMovedBack
from app.schemas.names import quoted
from app.schemas.sync import Proof, ProofColumn
from app.sync import full, known, ledger, marks, merge, plan, staging, verify
from app.sync.attempt import Attempt
from app.sync.drift import Drift
from app.sync.watermark import STAMP, Cursor, earlier, format_of, written

WINDOW = "The checksums are those of the rows that this run read."


@dataclass(frozen=True)
class Window:
    """What is read: rows from ``low`` on (None: all), with those that have no cursor value where asked."""

    cursor: Cursor
    mark: ledger.Watermark
    low: str | None
    nulls: bool


@dataclass(frozen=True)
class Counts:
    """Oracle's own figures at the snapshot."""

    total: int
    nulls: int
    window: int
    columns: list[ProofColumn]


def incremental(attempt: Attempt) -> None:
    """Without an earlier full, or with another cursor than it had, this is a full and says so."""
    if attempt.cursor is None:
        raise CursorNotPossible(column="", reason="an incremental needs one: set it on the target")
    mark = ledger.watermark(attempt.duck, attempt.target.duckdb_table)
    reason = _why_full(attempt, mark)
    if reason or mark is None:
        attempt.job.report.note(f"This was a full: {reason}.")
        full.full(attempt)
    else:
        _merge_new(attempt, _window(attempt, attempt.cursor, mark))


def _why_full(attempt: Attempt, mark: ledger.Watermark | None) -> str:
    if mark is None or not ledger.exists(attempt.duck, attempt.target.duckdb_table):
        return "there was none before"
    if attempt.cursor and mark.cursor != attempt.cursor.column:
        return f"the last one had {mark.cursor or 'no column'} as its cursor"
    return ""


def _window(attempt: Attempt, cursor: Cursor, mark: ledger.Watermark) -> Window:
    target, asked = attempt.target, attempt.job.body.last_value
    if cursor.kind == "text" and not cursor.format and mark.value:
        cursor = replace(cursor, format=format_of(mark.value))
    low = cursor.lowered(mark.value, target.lag_seconds) if mark.value is not None else None
    if asked is not None:
        low = earlier(cursor, low, _value(cursor, asked))
    return Window(cursor, mark, low if low is None else cursor.floored(low), target.reread_null_cursor)


def _value(cursor: Cursor, asked: str) -> str:
    """What a person wrote as ``last_value``, in the watermark's own words. Raises Invalid."""
    try:
        if cursor.kind == "timestamp":
            moment = datetime.fromisoformat(asked)
            there = moment.astimezone(UTC) if cursor.utc and moment.tzinfo else moment
            return written(there, STAMP)
        return asked if cursor.kind == "text" else str(Decimal(asked))
    except (ValueError, InvalidOperation):
        raise Invalid(fields=f"last_value: {asked} is no value of {cursor.column}") from None


def _merge_new(attempt: Attempt, window: Window) -> None:
    duck, report = attempt.duck, attempt.job.report
    report.log(f"reading from {window.cursor.column} {window.low or 'the beginning'}")
    bounds = (window.cursor, window.low, window.nulls)
    attempt, staged, _ = known.staged(attempt, lambda each: plan.from_low(each.rows_query(), *bounds))
    report.phase("settle")
    change = merge.followed(attempt, staged)
    if attempt.key:
        staging.refuse_doubled_keys(duck, staged, attempt.key)
    report.phase("prove")
    counts = _proven_window(attempt, window, staged, change.types)
    mark = _next_mark(attempt, window, staged)
    attempt.job.control.check()
    report.phase("merge")
    _commit(attempt, window, change, counts, mark, staged)


def _proven_window(attempt: Attempt, window: Window, staged: str, types: dict[str, str]) -> Counts | None:
    """Oracle's figures at the snapshot, compared with the rows that are staged; None where they cannot be compared."""
    if attempt.target.verify == "off" or not attempt.snapshot.consistent:
        return None
    query = plan.window_counts(attempt.facts.found, attempt.snapshot, attempt.target.where, window.cursor, window.low)
    total, with_value, inside = (int(value or 0) for value in attempt.session.rows(query.sql, query.binds)[0])
    nulls = total - with_value
    expected = inside + nulls if window.nulls and window.low is not None else inside
    rows = staging.count(attempt.duck, staged)
    if expected != rows:
        raise ProofFailed(column="the window's count", oracle=expected, duckdb=rows)
    if nulls:
        read_again = "read each time" if window.nulls else "not read by an incremental"
        attempt.job.report.note(f"{nulls} rows have no {window.cursor.column} and are {read_again}.")
    return Counts(total, nulls, inside, _proven_columns(attempt, window, staged, types))


def _proven_columns(attempt: Attempt, window: Window, staged: str, types: dict[str, str]) -> list[ProofColumn]:
    """The checksums of the window's rows, where the target asks for them. Raises ProofFailed."""
    if attempt.target.verify != "checksum":
        return []
    query = plan.counting(attempt.facts.found, attempt.snapshot, attempt.target.where)
    read = plan.from_low(query, window.cursor, window.low, window.nulls)
    return verify.columns_proof(attempt, staged, types, read, "true")


def _next_mark(attempt: Attempt, window: Window, staged: str) -> ledger.Watermark:
    """The greatest value read; without rows the old one. It never goes back."""
    found, before = marks.noted(attempt, window.cursor, staged), window.mark.value
    back = found is None or (before is not None and earlier(window.cursor, found, before) == found)
    return ledger.Watermark(window.cursor.column, before if back else found)


def _commit(
    attempt: Attempt, window: Window, change: Drift, counts: Counts | None, mark: ledger.Watermark, staged: str
) -> None:
    duck, name, sync_id = attempt.duck, attempt.target.duckdb_table, attempt.job.sync_id
    with staging.transaction(duck, attempt.job.control):
        merge.alter(attempt, change)
        deleted, inserted = _replace(attempt, window, staged)
        proof = _compare_totals(attempt, counts)
        ledger.set_watermark(duck, name, mark, sync_id)
        ledger.finish(duck, name, ledger.Finished(sync_id, inserted, deleted, mark.value))
        duck.execute(f"DROP TABLE {staged}")
    attempt.job.report.change(inserted=inserted, deleted=deleted, proof=proof, watermark=mark.value)


def _replace(attempt: Attempt, window: Window, staged: str) -> tuple[int, int]:
    if attempt.key:
        return merge.replace_rows(attempt, staged)
    return _delete_window(attempt, window), merge.insert(attempt, staged)


def _delete_window(attempt: Attempt, window: Window) -> int:
    """Without a key the window itself is what the new rows replace."""
    if window.low is None:
        return staging.changed(attempt.duck, f"DELETE FROM {attempt.table}")
    c = quoted(window.cursor.name)
    low = Decimal(window.low) if window.cursor.kind == "number" else window.low
    since = (
        f"{marks.MICROSECONDS.format(c=c)} >= CAST(? AS TIMESTAMP)"
        if window.cursor.kind == "timestamp"
        else f"{c} >= ?"
    )
    condition = since + (f" OR {c} IS NULL" if window.nulls else "")
    return staging.changed(attempt.duck, f"DELETE FROM {attempt.table} WHERE {condition}", [low])


def _compare_totals(attempt: Attempt, counts: Counts | None) -> Proof:
    """Inside the transaction, before it commits. Raises RowMovedBack where no key can tell which row is stale."""
    duck, name = attempt.duck, attempt.target.duckdb_table
    ours = staging.count(duck, attempt.table, staging.alive(duck, name))
    if counts is None:
        note = None if attempt.target.verify == "off" else verify.UNPROVEN
        return Proof(method="off", ok=True, duckdb_rows=ours, note=note)
    if not attempt.key and counts.total < ours:
        raise RowMovedBack(oracle=counts.total, duckdb=ours)
    note = _difference(attempt.target.deletes == "ignore", counts.total, ours)
    if note:
        attempt.job.report.note(note)
    told = note or (WINDOW if counts.columns else None)
    rows = {"oracle_rows": counts.total, "duckdb_rows": ours}
    return Proof(method=attempt.target.verify, ok=True, **rows, note=told, columns=counts.columns)


def _difference(kept: bool, there: int, here: int) -> str | None:
    """Where deleted rows are ``kept`` a reconcile would not take away what is more here."""
    if there == here:
        return None
    if kept and here > there:
        return f"{here - there} rows more than in Oracle are here; deleted rows are kept."
    return f"{abs(there - here)} rows differ: reconcile."
