"""What DuckDB itself remembers of syncs, in schema `_sync`, because it must commit together with the rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.schemas.names import folded, hidden, quoted, staging
from app.schemas.sync import ResetDone
from app.schemas.tables import SchemaChange
from app.warehouse import Cursor

# Plain tables: a constraint or index would make concurrent commits of two tables collide.
SCHEMA = """
CREATE SCHEMA IF NOT EXISTS _sync;
CREATE SCHEMA IF NOT EXISTS preview;
CREATE TABLE IF NOT EXISTS _sync.watermarks (name VARCHAR, cursor_column VARCHAR, value VARCHAR, sync_id VARCHAR);
CREATE TABLE IF NOT EXISTS _sync.finished (
    sync_id VARCHAR, name VARCHAR, done_at TIMESTAMP, inserted BIGINT, deleted BIGINT, watermark VARCHAR);
CREATE TABLE IF NOT EXISTS _sync.chunks (
    sync_id VARCHAR, name VARCHAR, chunk INTEGER, row_count BIGINT, scn BIGINT);
CREATE TABLE IF NOT EXISTS _sync.cuts (
    name VARCHAR, sync_id VARCHAR, scn BIGINT, bounds VARCHAR, columns_read VARCHAR, resumed INTEGER);
CREATE TABLE IF NOT EXISTS _sync.columns (
    name VARCHAR, place INTEGER, column_name VARCHAR, oracle_type VARCHAR, duckdb_type VARCHAR);
CREATE TABLE IF NOT EXISTS _sync.schema_history (
    name VARCHAR, seen_at TIMESTAMP, column_name VARCHAR, change VARCHAR, was VARCHAR, became VARCHAR, sync_id VARCHAR);
CREATE TABLE IF NOT EXISTS _sync.previews (name VARCHAR, made_at TIMESTAMP);
"""
PREPARING = threading.Lock()
KEPT = ("watermarks", "columns", "schema_history", "chunks", "cuts")


@dataclass(frozen=True)
class Watermark:
    """How far a table has been read. ``cursor`` None: a full without a cursor; ``value`` None: no row had one."""

    cursor: str | None
    value: str | None


@dataclass(frozen=True)
class Finished:
    """A run whose rows are in the file, whatever the store knows of it."""

    sync_id: str
    inserted: int
    deleted: int
    watermark: str | None


@dataclass(frozen=True)
class KnownColumn:
    """A column as the last run left it."""

    name: str
    oracle_type: str
    duckdb_type: str


def prepare(cursor: Cursor) -> None:
    """Make what is not there yet. One run at a time: DuckDB refuses two that make the same thing."""
    with PREPARING:
        for statement in filter(str.strip, SCHEMA.split(";")):
            cursor.execute(statement)


def watermark(cursor: Cursor, name: str) -> Watermark | None:
    """None: no full has been done yet."""
    sql = "SELECT cursor_column, value FROM _sync.watermarks WHERE name = ?"
    row = cursor.execute(sql, [folded(name)]).fetchone()
    return Watermark(*row) if row else None


def watermarks(cursor: Cursor) -> dict[str, str | None]:
    """The watermark of each table, by its name as DuckDB compares it."""
    return dict(cursor.execute("SELECT name, value FROM _sync.watermarks").fetchall())


def set_watermark(cursor: Cursor, name: str, mark: Watermark, sync_id: str) -> None:
    """Inside the transaction that commits the rows."""
    cursor.execute("DELETE FROM _sync.watermarks WHERE name = ?", [folded(name)])
    values = [folded(name), mark.cursor, mark.value, sync_id]
    cursor.execute("INSERT INTO _sync.watermarks VALUES (?, ?, ?, ?)", values)


def finish(cursor: Cursor, name: str, done: Finished) -> None:
    """Inside the transaction that commits the rows: from here on the run has succeeded, come what may."""
    forget_chunks(cursor, name)
    values = [done.sync_id, folded(name), _now(), done.inserted, done.deleted, done.watermark]
    cursor.execute("INSERT INTO _sync.finished VALUES (?, ?, ?, ?, ?, ?)", values)


def forget_chunks(cursor: Cursor, name: str) -> None:
    """What staging holds is no part of a full any more: whoever makes or drops it says so, or rows would be lost."""
    for table in ("cuts", "chunks"):
        cursor.execute(f"DELETE FROM _sync.{table} WHERE name = ?", [folded(name)])


def finished(cursor: Cursor, sync_id: str) -> Finished | None:
    sql = "SELECT sync_id, inserted, deleted, watermark FROM _sync.finished WHERE sync_id = ?"
    row = cursor.execute(sql, [sync_id]).fetchone()
    return Finished(*row) if row else None


def columns(cursor: Cursor, name: str) -> list[KnownColumn]:
    """The columns as the last run left them, in order; empty for a table it does not know."""
    sql = "SELECT column_name, oracle_type, duckdb_type FROM _sync.columns WHERE name = ? ORDER BY place"
    return [KnownColumn(*row) for row in cursor.execute(sql, [folded(name)]).fetchall()]


def set_columns(cursor: Cursor, name: str, known: list[KnownColumn]) -> None:
    """Inside the transaction that commits the rows."""
    cursor.execute("DELETE FROM _sync.columns WHERE name = ?", [folded(name)])
    for place, column in enumerate(known):
        values = [folded(name), place, column.name, column.oracle_type, column.duckdb_type]
        cursor.execute("INSERT INTO _sync.columns VALUES (?, ?, ?, ?, ?)", values)


def record(cursor: Cursor, name: str, changes: list[SchemaChange], sync_id: str) -> None:
    """Inside the transaction that commits the rows."""
    for change in changes:
        values = [folded(name), _now(), change.column, change.change, change.before, change.after, sync_id]
        cursor.execute("INSERT INTO _sync.schema_history VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def history(cursor: Cursor, name: str) -> list[SchemaChange]:
    """The newest first."""
    what = "seen_at, column_name, change, was, became"
    sql = f"SELECT {what} FROM _sync.schema_history WHERE name = ? ORDER BY seen_at DESC"
    found = cursor.execute(sql, [folded(name)]).fetchall()
    return [
        SchemaChange(at=at.replace(tzinfo=UTC), column=column, change=change, before=before, after=after)
        for at, column, change, before, after in found
    ]


def reset(cursor: Cursor, name: str) -> ResetDone:
    """Clear the table's watermark and staging; its rows stay and the next run is a full."""
    prepare(cursor)
    known = watermark(cursor, name)
    cursor.execute("DELETE FROM _sync.watermarks WHERE name = ?", [folded(name)])
    forget_chunks(cursor, name)
    dropped = _drop_staging(cursor, lambda table: folded(table) == folded(staging(name)))
    return ResetDone(watermarks=[name] if known else [], staging=dropped)


def sweep(cursor: Cursor, busy: set[str]) -> ResetDone:
    """Drop staging tables that no run works on; ``busy`` holds the tables of those that do. No watermark is touched."""
    prepare(cursor)
    for (name,) in cursor.execute("SELECT name FROM _sync.cuts").fetchall():
        if name not in busy:
            forget_chunks(cursor, name)
    wanted = {folded(staging(name)) for name in busy}
    dropped = _drop_staging(cursor, lambda table: folded(table) not in wanted)
    return ResetDone(staging=dropped)


def forget(cursor: Cursor, name: str, drop: bool) -> None:
    """Remove what is known of a table; with ``drop`` the table as well."""
    reset(cursor, name)
    for table in KEPT:
        cursor.execute(f"DELETE FROM _sync.{table} WHERE name = ?", [folded(name)])
    if drop:
        cursor.execute(f"DROP TABLE IF EXISTS main.{quoted(name)}")


def exists(cursor: Cursor, name: str, schema: str = "main") -> bool:
    sql = "SELECT table_name FROM duckdb_tables() WHERE schema_name = ?"
    return any(folded(row[0]) == folded(name) for row in cursor.execute(sql, [schema]).fetchall())


def _drop_staging(cursor: Cursor, wanted: Callable[[str], bool]) -> list[str]:
    names = [
        row[0] for row in cursor.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'").fetchall()
    ]
    found = [name for name in names if hidden(name) and wanted(name)]
    for name in found:
        cursor.execute(f"DROP TABLE main.{quoted(name)}")
    return found


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def note_preview(cursor: Cursor, name: str, at: datetime) -> None:
    """Remember when the preview was made, so that it can go after a week."""
    cursor.execute("DELETE FROM _sync.previews WHERE name = ?", [folded(name)])
    cursor.execute("INSERT INTO _sync.previews VALUES (?, ?)", [folded(name), at.astimezone(UTC).replace(tzinfo=None)])


def finish_preview(cursor: Cursor, done: Finished) -> None:
    """A test has succeeded; the table's chunks, watermark and columns are none of its business."""
    values = [done.sync_id, None, _now(), done.inserted, done.deleted, None]
    cursor.execute("INSERT INTO _sync.finished VALUES (?, ?, ?, ?, ?, ?)", values)


def drop_old_previews(cursor: Cursor, before: datetime) -> list[str]:
    """Drop the previews made before that moment; their names."""
    limit = before.astimezone(UTC).replace(tzinfo=None)
    old = [row[0] for row in cursor.execute("SELECT name FROM _sync.previews WHERE made_at < ?", [limit]).fetchall()]
    for name in old:
        cursor.execute(f"DROP TABLE IF EXISTS preview.{quoted(name)}")
        cursor.execute("DELETE FROM _sync.previews WHERE name = ?", [name])
    return old
