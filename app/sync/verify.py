"""The proof: what Oracle and DuckDB say of the same rows at the run's snapshot."""

from __future__ import annotations

from app.errors import ProofFailed
from app.schemas.sync import Proof
from app.sync import plan
from app.sync.attempt import Attempt


def prove(attempt: Attempt, rows: int) -> Proof:
    """The proof the target asks for. Raises ProofFailed."""
    if attempt.target.verify == "off":
        return Proof(method="off", ok=True, duckdb_rows=rows)
    if not attempt.snapshot.consistent:
        note = "Without a snapshot the count cannot be compared: counted only."
        return Proof(method="count", ok=True, duckdb_rows=rows, note=note)
    attempt.job.report.phase("prove")
    return _counted(attempt, rows)


def _counted(attempt: Attempt, rows: int) -> Proof:
    query = plan.counting(attempt.facts.found, attempt.snapshot, attempt.target.where)
    there = int(attempt.session.value(query.sql, query.binds))
    if there != rows:
        raise ProofFailed(column="count", oracle=there, duckdb=rows)
    return Proof(method="count", ok=True, oracle_rows=there, duckdb_rows=rows)
