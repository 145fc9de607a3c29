"""The proof: what Oracle and DuckDB say of the same rows at the run's snapshot."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.errors import ProofFailed, TableNotFound
from app.schemas.sync import Proof, ProofColumn
from app.sync import checksum, ledger, plan, staging
from app.sync.attempt import Attempt, read
from app.sync.plan import Query
from app.sync.watermark import ROWSCN

CHARSET = "SELECT value FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'"
UNPROVEN = "Without a snapshot Oracle's rows cannot be compared: counted only."
Counted = Callable[[], int]


@contextmanager
def counting(attempt: Attempt) -> Iterator[Counted | None]:
    """Oracle counts the rows of the snapshot while DuckDB works on what it has; None where a count proves nothing."""
    if attempt.target.verify == "off" or not attempt.snapshot.consistent:
        yield None
        return
    query = _rows_there(attempt)
    with attempt.session.asking(query.sql, query.binds) as rows:
        yield lambda: int(rows()[0][0])


def prove(attempt: Attempt, table: str, types: dict[str, str], counted: Counted | None) -> Proof:
    """The proof the target asks for over all rows, which are in ``table``. Raises ProofFailed."""
    target, rows = attempt.target, staging.count(attempt.duck, table)
    if target.verify == "off":
        return Proof(method="off", ok=True, duckdb_rows=rows)
    if counted is None:
        return Proof(method="count", ok=True, duckdb_rows=rows, note=UNPROVEN)
    attempt.job.report.phase("prove")
    there = counted()
    _same("count", there, rows)
    checked = target.verify == "checksum"
    columns = columns_proof(attempt, table, types, _rows_there(attempt), "true") if checked else []
    return Proof(method=target.verify, ok=True, oracle_rows=there, duckdb_rows=rows, columns=columns)


def _rows_there(attempt: Attempt) -> Query:
    """The query for how many rows Oracle has at the snapshot."""
    return plan.counting(attempt.facts.found, attempt.snapshot, attempt.target.where)


def _same(column: str, there: int, here: int) -> None:
    if there != here:
        raise ProofFailed(column=column, oracle=there, duckdb=here)


def columns_proof(
    attempt: Attempt, table: str, types: dict[str, str], counted: Query, condition: str
) -> list[ProofColumn]:
    """Each column's figures on both sides; ``counted`` is a query for COUNT(*) over the same rows as ``condition``.

    Raises ProofFailed for the first column that differs.
    """
    plans = [each for each in attempt.plans if each.name != ROWSCN]
    hashes = _hashes(attempt)
    parts = [checksum.parts(each, types[each.name], hashes) for each in plans]
    wanted = list(itertools.chain(*parts))
    sql = counted.sql.replace("COUNT(*)", ", ".join(part.oracle for part in wanted), 1)
    ours = ", ".join(part.duckdb for part in wanted)
    with attempt.session.asking(sql, counted.binds) as rows:
        here = iter(attempt.duck.execute(f"SELECT {ours} FROM {table} WHERE {condition}").fetchone() or ())
        there = iter(rows()[0])
    found = [
        checksum.compared(each, some, list(itertools.islice(there, len(some))), list(itertools.islice(here, len(some))))
        for each, some in zip(plans, parts, strict=True)
    ]
    for column in found:
        if column.equal is False:
            raise ProofFailed(column=f"{column.column}: {column.method}", oracle=column.oracle, duckdb=column.duckdb)
    return found


def _hashes(attempt: Attempt) -> bool:
    """STANDARD_HASH came with 12c; over other charsets than UTF-8 its bytes are not ours."""
    return attempt.session.version >= (12,) and attempt.session.value(CHARSET) == "AL32UTF8"


def verify(attempt: Attempt) -> None:
    """A run that only proves the table as it is. Raises ProofFailed, TableNotFound."""
    duck, name = attempt.duck, attempt.target.duckdb_table
    types = staging.types(duck, name)
    if not types:
        raise TableNotFound(name=name)
    table, condition = f"{attempt.table} AS old", staging.alive(duck, name)
    attempt.job.report.phase("prove")
    query = _rows_there(attempt)
    there, here = int(attempt.session.value(query.sql, query.binds)), staging.count(duck, table, condition)
    if here > there and attempt.key and attempt.target.deletes == "ignore":
        condition, all_of_it = _not_kept(attempt, types, condition), here
        here = staging.count(duck, table, condition)
        attempt.job.report.note(f"{all_of_it - here} rows that Oracle no longer has are kept and no part of the proof.")
    _same("count", there, here)
    columns = columns_proof(attempt, table, types, query, condition)
    proof = Proof(method="checksum", ok=True, oracle_rows=there, duckdb_rows=here, columns=columns)
    with staging.transaction(duck, attempt.job.control):
        ledger.finish_preview(duck, ledger.Finished(attempt.job.sync_id, 0, 0, None))
    attempt.job.report.change(proof=proof)


def _not_kept(attempt: Attempt, types: dict[str, str], condition: str) -> str:
    """The condition that a row is one of Oracle's, whose keys of the same moment are read into a table of our own.

    Staging may hold a full that can resume.
    """
    keys = replace(attempt, plans=[each for each in attempt.plans if each.name in attempt.key])
    staged = staging.make(attempt.duck, attempt.target.duckdb_table, keys.plans, staging.TEMPORARY)
    read(keys, staged, keys.rows_query())
    staging.settle(attempt.duck, staged, keys.plans, types)
    return f"{condition} AND EXISTS (SELECT 1 FROM {staged} AS new WHERE {staging.matched('new', 'old', attempt.key)})"
