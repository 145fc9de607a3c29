"""What the syncs know of each table, for whoever shows tables: source, last run, freshness, watermark, types."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.schemas.names import folded
from app.schemas.sync import SyncRun, Target
from app.schemas.tables import SchemaChange, TableFacts
from app.sync.service import SyncService
from app.warehouse import Cursor, Warehouse


@dataclass
class Ledger:
    """What DuckDB's own ledger holds, by the table's name as DuckDB compares it."""

    done: dict[str, datetime] = field(default_factory=dict)
    watermarks: dict[str, str] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    history: dict[str, list[SchemaChange]] = field(default_factory=lambda: defaultdict(list))


class Facts:
    """DuckDB's ledger is read anew only when the syncs have written to it: every list and every page asks for it."""

    def __init__(self, syncs: SyncService, warehouse: Warehouse) -> None:
        self._syncs, self._warehouse = syncs, warehouse
        self._read: tuple[tuple[int, int], Ledger] | None = None

    async def known(self) -> dict[str, TableFacts]:
        """Facts of every table that has a target or was ever synced, by its folded name."""
        targets = {folded(target.duckdb_table): target for target in await self._syncs.targets()}
        runs = {folded(run.target): run for run in (await self._syncs.status()).last}
        ledger = await self._ledger()
        now = datetime.now(UTC)
        return {
            name: _facts(name, targets.get(name), runs.get(name), ledger, now)
            for name in targets.keys() | ledger.done.keys()
        }

    async def oracle_types(self) -> dict[str, dict[str, str]]:
        """Oracle's type of each column, by the table's folded name."""
        return (await self._ledger()).types

    async def _ledger(self) -> Ledger:
        version = self._syncs.version  # before reading: what is written meanwhile is read again
        if self._read is None or self._read[0] != version:
            self._read = version, await self._warehouse.call(_read)
        return self._read[1]


def _read(cursor: Cursor) -> Ledger:
    found = Ledger()
    there = cursor.execute("SELECT 1 FROM duckdb_schemas() WHERE schema_name = '_sync'")  # duckdb_tables() takes 10 ms
    if there.fetchone() is None:  # nothing was ever synced
        return found
    done = "SELECT name, max(done_at) FROM _sync.finished WHERE name IS NOT NULL GROUP BY name"
    found.done = {name: at.replace(tzinfo=UTC) for name, at in _rows(cursor, done)}
    found.watermarks = dict(_rows(cursor, "SELECT name, value FROM _sync.watermarks WHERE value IS NOT NULL"))
    for name, column, kind in _rows(cursor, "SELECT name, column_name, oracle_type FROM _sync.columns"):
        found.types[name][column] = kind
    changes = "SELECT name, seen_at, column_name, change, was, became FROM _sync.schema_history ORDER BY seen_at DESC"
    for name, at, column, change, was, became in _rows(cursor, changes):
        change_ = SchemaChange(at=at.replace(tzinfo=UTC), column=column, change=change, before=was, after=became)
        found.history[name].append(change_)
    return found


def _rows(cursor: Cursor, sql: str) -> list[tuple[Any, ...]]:
    return cursor.execute(sql).fetchall()


def _facts(name: str, target: Target | None, run: SyncRun | None, ledger: Ledger, now: datetime) -> TableFacts:
    done = ledger.done.get(name)
    age = max(0.0, (now - done).total_seconds()) if done else None
    limit = target.late_after_seconds if target else None
    types = ledger.types.get(name, {})
    return TableFacts(
        source=f"{target.owner}.{target.table}" if target else None,
        last_sync=run,
        freshness_seconds=age,
        watermark=ledger.watermarks.get(name),
        proof=run.proof if run else None,
        late=limit is not None and age is not None and age > limit,
        timezone=target.timezone if target else None,
        time_column=target.cursor if target and _timed(target, types) else None,
        oracle_types=types,
        schema_history=ledger.history.get(name, []),
    )


def _timed(target: Target, types: dict[str, str]) -> bool:
    """Whether its cursor is a time: as the target says, else as Oracle says."""
    if target.cursor_kind is not None:
        return target.cursor_kind in ("timestamp", "text")
    declared = {folded(column): kind for column, kind in types.items()}.get(folded(target.cursor or ""), "")
    return declared.startswith(("DATE", "TIMESTAMP"))
