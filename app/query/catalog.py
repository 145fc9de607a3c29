"""Which tables there are, as DuckDB lists them: names, columns, rows, bytes; one statement whatever their number."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import TableNotFound
from app.query.filters import Columns
from app.schemas.names import folded, hidden, quoted
from app.warehouse import Cursor

PREVIEW = "preview"
TABLES = """
    SELECT schema_name, table_name, table_oid, estimated_size, column_count FROM duckdb_tables()
    WHERE NOT internal AND NOT temporary AND database_name = current_database() AND schema_name IN ('main', 'preview')
"""


@dataclass(frozen=True)
class Found:
    """A table in the warehouse. ``rows`` counts deleted rows too, until DuckDB has cleaned up."""

    schema: str
    name: str
    oid: int
    rows: int
    columns: int

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def listed(cursor: Cursor) -> list[Found]:
    """All user tables and previews; a sync's staging is nobody's to see."""
    return _seen(cursor, f"{TABLES} ORDER BY lower(table_name)")


def _seen(cursor: Cursor, sql: str, *values: str) -> list[Found]:
    return [Found(*row) for row in cursor.execute(sql, values).fetchall() if not hidden(row[1])]


def found(cursor: Cursor, name: str) -> Found:
    """The table of this name in main, else ``preview.name`` in preview. Raises TableNotFound."""
    schema, dot, rest = name.partition(".")
    # asked for by name: the list of 200 tables takes 7 ms; DuckDB's lower() folds more than we do
    named = f"{TABLES} AND lower(table_name) IN (lower(?), lower(?))"
    tables = {(table.schema, folded(table.name)): table for table in _seen(cursor, named, name, rest)}
    table = tables.get(("main", folded(name)))
    if table is None and dot and folded(schema) == PREVIEW:
        table = tables.get((PREVIEW, folded(rest)))
    if table is None:
        raise TableNotFound(name=name)
    return table


def columns_of(cursor: Cursor, table: Found) -> Columns:
    """The table's columns and their DuckDB types."""
    described = cursor.execute(f"SELECT * FROM {table.sql} LIMIT 0").description or []
    return Columns(table.name, {column[0]: str(column[1]) for column in described})


def counted(cursor: Cursor, tables: list[Found]) -> list[int]:
    """The exact rows of each table, read from its metadata in one statement."""
    if not tables:
        return []
    counts = (f"SELECT {index} AS n, count(*) AS c FROM {table.sql}" for index, table in enumerate(tables))
    return [row[1] for row in cursor.execute(f"{' UNION ALL '.join(counts)} ORDER BY n").fetchall()]


def stored_bytes(cursor: Cursor, table: Found) -> int:
    """The size of the table's blocks in the file; what is not yet checkpointed is not in it."""
    text = table.sql.replace("'", "''")
    blocks = f"SELECT count(DISTINCT block_id) FROM pragma_storage_info('{text}') WHERE block_id >= 0"
    row = cursor.execute(f"SELECT ({blocks}) * (SELECT block_size FROM pragma_database_size() LIMIT 1)").fetchone()
    return int(row[0]) if row else 0
