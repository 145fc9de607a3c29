"""Tables as they are known here: lists, statistics, rows, aggregates."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.schemas.envelope import Model, Question
from app.schemas.sync import Proof, SyncRun

Json = Any  # a value as the contract writes it: by column type, never by value


class Table(Model):
    name: str
    source: str | None = None  # OWNER.TABLE, None for a table without a target
    rows: int
    columns: int
    bytes: int
    last_sync: SyncRun | None = None
    freshness_seconds: float | None = None
    watermark: str | None = None
    proof: Proof | None = None
    late: bool = False  # past the target's late-after limit


class ColumnStats(Model):
    name: str
    type: str
    oracle_type: str | None = None
    nulls: int | None = None
    distinct: int | None = None
    min: Json = None
    max: Json = None
    sampled: bool = False


class SchemaChange(Model):
    at: datetime
    column: str
    change: str  # added, widened, dropped, renamed, rebuilt …
    before: str | None = None
    after: str | None = None


class TableStats(Model):
    name: str
    row_count: int
    columns: list[ColumnStats]
    time_range: tuple[Json, Json] | None = None
    last_sync: SyncRun | None = None
    schema_history: list[SchemaChange] = []


Op = Literal[
    "=", "!=", "<", "<=", ">", ">=", "between", "in", "not in", "like", "not like",
    "contains", "starts with", "ends with", "is null", "is not null",
]  # fmt: skip


class Filter(Question):
    column: str
    op: Op = "="
    value: Json = None


class Order(Question):
    column: str
    descending: bool = False


class TableQuery(Question):
    columns: list[str] | None = None
    filters: list[Filter] = []
    order_by: list[Order | str] = []  # a text may carry a leading "-" for descending
    limit: int | None = Field(None, ge=0, description="Default 100, at most 10000 for json; files have no limit.")
    offset: int = Field(0, ge=0)
    format: Literal["json", "csv", "parquet"] = "json"


class ColumnInfo(Model):
    name: str
    type: str
    oracle_type: str | None = None


class Rows(Model):
    columns: list[ColumnInfo]
    rows: list[dict[str, Json]]
    row_count: int  # rows in this answer
    total: int | None = None  # rows that match, where it was counted
    truncated: bool = False


class Aggregate(Question):
    time_column: str | None = None
    value_columns: list[str] | None = None
    resolution: str = "auto"
    start: str | None = None
    end: str | None = None
    functions: list[Literal["avg", "min", "max", "sum", "count", "first", "last", "median", "stddev"]] = [
        "avg",
        "min",
        "max",
    ]
    filters: list[Filter] = []
    group_by: str | None = None
    timezone: str | None = None
    max_points: int = Field(2000, ge=1, le=10000)


class Buckets(Model):
    rows: list[dict[str, Json]]  # time_bucket, point_count, {column}_{function}; the group's value under its name
    resolution: str
    skipped: int  # values that are no time or no number, counted and left out
    time_column: str
    value_columns: list[str]
    timezone: str
