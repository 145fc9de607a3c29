"""Oracle's own dictionary: which tables there are, which one a name means, what its columns and key are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.errors import AmbiguousTable, SourceNotFound
from app.oracle import Session
from app.schemas.sync import Source, SourceColumn, SourceTable
from app.sync.columns import OracleColumn, planned

Kind = Literal["table", "view"]


@dataclass(frozen=True)
class Found:
    owner: str
    table: str
    kind: Kind


@dataclass(frozen=True)
class Facts:
    """What the dictionary says of a table: ``rows`` and ``row_bytes`` are the last statistics', so approximate."""

    found: Found
    columns: list[OracleColumn]
    key: list[str]
    rows: int | None
    row_bytes: int | None


NAMED = (
    "SELECT owner, table_name, 'table', SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM all_tables"
    " WHERE table_name = :name UNION ALL"
    " SELECT owner, view_name, 'view', SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM all_views WHERE view_name = :name"
)
SYNONYM = (
    "SELECT table_owner, table_name FROM all_synonyms WHERE synonym_name = :name"
    " AND owner IN (SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'), 'PUBLIC')"
)
COLUMNS = (
    "SELECT c.column_name, c.data_type, c.data_length, c.data_precision, c.data_scale, c.nullable, m.comments"
    " FROM all_tab_columns c LEFT JOIN all_col_comments m"
    " ON m.owner = c.owner AND m.table_name = c.table_name AND m.column_name = c.column_name"
    " WHERE c.owner = :owner AND c.table_name = :name ORDER BY c.column_id"
)
KEY = (
    "SELECT l.column_name FROM all_constraints k JOIN all_cons_columns l"
    " ON l.owner = k.owner AND l.constraint_name = k.constraint_name"
    " WHERE k.owner = :owner AND k.table_name = :name AND k.constraint_type = 'P' ORDER BY l.position"
)
VISIBLE = (
    "SELECT t.owner, t.table_name, 'table', t.num_rows, m.comments FROM all_tables t"
    " LEFT JOIN all_tab_comments m ON m.owner = t.owner AND m.table_name = t.table_name"
    " UNION ALL SELECT v.owner, v.view_name, 'view', TO_NUMBER(NULL), m.comments FROM all_views v"
    " LEFT JOIN all_tab_comments m ON m.owner = v.owner AND m.table_name = v.view_name"
)
OWN = frozenset({"SYS", "SYSTEM", "XDB", "MDSYS", "CTXSYS", "OUTLN", "DBSNMP", "WMSYS", "ORDSYS", "ORDDATA", "OLAPSYS"})


def find(session: Session, name: str) -> Found:
    """The table a person means: exact spelling, then upper case; own schema, then synonym, then the only one there is.

    ``name`` may be ``OWNER.TABLE``. Raises SourceNotFound, AmbiguousTable with the candidates.
    """
    for spelled in dict.fromkeys((name, name.upper())):
        found = _whole(session, spelled) or _qualified(session, spelled)
        if found:
            return found
    raise SourceNotFound(reason=name)


def _whole(session: Session, name: str) -> Found | None:
    candidates = _named(session, name)
    mine = [found for found, own in candidates if found.owner == own]
    if mine or not candidates:
        return mine[0] if mine else _synonym(session, name)
    return _synonym(session, name) or _only(name, [found for found, _ in candidates])


def _only(name: str, candidates: list[Found]) -> Found:
    if len(candidates) > 1:
        listed = ", ".join(sorted(f"{found.owner}.{found.table}" for found in candidates))
        raise AmbiguousTable(name=name, candidates=listed)
    return candidates[0]


def _named(session: Session, name: str) -> list[tuple[Found, str]]:
    """Tables and views of exactly that name, each beside our own schema."""
    return [
        (Found(str(owner), str(table), "table" if kind == "table" else "view"), str(own))
        for owner, table, kind, own in session.rows(NAMED, {"name": name})
    ]


def _synonym(session: Session, name: str) -> Found | None:
    for owner, table in session.rows(SYNONYM, {"name": name}):
        found = _of_owner(session, str(owner), str(table))
        if found:
            return found
    return None


def _of_owner(session: Session, owner: str, table: str) -> Found | None:
    return next((found for found, _ in _named(session, table) if found.owner == owner), None)


def _qualified(session: Session, name: str) -> Found | None:
    """``OWNER.TABLE``, split at each dot in turn: names may hold dots themselves."""
    parts = name.split(".")
    for place in range(1, len(parts)):
        owner, table = ".".join(parts[:place]), ".".join(parts[place:])
        found = _of_owner(session, owner, table)
        if found:
            return found
    return None


def facts(session: Session, owner: str, table: str) -> Facts:
    """What the dictionary says of the table. Raises SourceNotFound when it shows no columns of it."""
    where = {"owner": owner, "name": table}
    columns = [_column(row) for row in session.rows(COLUMNS, where)]
    if not columns:
        raise SourceNotFound(reason=f"{owner}.{table}")
    key = [str(row[0]) for row in session.rows(KEY, where)]
    sql = "SELECT num_rows, avg_row_len FROM all_tables WHERE owner = :owner AND table_name = :name"
    sizes = session.rows(sql, where)
    rows, row_bytes = sizes[0] if sizes else (None, None)
    found = Found(owner, table, "table" if sizes else "view")
    return Facts(found, columns, key, _whole_number(rows), _whole_number(row_bytes))


def _column(row: tuple[object, ...]) -> OracleColumn:
    name, data_type, length, precision, scale, nullable, comment = row
    numbers = _whole_number(length) or 0, _whole_number(precision), _whole_number(scale)
    return OracleColumn(str(name), str(data_type), *numbers, nullable != "N", str(comment) if comment else None)


def _whole_number(value: object) -> int | None:
    return None if value is None else int(str(value))


def describe(session: Session, found: Found) -> Source:
    """The table as the pages propose it: DuckDB types, key, candidates for the cursor."""
    known = facts(session, found.owner, found.table)
    plans = [(column, planned(column)) for column in known.columns]
    columns = [
        SourceColumn(
            name=column.name,
            oracle_type=column.declared,
            duckdb_type=plan.shown if plan.copied else None,
            nullable=column.nullable,
            comment=column.comment,
            note=plan.note,
        )
        for column, plan in plans
    ]
    return Source(
        owner=found.owner,
        table=found.table,
        kind=found.kind,
        rows=known.rows,
        columns=columns,
        key=known.key,
        cursors=cursors(known.columns),
    )


def cursors(columns: list[OracleColumn]) -> list[str]:
    """Columns that could say what is new, the likeliest first: times named "changed", other times, texts."""
    return [column.name for column in sorted(columns, key=_unlikely) if _unlikely(column)[0] < 9]


TIMELY = ("TIME", "DATE", "일시")
CHANGED = ("UPD", "MOD", "CHG", "CHANGE", "LAST", "수정", "변경")


def _unlikely(column: OracleColumn) -> tuple[int, str]:
    name = column.name.upper()
    is_time = column.data_type == "DATE" or column.data_type.startswith("TIMESTAMP")
    timely = is_time or (
        column.data_type in ("VARCHAR2", "CHAR") and any(word in name for word in ("TIME", "DATE", "일시"))
    )
    if not timely:
        return 9, name
    return (0 if any(word in name for word in CHANGED) else 1) + (0 if is_time else 2), name


def visible(session: Session, search: str | None, limit: int, offset: int) -> tuple[list[SourceTable], int]:
    """Tables and views the login can see, by name, and how many match ``search`` (part of owner.name, any case)."""
    wanted = (search or "").replace('"', "").upper()  # names are typed as SQL writes them, too
    rows = session.rows(VISIBLE)
    found = [
        SourceTable(
            owner=str(owner),
            table=str(table),
            kind="view" if kind == "view" else "table",
            rows=_whole_number(count),
            comment=str(comment) if comment else None,
        )
        for owner, table, kind, count, comment in rows
        if owner not in OWN and wanted in f"{owner}.{table} {comment or ''}".upper()
    ]
    found.sort(key=lambda table: (table.owner, table.table))
    return found[offset : offset + limit], len(found)
