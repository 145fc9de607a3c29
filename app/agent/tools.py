"""The agent's tools: each one calls a service with its asker's role. Their docstrings are written for the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from app.audit import Audit
from app.errors import AppError, RunNotFound
from app.formats import retold
from app.query.service import QueryService
from app.scheduler.service import Scheduler
from app.schemas.accounts import Actor, Permission
from app.schemas.agent import Call, ToolResult
from app.schemas.envelope import Question
from app.schemas.scheduler import JobNew
from app.schemas.sync import State, SyncStart, SyncType
from app.schemas.tables import Aggregate, Filter, TableQuery
from app.sync.service import SyncService
from app.words import N_

ROWS = 50  # rows of a table that reach a mind; the page shows the same
CELL = 400  # characters of one cell


@dataclass(frozen=True)
class House:
    """The services, as the tools reach them."""

    query: QueryService
    sync: SyncService
    scheduler: Scheduler
    audit: Audit
    still: Callable[[Actor], Awaitable[bool]]  # whether an actor is still what it was when it asked


class Nothing(Question):
    pass


class OfTable(Question):
    table: str = Field(description="Name of a synced table, as list_tables shows it.")


class RowsOf(OfTable):
    columns: list[str] | None = None
    filters: list[Filter] = Field([])
    order_by: list[str] = Field([], description='Column names; a leading "-" means descending.')
    limit: int = Field(10, ge=0, le=ROWS, description="0 asks for the total alone.")


class AggregateOf(Aggregate):
    table: str


class ReadOnlySql(Question):
    sql: str = Field(description="One SELECT in DuckDB's dialect over the synced tables.")
    limit: int = Field(ROWS, ge=1, le=ROWS)


class StartOf(Question):
    table: str = Field(description="A target's name, or OWNER.TABLE.")
    sync_type: SyncType | None = None


class RunOf(Question):
    """Which run: by its id, or the one of a table."""

    sync_id: str | None = None
    table: str | None = None


class Search(Question):
    search: str | None = Field(None, description="Part of an Oracle table's name.")


async def list_tables(house: House, _: Nothing, _actor: Actor) -> list[Any]:
    """List the synced tables with their rows, columns, last sync and how fresh they are."""
    return list(await house.query.tables())


async def get_table_stats(house: House, asked: OfTable, _actor: Actor) -> Any:
    """Row count, columns with types, nulls, distinct values, minimum and maximum, and the last sync of one table."""
    return await house.query.stats(asked.table)


async def query_table(house: House, asked: RowsOf, _actor: Actor) -> Any:
    """Rows of one table: chosen columns, filters, order, at most 50."""
    fields = asked.model_dump(exclude={"table"})
    return await house.query.rows(asked.table, TableQuery.model_validate(fields))


async def aggregate_table(house: House, asked: AggregateOf, _actor: Actor) -> Any:
    """Averages, extremes and counts of columns by time bucket (10 minutes, 1 hour, 1 day …), optionally by a group."""
    fields = asked.model_dump(exclude={"table"}) | {"max_points": min(asked.max_points, 200)}
    return await house.query.aggregate(asked.table, Aggregate.model_validate(fields))


async def chart(house: House, asked: AggregateOf, _actor: Actor) -> Any:
    """Draw a chart of columns over time for the asker. Takes what aggregate_table takes."""
    return await house.query.aggregate(asked.table, Aggregate.model_validate(asked.model_dump(exclude={"table"})))


async def run_sql(house: House, asked: ReadOnlySql, actor: Actor) -> Any:
    """Run one read-only SELECT (DuckDB) over the synced tables. An error comes back: mend the SQL and try again."""
    if not asked.sql.lstrip().lower().startswith("explain"):
        await house.query.sql(f"EXPLAIN {asked.sql}", 1, actor.name)  # what cannot work fails before any row is read
    return await house.query.sql(asked.sql, asked.limit, actor.name)


async def start_sync(house: House, asked: StartOf, actor: Actor) -> Any:
    """Start a sync of one table from Oracle. The asker is asked first."""
    body = SyncStart(oracle_table=asked.table, sync_type=asked.sync_type)
    return await house.sync.start(body, actor, "agent")


async def get_sync_status(house: House, _: Nothing, _actor: Actor) -> Any:
    """The syncs that run now and the last finished one of each table."""
    return await house.sync.status()


async def pause_sync(house: House, asked: RunOf, actor: Actor) -> Any:
    """Pause a running sync. The asker is asked first."""
    return await house.sync.pause(await _run(house, asked, State.RUNNING, State.QUEUED), actor)


async def resume_sync(house: House, asked: RunOf, actor: Actor) -> Any:
    """Go on with a paused or interrupted sync. The asker is asked first."""
    return await house.sync.resume(await _run(house, asked, State.PAUSED, State.INTERRUPTED), actor)


async def cancel_sync(house: House, asked: RunOf, actor: Actor) -> Any:
    """Cancel a sync; the old table is kept. The asker is asked first."""
    return await house.sync.cancel(await _run(house, asked, State.RUNNING, State.QUEUED, State.PAUSED), actor)


async def _run(house: House, asked: RunOf, *states: State) -> str:
    """The run that is meant: the newest of the table in one of ``states``. Raises RunNotFound, TargetNotFound."""
    if asked.sync_id:
        return asked.sync_id
    target = (await house.sync.target(asked.table or "")).duckdb_table
    for run in [*(await house.sync.status()).active, *(await house.sync.runs(target, limit=1))[0]]:
        if run.target == target and run.state in states:
            return run.sync_id
    raise RunNotFound(sync_id=target)


async def list_sources(house: House, asked: Search, _actor: Actor) -> Any:
    """Find tables in Oracle that the login can see."""
    return (await house.sync.sources(asked.search, 50, 0))[0]


async def list_jobs(house: House, _: Nothing, _actor: Actor) -> Any:
    """The schedule: jobs with their next and last runs."""
    return await house.scheduler.status()


async def add_job(house: House, asked: JobNew, actor: Actor) -> Any:
    """Add a job that syncs tables on a schedule (cron, or hour and minute). The asker is asked first."""
    return await house.scheduler.add(asked, actor)


@dataclass(frozen=True)
class Tool:
    """``writes``: nothing happens without the asker's yes. ``doing`` is what the asker reads meanwhile."""

    function: Callable[[House, Any, Actor], Awaitable[Any]]
    takes: type[BaseModel]
    needs: Permission
    title: str
    doing: str
    writes: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def purpose(self) -> str:
        return (self.function.__doc__ or "").strip()

    def wrong(self, call: Call) -> str | None:
        """What is wrong with the arguments, if anything."""
        try:
            self.takes.model_validate(call.arguments)
        except ValidationError as error:
            return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())[:1000]
        return None

    async def run(self, house: House, call: Call, actor: Actor, language: str = "en") -> ToolResult:
        """What goes wrong is told to the mind and to the asker alike. The arguments must not be ``wrong``."""
        try:
            asked = self.takes.model_validate(call.arguments)
            return ToolResult(success=True, data=_plain(await self.function(house, asked, actor)))
        except AppError as error:
            return ToolResult(success=False, error=retold(error.message(), language), data=_code(error))


def _code(error: AppError) -> dict[str, Any]:
    return {"code": error.code, "details": error.details}


READ, RUN = Permission.READ, Permission.RUN_SYNC
ALL: Sequence[Tool] = (
    Tool(list_tables, Nothing, READ, N_("Tables"), N_("Looking at the tables")),
    Tool(get_table_stats, OfTable, READ, N_("Statistics"), N_("Reading the table's statistics")),
    Tool(query_table, RowsOf, READ, N_("Show rows"), N_("Reading rows")),
    Tool(aggregate_table, AggregateOf, READ, N_("Over time"), N_("Calculating over time")),
    Tool(chart, AggregateOf, READ, N_("Chart"), N_("Drawing a chart")),
    Tool(run_sql, ReadOnlySql, Permission.SQL, "SQL", N_("Running SQL")),
    Tool(start_sync, StartOf, RUN, N_("Start a sync"), N_("Starting the sync"), writes=True),
    Tool(get_sync_status, Nothing, READ, N_("State of the syncs"), N_("Looking at the syncs")),
    Tool(pause_sync, RunOf, RUN, N_("Pause a sync"), N_("Pausing the sync"), writes=True),
    Tool(resume_sync, RunOf, RUN, N_("Resume a sync"), N_("Resuming the sync"), writes=True),
    Tool(cancel_sync, RunOf, RUN, N_("Cancel a sync"), N_("Cancelling the sync"), writes=True),
    Tool(list_sources, Search, RUN, N_("Tables in Oracle"), N_("Looking for tables in Oracle")),
    Tool(list_jobs, Nothing, READ, N_("Schedule"), N_("Looking at the schedule")),
    Tool(add_job, JobNew, Permission.EDIT_JOBS, N_("Schedule a sync"), N_("Adding the job"), writes=True),
)
TOOLS = {tool.name: tool for tool in ALL}


def _plain(found: Any) -> Any:
    """Schemas as JSON; long cells cut, so that a table cannot fill a conversation."""
    if isinstance(found, BaseModel):
        return _plain(found.model_dump(mode="json"))
    if isinstance(found, dict):
        return {name: _plain(value) for name, value in found.items()}
    if isinstance(found, list | tuple):
        return [_plain(value) for value in found]
    if isinstance(found, str) and len(found) > CELL:
        return found[:CELL] + "…"
    return found
