"""The SQL of a run: what Oracle is asked. Pure. Everything here is understood by 11g: ROWNUM, no FETCH FIRST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from app.errors import ColumnNotFound, KeyNeeded, NothingToCopy
from app.oracle import Bound
from app.schemas.names import quoted, same
from app.schemas.sync import Target
from app.sync.columns import OracleColumn, Plan, names, planned
from app.sync.snapshot import Snapshot
from app.sync.sources import Facts, Found
from app.sync.watermark import Cursor

BATCH_BYTES, NARROW_BYTES = 64_000_000, 8_000_000
BATCH_ROWS, WIDE_ROWS = 20_000, 10_000  # of narrow rows twice as many: the server is asked half as often
AHEAD_BYTES, MOST_AHEAD = 24_000_000, 12


@dataclass(frozen=True)
class Query:
    sql: str
    binds: Mapping[str, Bound | str | int] = field(default_factory=dict)

    def and_where(self, condition: str, **binds: Bound | str | int) -> Query:
        return Query(f"{self.sql} AND {condition}", {**self.binds, **binds})


def copied(target: Target, columns: list[OracleColumn]) -> tuple[list[Plan], list[str]]:
    """The columns to copy, in Oracle's order, and a note on each that is left out.

    Raises NothingToCopy, ColumnNotFound for a column the target names and Oracle has not.
    """
    table = f"{target.owner}.{target.table}"
    for name in [*(target.columns_in or []), *target.columns_out, *target.overrides]:
        find_column(columns, name, table)
    overrides = {find_column(columns, name, table).name: kind for name, kind in target.overrides.items()}
    plans = [planned(column, overrides.get(column.name), target.trim_char) for column in columns if _in(target, column)]
    notes = [f"{plan.column.name}: {plan.note}" for plan in plans if not plan.copied]
    kept = names([plan for plan in plans if plan.copied])
    if not kept:
        raise NothingToCopy(table=table)
    return kept, notes


def _in(target: Target, column: OracleColumn) -> bool:
    wanted = target.columns_in is None or any(_means(name, column.name) for name in target.columns_in)
    return wanted and not any(_means(name, column.name) for name in target.columns_out)


def _means(asked: str, name: str) -> bool:
    return asked in (name, name.lower()) or asked.upper() == name


def find_column(columns: list[OracleColumn], name: str, table: str) -> OracleColumn:
    """The exact name, else the one in upper case. Raises ColumnNotFound."""
    for spelled in (name, name.upper()):
        for column in columns:
            if column.name == spelled:
                return column
    raise ColumnNotFound(table=table, column=name)


def key_names(target: Target, plans: list[Plan]) -> list[str]:
    """The key's columns by their DuckDB names. Raises ColumnNotFound."""
    by_name = {plan.column.name: plan.name for plan in plans}
    columns = [plan.column for plan in plans]
    table = f"{target.owner}.{target.table}"
    return [by_name[find_column(columns, name, table).name] for name in target.key]


def need_key(target: Target, action: str) -> None:
    if not target.key:
        raise KeyNeeded(action=action, table=target.duckdb_table)


def reading(plans: list[Plan], found: Found, snapshot: Snapshot, where: str | None) -> Query:
    """All rows of the moment. The aliases are the DuckDB names, so that the driver's columns are named alike."""
    wanted = ", ".join(f"{plan.select} AS {quoted(plan.name)}" for plan in plans)
    return _from(f"SELECT {wanted}", found, snapshot, where)


def counting(found: Found, snapshot: Snapshot, where: str | None, what: str = "COUNT(*)") -> Query:
    return _from(f"SELECT {what}", found, snapshot, where)


def _from(select: str, found: Found, snapshot: Snapshot, where: str | None) -> Query:
    condition = f"({where})" if where else "1 = 1"
    return Query(f"{select} FROM {snapshot.table(found)} WHERE {condition}", dict(snapshot.binds))


def from_low(query: Query, cursor: Cursor, low: str | None, with_nulls: bool) -> Query:
    """Only rows at or after the bound; those without a cursor value too where the target re-reads them."""
    if low is None:
        return query
    condition = f"{cursor.oracle} >= :low"
    if with_nulls:
        condition = f"({condition} OR {cursor.oracle} IS NULL)"
    return query.and_where(condition, low=cursor.bind(low))


def limited(query: Query, rows: int) -> Query:
    return query.and_where("ROWNUM <= :row_limit", row_limit=rows)


def window_counts(found: Found, snapshot: Snapshot, where: str | None, cursor: Cursor, low: str | None) -> Query:
    """One scan: all rows, rows with a cursor value, rows in the window."""
    inside = f"SUM(CASE WHEN {cursor.oracle} >= :low THEN 1 ELSE 0 END)" if low is not None else "COUNT(*)"
    query = counting(found, snapshot, where, f"COUNT(*), COUNT({cursor.oracle}), {inside}")
    return query if low is None else replace(query, binds={**query.binds, "low": cursor.bind(low)})


class Batches(NamedTuple):
    """Rows that a batch may have, and batches that may wait for DuckDB."""

    rows: int
    ahead: int


def batches(plans: list[Plan], lob_bytes: Mapping[str, int]) -> Batches:
    """A batch stays near 64 MB, one of more than 10,000 rows near 8; ``lob_bytes`` is what the table's LOBs measured.

    What waits stays near 24 MB but is never less than two batches: DuckDB pulls nothing while it compresses 120,000
    rows, and the reader had better not wait for that.
    """
    width = max(1, sum(lob_bytes.get(plan.name, plan.width) for plan in plans))
    rows = max(1, min(BATCH_ROWS, BATCH_BYTES // width, max(WIDE_ROWS, NARROW_BYTES // width)))
    return Batches(rows, max(2, min(MOST_AHEAD, AHEAD_BYTES // (rows * width))))


def lob_sizes(plans: list[Plan], facts: Facts) -> Query | None:
    """How large the LOBs of the first rows are; None without LOBs. A LONG cannot be measured and keeps its guess."""
    lobs = [plan for plan in plans if plan.lob and plan.column.kind in ("CLOB", "NCLOB", "BLOB")]
    if not lobs:
        return None
    sizes = ", ".join(f"MAX(LENGTH({quoted(plan.column.name)}))" for plan in lobs)
    name = f"{quoted(facts.found.owner)}.{quoted(facts.found.table)}"
    return Query(f"SELECT {sizes} FROM {name} WHERE ROWNUM <= 1000")


def has_column(plans: list[Plan], name: str) -> bool:
    return any(same(plan.name, name) for plan in plans)
