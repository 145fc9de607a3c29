"""What the rules know of the house before they read a question: tables, their columns, what runs, what time it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.query.outlines import Outline
from app.query.service import QueryService
from app.query.values import is_number, is_time
from app.schemas.names import folded
from app.schemas.sync import State, SyncRun, Target
from app.schemas.tables import Table
from app.sync.service import SyncService

TEXT_TIMES = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 8: "%Y%m%d", 19: "%Y-%m-%d %H:%M:%S", 10: "%Y-%m-%d"}
MOST = 300  # tables whose columns are read
Version = tuple[str, int, int, str]  # of a table: name, rows, columns, last sync


@dataclass(frozen=True)
class Column:
    """``time``: how its times are written (strftime; ISO for native ones), "" where it holds none.

    ``values``: what a column of few different texts holds, such as codes, as far as a sample shows it.
    """

    name: str
    type: str
    time: str = ""
    number: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownTable:
    """A table as a question can mean it. ``time`` is its usual time column."""

    name: str
    columns: tuple[Column, ...] = ()
    source: str = ""
    time: str = ""

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Known:
    """``now`` carries the zone of the days; ``active`` names the tables of runs, ``stopped`` those that can go on."""

    tables: tuple[KnownTable, ...] = ()
    active: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def table(self, name: str) -> KnownTable | None:
        return next((table for table in self.tables if folded(table.name) == folded(name)), None)


class Knowledge:
    """Reads it from the services, and remembers columns until the table changes."""

    def __init__(self, query: QueryService, sync: SyncService, zone: str) -> None:
        self._query, self._sync, self._zone = query, sync, ZoneInfo(zone)
        self._remembered: dict[Version, tuple[Column, ...]] = {}

    async def now(self) -> Known:
        """What is known at this moment; targets that were never synced are tables without columns."""
        tables, targets = (await self._query.tables())[:MOST], await self._sync.targets()
        runs = (await self._sync.status()).active
        cursors = {folded(target.duckdb_table): target for target in targets}
        await self._read(tables)
        found = [self._table(table, cursors.get(folded(table.name))) for table in tables]
        there = {folded(table.name) for table in tables}
        found += [
            KnownTable(target.duckdb_table, source=f"{target.owner}.{target.table}")
            for target in targets
            if folded(target.duckdb_table) not in there
        ]
        return Known(tuple(found), _of(runs, State.RUNNING, State.QUEUED), await self._stopped(runs), self._moment())

    def _moment(self) -> datetime:
        return datetime.now(self._zone)

    async def _stopped(self, active: Sequence[SyncRun]) -> tuple[str, ...]:
        broken, _ = await self._sync.runs(state=State.INTERRUPTED, limit=20)
        return tuple(dict.fromkeys(_of(active, State.PAUSED) + _of(broken, State.INTERRUPTED)))

    async def _read(self, tables: Sequence[Table]) -> None:
        """Look again at the tables that are new or have changed."""
        kept = {_version(table): self._remembered.get(_version(table)) for table in tables}
        due = [table for table in tables if kept[_version(table)] is None]
        outlines = await self._query.outlines({table.name for table in due}) if due else {}
        read = {_version(table): _columns(outlines[table.name]) for table in due if table.name in outlines}
        self._remembered = {version: columns for version, columns in kept.items() if columns is not None} | read

    def _table(self, table: Table, target: Target | None) -> KnownTable:
        columns = self._remembered.get(_version(table), ())
        return KnownTable(table.name, columns, table.source or "", _usual(columns, target))


def _version(table: Table) -> Version:
    return table.name, table.rows, table.columns, table.last_sync.sync_id if table.last_sync else ""


def _of(runs: Sequence[SyncRun], *states: State) -> tuple[str, ...]:
    return tuple(run.target for run in runs if run.state in states)


def _columns(outline: Outline) -> tuple[Column, ...]:
    return tuple(_column(name, kind, outline) for name, kind in outline.types.items())


def _column(name: str, kind: str, outline: Outline) -> Column:
    if is_time(kind):
        return Column(name, kind, "iso")
    text = outline.first.get(name, "")
    form = TEXT_TIMES.get(len(text), "")
    time = form if form and _reads(text, form) else ""
    return Column(name, kind, time, is_number(kind), () if time else outline.values.get(name, ()))


def _reads(text: str, form: str) -> bool:
    try:
        return 1900 < datetime.strptime(text, form).year < 2200  # noqa: DTZ007 only whether it is one
    except ValueError:
        return False


def _usual(columns: tuple[Column, ...], target: Target | None) -> str:
    """The target's cursor where that is a time, else the first native time, else the first text that reads as one."""
    cursor = target.cursor if target and target.cursor_kind in ("timestamp", "text") else None
    named = [column.name for column in columns if column.time and cursor and folded(column.name) == folded(cursor)]
    native = [column.name for column in columns if column.time == "iso"]
    return next(iter([*named, *native, *(column.name for column in columns if column.time)]), "")
