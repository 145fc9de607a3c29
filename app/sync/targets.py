"""What is synced and how: the targets, as the store keeps them."""

from __future__ import annotations

from datetime import UTC, datetime

from app.errors import NameTaken, TargetNotFound
from app.schemas.names import folded
from app.schemas.sync import Target
from app.store import Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS targets (
    name TEXT PRIMARY KEY,          -- the DuckDB name as DuckDB compares it
    owner TEXT NOT NULL,
    source TEXT NOT NULL,           -- the Oracle table
    body TEXT NOT NULL,             -- Target as JSON
    UNIQUE (owner, source)
);
"""


class Targets:
    """The store's targets, by their DuckDB name (compared as DuckDB compares) or by OWNER.TABLE."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[Target]:
        return [_target(row) for row in await self._store.rows("SELECT body FROM targets ORDER BY name")]

    async def find(self, name: str) -> Target | None:
        """By DuckDB name, else by ``OWNER.TABLE`` or a bare Oracle name that only one target has."""
        row = await self._store.row("SELECT body FROM targets WHERE name = ?", folded(name))
        return _target(row) if row else await self._by_source(name)

    async def _by_source(self, name: str) -> Target | None:
        for wanted in (name, name.upper()):  # as for Oracle's own tables: the exact name first
            sql = "SELECT body FROM targets WHERE source = ?1 OR owner || '.' || source = ?1"
            rows = await self._store.rows(sql, wanted)
            if len(rows) == 1:
                return _target(rows[0])
        return None

    async def of_table(self, owner: str, table: str) -> Target | None:
        """The target of that Oracle table, spelled as Oracle spells it."""
        row = await self._store.row("SELECT body FROM targets WHERE owner = ? AND source = ?", owner, table)
        return _target(row) if row else None

    async def get(self, name: str) -> Target:
        """Raises TargetNotFound."""
        found = await self.find(name)
        if found is None:
            raise TargetNotFound(name=name)
        return found

    async def add(self, target: Target) -> Target:
        """Raises NameTaken when another Oracle table has that DuckDB name."""
        await self.check_name(target)
        target = target.model_copy(update={"created_at": target.created_at or datetime.now(UTC)})
        await self._store.execute("INSERT INTO targets (name, owner, source, body) VALUES (?, ?, ?, ?)", *_row(target))
        return target

    async def check_name(self, target: Target) -> None:
        """Raises NameTaken, with a proposal, when another Oracle table has the target's DuckDB name."""
        row = await self._store.row("SELECT body FROM targets WHERE name = ?", folded(target.duckdb_table))
        other = _target(row) if row else None
        if other and (other.owner, other.table) != (target.owner, target.table):
            proposal = f"{target.owner}_{target.table}".lower()
            raise NameTaken(name=target.duckdb_table, owner=f"{other.owner}.{other.table}", proposal=proposal)

    async def replace(self, name: str, target: Target) -> None:
        sql = "UPDATE targets SET name = ?, owner = ?, source = ?, body = ? WHERE name = ?"
        await self._store.execute(sql, *_row(target), folded(name))

    async def drop(self, name: str) -> None:
        await self._store.execute("DELETE FROM targets WHERE name = ?", folded(name))


def _row(target: Target) -> tuple[str, str, str, str]:
    return folded(target.duckdb_table), target.owner, target.table, target.model_dump_json()


def _target(row: Row) -> Target:
    return Target.model_validate_json(row["body"])
