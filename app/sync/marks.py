"""The watermark a run leaves: the greatest cursor value it read, as far as Oracle's clock allows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.schemas.names import quoted
from app.sync.attempt import Attempt
from app.sync.ledger import Watermark
from app.sync.watermark import STAMP, TEXT_FORMATS, Cursor, clock_for, python_format, written
from app.warehouse import Cursor as DuckCursor

# A time, in UTC where it is an instant, without what is below a microsecond: DuckDB's own cast would round it up.
MICROSECONDS = "make_timestamp(epoch_us({c}))"
# {v}: the column as text that sorts as the column does; {sane}: it is a value of its kind, not after the ceiling.
GREATEST = """
SELECT max({v}) FILTER ({sane}), count({v}) FILTER ({late}), count(*) FILTER ({odd}), any_value({v}) FILTER ({odd})
FROM {table}
"""


@dataclass(frozen=True)
class Mark:
    """``value`` None: no row had one. ``warnings`` are sentences for the run."""

    value: str | None
    warnings: list[str]


def greatest(attempt: Attempt, cursor: Cursor, table: str) -> Mark:
    """Over the rows read in this run, which are in ``table``: never a MAX over Oracle or over our whole table."""
    duck = attempt.duck
    cursor = with_format(duck, cursor, table)
    ceiling = cursor.ceiling(clock_for(cursor, attempt.wall, attempt.utc, attempt.target.timezone))
    if cursor.kind == "text" and ceiling is not None and cursor.format:
        return _of_text(duck, cursor, table, ceiling)
    if cursor.kind == "timestamp" and ceiling is not None:
        return _of_time(duck, cursor, table, ceiling)
    row = duck.execute(f"SELECT CAST(max({quoted(cursor.name)}) AS VARCHAR) FROM {table}").fetchone()
    return Mark(row[0] if row else None, [])


def left(attempt: Attempt, table: str) -> Watermark:
    """What a run over all rows, which are in ``table``, leaves as the watermark; what was odd about it is noted."""
    if attempt.cursor is None:
        return Watermark(None, None)
    return Watermark(attempt.cursor.column, noted(attempt, attempt.cursor, table))


def noted(attempt: Attempt, cursor: Cursor, table: str) -> str | None:
    """The greatest value as ``greatest`` finds it; its warnings are notes of the run."""
    mark = greatest(attempt, cursor, table)
    for warning in mark.warnings:
        attempt.job.report.note(warning)
    return mark.value


def with_format(duck: DuckCursor, cursor: Cursor, table: str) -> Cursor:
    """A text cursor without a declared format gets the one that most of its values have, if any."""
    if cursor.kind != "text" or cursor.format:
        return cursor
    c = quoted(cursor.name)
    counts = ", ".join(f"count(*) FILTER ({_has_format(c, each)})" for each in TEXT_FORMATS)
    row = duck.execute(f"SELECT {counts} FROM {table}").fetchone() or ()
    most = max(zip(row, TEXT_FORMATS, strict=True), key=lambda pair: pair[0])
    return replace(cursor, format=most[1]) if most[0] else cursor


def _has_format(c: str, oracle_format: str) -> str:
    pattern = python_format(oracle_format).replace("'", "''")
    return f"coalesce(strftime(try_strptime({c}, '{pattern}'), '{pattern}') = {c}, false)"


def _of_text(duck: DuckCursor, cursor: Cursor, table: str, ceiling: str) -> Mark:
    c = quoted(cursor.name)
    fits = _has_format(c, cursor.format or "")
    row = duck.execute(
        GREATEST.format(
            v=c,
            table=table,
            sane=f"{fits} AND {c} <= $top",
            late=f"{fits} AND {c} > $top",
            odd=f"{c} IS NOT NULL AND NOT {fits}",
        ),
        {"top": ceiling},
    ).fetchone()
    return _mark(cursor, row or (None, 0, 0, None), ceiling)


def _of_time(duck: DuckCursor, cursor: Cursor, table: str, ceiling: str) -> Mark:
    c = MICROSECONDS.format(c=quoted(cursor.name))
    top = "CAST($top AS TIMESTAMP)"
    row = duck.execute(
        GREATEST.format(v=c, table=table, sane=f"{c} <= {top}", late=f"{c} > {top}", odd="false"), {"top": ceiling}
    ).fetchone() or (None, 0, 0, None)
    value = written(row[0], STAMP) if row[0] else None
    return _mark(cursor, (value, *row[1:]), ceiling)


def _mark(cursor: Cursor, row: tuple[str | None, int, int, str | None], ceiling: str) -> Mark:
    value, late, odd, example = row
    warnings = []
    if late:
        warnings.append(
            f"{late} rows have a {cursor.column} after Oracle's clock ({ceiling}); the watermark stays below it."
        )
    if odd:
        warnings.append(f"{odd} rows have a {cursor.column} that is not {cursor.format}, such as {example!r}.")
    return Mark(value or (ceiling if late else None), warnings)
