"""How a table in Oracle has changed since the last run, and whether ours can follow. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.errors import SchemaChanged
from app.schemas.names import quoted, same
from app.schemas.tables import SchemaChange
from app.sync.columns import Plan
from app.sync.exact import joined
from app.sync.ledger import KnownColumn
from app.sync.runs import now


@dataclass(frozen=True)
class Drift:
    """``types`` are the columns' types after the change; ``alter`` are ALTER TABLE's clauses for it."""

    types: dict[str, str]
    alter: list[str] = field(default_factory=list)
    changes: list[SchemaChange] = field(default_factory=list)


def followed(plans: list[Plan], wanted: dict[str, str], existing: dict[str, str], known: list[KnownColumn]) -> Drift:
    """What to do so that the existing table holds the new rows.

    ``wanted``: the types the new rows need; ``existing``: those of the table now; ``known``: as the last run left it.
    Raises SchemaChanged for a rename and for a type that no longer fits.
    """
    added = [plan for plan in plans if not _has(existing, plan.name)]
    gone = [column for column in known if not any(same(plan.name, column.name) for plan in plans)]
    _refuse_rename(added, gone)
    drift = Drift(dict(existing))
    for plan in added:
        _add(drift, plan, wanted[plan.name])
    for plan in plans:
        if plan not in added:
            _widen(drift, plan, wanted[plan.name], _type(existing, plan.name), known)
    drift.changes.extend(_change(column.name, "dropped", column.oracle_type, None) for column in gone)
    return drift


def _refuse_rename(added: list[Plan], gone: list[KnownColumn]) -> None:
    """One column gone and one of its type come is a rename: following it would leave half of the values behind."""
    for column in gone:
        for plan in added:
            if plan.column.declared == column.oracle_type:
                raise SchemaChanged(column=column.name, before=column.name, after=plan.name)


def _add(drift: Drift, plan: Plan, wanted: str) -> None:
    drift.types[plan.name] = wanted
    drift.alter.append(f"ADD COLUMN {quoted(plan.name)} {wanted}")
    drift.changes.append(_change(plan.name, "added", None, plan.column.declared))


def _widen(drift: Drift, plan: Plan, wanted: str, existing: str, known: list[KnownColumn]) -> None:
    fitting = joined(existing, wanted)
    if fitting is None:
        before = next((column.oracle_type for column in known if same(column.name, plan.name)), existing)
        raise SchemaChanged(column=plan.name, before=before, after=plan.column.declared)
    if fitting != existing:
        drift.types[plan.name] = fitting
        drift.alter.append(f"ALTER {quoted(plan.name)} TYPE {fitting}")
        drift.changes.append(_change(plan.name, "widened", existing, fitting))


def rebuilt(plans: list[Plan], types: dict[str, str], known: list[KnownColumn]) -> list[SchemaChange]:
    """What a full changed in a table that was there before."""
    before = {column.name: column for column in known}
    changes = [
        _change(plan.name, "added", None, plan.column.declared) for plan in plans if known and plan.name not in before
    ]
    changes += [
        _change(plan.name, "rebuilt", before[plan.name].duckdb_type, types[plan.name])
        for plan in plans
        if plan.name in before and before[plan.name].duckdb_type != types[plan.name]
    ]
    names = {plan.name for plan in plans}
    return changes + [
        _change(name, "dropped", column.oracle_type, None) for name, column in before.items() if name not in names
    ]


def _change(column: str, change: str, before: str | None, after: str | None) -> SchemaChange:
    return SchemaChange(at=now(), column=column, change=change, before=before, after=after)


def _has(types: dict[str, str], name: str) -> bool:
    return any(same(each, name) for each in types)


def _type(types: dict[str, str], name: str) -> str:
    return next(kind for each, kind in types.items() if same(each, name))
