"""A column at a glance: statistics, histogram or commonest values; above a million rows from a sample that says so."""

from __future__ import annotations

from typing import Any

from app.query.catalog import Found
from app.query.filters import Columns, Condition
from app.query.values import is_number, is_time, json_value, shown
from app.schemas.names import quoted
from app.schemas.tables import Bin, ColumnProfile, ColumnStats, Facets, ValueCount
from app.warehouse import Cursor

SAMPLE_ABOVE = 1_000_000
BINS, TOP = 24, 12
CUT = 200  # characters of a value that is shown as a label


def statistics(cursor: Cursor, table: Found, columns: Columns, rows: int) -> list[ColumnStats]:
    """Nulls, minimum and maximum of every column, exactly; distinct values estimated above a million rows."""
    sampled = rows > SAMPLE_ABOVE
    parts = []
    for name, kind in columns.types.items():
        column = quoted(name)
        distinct = f"approx_count_distinct({column})" if sampled else f"count(DISTINCT {column})"
        parts += [f"count(*) - count({column})", distinct, *_ends(column, kind)]
    found = list(cursor.execute(f"SELECT {', '.join(parts)} FROM {table.sql}").fetchall()[0])
    stats = []
    for index, (name, kind) in enumerate(columns.types.items()):
        nulls, distinct, low, high = found[index * 4 : index * 4 + 4]
        least, most = json_value(low), json_value(high)
        stats.append(
            ColumnStats(name=name, type=kind, nulls=nulls, distinct=distinct, min=least, max=most, sampled=sampled)
        )
    return stats


def _ends(column: str, kind: str) -> list[str]:
    if kind in ("BLOB", "BIT") or (kind.endswith(("]", ")")) and not kind.startswith("DECIMAL")):
        return ["NULL", "NULL"]  # no order that would mean anything
    ends = [shown(f"min({column})", kind), shown(f"max({column})", kind)]
    return [f"left({end}, {CUT})" for end in ends] if kind == "VARCHAR" else ends


def facets(cursor: Cursor, table: Found, column: tuple[str, str], where: Condition, limit: int) -> Facets:
    """The ``limit`` commonest values among the rows that ``where`` leaves."""
    name, kind = column
    sample, sampled = _sample(cursor, table, name, where)
    total = _one(cursor, sample, "count(*)", where)[0]
    top = _top(cursor, sample, kind, where, limit)
    others = int(total) - sum(value.count for value in top)
    return Facets(column=name, values=top, others=others, sampled=sampled, sample_rows=int(total))


def profile(cursor: Cursor, table: Found, column: tuple[str, str], where: Condition) -> ColumnProfile:
    """One column; ``min``, ``max``, ``rows`` and ``nulls`` are exact, the rest may come from a sample."""
    name, kind = column
    exact = f"(SELECT {quoted(name)} AS c FROM {table.sql} {where.sql})"
    rows, filled, low, high = _one(cursor, exact, f"count(*), count(c), {', '.join(_ends('c', kind))}", where)
    sample, sampled = _sample(cursor, table, name, where)
    estimate = "approx_count_distinct(c)" if sampled else "count(DISTINCT c)"
    distinct, sample_rows = _one(cursor, f"({sample})" if sampled else exact, f"{estimate}, count(*)", where)
    measured = is_number(kind) or is_time(kind)
    return ColumnProfile(
        name=name, type=kind, rows=rows, nulls=rows - filled, distinct=distinct, min=json_value(low),
        max=json_value(high), histogram=_histogram(cursor, sample, kind, where) if measured else [],
        top=_top(cursor, sample, kind, where, TOP) if not measured or distinct <= TOP else [],
        sampled=sampled, sample_rows=sample_rows,
    )  # fmt: skip


def _sample(cursor: Cursor, table: Found, name: str, where: Condition) -> tuple[str, bool]:
    """The column's rows as SQL: all of them, or above a million about half a million spread over the table."""
    rows = _one(cursor, table.sql, "count(*)", Condition("", []))[0]
    source = f"SELECT {quoted(name)} AS c FROM {table.sql}"
    if rows <= SAMPLE_ABOVE:
        return f"({source} {where.sql})", False
    # whole blocks of 2048 rows, always the same ones: two looks at one page agree
    percent = max(1.0, 100 * SAMPLE_ABOVE / 2 / rows)
    sampled = f"{table.sql} TABLESAMPLE system({percent:.4f}%) REPEATABLE (42)"
    return f"(SELECT {quoted(name)} AS c FROM {sampled} {where.sql})", True


def _one(cursor: Cursor, source: str, what: str, where: Condition) -> tuple[Any, ...]:
    row: tuple[Any, ...] = cursor.execute(f"SELECT {what} FROM {source}", where.values).fetchall()[0]
    return row


def _top(cursor: Cursor, source: str, kind: str, where: Condition, limit: int) -> list[ValueCount]:
    value = shown("c", kind)
    label = f"left({value}, {CUT})" if kind == "VARCHAR" else value
    sql = f"SELECT {label}, n FROM (SELECT c, count(*) AS n FROM {source} GROUP BY c ORDER BY n DESC, c LIMIT {limit})"
    return [
        ValueCount(value=json_value(value), count=count)
        for value, count in cursor.execute(sql, where.values).fetchall()
    ]


def _histogram(cursor: Cursor, source: str, kind: str, where: Condition) -> list[Bin]:
    """``BINS`` equal steps between the least and the greatest finite value."""
    times = is_time(kind)
    number = "CAST(epoch_us(c) AS DOUBLE)" if times else "CAST(c AS DOUBLE)"
    values = (
        f"(SELECT {number} AS v FROM {source} WHERE isfinite(c))"
        if times or kind in ("FLOAT", "DOUBLE")
        else (f"(SELECT {number} AS v FROM {source})")
    )
    low, high = _one(cursor, values, "min(v), max(v)", where)
    if not isinstance(low, float) or not isinstance(high, float):
        return []
    width = (high - low) / BINS or 1.0
    step = f"least(CAST(floor((v - {low!r}) / {width!r}) AS INTEGER), {BINS - 1})"
    counts = cursor.execute(
        f"SELECT {step}, count(*) FROM {values} WHERE v IS NOT NULL GROUP BY 1", where.values
    ).fetchall()
    by_bin = dict(counts)
    edges = [low + width * index for index in range(BINS + 1)]
    labels = _time_labels(cursor, edges) if times else edges
    used = BINS if high > low else 1
    return [
        Bin(low=labels[i], high=labels[i + 1] if high > low else labels[i], count=by_bin.get(i, 0)) for i in range(used)
    ]


def _time_labels(cursor: Cursor, edges: list[float]) -> list[object]:
    marks = ", ".join(f"replace(CAST(make_timestamp(CAST({edge!r} AS BIGINT)) AS VARCHAR), ' ', 'T')" for edge in edges)
    return list(cursor.execute(f"SELECT {marks}").fetchall()[0])
