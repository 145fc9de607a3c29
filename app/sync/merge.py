"""New rows into a table that is there: what changed in its columns first, then the rows, all in one transaction."""

from __future__ import annotations

from app.schemas.names import quoted, same
from app.sync import drift, ledger, staging
from app.sync.attempt import Attempt
from app.sync.drift import Drift
from app.sync.watermark import ROWSCN

KEPT = "merganser_kept"  # a temporary table of this connection alone


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


def replace_rows(attempt: Attempt, source: str) -> tuple[int, int]:
    """Inside the transaction: the rows of ``source`` take the place of those with their keys; how many went and came.

    What only our table has (columns that Oracle has dropped) is carried over.
    """
    kept = _dropped_columns(attempt)
    if kept:
        _put_aside(attempt, source, kept)
    deleted, inserted = delete_keys(attempt, source), insert(attempt, source)
    if kept:
        _put_back(attempt, kept)
    return deleted, inserted


def _dropped_columns(attempt: Attempt) -> list[str]:
    here = staging.types(attempt.duck, attempt.target.duckdb_table)
    copied = [each.name for each in attempt.plans]
    return [name for name in here if name != staging.DELETED and not any(same(name, each) for each in copied)]


def _put_aside(attempt: Attempt, source: str, kept: list[str]) -> None:
    columns = ", ".join(f"old.{quoted(name)}" for name in [*attempt.key, *kept])
    found = f"SELECT {columns} FROM {attempt.table} AS old SEMI JOIN {source} AS new"
    condition = staging.matched("old", "new", attempt.key)
    attempt.duck.execute(f"CREATE OR REPLACE TEMP TABLE {KEPT} AS {found} ON {condition}")


def _put_back(attempt: Attempt, kept: list[str]) -> None:
    values = ", ".join(f"{quoted(name)} = kept.{quoted(name)}" for name in kept)
    condition = staging.matched("new", "kept", attempt.key)
    staging.changed(attempt.duck, f"UPDATE {attempt.table} AS new SET {values} FROM {KEPT} AS kept WHERE {condition}")
    attempt.duck.execute(f"DROP TABLE {KEPT}")


def delete_keys(attempt: Attempt, source: str) -> int:
    """Inside the transaction: remove the rows, marked ones too, whose keys are in ``source``; how many."""
    condition = staging.matched("old", "new", attempt.key)
    sql = f"DELETE FROM {attempt.table} AS old USING {source} AS new WHERE {condition}"
    return staging.changed(attempt.duck, sql)


def insert(attempt: Attempt, source: str) -> int:
    """Inside the transaction: add the rows of ``source``; how many."""
    names = ", ".join(quoted(each.name) for each in attempt.plans if each.name != ROWSCN)
    return staging.changed(attempt.duck, f"INSERT INTO {attempt.table} ({names}) SELECT {names} FROM {source}")
