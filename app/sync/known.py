"""New rows for a table that is there: numbers without declared digits are asked for as what they are here already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.errors import TooManyDigits
from app.schemas.names import quoted, same
from app.sync import ledger, staging
from app.sync.attempt import Attempt, read
from app.sync.columns import Plan
from app.sync.exact import DECIMAL
from app.sync.plan import Query

BIGINT_DIGITS = 18  # what always fits; of a fraction asked for as int64 the driver says nothing, of a decimal it does


def staged(attempt: Attempt, query: Callable[[Attempt], Query]) -> tuple[Attempt, str, int]:
    """The rows of ``query`` in staging, and how many; the attempt comes back with the columns as they were read.

    A value that needs other digits than its column has (DPY-4042) makes it read all of them once more, as text, so
    that the column can be widened by what the values are.
    """
    types = staging.types(attempt.duck, attempt.target.duckdb_table)
    narrow = replace(attempt, plans=[as_known(each, types) for each in attempt.plans])
    if narrow.plans != attempt.plans:
        try:
            return _read(narrow, query)
        except TooManyDigits as error:
            attempt.job.report.log(f"{error.message()} All numbers are read once more, as text.")
            attempt.job.report.restart()
    return _read(attempt, query)


def _read(attempt: Attempt, query: Callable[[Attempt], Query]) -> tuple[Attempt, str, int]:
    name = attempt.target.duckdb_table
    ledger.forget_chunks(attempt.duck, name)
    table = staging.make(attempt.duck, name, attempt.plans)
    return attempt, table, read(attempt, table, query(attempt))


def as_known(plan: Plan, types: Mapping[str, str]) -> Plan:
    """The plan of a column whose type follows from its values, asked for as the type it has in ``types``."""
    kind = next((kind.replace(" ", "") for name, kind in types.items() if same(name, plan.name)), "")
    digits = _digits(kind)
    if plan.settle != "number" or plan.final or digits is None:
        return plan
    arrow = ("decimal128", *digits)
    return replace(plan, select=quoted(plan.column.name), arrow=arrow, stage=kind, final=kind, settle="", width=16)


def _digits(kind: str) -> tuple[int, int] | None:
    if kind == "BIGINT":
        return BIGINT_DIGITS, 0
    found = DECIMAL.fullmatch(kind)
    return (int(found[1]), int(found[2])) if found else None
