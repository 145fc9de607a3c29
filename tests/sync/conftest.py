"""A source table to change and a service to sync it: what most sync tests begin with."""

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import oracledb
import pytest

from app.config import Settings
from app.hub import Hub
from app.oracle import Oracle
from app.schemas.accounts import Actor, Role
from app.schemas.sync import State, SyncRun, SyncStart, TargetFields, TargetNew
from app.store import Store
from app.sync.service import SCHEMAS, SyncService
from app.warehouse import Warehouse
from tests.conftest import OracleAt

ADMIN = Actor(name="ann", role=Role.ADMIN)
USER = Actor(name="uli", role=Role.USER)
numbers = itertools.count()


@dataclass
class Source:
    """An Oracle login that makes tables, each with a name of its own, and drops them afterwards."""

    connection: oracledb.Connection
    made: list[str] = field(default_factory=list)

    def table(self, columns: str, rows: list[tuple[Any, ...]] | None = None, name: str | None = None) -> str:
        """CREATE TABLE with these columns and rows; its name."""
        name = name or f"T{os.getpid()}_{next(numbers)}"
        quoted = '"' + name + '"'
        self.run(f"CREATE TABLE {quoted} ({columns})")
        self.made.append(quoted)
        self.insert(name, rows or [])
        return name

    def insert(self, name: str, rows: list[tuple[Any, ...]]) -> None:
        if rows:
            places = ", ".join(f":{place + 1}" for place in range(len(rows[0])))
            with self.connection.cursor() as cursor:
                # Bound as they are: a datetime would travel as DATE, without its fraction.
                cursor.setinputsizes(*(_kind([row[place] for row in rows]) for place in range(len(rows[0]))))
                cursor.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)
            self.connection.commit()

    def run(self, sql: str, *values: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
        self.connection.commit()

    def close(self) -> None:
        for name in self.made:
            with self.connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE {name}")
        self.connection.close()


def _kind(values: list[Any]) -> Any:
    """What to bind these as; None leaves it to the driver."""
    if any(isinstance(value, datetime) for value in values):
        return oracledb.DB_TYPE_TIMESTAMP
    return oracledb.DB_TYPE_BINARY_DOUBLE if any(isinstance(value, float) for value in values) else None


@pytest.fixture
def source(oracle_at: OracleAt) -> Iterator[Source]:
    source = Source(oracle_at.connect())
    yield source
    if oracle_at.server:
        oracle_at.fault("clear")
    try:
        source.connection.ping()
    except oracledb.Error:  # a test let the server go away
        source.connection = oracle_at.connect()
    source.close()


@dataclass
class Place:
    """A service on a warehouse and a store of its own."""

    settings: Settings
    warehouse: Warehouse
    store: Store
    hub: Hub
    oracle: Oracle
    service: SyncService

    async def sync(self, table: str, kind: str | None = None, **fields: Any) -> SyncRun:
        """Start a run and wait for its end."""
        run = await self.service.start(SyncStart(oracle_table=table, sync_type=kind, **fields), ADMIN)
        return await self.service.wait(run.sync_id)

    async def good(self, table: str, kind: str | None = None, **fields: Any) -> SyncRun:
        """The same for a run that must succeed."""
        run = await self.sync(table, kind, **fields)
        assert run.state is State.SUCCEEDED, run.error
        return run

    async def target(self, table: str, **fields: Any) -> None:
        await self.service.add_target(TargetNew(oracle_table=table, **fields), ADMIN)

    async def edit(self, table: str, **fields: Any) -> None:
        await self.service.edit_target(table, TargetFields(**fields), ADMIN)

    async def rows(self, table: str, columns: str = "*", order: str = "1") -> list[tuple[Any, ...]]:
        return await self.warehouse.rows(f'SELECT {columns} FROM "{table.lower()}" ORDER BY {order}')

    async def value(self, sql: str) -> Any:
        return (await self.warehouse.rows(sql))[0][0]

    async def types(self, table: str) -> dict[str, str]:
        sql = "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ?"
        return dict(await self.warehouse.rows(sql, table.lower()))

    async def close(self) -> None:
        await self.service.close()
        self.oracle.close()
        await self.warehouse.close()
        await self.store.close()


async def opened(settings: Settings, **more: Any) -> Place:
    """A place on the settings' folder, as the app opens it."""
    warehouse = Warehouse(settings.warehouse_path, temp=settings.data_dir / "temp")
    store, hub = Store(settings.store_path, SCHEMAS), Hub()
    await store.open()
    await warehouse.open()
    oracle = Oracle(settings)
    service = SyncService(settings, oracle, warehouse, store, hub, **more)
    await service.open()
    return Place(settings, warehouse, store, hub, oracle, service)


@pytest.fixture
async def place(oracle_settings: Settings) -> AsyncIterator[Place]:
    place = await opened(oracle_settings)
    yield place
    await place.close()


@pytest.fixture
def unplugged(settings: Settings) -> Callable[[], Any]:
    """Opens a place that knows no Oracle."""

    async def open_it() -> Place:
        return await opened(settings)

    return open_it
