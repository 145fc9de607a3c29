"""Runs as they come out of a real service, for pages and panes that are tested without an Oracle."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.schemas.sync import Phase, Progress, Proof, ProofColumn, RunError, State, SyncRun, SyncType

NOW = datetime.now(UTC).replace(microsecond=0)


def run(sync_id: str, target: str = "orders", state: State = State.SUCCEEDED, **fields: Any) -> SyncRun:
    """A run that ended five minutes ago, or that has been running for half a minute."""
    over = state not in {State.QUEUED, State.RUNNING, State.PAUSED}
    began = NOW - timedelta(minutes=6 if over else 0.5)
    progress = Progress(
        total_rows=1_000_000 if over else 420_000,
        expected_rows=1_000_000,
        percentage=1.0 if state is State.SUCCEEDED else 0.42,
        elapsed_time=41.5,
        rows_per_second=24_096.4,
        eta=None if over else 24.0,
        bytes=84_000_000,
        phase="done" if over else "read",
    )
    proof = Proof(method="count", ok=True, oracle_rows=1_000_000, duckdb_rows=1_000_000)
    usual: dict[str, Any] = {
        "oracle_table": f"SALES.{target.upper()}",
        "type": SyncType.FULL,
        "trigger": "manual",
        "actor": "local",
        "queued_at": began,
        "started_at": None if state is State.QUEUED else began,
        "finished_at": began + timedelta(seconds=41) if over else None,
        "progress": progress,
        "inserted": 1_000_000 if state is State.SUCCEEDED else 0,
        "snapshot": "AS OF SCN 12345678",
        "phases": [Phase(name="plan", seconds=0.2), Phase(name="read", seconds=38.1), Phase(name="prove", seconds=2.4)],
        "proof": proof if state is State.SUCCEEDED else None,
    }
    return SyncRun(sync_id=sync_id, target=target, state=state, **(usual | fields))


def failed(sync_id: str, target: str = "orders", **fields: Any) -> SyncRun:
    error = RunError(code="oracle_away", message="Oracle does not answer: ORA-12541: no listener")
    return run(sync_id, target, State.FAILED, **({"error": error} | fields))


def differing(sync_id: str, target: str = "orders") -> SyncRun:
    """An incremental whose totals differ by twelve rows, with a column that does not agree."""
    columns = [ProofColumn(column="AMOUNT", method="sum", oracle="12", duckdb="11", equal=False)]
    proof = Proof(method="checksum", ok=False, oracle_rows=1_000_012, duckdb_rows=1_000_000, columns=columns)
    return run(sync_id, target, type=SyncType.INCREMENTAL, proof=proof, notes=["12 rows differ: reconcile"])
