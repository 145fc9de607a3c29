"""Rows in DuckDB: each version lives from one SCN to another.

A table ``t<id>`` has ``r`` (row id), ``f`` and ``t`` (from and to SCN, or an open transaction's own number), and for
each column ``c<n>`` (what DuckDB computes with), ``w<n>`` (Oracle's bytes with their length) and, for numbers that no
DECIMAL holds, ``x<n>`` (a double, for arithmetic).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from app.demo.engine.clock import ALIVE
from app.demo.engine.codec import cells
from app.demo.engine.codec.rowid import ROWS_IN_BLOCK, place
from app.demo.engine.objects import ColumnDef, Table

# Which versions a reader sees: committed by $scn or its own ($lo..$hi), and not yet gone for it.
SEEN = "(f <= {scn} OR f BETWEEN {lo} AND {hi}) AND t > {scn} AND NOT (t BETWEEN {lo} AND {hi})"
# The newest version of each row, committed or not.
NEWEST = f"(t = {ALIVE} OR t >= {1 << 61})"
_CHUNK = 20000


def column_sql(column: ColumnDef) -> str:
    """The DuckDB columns of one Oracle column."""
    parts = [f"c{column.place} {column.type.duck}"]
    if column.wired:
        parts.append(f"w{column.place} BLOB")
    if column.type.rep == "number":
        parts.append(f"x{column.place} DOUBLE")
    return ", ".join(parts)


def stored(column: ColumnDef) -> list[str]:
    """The names of those columns."""
    names = [f"c{column.place}"]
    if column.wired:
        names.append(f"w{column.place}")
    if column.type.rep == "number":
        names.append(f"x{column.place}")
    return names


class Storage:
    """The DuckDB database. Writers hold ``lock``; each thread works on a cursor of its own."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:", config={"enable_external_access": "false"})
        for setting in ("SET threads = 2", "SET TimeZone = 'UTC'", "SET preserve_insertion_order = true",
                        "SET default_null_order = 'nulls_last'", "SET python_enable_replacements = false",
                        "SET enable_progress_bar = false"):  # fmt: skip
            self.connection.execute(setting)
        self.connection.execute("CREATE MACRO floor_div(a, b) AS (a - ((a % b) + b) % b) // b")
        self.lock = threading.RLock()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the same rows."""
        with self.lock:
            return self.connection.cursor()

    def create(self, table: Table) -> None:
        """An empty DuckDB table for it."""
        columns = "".join(f", {column_sql(column)}" for column in table.columns if column.virtual is None)
        self.run(f"CREATE TABLE {table.duck} (r BIGINT, f BIGINT, t BIGINT{columns})")

    def drop(self, table: Table) -> None:
        """Its rows are gone."""
        self.run(f"DROP TABLE IF EXISTS {table.duck}")

    def add_column(self, table: Table, column: ColumnDef) -> None:
        """A new column, NULL in every row."""
        for part in column_sql(column).split(", ") if column.type.rep != "decimal" else _decimal_parts(column):
            default = " DEFAULT '\\x00'::BLOB" if part.startswith("w") else ""
            self.run(f"ALTER TABLE {table.duck} ADD COLUMN {part}{default}")

    def drop_column(self, table: Table, column: ColumnDef) -> None:
        """One column less."""
        for name in stored(column):
            self.run(f"ALTER TABLE {table.duck} DROP COLUMN {name}")

    def run(self, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement on the shared connection and bring everything."""
        with self.lock:
            return self.connection.execute(sql, parameters or []).fetchall()

    def insert(self, table: Table, rows: Sequence[Sequence[Any]], mark: int, columns: Sequence[ColumnDef]) -> list[int]:
        """New rows of Python values in the order of ``columns`` under the number ``mark``; their row ids."""
        first = table.next_row
        table.next_row += len(rows)
        ids = [place(table.data, first + index) for index in range(len(rows))]
        self.versions(table, ids, rows, mark, columns)
        return ids

    def versions(
        self, table: Table, ids: Sequence[int], rows: Sequence[Sequence[Any]], mark: int, columns: Sequence[ColumnDef]
    ) -> None:
        """Row versions with these ids, alive from ``mark``."""
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            names, slots, lists = ["r", "f", "t"], ["unnest(?::BIGINT[])", str(mark), str(ALIVE)], []
            lists.append(list(ids[start : start + _CHUNK]))
            for index, column in enumerate(columns):
                for name, slot, values in shapes_of(column, [row[index] for row in part]):
                    names.append(name)
                    slots.append(slot)
                    lists.append(values)
            self.run(f"INSERT INTO {table.duck} ({', '.join(names)}) SELECT {', '.join(slots)}", lists)

    def generate(self, table: Table, sql: str, rows: int, mark: int) -> None:
        """Many rows at once from SQL that yields all stored columns by name and ``i`` from 0."""
        names = [name for column in table.columns if column.virtual is None for name in stored(column)]
        number = f"(i + {table.next_row})"
        rowid = f"{table.data << 40} + (({number} // {ROWS_IN_BLOCK}) << 16) + {number} % {ROWS_IN_BLOCK}"
        self.run(
            f"INSERT INTO {table.duck} (r, f, t, {', '.join(names)}) "
            f"SELECT {rowid}, {mark}, {ALIVE}, {', '.join(names)} FROM ({sql}) ORDER BY i"
        )
        table.next_row += rows


def _decimal_parts(column: ColumnDef) -> list[str]:
    return [f"c{column.place} {column.type.duck}"] + ([f"w{column.place} BLOB"] if column.wired else [])


def shapes_of(column: ColumnDef, values: list[Any]) -> Iterable[tuple[str, str, list[Any]]]:
    """(DuckDB column, SELECT slot, values) for each stored column."""
    rep = column.type.rep
    given = cells.PARAMETER.get(rep, column.type.duck)
    slot = f"unnest(?::{given}[])"
    slot = {"decimal": f"{slot}::{column.type.duck}", "moment": f"make_timestamp({slot})"}.get(rep, slot)
    yield f"c{column.place}", slot, [cells.to_duck(value, rep) for value in values]
    if column.wired:
        encode = cells.encoder(column.type)
        yield f"w{column.place}", "unnest(?::BLOB[])", [cells.clr(encode(value)) for value in values]
    if rep == "number":
        yield f"x{column.place}", "unnest(?::DOUBLE[])", [None if value is None else float(value) for value in values]
