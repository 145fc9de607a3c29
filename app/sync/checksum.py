"""Checksums that Oracle and DuckDB compute alike, column by column. Pure: expressions and their comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.schemas.names import quoted
from app.schemas.sync import ProofColumn
from app.sync.columns import Plan

PRIME = 1_000_000_007
MOST_FRACTION = 20  # digits after the point with which sums of remainders stay exact on both sides
TEXT_HASH = "SUM(TO_NUMBER(SUBSTR(RAWTOHEX(STANDARD_HASH({c}, 'MD5')), 1, 8), 'XXXXXXXX'))"
OUR_HASH = "sum(CAST('0x' || substr(md5({c}), 1, 8) AS BIGINT))"
SECONDS = (
    "SUM(EXTRACT(DAY FROM {c}) * 86400 + EXTRACT(HOUR FROM {c}) * 3600"
    " + EXTRACT(MINUTE FROM {c}) * 60 + EXTRACT(SECOND FROM {c}))"
)
# LENGTH of an Oracle LOB counts UTF-16 units, DuckDB's counts characters.
UTF16 = "sum(length({c}) + length(regexp_replace({c}, '[\\x{{0}}-\\x{{FFFF}}]', '', 'g')))"


@dataclass(frozen=True)
class Part:
    """One figure of a column, as each side computes it."""

    name: str
    oracle: str
    duckdb: str


def parts(plan: Plan, kind: str, hashes: bool) -> list[Part]:
    """The figures that prove a column of DuckDB type ``kind``; only its count where nothing better is exact.

    ``hashes``: this Oracle has STANDARD_HASH and keeps text as UTF-8.
    """
    oracle, duckdb = quoted(plan.column.name), quoted(plan.name)
    count = Part("count", f"COUNT(CASE WHEN {oracle} IS NOT NULL THEN 1 END)", f"count({duckdb})")
    made = {"number": _number, "float": _extremes, "time": _extremes, "utc": _instants}
    made |= {"interval": _interval, "months": _months}
    if plan.proof in made:
        return [count, *made[plan.proof](oracle, duckdb, kind)] if not plan.override else [count]
    if plan.proof in ("text", "ntext", "raw"):
        return [count, *_strings(plan, duckdb, hashes)] if not plan.override else [count]
    if plan.proof in ("clob", "blob"):
        return _lobs(plan, oracle, duckdb)
    return [count]


def _lobs(plan: Plan, oracle: str, duckdb: str) -> list[Part]:
    """An empty LOB is NULL here: the driver's data frames make no difference between the two."""
    ours = UTF16 if plan.proof == "clob" else "sum(octet_length({c}))"
    full = f"NULLIF(LENGTH({oracle}), 0)"
    return [Part("count", f"COUNT({full})", f"count({duckdb})"), Part("length", f"SUM({full})", ours.format(c=duckdb))]


def _number(oracle: str, duckdb: str, kind: str) -> list[Part]:
    scale = int(kind.rstrip(")").partition(",")[2] or 0)
    if scale > MOST_FRACTION:
        return []
    ours = f"sum(CAST({duckdb} AS DECIMAL(38,{scale})) % {PRIME})"
    return [Part("sum of remainders", f"SUM(MOD({oracle}, {PRIME}))", ours)]


def _extremes(oracle: str, duckdb: str, _kind: str) -> list[Part]:
    return [Part(word, f"{word.upper()}({oracle})", f"{word}({duckdb})") for word in ("min", "max")]


def _instants(oracle: str, duckdb: str, _kind: str) -> list[Part]:
    utc = f"SYS_EXTRACT_UTC({oracle})"
    return [Part(word, f"{word.upper()}({utc})", f"CAST({word}({duckdb}) AS TIMESTAMP)") for word in ("min", "max")]


def _interval(oracle: str, duckdb: str, _kind: str) -> list[Part]:
    return [Part("seconds", SECONDS.format(c=oracle), f"CAST(sum(epoch_us({duckdb})) AS DECIMAL(30,0)) * 0.000001")]


def _months(oracle: str, duckdb: str, _kind: str) -> list[Part]:
    months = "sum(EXTRACT(YEAR FROM {c}) * 12 + EXTRACT(MONTH FROM {c}))"
    return [Part("months", months.format(c=oracle), months.format(c=duckdb))]


def _strings(plan: Plan, duckdb: str, hashes: bool) -> list[Part]:
    c = plan.select  # as it is copied: a trimmed CHAR is proven trimmed
    if plan.proof == "raw":
        found = [Part("length", f"SUM(LENGTH(RAWTOHEX({c})) / 2)", f"sum(octet_length({duckdb}))")]
    else:
        found = [Part("length", f"SUM(LENGTH({c}))", f"sum(length({duckdb}))")]
    if hashes and plan.proof != "ntext":  # national text is UTF-16 there: its bytes are not ours
        found.append(Part("md5", TEXT_HASH.format(c=c), OUR_HASH.format(c=duckdb)))
    return found


def compared(plan: Plan, wanted: list[Part], oracle: list[Any], duckdb: list[Any]) -> ProofColumn:
    """The verdict on one column."""
    there, here = [_plain(value) for value in oracle], [_plain(value) for value in duckdb]
    counted_only = len(wanted) == 1
    method = "counted only" if counted_only else ", ".join(part.name for part in wanted)
    shown = [", ".join(str(value) for value in side) for side in (there, here)]
    equal = None if counted_only and there == here else there == here
    return ProofColumn(column=plan.name, method=method, oracle=shown[0], duckdb=shown[1], equal=equal)


def _plain(value: Any) -> Any:
    """A value as the other side would give it: sums of nothing are NULL there and here."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, float):
        return value
    return Decimal(str(value)).normalize() if value is not None else None
