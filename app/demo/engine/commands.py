"""COMMIT, ROLLBACK, SAVEPOINT, SET TRANSACTION, LOCK TABLE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.objects import Table
from app.demo.engine.sql.nodes import Command


def _commit(session: Any, _node: Command) -> None:
    session.commit()


def _rollback(session: Any, node: Command) -> None:
    name = node.parts["savepoint"]
    if name is None:
        session.rollback()
        return
    transaction = session.transaction
    if transaction is None or name not in transaction.savepoints:
        raise ora(1086, name)
    session.database.rollback(transaction, transaction.savepoints[name])


def _savepoint(session: Any, node: Command) -> None:
    transaction = session.begin()
    transaction.savepoints[node.parts["name"]] = transaction.statement


def _set_transaction(session: Any, node: Command) -> None:
    mode = node.parts["mode"]
    if session.transaction is not None and mode != "name":
        raise ora(1453)
    if mode in ("read only", "serializable"):
        session.read_scn = session.database.clock.scn
        session.serializable = mode == "serializable"


def _lock_table(session: Any, node: Command) -> None:
    database = session.database
    table = database.catalog.find(session.schema, node.parts["path"])
    database.catalog.need(session.user, table, "SELECT", node.at)
    if not isinstance(table, Table):
        raise ora(942, at=node.at)
    mine = session.begin()
    while True:
        with database.storage.lock:
            holders = [each for each in database.transactions.open.values() if each is not mine
                       and (table.id in each.tables or table.id in each.lock_tables)]  # fmt: skip
            if not holders or ("SHARE" in node.parts["mode"] and not any(table.id in h.lock_tables for h in holders)):
                if "EXCLUSIVE" in node.parts["mode"] and "ROW" not in node.parts["mode"]:
                    mine.lock_tables.add(table.id)
                return
        database.transactions.wait(mine, holders[0], node.parts["wait"], session.cancelled)


def _nothing(_session: Any, _node: Command) -> None:
    return None


COMMANDS: dict[str, Callable[[Any, Command], None]] = {
    "commit": _commit,
    "rollback": _rollback,
    "savepoint": _savepoint,
    "set transaction": _set_transaction,
    "lock table": _lock_table,
    "nothing": _nothing,
    "alter system": _nothing,
}
