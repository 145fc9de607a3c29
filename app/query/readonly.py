"""The guarded reader: one SELECT or EXPLAIN of a user, checked, in a READ ONLY transaction, within row and byte limits.

Layers (facts, "Read-only SQL that holds"): one statement of the right type; its parsed tree against lists of tables
and functions; the transaction; the connection's own locks (``warehouse``); the memory ceiling (``memory``). Time is
the caller's: ``Warehouse.call`` interrupts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.errors import QueryFailed
from app.query import allowed, catalog
from app.query.export import parquet
from app.query.memory import MemoryGuard
from app.query.tokens import split
from app.query.values import json_value, shown, unique_names
from app.schemas.names import folded, quoted
from app.schemas.tables import ColumnInfo, Rows
from app.warehouse import Cursor, Statement, tokens

BATCH, BYTES, CELL, COLUMNS = 200, 16_000_000, 100_000, 2000


def answer(cursor: Cursor, text: str, limit: int, memory: MemoryGuard) -> Rows:
    """The rows of the statement, at most ``limit`` and 16 MB; ``truncated`` when there are more or a cell was cut.

    Raises SqlRefused for what is not allowed and QueryFailed, in DuckDB's words, for what does not work.
    """
    with _checked(cursor, text, memory) as (body, explain):
        return _explained(cursor, body, explain) if explain else _selected(cursor, body, limit)


def copy(cursor: Cursor, text: str, limit: int, memory: MemoryGuard, file: Path) -> None:
    """The first ``limit`` rows, types and all, as the Parquet ``file``. Raises as ``answer`` does."""
    with _checked(cursor, text, memory) as (body, explain):
        if explain:
            raise allowed.refuse("a plan is no table")
        names = ", ".join(quoted(info.name) for info in _described(cursor, body))
        cursor.execute(parquet(f"SELECT * FROM (\n{body}\n) AS q({names}) LIMIT {limit}", file))


@contextmanager
def _checked(cursor: Cursor, text: str, memory: MemoryGuard) -> Iterator[tuple[str, str]]:
    """The statement's SELECT and EXPLAIN's words, both checked; what runs inside can write to no table."""
    allowed.check_text(text)
    with memory.held():
        try:
            parsed = _parsed(cursor, text)
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            yield parsed
        except RecursionError:
            raise allowed.refuse("it nests too deeply, or adds up too many parts") from None
        except MemoryError:
            raise QueryFailed(reason="it needs more memory than there is") from None


def _parsed(cursor: Cursor, text: str) -> tuple[str, str]:
    """(the SELECT, without what may not stand in a subquery; EXPLAIN's own words or nothing), both checked."""
    explain, body, words = split(text, tokens)
    allowed.check_words(words)
    statements = cursor.extract_statements(text)
    if len(statements) != 1:
        raise allowed.refuse("write exactly one statement")
    if _kind(statements[0]) not in ("SELECT", "EXPLAIN"):
        raise allowed.refuse("only SELECT and EXPLAIN are run; PIVOT needs its values listed with IN")
    tables = {(table.schema, folded(table.name)): table.columns for table in catalog.listed(cursor)}
    database = cursor.execute("SELECT current_database()").fetchall()[0][0]

    def readable(catalog_name: str, schema: str, name: str) -> int:
        ours = folded(catalog_name) in ("", folded(database))
        return tables.get((folded(schema) or "main", folded(name)), 0) if ours else 0

    allowed.check_tree(_tree(cursor, body), readable)
    return body, explain


def _kind(statement: Statement) -> str:
    """SELECT, EXPLAIN … ; the client (DuckDB 2.0) has no name for some of its own statements, UPDATE EXTENSIONS say."""
    try:
        return statement.type.name
    except ValueError:
        return ""


def _tree(cursor: Cursor, text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(cursor.execute("SELECT json_serialize_sql(?)", [text]).fetchall()[0][0])
    if found.get("error") or len(found.get("statements", [])) != 1:
        if found.get("error_type") in ("parser", "syntax"):
            raise QueryFailed(reason=str(found.get("error_message")).partition("\n")[0])
        raise allowed.refuse("only one plain SELECT, or EXPLAIN of one, is run")
    statement: dict[str, Any] = found["statements"][0]
    return statement


def _explained(cursor: Cursor, body: str, explain: str) -> Rows:
    plan = cursor.execute(f"{explain} {body}").fetchall()
    rows = [{"plan": line} for line in "\n".join(str(row[-1]) for row in plan).splitlines()]
    return Rows(columns=[ColumnInfo(name="plan", type="VARCHAR")], rows=list(rows), row_count=len(rows))


def _described(cursor: Cursor, body: str) -> list[ColumnInfo]:
    """The columns, each under a name of its own. DESCRIBE binds without running."""
    described = cursor.execute(f"DESCRIBE (\n{body}\n)").fetchall()  # the newline ends a comment in the last line
    if len(described) > COLUMNS:
        raise allowed.refuse(f"it has more than {COLUMNS} columns")
    names = unique_names(str(row[0]) for row in described)
    return [ColumnInfo(name=name, type=str(row[1])) for name, row in zip(names, described, strict=True)]


def _selected(cursor: Cursor, body: str, limit: int) -> Rows:
    infos = _described(cursor, body)
    kinds = [info.type for info in infos]
    inner = [quoted(f"c{index}") for index in range(len(kinds))]
    select = ", ".join(_cut(shown(name, kind), kind) for name, kind in zip(inner, kinds, strict=True))
    cursor.execute(f"SELECT {select} FROM (\n{body}\n) AS q({', '.join(inner)}) LIMIT {limit + 1}")
    rows, more = fetched(cursor, [info.name for info in infos], limit, BYTES, cell=CELL)
    return Rows(columns=infos, rows=rows, row_count=len(rows), truncated=more)


def _cut(expression: str, kind: str) -> str:
    """Cells come at most a character longer than is shown, so that none of gigabytes ever reaches Python."""
    fixed = kind in ("BOOLEAN", "DOUBLE", "FLOAT") or kind.endswith(("INTEGER", "SMALLINT", "TINYINT"))
    return expression if fixed else f"left({expression}, {CELL + 1})"


def fetched(
    cursor: Cursor, names: list[str], limit: int, most_bytes: int, cell: int | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """At most ``limit`` rows of the executed statement as objects, and whether there is more than they hold."""
    rows: list[dict[str, Any]] = []
    size, more = 0, False
    while batch := cursor.fetchmany(BATCH):
        for values in batch:
            if len(rows) == limit or size > most_bytes:
                return rows, True
            size += sum(len(value) if isinstance(value, str) else 8 for value in values)
            if cell is not None and any(isinstance(value, str) and len(value) > cell for value in values):
                more, values = True, tuple(v[:cell] if isinstance(v, str) else v for v in values)
            rows.append(dict(zip(names, map(json_value, values), strict=True)))
    return rows, more
