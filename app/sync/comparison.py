"""Value by value: rows read as a sync reads them beside Oracle's own text of the same values."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.errors import DoesNotFit, NothingToCopy
from app.oracle import Oracle, Session
from app.schemas.names import quoted
from app.sync import ledger, load, plan, snapshot, sources, staging
from app.sync.columns import Plan
from app.sync.control import Control
from app.sync.full import PREVIEW
from app.sync.rendering import CODECS, Rendering, difference, rendering
from app.sync.requests import fresh_target
from app.sync.verify import CHARSET
from app.warehouse import Cursor, Warehouse


@dataclass(frozen=True)
class Compared:
    """One column. ``difference`` names both values; ``reason`` says why nothing was compared."""

    column: str
    oracle_type: str
    duckdb_type: str | None
    values: int = 0
    difference: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Beside:
    """A column's plan, and the plan and rendering of Oracle's text that travels in the same row."""

    plan: Plan
    text: Plan
    how: Rendering


def compare(oracle: Oracle, warehouse: Warehouse, name: str, rows: int) -> list[Compared]:
    """Compare every column of the first ``rows`` rows of a table, at one moment. Blocks; call it in a thread.

    Raises SourceNotFound, AmbiguousTable, NothingToCopy and what ``Oracle.session`` raises.
    """
    with warehouse.cursor() as duck, oracle.session("check types") as session:
        ledger.prepare(duck)
        found = sources.find(session, name)
        taken = snapshot.take(session, found)
        facts = sources.facts(session, found.owner, found.table)
        target = fresh_target(sources.describe(session, found))
        plans, _ = plan.copied(target, facts.columns)
        codec, national = _codecs(session)
        beside = [each for place, one in enumerate(plans) if (each := _beside(place, one, codec, national))]
        if not beside:
            raise NothingToCopy(table=f"{found.owner}.{found.table}")
        both = [side for each in beside for side in (each.plan, each.text)]
        query = plan.limited(plan.reading(both, found, taken, None), rows)
        staged = staging.make(duck, target.duckdb_table, both, PREVIEW)
        try:
            with load.ReadAhead(session, both, [query], plan.batches(both, {}), Control()) as ahead:
                load.fill(duck, staged, both, ahead, lambda *_: None)
            compared = {each.plan.column.name: _compared(duck, staged, each) for each in beside}
        finally:
            staging.drop(duck, target.duckdb_table, PREVIEW)
    return [compared.get(column.name) or _not_compared(column.name, column.declared) for column in facts.columns]


def _codecs(session: Session) -> tuple[str | None, str]:
    """Python's names of the two character sets; the national one shows by what it makes of a letter."""
    wide = session.value("SELECT RAWTOHEX(TO_NCHAR('A')) FROM dual") == "0041"
    return CODECS.get(str(session.value(CHARSET))), "utf-16-be" if wide else "utf-8"


def _beside(place: int, plan_: Plan, codec: str | None, national: str) -> Beside | None:
    how = rendering(plan_.column, codec, national)
    if how is None:
        return None
    text = replace(Plan(plan_.column, f"__text_{place}"), select=how.oracle, width=4000)
    return Beside(plan_, text, how)


def _not_compared(column: str, declared: str) -> Compared:
    return Compared(column, declared, None, reason="Oracle has no text of this type to compare with")


def _compared(duck: Cursor, staged: str, each: Beside) -> Compared:
    name, declared = each.plan.column.name, each.plan.column.declared
    try:
        kind = staging.settle(duck, staged, [each.plan], {})[each.plan.name]
    except DoesNotFit as error:
        return Compared(name, declared, None, reason=error.message())
    ours = each.how.duckdb.format(c=quoted(each.plan.name))
    found = duck.execute(f"SELECT {quoted(each.text.name)}, {ours} FROM {staged}").fetchall()
    different = (difference(each.how, there, here) for there, here in found)
    return Compared(name, declared, kind, len(found), next(filter(None, different), None))
