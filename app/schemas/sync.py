"""Syncs as both doors show them: targets, runs, progress, proofs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from app.schemas.envelope import Model, Paging, Question


class SyncType(StrEnum):
    TEST = "test"
    FULL = "full"
    INCREMENTAL = "incremental"
    RECONCILE = "reconcile"
    VERIFY = "verify"


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


ACTIVE = frozenset({State.QUEUED, State.RUNNING, State.PAUSED})
Verify = Literal["off", "count", "checksum"]
Deletes = Literal["ignore", "soft", "hard"]  # what a reconcile does with rows that Oracle no longer has
CursorKind = Literal["timestamp", "text", "number", "scn"]


def _by_comma(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Columns = Annotated[list[str], BeforeValidator(_by_comma, json_schema_input_type=list[str] | str)]


class SyncStart(Question):
    """The body of ``POST /sync/start``; values here hold for this run only."""

    oracle_table: str | None = None
    table_name: str | None = None
    sync_type: SyncType | None = None
    duckdb_table: str | None = None
    primary_key: Columns | None = None
    time_column: str | None = None
    last_value: str | None = None
    row_limit: int | None = Field(default=None, ge=1, le=1_000_000)
    allow_shrink: bool | None = None


class SyncReset(Question):
    oracle_table: str | None = None


class ResetDone(Model):
    watermarks: list[str] = []
    staging: list[str] = []
    runs: list[str] = []


class ProofColumn(Model):
    column: str
    method: str  # the figures compared, such as "count, length, md5", or "counted only"
    oracle: str | None = None
    duckdb: str | None = None
    equal: bool | None = None  # None: counted only


class Proof(Model):
    """What was compared with Oracle at the run's snapshot."""

    method: Verify
    ok: bool
    oracle_rows: int | None = None
    duckdb_rows: int | None = None
    columns: list[ProofColumn] = []
    note: str | None = None

    @property
    def counted_only(self) -> list[str]:
        """The columns of which only the number of values is proven."""
        return [each.column for each in self.columns if each.equal is None]

    @property
    def compared(self) -> bool:
        """Whether Oracle was asked at all: without a snapshot only our own rows are counted."""
        return self.method != "off" and self.oracle_rows is not None

    @property
    def differs(self) -> bool:
        """Something is not as in Oracle; an incremental only warns of that, so ``ok`` alone does not tell."""
        counted = self.oracle_rows is not None and self.duckdb_rows is not None
        return not self.ok or (counted and self.oracle_rows != self.duckdb_rows)


class RunError(Model):
    code: str
    message: str


class Phase(Model):
    name: str  # plan, read, prove, swap, checkpoint …
    seconds: float


class Progress(Model):
    total_rows: int = 0
    batch_rows: int = 0
    expected_rows: int | None = None  # from NUM_ROWS: approximate
    percentage: float | None = None  # 0..1; None when unknown; below 1 until done
    elapsed_time: float = 0.0
    rows_per_second: float = 0.0
    eta: float | None = None
    bytes: int = 0
    phase: str = "queued"
    chunk: int | None = None
    chunks: int | None = None


class SyncRun(Model):
    """One execution of a sync."""

    sync_id: str
    target: str  # the DuckDB table
    oracle_table: str  # OWNER.TABLE
    type: SyncType
    trigger: Literal["manual", "schedule", "api", "agent", "cli", "resume"]
    actor: str
    state: State
    queued_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Progress = Progress()
    inserted: int = 0
    deleted: int = 0
    snapshot: str | None = None  # "AS OF SCN 12345", "read only transaction", "one cursor"
    watermark: str | None = None
    notes: list[str] = []  # warnings in one sentence each
    phases: list[Phase] = []
    proof: Proof | None = None
    error: RunError | None = None
    resumable: bool = False


class SyncStatus(Model):
    active: list[SyncRun]
    last: list[SyncRun]  # the newest finished run of each table


class OneRun(Question):
    """The query string of ``/sync/status``."""

    sync_id: str | None = None


class RunsAsked(Paging):
    """Which runs, newest first."""

    target: str | None = Field(default=None, description="The DuckDB name of the table.")
    state: State | None = None
    type: SyncType | None = None


class LogLine(Model):
    at: datetime
    level: Literal["info", "warning", "error"]
    message: str


class TargetFields(Question):
    """What of a target can be set. A PATCH leaves alone what it does not name; null clears what may be empty."""

    duckdb_table: str | None = None
    key: Columns | None = None
    cursor: str | None = None
    cursor_kind: CursorKind | None = None
    cursor_format: str | None = None  # of text times, e.g. YYYYMMDDHH24MISS
    lag_seconds: int | None = Field(default=None, ge=0, le=7 * 86400)
    default_type: SyncType | None = None
    where: str | None = None
    columns_in: Columns | None = None
    columns_out: Columns | None = None
    overrides: dict[str, str] | None = None  # column -> VARCHAR, DOUBLE …
    trim_char: bool | None = None
    deletes: Deletes | None = None
    verify: Verify | None = None
    allow_shrink: bool | None = None
    reread_null_cursor: bool | None = None
    insert_only: bool | None = None
    enabled: bool | None = None
    late_after_seconds: int | None = Field(default=None, ge=60)
    timezone: str | None = None
    note: str | None = None


class TargetNew(TargetFields):
    oracle_table: str


class TargetDrop(Question):
    drop: bool = Field(default=False, description="Drop its DuckDB table too.")


class Target(Model):
    """One Oracle table and how it is kept."""

    owner: str
    table: str
    duckdb_table: str
    key: list[str] = []
    cursor: str | None = None
    cursor_kind: CursorKind | None = None
    cursor_format: str | None = None
    lag_seconds: int = 600
    default_type: SyncType = SyncType.FULL
    where: str | None = None
    columns_in: list[str] | None = None
    columns_out: list[str] = []
    overrides: dict[str, str] = {}
    trim_char: bool = False
    deletes: Deletes = "hard"
    verify: Verify = "count"
    allow_shrink: bool = False
    reread_null_cursor: bool = False
    insert_only: bool = False
    enabled: bool = True
    late_after_seconds: int | None = None
    timezone: str | None = None
    note: str = ""
    created_at: datetime | None = None


class SourcesAsked(Paging):
    search: str | None = Field(default=None, max_length=200, description="A part of the owner's or the table's name.")


class SourceTable(Model):
    owner: str
    table: str
    kind: Literal["table", "view"]
    rows: int | None = None  # NUM_ROWS: approximate
    comment: str | None = None
    target: str | None = None


class SourceColumn(Model):
    name: str
    oracle_type: str
    duckdb_type: str | None  # None: not copied
    nullable: bool
    comment: str | None = None
    note: str | None = None


class Source(Model):
    owner: str
    table: str
    kind: Literal["table", "view"]
    rows: int | None
    columns: list[SourceColumn]
    key: list[str]
    cursors: list[str]  # candidates, best first
    target: str | None = None
