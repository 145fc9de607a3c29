"""Staging in DuckDB: made empty, filled, its types settled by its values, then swapped in or merged."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import DoesNotFit, KeyNotUnique
from app.schemas.names import quoted, same, staging
from app.sync.columns import Plan
from app.sync.control import Control
from app.sync.exact import joined, narrowest
from app.warehouse import Cursor, Error

DELETED = "_deleted_at"
SHORT = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}  # as DuckDB lists a type, and as we write it
WHOLE = re.compile(r"(TINY|SMALL|BIG|HUGE)INT|INTEGER|DECIMAL\(\d+,0\)")
MOST_BITS = 1 << 27  # 16 MB for each thread
TEMPORARY = "temp"  # the schema of what is one connection's alone
# Digits of Oracle's TM9 text: `.5`, `-12`, `1.0E-130`. What has an exponent needs more than 64 places.
NUMBER_SHAPE = """
SELECT count({c}), coalesce(max(length(ltrim(split_part(ltrim({c}, '-'), '.', 1), '0'))), 0),
       coalesce(max(length(split_part({c}, '.', 2))), 0), count(*) FILTER (contains({c}, 'E')),
       coalesce(bool_and(try_cast({c} AS BIGINT) IS NOT NULL), true), max_by({c}, length({c})),
       any_value({c}) FILTER (contains({c}, 'E'))
FROM {table}
"""
TOO_FINE = "SELECT any_value({c}) FROM {table} WHERE {c} IS NOT NULL AND NOT ({fits})"


def place(table: str, schema: str = "main") -> str:
    """A table as SQL names it."""
    return f"{quoted(schema)}.{quoted(table)}"


def make(cursor: Cursor, table: str, plans: list[Plan], schema: str = "main") -> str:
    """An empty staging table, whatever was left of an earlier one; its SQL name."""
    made = place(staging(table), schema)
    cursor.execute(f"DROP TABLE IF EXISTS {made}")
    columns = ", ".join(f"{quoted(plan.name)} {plan.stage}" for plan in plans)
    cursor.execute(f"CREATE {'TEMP ' if schema == TEMPORARY else ''}TABLE {made} ({columns})")
    return made


def drop(cursor: Cursor, table: str, schema: str = "main") -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {place(staging(table), schema)}")


def settle(cursor: Cursor, table: str, plans: list[Plan], known: dict[str, str]) -> dict[str, str]:
    """Give every column that was staged as text its exact type. The types of all columns, by name.

    ``known`` are the types the table has already: a column gets what holds both. Raises DoesNotFit.
    """
    types: dict[str, str] = {}
    for plan in plans:
        types[plan.name] = _settled(cursor, table, plan, known.get(plan.name)) if plan.settle else plan.final or ""
    return types


def _settled(cursor: Cursor, table: str, plan: Plan, known: str | None) -> str:
    if plan.settle == "number":
        return _settle_number(cursor, table, plan, known)
    fits, value = CHECKS[plan.settle]
    _refuse_misfits(cursor, table, plan, fits.format(c=quoted(plan.name)))
    _alter(cursor, table, plan, plan.final or "", value.format(c=quoted(plan.name)))
    return plan.final or ""


# What must hold of a text for it to be exact, and how it becomes the value.
CHECKS = {
    "nanoseconds": ("try_cast({c} AS TIMESTAMP_NS) IS NOT NULL", "CAST({c} AS TIMESTAMP_NS)"),
    "utc": ("right({c}, 3) = '000'", "CAST(left({c}, 26) AS TIMESTAMP) AT TIME ZONE 'UTC'"),
    "interval": (
        "{c} * 1000000 = trunc({c} * 1000000)",
        (
            "to_days(CAST(trunc({c} / 86400) AS INTEGER))"
            " + to_microseconds(CAST(({c} - 86400 * trunc({c} / 86400)) * 1000000 AS BIGINT))"
        ),
    ),
}


def _settle_number(cursor: Cursor, table: str, plan: Plan, known: str | None) -> str:
    c = quoted(plan.name)
    row = cursor.execute(NUMBER_SHAPE.format(c=c, table=table)).fetchone()
    count, whole, fraction, exponents, integers, longest, exponent = row or (0, 0, 0, 0, True, None, None)
    fitting = plan.final or _number_type(count, whole, fraction, integers, known)
    if exponents or fitting is None:
        raise DoesNotFit(column=plan.name, value=exponent or longest, override="VARCHAR/DOUBLE")
    if plan.final:
        same_value = f"try_cast({c} AS {plan.final}) IS NOT NULL AND {_fraction_fits(c, plan.final)}"
        _refuse_misfits(cursor, table, plan, same_value)
    _alter(cursor, table, plan, fitting, f"CAST({c} AS {fitting})")
    return fitting


def _number_type(count: int, whole: int, fraction: int, integers: bool, known: str | None) -> str | None:
    if not count:
        return known or "BIGINT"
    found = narrowest(whole, fraction, bool(integers))
    return joined(known, found) if known and found else found


def _fraction_fits(c: str, wanted: str) -> str:
    scale = int(wanted.rstrip(")").partition(",")[2] or 0)
    return f"length(split_part({c}, '.', 2)) <= {scale}"


def _refuse_misfits(cursor: Cursor, table: str, plan: Plan, fits: str) -> None:
    row = cursor.execute(TOO_FINE.format(c=quoted(plan.name), table=table, fits=fits)).fetchone()
    if row and row[0] is not None:
        overrides = "TIMESTAMP or VARCHAR" if plan.settle == "nanoseconds" else "VARCHAR"
        raise DoesNotFit(column=plan.name, value=row[0], override=overrides)


def _alter(cursor: Cursor, table: str, plan: Plan, wanted: str, value: str) -> None:
    cursor.execute(f"ALTER TABLE {table} ALTER {quoted(plan.name)} TYPE {wanted} USING ({value})")


def count(cursor: Cursor, table: str, condition: str = "true") -> int:
    row = cursor.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()
    return int(row[0]) if row else 0


def refuse_doubled_keys(cursor: Cursor, table: str, key: list[str]) -> None:
    """Raises KeyNotUnique. NULL counts as a value, as it does in every comparison of keys here."""
    if len(key) == 1 and _all_different(cursor, table, quoted(key[0])):
        return
    columns = ", ".join(quoted(name) for name in key)
    row = cursor.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY {columns} HAVING count(*) > 1)"
    ).fetchone()
    if row and row[0]:
        raise KeyNotUnique(key=", ".join(key), count=row[0])


def _all_different(cursor: Cursor, table: str, c: str) -> bool:
    """Whether whole numbers that lie close together differ; False says only that this is not the way to tell.

    A bit a number takes a tenth of the time that groups take, and none of the memory they take of ten million rows.
    """
    kind = cursor.execute(f"SELECT typeof({c}) FROM {table} LIMIT 1").fetchone()
    if kind is None or not WHOLE.fullmatch(kind[0]):
        return False
    bounds = f"SELECT count(*), count({c}), min({c}), max({c}) FROM {table}"
    rows, some, low, high = cursor.execute(bounds).fetchall()[0]
    if some < rows or not rows <= high - low + 1 <= MOST_BITS:
        return False
    bits = f"bitstring_agg(CAST({c} - ({low}) AS BIGINT), 0::BIGINT, {high - low}::BIGINT)"
    return cursor.execute(f"SELECT bit_count({bits}) FROM {table}").fetchone() == (rows,)


def matched(left: str, right: str, key: list[str]) -> str:
    """The condition that two rows have the same key."""
    return " AND ".join(f"{left}.{quoted(name)} IS NOT DISTINCT FROM {right}.{quoted(name)}" for name in key)


COMMITTING = threading.Lock()


@contextmanager
def transaction(cursor: Cursor, control: Control) -> Iterator[None]:
    """All of it or nothing. One at a time in this process: two could refuse each other.

    A run that is paused does not begin it, one that is stopped raises Stopped.
    """
    while not _my_turn(control):
        control.check()
    try:
        with long_transaction(cursor):
            yield
    finally:
        COMMITTING.release()


def _my_turn(control: Control) -> bool:
    if not COMMITTING.acquire(timeout=0.1):
        return False
    free = control.free
    if not free:
        COMMITTING.release()
    return free


@contextmanager
def long_transaction(cursor: Cursor) -> Iterator[None]:
    """The same beside others: for rows that only this run touches."""
    cursor.execute("BEGIN TRANSACTION")
    try:
        yield
        cursor.execute("COMMIT")
    except BaseException:
        roll_back(cursor)
        raise


def roll_back(cursor: Cursor) -> None:
    """Also after a COMMIT that failed, which has rolled back by itself."""
    try:
        cursor.execute("ROLLBACK")
    except Error:
        return


def types(cursor: Cursor, table: str, schema: str = "main") -> dict[str, str]:
    """The columns of a table and their types, spelled as our plans do; empty when there is no such table."""
    sql = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = ? ORDER BY column_index"
    found = cursor.execute(sql, [schema]).fetchall()
    return {name: SHORT.get(kind, kind) for owner, name, kind in found if same(owner, table)}


def alive(cursor: Cursor, table: str) -> str:
    """The condition that a row is not marked as deleted."""
    return f"{quoted(DELETED)} IS NULL" if DELETED in types(cursor, table) else "true"


def changed(cursor: Cursor, sql: str, values: list[object] | None = None) -> int:
    """Run INSERT, UPDATE or DELETE; how many rows it touched."""
    row = cursor.execute(sql, values or []).fetchone()
    return int(row[0]) if row else 0
