"""Tables as they are known here: lists, statistics, rows, aggregates."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from app.schemas.envelope import Model, Offset, Question
from app.schemas.sync import Proof, SyncRun

AS_WRITTEN = ConfigDict(str_strip_whitespace=False)  # a column may be named " "
Json = Any  # a value as the contract writes it: by column type, never by value


class SchemaChange(Model):
    at: datetime
    column: str
    change: str  # added, widened, dropped, renamed, rebuilt …
    before: str | None = None
    after: str | None = None


class TableFacts(Model):
    """What the syncs know about a table, by its DuckDB name; QueryService joins it to what DuckDB knows."""

    source: str | None = None  # OWNER.TABLE
    last_sync: SyncRun | None = None
    freshness_seconds: float | None = None
    watermark: str | None = None
    proof: Proof | None = None
    late: bool = False  # past the target's late-after limit
    timezone: str | None = None  # the target's own
    time_column: str | None = None  # its cursor, where that is a time
    oracle_types: dict[str, str] = {}  # DuckDB column -> Oracle's type
    schema_history: list[SchemaChange] = []


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
    sampled: bool = False  # ``distinct`` is an estimate (tables above a million rows)


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
    model_config = AS_WRITTEN

    column: str
    op: Op = "="
    value: Json = None


class Order(Question):
    model_config = AS_WRITTEN

    column: str
    descending: bool = False


class TableQuery(Question):
    model_config = AS_WRITTEN

    columns: list[str] | None = None
    filters: list[Filter] = []
    order_by: list[Order | str] = []  # a text may carry a leading "-" for descending
    limit: Offset | None = Field(None, description="Default 100, at most 10000 for json; files have no limit.")
    offset: Offset = 0
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
    truncated: bool = False  # there are more rows, or cells were cut, than this answer holds


class Aggregate(Question):
    model_config = AS_WRITTEN

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
    groups_left_out: int = 0  # groups beyond the biggest 20


class ValueCount(Model):
    value: Json
    count: int


class Facets(Model):
    """The commonest values of a column among the rows that the filters leave."""

    column: str
    values: list[ValueCount]
    others: int  # rows with other values
    sampled: bool = False  # counts are of ``sample_rows`` rows, not of all
    sample_rows: int


class Bin(Model):
    low: Json
    high: Json
    count: int


class ColumnProfile(Model):
    """One column at a glance; above a million rows counts come from a sample and say so."""

    name: str
    type: str
    oracle_type: str | None = None
    rows: int
    nulls: int
    distinct: int
    min: Json = None
    max: Json = None
    histogram: list[Bin] = []  # of numbers and times
    top: list[ValueCount] = []  # of everything else, and of numbers with few values
    sampled: bool = False
    sample_rows: int


class ColumnAsked(Question):
    """The query string of a profile."""

    model_config = AS_WRITTEN

    column: str


class FacetsAsked(Question):
    """Which column's commonest values, among which rows."""

    model_config = AS_WRITTEN

    column: str
    filters: list[Filter] = []
    limit: int = Field(20, ge=1, le=200)


class Sql(Question):
    """One read-only statement."""

    model_config = AS_WRITTEN

    sql: str = Field(min_length=1, max_length=100_000)
    limit: int | None = Field(None, ge=1, le=10_000, description="Rows at most; default 1000.")
