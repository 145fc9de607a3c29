"""The contract's JSON values: how each DuckDB type is selected and written; by the column, never by the value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from app.schemas.names import folded, quoted

SMALL = {"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"}
BIG = {"BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"}
FLOATS = {"FLOAT", "DOUBLE"}
NAIVE_TIMES = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
ZONED_TIMES = {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"}
TEXT = {"VARCHAR"}


def is_number(kind: str) -> bool:
    return kind in SMALL or kind in BIG or kind in FLOATS or kind.startswith("DECIMAL")


def is_time(kind: str) -> bool:
    return kind in NAIVE_TIMES or kind in ZONED_TIMES or kind == "DATE"


def decimal_parts(kind: str) -> tuple[int, int] | None:
    """(precision, scale) of an exact number type; None for other types."""
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return int(found[1]), int(found[2])
    digits = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "UTINYINT": 3, "USMALLINT": 5, "UINTEGER": 10}
    digits |= {"BIGINT": 19, "UBIGINT": 20, "HUGEINT": 39, "UHUGEINT": 39}
    return (digits[kind], 0) if kind in digits else None


def shown(expression: str, kind: str) -> str:
    """SQL that yields ``expression`` (of type ``kind``) as the contract writes it, but for NaN and infinities.

    Times become text in SQL: DuckDB's reach from 4713 BC to 294247, Python's from year 1 to 9999.
    """
    if kind in SMALL or kind in FLOATS or kind in TEXT or kind == "BOOLEAN":
        return expression
    if kind == "BLOB":
        return f"to_base64({expression})"
    text = f"CAST({expression} AS VARCHAR)"
    if kind in NAIVE_TIMES:
        return f"replace({text}, ' ', 'T')"
    if kind in ZONED_TIMES:  # sessions are in UTC, so the offset is always +00
        return f"regexp_replace(replace({text}, ' ', 'T'), '[+]00$', '+00:00')"
    return text


def shown_columns(columns: Iterable[tuple[str, str]]) -> str:
    """The select list for (name, type) pairs of a table."""
    return ", ".join(f"{shown(quoted(name), kind)} AS {quoted(name)}" for name, kind in columns)


def json_value(value: Any) -> Any:
    """What ``shown`` leaves to Python: NaN and infinities, which JSON has no number for."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def unique_names(names: Iterable[str]) -> list[str]:
    """Names for a row's keys: a repeated one gets _1, _2 …"""
    taken: set[str] = set()
    numbers: dict[str, int] = {}  # or 2000 times the same name would be two million looks
    unique: list[str] = []
    for name in names:
        number = numbers.get(name, 0)
        candidate = f"{name}_{number}" if number else name
        while folded(candidate) in taken:
            number += 1
            candidate = f"{name}_{number}"
        numbers[name] = number
        taken.add(folded(candidate))
        unique.append(candidate)
    return unique
