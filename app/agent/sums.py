"""Buckets of a time series as the few figures that a sentence holds: exact totals, extremes with their moment. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Row = dict[str, Any]
Figure = tuple[str, str, str | None]  # what, its value, and when it was


def total_of(data: dict[str, Any]) -> int:
    return sum(row["point_count"] for row in data["rows"])


def figures(data: dict[str, Any], function: str, group: str | None, word: str) -> list[Figure]:
    """The figure of ``function`` over all buckets for each column (and each group's value)."""
    found: list[Figure] = []
    for name, rows in _grouped(data["rows"], group):
        prefix = f"{name} " if group else ""
        if function == "count":
            found.append((prefix.strip() or word, _shown(sum(row["point_count"] for row in rows)), None))
            continue
        for column in data["value_columns"]:
            value, when = _over(rows, column, function)
            found.append((f"{prefix}{column} {word}", _shown(value), when))
    return found


def _grouped(rows: Sequence[Row], group: str | None) -> list[tuple[str, list[Row]]]:
    if not group:
        return [("", list(rows))]
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row.get(group)), []).append(row)
    return sorted(found.items(), key=lambda pair: -sum(row["point_count"] for row in pair[1]))


def _over(rows: Sequence[Row], column: str, function: str) -> tuple[float | None, str | None]:
    key = f"{column}_{function}"
    there = [(float(row[key]), row["time_bucket"]) for row in rows if row.get(key) is not None]
    if not there:
        return None, None
    if function in ("max", "min"):
        pick: Callable[..., tuple[float, str]] = max if function == "max" else min
        value, when = pick(there, key=lambda pair: pair[0])
        return value, when
    if function == "sum":
        return sum(value for value, _ in there), None
    if function == "avg" and f"{column}_count" in rows[0]:
        sums = [float(row[f"{column}_sum"]) for row in rows if row[f"{column}_sum"] is not None]
        return sum(sums) / max(1, sum(int(row[f"{column}_count"]) for row in rows)), None
    last = there[-1]  # a median of medians is none: the newest bucket's is told, with its moment
    return last[0], last[1]


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if abs(value) >= 0.001 else f"{value:.4g}"
