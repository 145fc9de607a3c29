"""A page of a table: found by its rowids first, so that only its own rows are read whole and turned into text."""

from __future__ import annotations

from collections.abc import Mapping

from app.query import readonly
from app.query.catalog import Found
from app.query.filters import Columns, Condition, order, where
from app.query.values import shown_columns
from app.schemas.names import folded
from app.schemas.tables import ColumnInfo, Rows, TableQuery
from app.warehouse import Cursor

ANSWER_BYTES = 64_000_000


def answer(
    cursor: Cursor, table: Found, columns: Columns, asked: TableQuery, limit: int, zone: str, oracle: Mapping[str, str]
) -> Rows:
    """At most ``limit`` rows and how many match. ``oracle``: Oracle's types by the column's folded name."""
    chosen = columns.chosen(asked.columns)
    condition, ordered = where(columns, asked.filters, zone), order(columns, asked.order_by)
    cursor.execute("BEGIN TRANSACTION READ ONLY")  # the page, its rows and the total are of one moment
    found = f"SELECT rowid FROM {table.sql} {condition.sql} {ordered} LIMIT {limit} OFFSET {asked.offset}"
    ids = [row[0] for row in cursor.execute(found, condition.values).fetchall()]
    total = _total(cursor, table, condition, asked.offset, len(ids), limit)
    infos = [ColumnInfo(name=name, type=kind, oracle_type=oracle.get(folded(name))) for name, kind in chosen]
    at = _at(ids)
    cursor.execute(f"SELECT {shown_columns(chosen)} FROM {table.sql} {at.sql} {ordered}", at.values)
    rows, cut = readonly.fetched(cursor, [info.name for info in infos], limit, ANSWER_BYTES)
    return Rows(columns=infos, rows=rows, row_count=len(rows), total=total, truncated=cut)


def _total(cursor: Cursor, table: Found, condition: Condition, offset: int, found: int, limit: int) -> int:
    """How many rows match; a page that is not full tells it by itself, and a filter is not asked twice."""
    if 0 < found < limit or (found == 0 and offset == 0 and limit):
        return offset + found
    count = f"SELECT count(*) FROM {table.sql} {condition.sql}"
    return int(cursor.execute(count, condition.values).fetchall()[0][0])


def _at(ids: list[int]) -> Condition:
    """The rows of these ids, and no wider scan than they need."""
    if ids and ids == list(range(ids[0], ids[0] + len(ids))):  # a table's plain page: its rows lie side by side
        return Condition("WHERE rowid BETWEEN ? AND ?", [ids[0], ids[-1]])
    return Condition("WHERE rowid IN (SELECT unnest(?::BIGINT[]))", [ids])
