"""SyncService: everything that can be asked about syncs and done with them, for all doors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from app.accounts.permissions import may
from app.config import Settings
from app.errors import (
    Invalid,
    NotAllowed,
    NotPossibleNow,
    OracleNotConfigured,
    TableBusy,
    TargetNotFound,
)
from app.hub import Hub
from app.oracle import Oracle
from app.schemas.accounts import Actor, Permission
from app.schemas.names import folded
from app.schemas.overview import Past
from app.schemas.sync import (
    LogLine,
    ResetDone,
    Source,
    SourceTable,
    State,
    SyncReset,
    SyncRun,
    SyncStart,
    SyncStatus,
    SyncType,
    Target,
    TargetFields,
    TargetNew,
)
from app.store import Store
from app.sync import ledger, past, runs, sources, targets
from app.sync.chunks import AS_MEASURED, Chunks
from app.sync.desk import Desk
from app.sync.requests import effective, fresh_target, kind_of, refuse_impossible, with_default
from app.warehouse import Cursor, Warehouse

T = TypeVar("T")
SCHEMAS = (targets.SCHEMA, runs.SCHEMA)  # for the store's opening
Trigger = Literal["manual", "schedule", "api", "agent", "cli", "resume"]
CAN_BE_NONE = {"cursor", "cursor_kind", "cursor_format", "where", "columns_in", "late_after_seconds", "timezone"}
COLUMNS = {"columns_in", "columns_out", "overrides", "trim_char"}
REBUILDS = {"key", "cursor", "cursor_kind", "cursor_format", "where", *COLUMNS}
log = logging.getLogger(__name__)


class SyncService:
    """Targets, runs and their control. Raises AppErrors only; ``start`` returns at once, ``wait`` when it is over."""

    def __init__(
        self,
        settings: Settings,
        oracle: Oracle,
        warehouse: Warehouse,
        store: Store,
        hub: Hub,
        *,
        chunks: Chunks = AS_MEASURED,
    ) -> None:
        """``chunks``: how a large table is read so that most of it survives a lost connection or a restart."""
        self._settings, self._oracle, self._warehouse = settings, oracle, warehouse
        self._store = store
        self._past: tuple[tuple[date, tuple[int, int]], dict[str, Past]] | None = None
        self._cleared = 0
        self._targets, self._runs = targets.Targets(store), runs.Runs(store)
        self._desk = Desk(settings, oracle, warehouse, self._runs, hub, chunks)

    async def open(self) -> None:
        """Judge what the last process left behind; resume what can be resumed."""
        for run in await self._desk.open():
            target = await self._targets.find(run.target)
            if self._oracle.configured and target and run.state is State.INTERRUPTED:
                body = SyncStart(oracle_table=run.oracle_table, sync_type=run.type)
                await self._desk.start(target, run.type, body, run.actor, "resume", by_itself=True)

    async def close(self) -> None:
        """Interrupt what runs, within ten seconds; nothing is left in state running."""
        await self._desk.close()

    async def start(self, body: SyncStart, actor: Actor, trigger: Trigger = "manual") -> SyncRun:
        """Put a run into the queue and return it.

        Raises TableBusy (409), OracleNotConfigured (503), Invalid (422), NameTaken and AmbiguousTable (409),
        SourceNotFound and TargetNotFound (404), NotAllowed (403) where it would make a target and the actor may not.
        """
        if not self._oracle.configured:
            raise OracleNotConfigured()
        name = body.table_name or body.oracle_table
        if not name:
            raise Invalid(fields="oracle_table", details=[{"field": "oracle_table", "message": "which table?"}])
        registered = await self._targets.find(name)
        kind = kind_of(body, registered)
        target = registered or await self._unregistered(name, body, kind, actor)
        asked = effective(target, body)
        refuse_impossible(asked, kind)
        await self._targets.check_name(asked)
        return await self._desk.start(asked, kind, body, actor.name, trigger)

    async def _unregistered(self, name: str, body: SyncStart, kind: SyncType, actor: Actor) -> Target:
        """The target a full makes of a table it does not know yet; a test makes one for itself alone."""
        if kind not in (SyncType.FULL, SyncType.TEST):
            raise TargetNotFound(name=name)
        if kind is SyncType.FULL and not may(actor, Permission.EDIT_TARGETS):
            raise NotAllowed()
        source = await asyncio.to_thread(self._read_source, name)
        known = await self._targets.of_table(source.owner, source.table)
        if known:
            return known
        made = with_default(effective(fresh_target(source), body), {})
        return made if kind is SyncType.TEST else await self._targets.add(made)

    def _read_source(self, name: str) -> Source:
        with self._oracle.session("find") as session:
            return sources.describe(session, sources.find(session, name))

    @property
    def version(self) -> tuple[int, int]:
        """Another one when what DuckDB's ledger says may have changed."""
        return self._desk.ended, self._cleared

    async def status(self) -> SyncStatus:
        return SyncStatus(active=self._desk.active(), last=await self._runs.last_of_each())

    async def snapshot(self) -> list[SyncRun]:
        """The active runs, for a fresh socket."""
        return self._desk.active()

    async def past(self, now: datetime) -> dict[str, Past]:
        """What each table's runs of the last days came to, by its name as DuckDB compares it."""
        zone = ZoneInfo(self._settings.timezone)
        key = (now.astimezone(zone).date(), self.version)  # gathering 10,000 runs takes 50 ms
        if self._past is None or self._past[0] != key:
            self._past = key, await past.of_tables(self._store, now, zone)
        return self._past[1]

    async def run(self, sync_id: str) -> SyncRun:
        """Raises RunNotFound."""
        return self._desk.live(sync_id) or await self._runs.get(sync_id)

    async def runs(
        self,
        target: str | None = None,
        state: State | None = None,
        type: SyncType | None = None,  # noqa: A002 - the word on the wire
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[SyncRun], int]:
        """The newest first, and how many there are in all."""
        found, total = await self._runs.find(target, state, type, limit, offset)
        return [self._desk.live(run.sync_id) or run for run in found], total

    async def log(self, sync_id: str) -> list[LogLine]:
        """Raises RunNotFound."""
        return await self._runs.log(sync_id)

    async def wait(self, sync_id: str) -> SyncRun:
        """The run once it is finished. Raises RunNotFound."""
        await self._desk.wait(sync_id)
        return await self._runs.get(sync_id)

    async def pause(self, sync_id: str, actor: Actor) -> SyncRun:
        """Stop reading between two batches and hold the snapshot. Raises RunNotFound, NotPossibleNow."""
        return await self._desk.pause(await self.run(sync_id), actor.name)

    async def resume(self, sync_id: str, actor: Actor) -> SyncRun:
        """Go on with a paused run; start an interrupted one again as a new run, which is returned.

        Raises RunNotFound, NotPossibleNow.
        """
        run = await self.run(sync_id)
        if run.state is State.PAUSED:
            return await self._desk.unpause(run, actor.name)
        if run.state is not State.INTERRUPTED:
            raise NotPossibleNow(state=run.state)
        again = SyncStart(oracle_table=run.oracle_table, sync_type=run.type)
        return await self.start(again, actor, "resume")

    async def cancel(self, sync_id: str, actor: Actor) -> SyncRun:
        """Break the run off; the old table is kept. Raises RunNotFound, NotPossibleNow."""
        return await self._desk.cancel(await self.run(sync_id), actor.name)

    async def reset(self, body: SyncReset, actor: Actor) -> ResetDone:
        """Clear a table's watermark and staging; without a table failed states and orphan staging only.

        Raises NotAllowed, TargetNotFound, TableBusy.
        """
        self._need(actor, Permission.RESET)
        if body.oracle_table:
            target = await self._targets.get(body.oracle_table)
            self._refuse_busy(target.duckdb_table)
            return await self._clear(lambda cursor: ledger.reset(cursor, target.duckdb_table))
        busy = {folded(run.target) for run in self._desk.active()}
        done = await self._clear(lambda cursor: ledger.sweep(cursor, busy))
        return done.model_copy(update={"runs": await self._runs.forget_failures()})

    async def targets(self) -> list[Target]:
        return await self._targets.all()

    async def target(self, name: str) -> Target:
        """By DuckDB name or OWNER.TABLE. Raises TargetNotFound."""
        return await self._targets.get(name)

    async def add_target(self, body: TargetNew, actor: Actor) -> Target:
        """Register an Oracle table; what the body leaves out comes from Oracle's dictionary.

        Raises NotAllowed, OracleNotConfigured, SourceNotFound, AmbiguousTable, NameTaken, Invalid.
        """
        self._need(actor)
        if not self._oracle.configured:
            raise OracleNotConfigured()
        source = await asyncio.to_thread(self._read_source, body.oracle_table)
        known = await self._targets.of_table(source.owner, source.table)
        if known:
            return await self.edit_target(known.duckdb_table, body, actor)
        fields = body.model_dump(exclude_none=True, exclude={"oracle_table"})
        return await self._targets.add(with_default(fresh_target(source).model_copy(update=fields), fields))

    async def edit_target(self, name: str, fields: TargetFields, actor: Actor) -> Target:
        """Change what the fields name. A new key, cursor, where, columns or overrides clear the watermark."""
        self._need(actor)
        target = await self._targets.get(name)
        self._refuse_busy(target.duckdb_table)
        given = fields.model_dump(exclude_unset=True, exclude={"oracle_table"})
        changes = {name: value for name, value in given.items() if value is not None or name in CAN_BE_NONE}
        edited = with_default(target.model_copy(update=changes), changes)
        await self._targets.check_name(edited)
        await self._targets.replace(target.duckdb_table, edited)
        if any(getattr(target, field) != getattr(edited, field) for field in REBUILDS):
            await self._clear(lambda cursor: ledger.reset(cursor, target.duckdb_table))
        return edited

    async def drop_target(self, name: str, actor: Actor, drop: bool = False) -> None:
        """Forget the target; its DuckDB table goes only with ``drop``. Raises TargetNotFound, TableBusy."""
        self._need(actor)
        target = await self._targets.get(name)
        self._refuse_busy(target.duckdb_table)
        await self._targets.drop(target.duckdb_table)
        await self._clear(lambda cursor: ledger.forget(cursor, target.duckdb_table, drop))

    async def _clear(self, work: Callable[[Cursor], T]) -> T:
        """Write to the ledger outside a run; a caller that goes away waits for it too."""
        try:
            return await self._warehouse.call(work)
        finally:
            self._cleared += 1

    async def sources(
        self, search: str | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[list[SourceTable], int]:
        """Oracle tables and views the login can see, and how many match. Raises as Oracle.session."""
        by_source = {(target.owner, target.table): target.duckdb_table for target in await self._targets.all()}
        found, total = await asyncio.to_thread(self._list_sources, search, limit, offset)
        named = [table.model_copy(update={"target": by_source.get((table.owner, table.table))}) for table in found]
        return named, total

    def _list_sources(self, search: str | None, limit: int, offset: int) -> tuple[list[SourceTable], int]:
        with self._oracle.session("list") as session:
            return sources.visible(session, search, limit, offset)

    async def source(self, owner: str, table: str) -> Source:
        """One Oracle table: columns with the DuckDB type proposed, key, candidates for the cursor."""
        target = await self._targets.of_table(owner, table)
        found = await asyncio.to_thread(self._read_source, f"{owner}.{table}")
        return found.model_copy(update={"target": target.duckdb_table if target else None})

    def _need(self, actor: Actor, permission: Permission = Permission.EDIT_TARGETS) -> None:
        if not may(actor, permission):
            raise NotAllowed()

    def _refuse_busy(self, table: str) -> None:
        busy = self._desk.busy(table)
        if busy:
            raise TableBusy(table=table, sync_id=busy)
