"""DDL: CREATE, DROP, TRUNCATE, COMMENT, GRANT and the rest, each committing by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.demo.engine import alterations
from app.demo.engine.catalog import Index, Sequence, Synonym, Table, View
from app.demo.engine.changes import Changes
from app.demo.engine.constraints import added
from app.demo.engine.errors import ora
from app.demo.engine.objects import ColumnDef
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.output import plan_query
from app.demo.engine.sql import nodes
from app.demo.engine.sql.nodes import Command
from app.demo.engine.types import OraType

_OBJECT_PRIVILEGES = (
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "REFERENCES",
    "ALTER",
    "INDEX",
    "READ",
    "FLASHBACK",
    "DEBUG",
)


def run(session: Any, node: Command) -> None:
    """Carry a definition out under the storage's lock."""
    handler = _HANDLERS.get(node.kind)
    if handler is None:
        raise ora(3001, node.kind.upper(), at=node.at)
    with session.database.storage.lock:
        handler(session, node)
        session.database.catalog.changed()


def where(session: Any, path: tuple[str, ...], kind: str) -> tuple[str, str]:
    """Owner and name of a new object; creating in another's schema needs the ANY right. Raises ORA-01031, 01918."""
    owner, name = (path[0], path[1]) if len(path) > 1 else (session.schema, path[0])
    user = session.database.catalog.users[session.user]
    wanted = f"CREATE {kind}" if owner == session.user else f"CREATE ANY {kind}"
    if owner not in session.database.catalog.users:
        raise ora(1918, owner)
    if not user.admin and wanted not in user.privileges and f"CREATE ANY {kind}" not in user.privileges:
        raise ora(1031)
    return owner, name


def owned(session: Any, path: tuple[str, ...], *kinds: type) -> Any:
    """An existing object that the session may change. Raises ORA-00942, ORA-01031."""
    owner, name = (path[0], path[1]) if len(path) > 1 else (session.schema, path[0])
    catalog = session.database.catalog
    thing = catalog.things.get((owner, name))
    if thing is None or not isinstance(thing, kinds) or not catalog.sees(session.user, thing):
        raise ora(942)
    if owner != session.user and not catalog.users[session.user].admin:
        raise ora(1031)
    return thing


def idle(session: Any, table: Table) -> None:
    """DDL needs the table for itself. Raises ORA-00054."""
    for other in session.database.transactions.open.values():
        if table.id in other.tables or table.id in other.lock_tables:
            raise ora(54)


def _create_table(session: Any, node: Command) -> None:
    parts, catalog = node.parts, session.database.catalog
    owner, name = where(session, parts["path"], "TABLE")
    if (owner, name) in catalog.things:
        if parts["quiet"]:
            return
        raise ora(955)
    now = session.database.clock.now()
    number = next(catalog.ids)
    table = Table(owner, name, number, now, temporary=parts["temporary"], data=number, ddl_time=now)
    rows_of = _columns_of_query(session, parts) if parts["query"] else None
    for each in rows_of or parts["columns"]:
        _add_column(table, each)
    if not table.columns:
        raise ora(904, "")
    for each in parts["constraints"]:
        added(session, table, each)
    table.changed = session.database.clock.advance()
    session.database.storage.create(table)
    catalog.add(table)
    if parts["query"]:
        target = nodes.Source(node.at, (owner, name), None)
        Changes(session).run(nodes.Insert(node.at, target, [], None, parts["query"]), [], [session.environment([])])
        session.commit()


def _add_column(table: Table, each: dict[str, Any]) -> None:
    if table.column(each["name"]):
        raise ora(957)
    if each["type"] is None and each["virtual"] is None:
        raise ora(902)
    kind = each["type"] or OraType("NUMBER")
    table.columns.append(
        ColumnDef(each["name"], kind, table.next_place, each["nullable"] is not False, each["default"], each["virtual"],
                  each.get("identity", False))
    )  # fmt: skip
    table.next_place += 1


def _columns_of_query(session: Any, parts: dict[str, Any]) -> list[dict[str, Any]]:
    plan = plan_query(Context(session.who(), [], session.environment([])), parts["query"])
    names = parts["names"] or [column.name for column in plan.columns]
    if len(names) != len(plan.columns):
        raise ora(1730)
    for name in names:
        if not parts["names"] and not _plain(name):
            raise ora(998)
    return [{"name": name, "type": _storable(kind), "default": None, "virtual": None,
             "nullable": column.nullable if column.nullable is False else None}
            for name, kind, column in zip(names, plan.types, plan.columns, strict=True)]  # fmt: skip


def _plain(name: str) -> bool:
    return not any(char in name for char in "()*+-/|,'")


def _storable(kind: OraType) -> OraType:
    if kind.name == "CHAR" and (kind.length or 0) > 2000:
        return OraType("VARCHAR2", length=kind.length)
    return kind


def _create_view(session: Any, node: Command) -> None:
    parts, catalog = node.parts, session.database.catalog
    owner, name = where(session, parts["path"], "VIEW")
    old = catalog.things.get((owner, name))
    if old is not None and not (parts["replace"] and isinstance(old, View)):
        raise ora(955)
    plan = plan_query(Context(session.who(), [], session.environment([])), parts["query"])
    names = parts["names"] or [column.name for column in plan.columns]
    if len(names) != len(plan.columns):
        raise ora(1730)
    if len(set(names)) != len(names):
        raise ora(957)
    columns = [
        (label, kind, column.nullable) for label, kind, column in zip(names, plan.types, plan.columns, strict=True)
    ]
    view = View(
        owner, name, next(catalog.ids), session.database.clock.now(), parts["text"], parts["query"], names, columns
    )
    catalog.things[owner, name] = view


def _create_index(session: Any, node: Command) -> None:
    parts, catalog = node.parts, session.database.catalog
    owner = parts["path"][0] if len(parts["path"]) > 1 else session.schema
    name = parts["path"][-1]
    table = owned(session, parts["table"], Table)
    if (owner, name) in catalog.indexes:
        raise ora(955)
    columns: list[tuple[str, bool]] = []
    texts: list[str | None] = []
    for value, text, descending in parts["columns"]:
        plain = isinstance(value, nodes.Name) and len(value.parts) == 1
        if plain and table.column(value.parts[0]) is None:
            raise ora(904, f'"{value.parts[0]}"', at=value.at)
        columns.append((value.parts[0] if plain else f"SYS_NC{len(columns):05d}$", descending))
        texts.append(None if plain else text)
    if not any(texts) and any(index.columns == columns for index in table.indexes):
        raise ora(1408)
    made = Index(owner, name, next(catalog.ids), table, columns, parts["unique"], session.database.clock.now(), texts)
    table.indexes.append(made)
    catalog.indexes[owner, name] = made


def _create_sequence(session: Any, node: Command) -> None:
    owner, name = where(session, node.parts["path"], "SEQUENCE")
    options = node.parts["options"]
    catalog = session.database.catalog
    catalog.add(Sequence(owner, name, next(catalog.ids), session.database.clock.now(), options.get("START", 1),
                         options.get("INCREMENT", 1)))  # fmt: skip


def _create_synonym(session: Any, node: Command) -> None:
    parts, catalog = node.parts, session.database.catalog
    if parts["public"]:
        owner, name = "PUBLIC", parts["path"][-1]
    else:
        owner, name = where(session, parts["path"], "SYNONYM")
    if parts["replace"]:
        catalog.things.pop((owner, name), None)
    target = parts["for"] if len(parts["for"]) > 1 else (session.schema, parts["for"][0])
    catalog.add(Synonym(owner, name, next(catalog.ids), session.database.clock.now(), (target[0], target[1])))


def _create_user(session: Any, node: Command) -> None:
    catalog = session.database.catalog
    if not catalog.users[session.user].admin:
        raise ora(1031)
    if node.parts["name"] in catalog.users:
        raise ora(1920, node.parts["name"])
    catalog.add_user(node.parts["name"], node.parts["password"], session.database.clock.now())


def _drop_table(session: Any, node: Command) -> None:
    catalog = session.database.catalog
    try:
        table = owned(session, node.parts["path"], Table)
    except Exception:
        if node.parts["quiet"]:
            return
        raise
    idle(session, table)
    children = [child for child in catalog.tables() for each in child.constraints
                if each.kind == "R" and each.table is table and child is not table]  # fmt: skip
    if children and not node.parts["cascade"]:
        raise ora(2449)
    for child in children:
        child.constraints = [each for each in child.constraints if each.table is not table]
    for index in table.indexes:
        catalog.indexes.pop((index.owner, index.name), None)
    catalog.drop(table)
    session.database.storage.drop(table)
    table.data = -1


def _dropper(kind: type) -> Callable[[Any, Command], None]:
    def drop(session: Any, node: Command) -> None:
        catalog = session.database.catalog
        path = node.parts["path"]
        thing = catalog.things.get(("PUBLIC", path[-1])) if kind is Synonym else None
        if not (isinstance(thing, Synonym) and catalog.users[session.user].admin):
            try:
                thing = owned(session, path, kind)
            except Exception:
                if node.parts["quiet"]:
                    return
                if kind is Sequence:
                    raise ora(2289) from None
                if kind is Synonym:
                    raise ora(1434) from None
                raise
        catalog.drop(thing)

    return drop


def _drop_index(session: Any, node: Command) -> None:
    catalog = session.database.catalog
    path = node.parts["path"]
    key = (path[0], path[1]) if len(path) > 1 else (session.schema, path[0])
    index = catalog.indexes.pop(key, None)
    if index is None:
        raise ora(1418)
    index.table.indexes.remove(index)


def _drop_user(session: Any, node: Command) -> None:
    catalog = session.database.catalog
    name = node.parts["path"][0]
    if not catalog.users[session.user].admin:
        raise ora(1031)
    if name not in catalog.users:
        raise ora(1918, name)
    for key in [key for key in catalog.things if key[0] == name]:
        catalog.drop(catalog.things[key])
    del catalog.users[name]


def _truncate(session: Any, node: Command) -> None:
    table = owned(session, node.parts["path"], Table)
    idle(session, table)
    database = session.database
    old = table.duck
    table.data = next(database.catalog.ids)
    table.next_row = 0
    table.pinned = None
    database.storage.create(table)
    database.storage.run(f"DROP TABLE {old}")
    altered(session, table)


def altered(session: Any, table: Table) -> None:
    """After DDL: reads at an older SCN meet ORA-01466."""
    table.changed = session.database.clock.advance()
    table.ddl_time = session.database.clock.now()
    table.pinned = None


def _comment(session: Any, node: Command) -> None:
    path, text = node.parts["path"], node.parts["text"] or None
    if node.parts["kind"] == "TABLE":
        owned(session, path, Table, View).comment = text
        return
    thing = owned(session, path[:-1], Table, View)
    if isinstance(thing, View):
        thing.comments[path[-1]] = text or ""
        return
    column = thing.column(path[-1])
    if column is None:
        raise ora(904, f'"{path[-1]}"')
    column.comment = text


def _grant(session: Any, node: Command) -> None:
    catalog, parts = session.database.catalog, node.parts
    if parts["path"] is None:
        _system_grant(session, parts, give=True)
        return
    thing = owned(session, parts["path"], Table, View, Sequence)
    for privilege in _named(parts["privileges"]):
        for who in parts["who"]:
            catalog.grant(thing, privilege, who, session.user, parts["grantable"])


def _named(privileges: list[str]) -> list[str]:
    if "ALL" in privileges or "ALL PRIVILEGES" in privileges:
        return ["SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES", "ALTER", "INDEX", "FLASHBACK"]
    for privilege in privileges:
        if privilege not in _OBJECT_PRIVILEGES:
            raise ora(990)
    return privileges


def _system_grant(session: Any, parts: dict[str, Any], give: bool) -> None:
    catalog = session.database.catalog
    if not catalog.users[session.user].admin:
        raise ora(1031)
    for who in parts["who"]:
        user = catalog.users.get(who)
        if user is None:
            raise ora(1917, who)
        for privilege in parts["privileges"]:
            names = {"CONNECT": ["CREATE SESSION"], "RESOURCE": ["CREATE TABLE", "CREATE SEQUENCE"],
                     "DBA": ["SELECT ANY TABLE", "SELECT ANY DICTIONARY"]}.get(privilege, [privilege])  # fmt: skip
            (user.privileges.update if give else user.privileges.difference_update)(names)


def _revoke(session: Any, node: Command) -> None:
    catalog, parts = session.database.catalog, node.parts
    if parts["path"] is None:
        _system_grant(session, parts, give=False)
        return
    thing = owned(session, parts["path"], Table, View, Sequence)
    given = catalog.grants.get((thing.owner, thing.name), {})
    for who in parts["who"]:
        for privilege in _named(parts["privileges"]):
            if given.get(who, {}).pop(privilege, None) is None:
                raise ora(1927)
        if not given.get(who):
            given.pop(who, None)


def _nothing(_session: Any, _node: Command) -> None:
    return None


_HANDLERS: dict[str, Callable[[Any, Command], None]] = {
    "create table": _create_table,
    "create view": _create_view,
    "create index": _create_index,
    "create sequence": _create_sequence,
    "create synonym": _create_synonym,
    "create user": _create_user,
    "drop table": _drop_table,
    "drop view": _dropper(View),
    "drop sequence": _dropper(Sequence),
    "drop synonym": _dropper(Synonym),
    "drop index": _drop_index,
    "drop user": _drop_user,
    "truncate": _truncate,
    "comment": _comment,
    "grant": _grant,
    "revoke": _revoke,
    "alter table": alterations.alter,
    "alter index": _nothing,
    "alter sequence": _nothing,
    "alter user": _nothing,
    "alter view": _nothing,
}
