"""One attempt at a run: one connection, one snapshot, and what is the same for every type of run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app.errors import CursorNotPossible
from app.oracle import Oracle, Session
from app.schemas.sync import SyncStart, Target
from app.sync import load, plan, snapshot, sources, staging
from app.sync.chunks import Chunks
from app.sync.columns import OracleColumn, Plan, planned
from app.sync.control import Control
from app.sync.load import ReadAhead
from app.sync.report import Report
from app.sync.sources import Facts
from app.sync.watermark import ROWSCN, Cursor, cursor_of
from app.warehouse import Cursor as DuckCursor
from app.warehouse import Warehouse

MANY_ROWS = 1_000_000  # from here on the order in which Oracle happened to send them is worth less than speed
CLOCK = "SELECT CAST(SYSTIMESTAMP AS TIMESTAMP), SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM dual"


@dataclass(frozen=True)
class Job:
    """All a run needs. ``target`` holds the request's values already."""

    target: Target
    body: SyncStart
    report: Report
    control: Control
    oracle: Oracle
    warehouse: Warehouse
    chunks: Chunks
    by_itself: bool = False  # resumed after a restart, asked for by nobody: it goes on at the same moment or not at all

    @property
    def sync_id(self) -> str:
        return self.report.run.sync_id


@dataclass(frozen=True)
class Attempt:
    """``wall`` and ``utc`` are Oracle's clock before the snapshot was taken; ``key`` and cursor name DuckDB columns."""

    job: Job
    session: Session
    duck: DuckCursor
    snapshot: snapshot.Snapshot
    facts: Facts
    plans: list[Plan]
    key: list[str]
    cursor: Cursor | None
    wall: datetime
    utc: datetime

    @property
    def target(self) -> Target:
        return self.job.target

    @property
    def table(self) -> str:
        """The table in DuckDB, as SQL names it."""
        return staging.place(self.target.duckdb_table)

    def rows_query(self) -> plan.Query:
        return plan.reading(self.plans, self.facts.found, self.snapshot, self.target.where)


def prepare(job: Job, session: Session, duck: DuckCursor) -> Attempt:
    """Take the snapshot, then read the dictionary: in a read-only transaction both are of one moment."""
    target, report = job.target, job.report
    report.phase("plan")
    wall, utc = session.rows(CLOCK)[0]
    found = sources.Found(target.owner, target.table, "table")
    taken = snapshot.take(session, found)
    facts = sources.facts(session, target.owner, target.table)
    plans, notes = plan.copied(target, facts.columns)
    for note in notes:
        report.note(note)
    cursor = cursor_of(target, facts.columns, {each.column.name: each.name for each in plans})
    if cursor and cursor.kind == "scn":
        plans = [*plans, _row_scn(facts, target)]
    report.change(snapshot=taken.name)
    report.expect(facts.rows if not job.body.row_limit else job.body.row_limit)
    report.log(f"{target.owner}.{target.table}: {len(plans)} columns, snapshot: {taken.name}")
    key = plan.key_names(target, plans)
    return Attempt(job, session, duck, taken, facts, plans, key, cursor, wall, utc)


def _row_scn(facts: Facts, target: Target) -> Plan:
    """ORA_ROWSCN as a column of staging; it does not stay in the table. A view has none worth reading."""
    if facts.found.kind == "view":
        raise CursorNotPossible(column=ROWSCN, reason=f"{target.table} is a view")
    plan.need_key(target, "An SCN cursor")
    column = OracleColumn(ROWSCN, "NUMBER", precision=18, scale=0)
    return replace(planned(column), select=ROWSCN)


def read(attempt: Attempt, table: str, query: plan.Query) -> int:
    """Read the query into the staging table; the rows it had."""
    with reading(attempt, [query]) as ahead:
        return sum(fill(attempt, table, ahead))


def reading(attempt: Attempt, queries: list[plan.Query], begun: Callable[[int], None] = lambda _: None) -> ReadAhead:
    """The queries, to be read one after another from when it is entered: the session is its own until it is left."""
    attempt.job.report.phase("read")
    sizes = plan.lob_sizes(attempt.plans, attempt.facts)
    found = attempt.session.rows(sizes.sql)[0] if sizes else ()
    lobs = [each.name for each in attempt.plans if each.lob and each.column.kind in ("CLOB", "NCLOB", "BLOB")]
    widths = {name: int(size or 0) + 100 for name, size in zip(lobs, found, strict=False)}
    size = plan.batches(attempt.plans, widths)
    return ReadAhead(attempt.session, attempt.plans, queries, size, attempt.job.control, begun)


def fill(attempt: Attempt, table: str, ahead: ReadAhead, seconds: float = 0.0) -> list[int]:
    """The next of the queries that are read ahead, and those that begin within ``seconds``, into the staging table.

    The rows of each.
    """
    ordered, count = (attempt.facts.rows or 0) < MANY_ROWS, attempt.job.report.rows
    return load.fill(attempt.duck, table, attempt.plans, ahead, count, ordered=ordered, seconds=seconds)
