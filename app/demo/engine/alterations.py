"""ALTER TABLE: columns and constraints come, change and go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.demo.engine import definitions
from app.demo.engine.clock import ALIVE
from app.demo.engine.constraints import added
from app.demo.engine.errors import ora
from app.demo.engine.objects import ColumnDef, Table
from app.demo.engine.sql.nodes import Command
from app.demo.engine.types import OraType


def alter(session: Any, node: Command) -> None:
    """Each step of an ALTER TABLE. Raises ORA-00054, 01430, 00904, 01439, 01441, 01758 and kin."""
    table = definitions.owned(session, node.parts["path"], Table)
    definitions.idle(session, table)
    for step, what in node.parts["steps"]:
        _STEPS[step](session, table, what)
        if step.endswith(" column") or step == "rename":
            definitions.altered(session, table)


def _alive(session: Any, table: Table, condition: str = "TRUE") -> bool:
    return bool(session.database.storage.run(f"SELECT 1 FROM {table.duck} WHERE t = {ALIVE} AND {condition} LIMIT 1"))


def _column(table: Table, name: str) -> ColumnDef:
    found = table.column(name)
    if found is None:
        raise ora(904, f'"{name}"')
    return found


def _add_column(session: Any, table: Table, each: dict[str, Any]) -> None:
    if table.column(each["name"]):
        raise ora(1430)
    if each["nullable"] is False and each["default"] is None and _alive(session, table):
        raise ora(1758)
    made = ColumnDef(each["name"], each["type"] or OraType("NUMBER"), table.next_place, each["nullable"] is not False,
                     each["default"], each["virtual"])  # fmt: skip
    table.next_place += 1
    if made.virtual is None:
        session.database.storage.add_column(table, made)
    table.columns.append(made)
    if made.default is not None:
        session.database.fill(session, table, made)


def _modify_column(session: Any, table: Table, each: dict[str, Any]) -> None:
    column = _column(table, each["name"])
    if each["type"] is not None and each["type"] != column.type:
        _retype(session, table, column, each["type"])
    if each["nullable"] is False and column.nullable:
        if _alive(session, table, f"c{column.place} IS NULL"):
            raise ora(2296, f"{table.owner}.")
        column.nullable = False
    elif each["nullable"] is True:
        column.nullable = True
    if each["default"] is not None:
        column.default = each["default"]


def _retype(session: Any, table: Table, column: ColumnDef, kind: OraType) -> None:
    """A new type: into a new place of storage, value by value."""
    old = column.type
    filled = _alive(session, table, f"c{column.place} IS NOT NULL")
    family = {"VARCHAR2": "V", "CHAR": "V", "NVARCHAR2": "N", "NCHAR": "N", "NUMBER": "NUMBER", "FLOAT": "NUMBER"}
    if filled and family.get(old.name, old.name) != family.get(kind.name, kind.name):
        raise ora(1439)
    if filled and old.name == kind.name == "NUMBER" and _narrower(old, kind):
        raise ora(1440)
    if filled and old.text and (kind.length or 4000) < (old.length or 0):
        measure = "length" if kind.chars else "strlen"
        if _alive(session, table, f"{measure}(c{column.place}) > {kind.length}"):
            raise ora(1441)
    made = ColumnDef(column.name, kind, table.next_place, column.nullable, column.default, comment=column.comment)
    table.next_place += 1
    session.database.storage.add_column(table, made)
    session.database.copy_column(table, column, made)
    session.database.storage.drop_column(table, column)
    table.columns[table.columns.index(column)] = made


def _narrower(old: OraType, new: OraType) -> bool:
    if new.precision is None:
        return new.scale is not None and old.scale is None
    if old.precision is None:
        return True
    old_scale, new_scale = old.scale or 0, new.scale or 0
    return new.precision - new_scale < old.precision - old_scale or new_scale < old_scale


def _drop_column(session: Any, table: Table, name: str) -> None:
    column = _column(table, name)
    if len(table.columns) == 1:
        raise ora(12983)
    if table.primary and name in table.primary.columns and len(table.primary.columns) > 1:
        raise ora(12991)
    table.constraints = [each for each in table.constraints if name not in each.columns]
    table.indexes = [index for index in table.indexes if name not in [each for each, _ in index.columns]]
    if column.virtual is None:
        session.database.storage.drop_column(table, column)
    table.columns.remove(column)


def _rename_column(_session: Any, table: Table, names: tuple[str, str]) -> None:
    column = _column(table, names[0])
    if table.column(names[1]):
        raise ora(957)
    column.name = names[1]
    for each in table.constraints:
        each.columns = [names[1] if name == names[0] else name for name in each.columns]
    for index in table.indexes:
        index.columns = [(names[1] if name == names[0] else name, down) for name, down in index.columns]


def _rename(session: Any, table: Table, name: str) -> None:
    catalog = session.database.catalog
    if (table.owner, name) in catalog.things:
        raise ora(955)
    given = catalog.grants.pop((table.owner, table.name), None)
    del catalog.things[table.owner, table.name]
    table.name = name
    catalog.things[table.owner, name] = table
    if given is not None:
        catalog.grants[table.owner, name] = given


def _rename_constraint(_session: Any, table: Table, names: tuple[str, str]) -> None:
    for each in table.constraints:
        if each.name == names[0]:
            each.name, each.generated = names[1], False
            return
    raise ora(23292)


def _drop_constraint(session: Any, table: Table, name: str) -> None:
    found = [each for each in table.constraints if each.name == name]
    if not found:
        raise ora(2443)
    for child in session.database.catalog.tables():
        if any(each.of is found[0] for each in child.constraints):
            raise ora(2273)
    table.constraints.remove(found[0])
    table.indexes = [index for index in table.indexes if index.name != name]


def _drop_primary(session: Any, table: Table, _what: Any) -> None:
    if table.primary is None:
        raise ora(2441)
    _drop_constraint(session, table, table.primary.name)


def _drop_unique(session: Any, table: Table, names: list[str]) -> None:
    found = next((each for each in table.constraints if each.kind == "U" and each.columns == names), None)
    if found is None:
        raise ora(2442)
    _drop_constraint(session, table, found.name)


def _nothing(_session: Any, _table: Table, _what: Any) -> None:
    return None


_STEPS: dict[str, Callable[[Any, Table, Any], None]] = {
    "add column": _add_column,
    "modify column": _modify_column,
    "drop column": _drop_column,
    "rename column": _rename_column,
    "rename": _rename,
    "rename constraint": _rename_constraint,
    "add constraint": lambda session, table, each: added(session, table, each, existing=True),
    "modify constraint": _nothing,
    "drop constraint": _drop_constraint,
    "drop primary": _drop_primary,
    "drop unique": _drop_unique,
    "nothing": _nothing,
    "read": _nothing,
}
