"""QueryService: what every door asks about the tables. Reads only; each call is one task on a cursor of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol, TypeVar

from app.config import Settings
from app.errors import QueryFailed, QueryTimeout, WarehouseAway
from app.query import buckets, catalog, page, profile, readonly
from app.query.catalog import Found
from app.query.export import Export, copying, written
from app.query.filters import Columns, order, where
from app.query.memory import MemoryGuard
from app.query.outlines import Outline, outline
from app.query.running import Running
from app.query.values import is_time
from app.schemas.names import folded
from app.schemas.tables import (
    Aggregate,
    Buckets,
    ColumnProfile,
    Facets,
    Filter,
    Rows,
    Table,
    TableFacts,
    TableQuery,
    TableStats,
)  # fmt: skip
from app.warehouse import Cursor, Error, Interrupted, Warehouse, first_line, unusable

T = TypeVar("T")
SECONDS, EXPORT_SECONDS, SQL_SECONDS = 30.0, 900.0, 30.0
ROWS, MOST_ROWS, SQL_ROWS = 100, 10_000, 1000
COUNTED = 40  # tables counted anew for each list: 200 take 60 ms


class Facts(Protocol):
    """What the syncs know of each table, by its DuckDB name in lower case ASCII (``names.folded``)."""

    async def known(self) -> dict[str, TableFacts]: ...
    async def oracle_types(self) -> dict[str, dict[str, str]]: ...


class QueryService:
    """``known``: who tells what the syncs know; None where there are no syncs."""

    def __init__(self, warehouse: Warehouse, settings: Settings, known: Facts | None = None) -> None:
        self._warehouse, self._zone, self._known = warehouse, settings.timezone, known
        self._memory = MemoryGuard(settings.memory_limit)
        self._sizes: dict[tuple[int, int], int] = {}  # (table oid, rows) -> bytes: reading them all takes a second
        self._counts: dict[tuple[int, int], int] = {}  # the same -> exact rows, the longest uncounted first
        self._running = Running()

    async def tables(self) -> list[Table]:
        """All synced tables, by name."""
        return await self._listed("main")

    async def previews(self) -> list[Table]:
        """What test syncs left in schema preview; query them as ``preview.name``."""
        return await self._listed(catalog.PREVIEW)

    async def table(self, name: str) -> Table:
        """One table or ``preview.name``. Raises TableNotFound."""
        facts = await self._facts()

        def read(cursor: Cursor) -> Table:
            found = catalog.found(cursor, name)
            return self._table(cursor, found, catalog.counted(cursor, [found])[0], facts, look=True)

        return await self._call(read)

    async def stats(self, name: str) -> TableStats:
        """Every column's nulls, minimum and maximum, exactly, and its distinct values (estimated above 1M rows)."""
        facts, types = await self._facts(), await self._types()

        def read(cursor: Cursor) -> TableStats:
            found = catalog.found(cursor, name)
            columns, rows = catalog.columns_of(cursor, found), catalog.counted(cursor, [found])[0]
            known, oracle = _facts_of(facts, found), types(found)
            stats = profile.statistics(cursor, found, columns, rows)
            stats = [column.model_copy(update={"oracle_type": oracle.get(folded(column.name))}) for column in stats]
            times = [s for s in stats if is_time(s.type) or (known.time_column and s.name == known.time_column)]
            main = next((s for s in times if s.name == known.time_column), times[0] if times else None)
            return TableStats(
                name=_shown_name(found), row_count=rows, columns=stats, last_sync=known.last_sync,
                time_range=(main.min, main.max) if main and main.min is not None else None,
                schema_history=known.schema_history,
            )  # fmt: skip

        return await self._call(read)

    async def rows(self, name: str, query: TableQuery) -> Rows:
        """A page of a table: filtered, ordered (ties by rowid, so pages are stable), with the total that matches.

        ``limit`` is 100 by default and 10,000 at most. Raises TableNotFound, ColumnNotFound, Invalid.
        """
        types, zone = await self._types(), self._zone
        limit = min(ROWS if query.limit is None else query.limit, MOST_ROWS)

        def read(cursor: Cursor) -> Rows:
            found, columns = self._opened(cursor, name)
            return page.answer(cursor, found, columns, query, limit, zone, types(found))

        return await self._call(read)

    async def outlines(self, names: Collection[str]) -> dict[str, Outline]:
        """The synced tables of these names at a glance (``outlines``), by name; what is gone is left out."""

        def read(cursor: Cursor) -> dict[str, Outline]:
            there = [found for found in catalog.listed(cursor) if found.schema == "main" and found.name in names]
            return {found.name: outline(cursor, found) for found in there}

        return await self._call(read)

    async def export(self, name: str, query: TableQuery) -> Export:
        """The view as a file in ``query.format`` (csv or parquet): iterate its bytes, or ``aclose()`` to be rid of it.

        The file is written before this returns, so errors come now; cancelling stops the query and deletes the file.
        """
        part = "" if query.limit is None else f"LIMIT {query.limit}"
        part += f" OFFSET {query.offset}" if query.offset else ""

        def write(cursor: Cursor, file: Path) -> None:
            found, columns = self._opened(cursor, name)
            condition = where(columns, query.filters, self._zone)
            ordered = order(columns, query.order_by) if query.order_by else ""
            copy = copying(found.sql, columns.chosen(query.columns), condition, ordered, part, file)
            cursor.execute(copy.sql, copy.values)

        return await self._written(query.format, write, EXPORT_SECONDS)

    async def _written(self, format_: str, write: Callable[[Cursor, Path], None], seconds: float) -> Export:
        return await written(
            self._warehouse.exports,
            format_,
            lambda file: self._call(lambda cursor: write(cursor, file), seconds),
        )

    async def aggregate(self, name: str, asked: Aggregate) -> Buckets:
        """Time buckets for a chart. Raises TableNotFound, ColumnNotFound, Invalid."""
        facts = await self._facts()

        def read(cursor: Cursor) -> Buckets:
            found, columns = self._opened(cursor, name)
            known = _facts_of(facts, found)
            zone = known.timezone or self._zone
            return buckets.answer(cursor, found, columns, asked, zone, known.time_column)

        return await self._call(read)

    async def facets(self, name: str, column: str, filters: list[Filter] | None = None, limit: int = 20) -> Facets:
        """The commonest values of a column among the rows that the filters leave."""

        def read(cursor: Cursor) -> Facets:
            found, columns = self._opened(cursor, name)
            condition = where(columns, filters or [], self._zone)
            return profile.facets(cursor, found, columns.find(column), condition, max(1, min(limit, 200)))

        return await self._call(read)

    async def profile(self, name: str, column: str, filters: list[Filter] | None = None) -> ColumnProfile:
        """A column at a glance among the rows that the filters leave."""
        types = await self._types()

        def read(cursor: Cursor) -> ColumnProfile:
            found, columns = self._opened(cursor, name)
            condition = where(columns, filters or [], self._zone)
            seen = profile.profile(cursor, found, columns.find(column), condition)
            return seen.model_copy(update={"oracle_type": types(found).get(folded(seen.name))})

        return await self._call(read)

    async def sql(
        self,
        text: str,
        limit: int | None,
        actor_name: str,
        *,
        query_id: str | None = None,
        seconds: float = SQL_SECONDS,
    ) -> Rows:
        """One read-only statement (``readonly``). ``query_id`` is the caller's own name for it, for ``cancel``.

        Raises SqlRefused, QueryFailed, QueryTimeout, QueryCancelled, TooMany (over two at once for this user).
        """
        most = _most(limit)
        work = self._call(lambda cursor: readonly.answer(cursor, text, most, self._memory), seconds)
        return await self._running.run(work, actor_name, query_id)

    async def sql_file(
        self,
        text: str,
        limit: int | None,
        actor_name: str,
        *,
        query_id: str | None = None,
        seconds: float = SQL_SECONDS,
    ) -> Export:
        """The same rows as a Parquet file, with the types they have. Raises as ``sql`` does."""

        def write(cursor: Cursor, file: Path) -> None:
            readonly.copy(cursor, text, _most(limit), self._memory, file)

        return await self._running.run(self._written("parquet", write, seconds), actor_name, query_id)

    async def cancel(self, query_id: str, actor_name: str) -> None:
        """Stop this user's running statement. Raises QueryNotFound."""
        self._running.cancel(query_id, actor_name)

    def _opened(self, cursor: Cursor, name: str) -> tuple[Found, Columns]:
        found = catalog.found(cursor, name)
        return found, catalog.columns_of(cursor, found)

    async def _facts(self) -> dict[str, TableFacts]:
        return await self._known.known() if self._known else {}

    async def _types(self) -> Callable[[Found], dict[str, str]]:
        """Oracle's type of each column of a table, by the column's folded name."""
        known = await self._known.oracle_types() if self._known else {}

        def of(table: Found) -> dict[str, str]:
            types = known.get(folded(table.name), {}) if table.schema == "main" else {}
            return {folded(name): kind for name, kind in types.items()}

        return of

    async def _listed(self, schema: str) -> list[Table]:
        facts = await self._facts()

        def read(cursor: Cursor) -> list[Table]:
            found = [table for table in catalog.listed(cursor) if table.schema == schema]
            counted = self._count(cursor, found)
            counts = [counted[self._key(table)] for table in found]
            look = set(sorted((t for t in found if self._key(t) not in self._sizes), key=lambda t: -t.rows)[:10])
            return [self._table(cursor, t, rows, facts, look=t in look) for t, rows in zip(found, counts, strict=True)]

        return await self._call(read)

    def _count(self, cursor: Cursor, tables: list[Found]) -> dict[tuple[int, int], int]:
        """Count what is new or changed and the longest uncounted: deleting alone does not show in ``Found.rows``."""
        known = self._counts  # other threads may replace it meanwhile
        ages = {key: age for age, key in enumerate(known)}
        due = [table for table in tables if self._key(table) not in ages]
        oldest = sorted((t for t in tables if self._key(t) in ages), key=lambda t: ages[self._key(t)])
        due += oldest[: max(0, COUNTED - len(due))]
        renewed = {self._key(table) for table in due}
        fresh = {key: rows for key, rows in known.items() if key not in renewed}
        fresh |= zip(map(self._key, due), catalog.counted(cursor, due), strict=True)
        self._counts = fresh
        return fresh

    def _key(self, table: Found) -> tuple[int, int]:
        return table.oid, table.rows

    def _table(self, cursor: Cursor, found: Found, rows: int, facts: dict[str, TableFacts], *, look: bool) -> Table:
        """``look``: read its size from the file now; else what is remembered, or a guess by the row."""
        if look and self._key(found) not in self._sizes:
            self._sizes = {key: size for key, size in self._sizes.items() if key[0] != found.oid}
            self._sizes[self._key(found)] = catalog.stored_bytes(cursor, found)
        known, size = _facts_of(facts, found), self._sizes.get(self._key(found), rows * found.columns * 4)
        return Table(
            name=_shown_name(found), source=known.source, rows=rows, columns=found.columns, bytes=size,
            last_sync=known.last_sync, freshness_seconds=known.freshness_seconds, watermark=known.watermark,
            proof=known.proof, late=known.late,
        )  # fmt: skip

    async def _call(self, work: Callable[[Cursor], T], seconds: float = SECONDS) -> T:
        """Run ``work``; DuckDB's own errors become ours, with their first line."""
        try:
            return await self._warehouse.call(work, seconds=seconds)
        except Interrupted:
            raise QueryTimeout(seconds=round(seconds)) from None
        except Error as error:
            told = WarehouseAway if unusable(error) else QueryFailed
            raise told(reason=first_line(error)) from error


def _most(limit: int | None) -> int:
    return min(SQL_ROWS if limit is None else max(limit, 1), MOST_ROWS)


def _facts_of(facts: dict[str, TableFacts], table: Found) -> TableFacts:
    return (facts.get(folded(table.name)) if table.schema == "main" else None) or TableFacts()


def _shown_name(table: Found) -> str:
    return table.name if table.schema == "main" else f"{table.schema}.{table.name}"
