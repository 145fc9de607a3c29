"""New rows into a table that is there: what changed in its columns first, then the rows, all in one transaction."""

from __future__ import annotations

from app.schemas.names import quoted, same
from app.sync import drift, ledger, staging
from app.sync.attempt import Attempt
from app.sync.drift import Drift
from app.sync.watermark import ROWSCN


def followed(attempt: Attempt, staged: str) -> Drift:
    """Settle the staged types beside those of the table, and say how the table must change. Raises SchemaChanged."""
    duck, name = attempt.duck, attempt.target.duckdb_table
    existing = staging.types(duck, name)
    plans = [each for each in attempt.plans if each.name != ROWSCN]
    wanted = staging.settle(duck, staged, attempt.plans, existing)
    return drift.followed(plans, wanted, existing, ledger.columns(duck, name))


def alter(attempt: Attempt, change: Drift) -> None:
    """Inside the transaction: the table gets the columns and types that the new rows need."""
    for clause in change.alter:
        attempt.duck.execute(f"ALTER TABLE {attempt.table} {clause}")
    for each in change.changes:
        types = f" ({each.before} to {each.after})" if each.before and each.after else ""
        attempt.job.report.note(f"Column {each.column} was {each.change}{types}.")
    name, sync_id = attempt.target.duckdb_table, attempt.job.sync_id
    ledger.record(attempt.duck, name, change.changes, sync_id)
    plans = [each for each in attempt.plans if each.name != ROWSCN]
    known = [ledger.KnownColumn(each.name, each.column.declared, _type(change, each.name)) for each in plans]
    ledger.set_columns(attempt.duck, name, known)


def _type(change: Drift, name: str) -> str:
    return next(kind for each, kind in change.types.items() if same(each, name))


def delete_keys(attempt: Attempt, source: str) -> int:
    """Inside the transaction: remove the rows, marked ones too, whose keys are in ``source``; how many."""
    condition = staging.matched("old", "new", attempt.key)
    sql = f"DELETE FROM {attempt.table} AS old USING {source} AS new WHERE {condition}"
    return staging.changed(attempt.duck, sql)


def insert(attempt: Attempt, source: str) -> int:
    """Inside the transaction: add the rows of ``source``; how many."""
    names = ", ".join(quoted(each.name) for each in attempt.plans if each.name != ROWSCN)
    return staging.changed(attempt.duck, f"INSERT INTO {attempt.table} ({names}) SELECT {names} FROM {source}")
