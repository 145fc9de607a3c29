"""Many rows at once, made by DuckDB with Oracle's bytes beside the values: for sample data, tests and benchmarks."""

from __future__ import annotations

from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.objects import ColumnDef, Table
from app.demo.engine.types import DATE, OraType


def number_sql(sql: str, precision: int, scale: int) -> str:
    """SQL of a NUMBER's bytes with their length, from a DECIMAL or integer of up to 18 digits; NULL is a zero byte."""
    even = scale + scale % 2
    exact = sql if precision + even < 18 else f"CAST({sql} AS DECIMAL(38,{scale}))"  # room to multiply
    whole = f"CAST(abs({exact}) * {10**even} AS BIGINT)" if even else f"CAST(abs({sql}) AS BIGINT)"
    width = max(1, -(-(precision + even - scale) // 2))
    return f"number_{width}({whole}, {sql} < 0, {even // 2})"


def _install_number(storage: Any, width: int) -> None:
    """Macros for numbers of at most ``width`` pairs: the pairs in one integer, cut at both ends, in hexadecimal."""
    kind = "BIGINT" if width < 8 else "HUGEINT"
    pairs = " ".join(f"WHEN v < {100**n} THEN {n}" for n in range(1, width))
    zeros = " ".join(f"WHEN v % {100**n} = 0 THEN {n}" for n in range(width - 1, 0, -1))
    pairs, zeros = (f"CASE {pairs} ELSE {width} END", f"CASE {zeros} ELSE 0 END") if pairs else ("1", "0")
    for way, pair in (("up", "v // {} % 100 + 1"), ("down", "101 - v // {} % 100")):
        sums = " + ".join(f"(({pair.format(100**n)})::{kind} << {8 * n})" for n in range(width))
        storage.run(
            f"CREATE OR REPLACE MACRO pairs_{way}_{width}(v, n, z) AS "
            f"lpad(to_hex((({sums}) >> (8 * z)) & ((1::{kind} << (8 * (n - z))) - 1)), 2 * (n - z), '0')"
        )
    storage.run(
        f"CREATE OR REPLACE MACRO number_{width}_cut(v, negative, s, n, z) AS CASE WHEN v IS NULL THEN '\\x00'::BLOB "
        "WHEN v = 0 THEN '\\x01\\x80'::BLOB WHEN negative THEN unhex(lpad(to_hex("
        f"((n - z + 2) * 256 + 63 + s - n)::BIGINT), 4, '0') || pairs_down_{width}(v, n, z) || '66') "
        f"ELSE unhex('0' || to_hex(((n - z + 1) * 256 + 192 - s + n)::BIGINT) || pairs_up_{width}(v, n, z)) END"
    )
    cut = f"number_{width}_cut(v, negative, s, {pairs}, {zeros})"
    storage.run(f"CREATE OR REPLACE MACRO number_{width}(v, negative, s) AS {cut}")


def install(storage: Any) -> None:
    """The macros that encode in SQL."""
    storage.run("CREATE OR REPLACE MACRO one_byte(n) AS unhex(lpad(to_hex(n::UTINYINT), 2, '0'))")
    for width in range(1, 10):
        _install_number(storage, width)
    storage.run(
        "CREATE OR REPLACE MACRO date_wire(d) AS CASE WHEN d IS NULL THEN '\\x00'::BLOB ELSE '\\x07'::BLOB || "
        "date_bytes(d) END".replace("date_bytes(d)", _DATE)
    )
    storage.run(
        "CREATE OR REPLACE MACRO stamp_wire(d) AS CASE WHEN d IS NULL THEN '\\x00'::BLOB "
        f"WHEN epoch_us(d) % 1000000 = 0 THEN '\\x07'::BLOB || {_DATE} ELSE '\\x0B'::BLOB || {_DATE} || "
        "unhex(lpad(to_hex((epoch_us(d) % 1000000 * 1000)::UINTEGER), 8, '0')) END"
    )
    storage.run(
        "CREATE OR REPLACE MACRO text_wire(s) AS CASE WHEN s IS NULL OR s = '' THEN '\\x00'::BLOB "
        "ELSE one_byte(strlen(s)) || encode(s) END"
    )


_DATE = (
    "unhex(to_hex((((((((year(d) // 100 + 100) * 256 + year(d) % 100 + 100) * 256 + month(d)) * 256 + day(d)) * 256 + "
    "hour(d) + 1) * 256 + minute(d) + 1) * 256 + second(d) + 1)::BIGINT))"
)


def wire_sql(column: ColumnDef, sql: str) -> str:
    """SQL of a value's bytes for the types that ``load`` takes."""
    if column.type.rep == "decimal" and column.type.digits:
        return number_sql(sql, *column.type.digits)
    if column.type.name == "DATE":
        return f"date_wire({sql})"
    if column.type.rep == "moment":
        return f"stamp_wire({sql})"
    return f"text_wire({sql})"


def load(database: Any, table: Table, select: str, rows: int) -> None:
    """Fill a table from ``SELECT i, <one column for each of the table's, named as they are> …`` in DuckDB.

    Decimals of at most 18 digits, DATE, TIMESTAMP(0-6) and short text; committed at once.
    """
    parts = ["i"]
    for column in table.columns:
        name = '"' + column.name.replace('"', '""') + '"'
        parts += _stored(column, name)
    install(database.storage)
    with database.storage.lock:
        scn = database.clock.advance()
        database.storage.generate(table, f"SELECT {', '.join(parts)} FROM ({select})", rows, scn)
        table.touched = scn
        table.analyzed = (rows, database.clock.now())
        table.pinned = None
        database.catalog.changed()


def _stored(column: ColumnDef, name: str) -> list[str]:
    place = column.place
    if column.type.rep == "number":
        wire = number_sql(f"CAST({name} AS DECIMAL(18,6))", 14, 6)
        value = f"CASE WHEN {name} IS NULL THEN NULL ELSE ({wire})[2:] END"
        return [f"{value} AS c{place}", f"{wire} AS w{place}", f"CAST({name} AS DOUBLE) AS x{place}"]
    value = f"CAST({name} AS {column.type.duck})"
    return [f"{value} AS c{place}"] + ([f"{wire_sql(column, value)} AS w{place}"] if column.wired else [])


def fill(database: Any, table: Table, rows: int, seed: int) -> None:
    """``rows`` made-up rows for any table of types that ``load`` takes. Raises ORA-03001 for others."""
    parts = ["i"]
    first = table.next_row
    for column in table.columns:
        made = _made_up(column.type, first, seed + column.place)
        if made is None:
            raise ora(3001, f"DEMO.GENERATE of {column.type}")
        name = '"' + column.name.replace('"', '""') + '"'
        key = table.primary is not None and column.name in table.primary.columns
        parts.append(f"{_key(column.type, first) if key else made} AS {name}")
    load(database, table, f"SELECT {', '.join(parts)} FROM range({rows}) r(i)", rows)


def _key(kind: OraType, first: int) -> str:
    if kind.text:
        return f"lpad((i + {first})::VARCHAR, {min(kind.length or 10, 14)}, '0')"
    return f"(i + {first})" if kind.rep == "decimal" else f"TIMESTAMP '2026-01-01' + to_seconds(i + {first})"


def _made_up(kind: OraType, first: int, seed: int) -> str | None:
    dice = f"(hash(i + {first}, {seed}) % 1000000000)"
    if kind.rep == "decimal" and kind.digits and kind.digits[0] <= 18:
        precision, scale = kind.digits
        most = min(precision, 9)
        return (
            f"CAST(({dice} % {10**most}) AS DECIMAL(38,0)) / {10 ** min(scale, most)}"
            if scale
            else f"({dice} % {10**most})"
        )
    if kind == DATE or kind.rep == "moment":
        return f"TIMESTAMP '2026-01-01' + to_seconds({dice} % 25000000)"
    if kind.text and kind.length:
        return f"left('{kind.length}-' || {dice}, {kind.length})"
    return None
