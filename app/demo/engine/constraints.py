"""Constraints from their definitions, checked against the rows that are there."""

from __future__ import annotations

from typing import Any

from app.demo.engine.clock import ALIVE
from app.demo.engine.errors import ora
from app.demo.engine.objects import Constraint, Index, Table

_KINDS = {"primary": "P", "unique": "U", "foreign": "R", "check": "C"}


def added(session: Any, table: Table, each: dict[str, Any], existing: bool = False) -> None:
    """Add a constraint to a table. Raises ORA-00904, 02260, 02264, 02270, 02437, 02298."""
    catalog = session.database.catalog
    name = each["name"] or catalog.system_name()
    if any(old.name == name for other in catalog.tables() if other.owner == table.owner for old in other.constraints):
        raise ora(2264)
    for column in each["columns"]:
        if table.column(column) is None:
            raise ora(904, f'"{column}"')
    made = Constraint(name, _KINDS[each["kind"]], list(each["columns"]), generated=each["name"] is None)
    if made.kind == "P":
        _primary(table, made)
    elif made.kind == "C":
        made.check = (each["check"], each["text"])
    elif made.kind == "R":
        _foreign(session, table, made, each)
    if existing:
        _valid(session, table, made)
    table.constraints.append(made)
    if made.kind in "PU":
        _backed(session, table, made)


def _primary(table: Table, made: Constraint) -> None:
    if table.primary:
        raise ora(2260)
    for name in made.columns:
        column = table.column(name)
        if column is not None:
            if column.type.name in ("CLOB", "BLOB", "NCLOB", "LONG", "LONG RAW"):
                raise ora(2329, column.type.name)
            column.nullable = False


def _foreign(session: Any, table: Table, made: Constraint, each: dict[str, Any]) -> None:
    catalog = session.database.catalog
    other = table if each["table"] == (table.name,) else catalog.find(session.schema, each["table"])
    if not isinstance(other, Table):
        raise ora(942)
    wanted = each["of"] or (other.primary.columns if other.primary else [])
    made.of = next((old for old in other.constraints if old.kind in "PU" and old.columns == wanted), None)
    if made.of is None:
        raise ora(2270)
    made.table, made.delete = other, each["delete"]


def _valid(session: Any, table: Table, made: Constraint) -> None:
    storage = session.database.storage
    columns = [f"c{column.place}" for name in made.columns if (column := table.column(name))]
    keys = ", ".join(columns)
    alive = f"FROM {table.duck} WHERE t = {ALIVE}"
    if made.kind == "P" and storage.run(
        f"SELECT 1 {alive} AND ({' OR '.join(f'{c} IS NULL' for c in columns)}) LIMIT 1"
    ):
        raise ora(1449)
    if made.kind in "PU" and storage.run(f"SELECT 1 {alive} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"):
        raise ora(2437 if made.kind == "P" else 2299, f"{table.owner}.{made.name}")
    if made.kind == "R" and made.table is not None and made.of is not None:
        others = [f"p.c{column.place}" for name in made.of.columns if (column := made.table.column(name))]
        same = " AND ".join(f"{a} = n.{b}" for a, b in zip(others, columns, strict=True))
        present = " AND ".join(f"n.{c} IS NOT NULL" for c in columns)
        if storage.run(
            f"SELECT 1 FROM {table.duck} n WHERE n.t = {ALIVE} AND {present} AND NOT EXISTS "
            f"(SELECT 1 FROM {made.table.duck} p WHERE p.t = {ALIVE} AND {same}) LIMIT 1"
        ):
            raise ora(2298, f"{table.owner}.{made.name}")


def _backed(session: Any, table: Table, made: Constraint) -> None:
    catalog = session.database.catalog
    columns = [(name, False) for name in made.columns]
    if any(index.columns == columns for index in table.indexes):
        return
    index = Index(table.owner, made.name, next(catalog.ids), table, columns, True, session.database.clock.now(), [])
    table.indexes.append(index)
    catalog.indexes[table.owner, made.name] = index
