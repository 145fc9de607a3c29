"""CALL: DEMO.FAULT, PIN, UNPIN, PRUNE, CLOCK, GENERATE, ANALYZE for the admin; some of Oracle's packages for all."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.demo.boundary import OracleError
from app.demo.engine import generate, pins
from app.demo.engine.errors import ora
from app.demo.engine.objects import Table
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.expressions import compiled
from app.demo.engine.plan.scope import Scope
from app.demo.engine.results import Done
from app.demo.engine.sql.nodes import Command
from app.demo.engine.types import OraType


def call(session: Any, node: Command, kinds: list[OraType], env: dict[str, Any]) -> Done:
    """Run a procedure. Raises ORA-06576 for an unknown one, ORA-01031 for one of the admin's."""
    ctx = Context(session.who(), kinds, env)
    values = []
    for argument in node.parts["arguments"]:
        ex = compiled(ctx, argument, Scope())
        values.append(ctx.value(ex) if ex.const else None)
    procedure(session, tuple(node.parts["path"]), values)
    return Done()


def procedure(session: Any, path: tuple[str, ...], values: list[Any]) -> None:
    """One procedure call with its values."""
    name = ".".join(path[1:] if path[0] == "SYS" else path)
    if name in _FOR_ALL:
        _FOR_ALL[name](session, values)
        return
    if path[0] == "DEMO" and path[-1] in _FOR_ADMIN:
        if not session.database.catalog.users[session.user].admin:
            raise ora(1031)
        _FOR_ADMIN[path[-1]](session, [int(v) if isinstance(v, Decimal) and v == int(v) else v for v in values])
        return
    raise ora(6576)


def table_named(session: Any, text: str) -> Table:
    """The table of ``OWNER.NAME`` as it stands. Raises ORA-00942."""
    owner, dot, name = str(text).partition(".")
    path = (owner, name) if dot else (session.schema, owner)
    thing = session.database.catalog.things.get(path)
    if not isinstance(thing, Table):
        raise ora(942)
    return thing


def _fault(session: Any, values: list[Any]) -> None:
    if not values:
        raise ora(6553, "FAULT")
    if str(values[0]).lower() == "prune_history":
        session.database.prune()
        return
    session.database.fault(str(values[0]), *values[1:])


def _pin(session: Any, values: list[Any]) -> None:
    table = table_named(session, values[0])
    session.commit()
    pins.pin(session, table, int(values[1]) if len(values) > 1 else None)


def _unpin(session: Any, values: list[Any]) -> None:
    table_named(session, values[0]).pinned = None
    session.database.catalog.changed()


def _prune(session: Any, _values: list[Any]) -> None:
    session.database.prune()


def _clock(session: Any, values: list[Any]) -> None:
    session.database.clock.shift = int(Decimal(values[0] if values else 0) * 10**9)


def _generate(session: Any, values: list[Any]) -> None:
    session.commit()
    generate.fill(
        session.database, table_named(session, values[0]), int(values[1]), int(values[2]) if len(values) > 2 else 1
    )


def _analyze(session: Any, values: list[Any]) -> None:
    if len(values) > 1 and values[1] is not None and not isinstance(values[1], (int, Decimal)):
        values = [f"{values[0]}.{values[1]}"]
    session.database.analyze(table_named(session, values[0]))


def _kill(session: Any, values: list[Any]) -> None:
    session.database.fault("kill", int(values[0]))


def _set_module(session: Any, values: list[Any]) -> None:
    session.attributes |= dict(zip(("MODULE", "ACTION"), (value or "" for value in values), strict=False))


def _setter(name: str) -> Callable[[Any, list[Any]], None]:
    def set_attribute(session: Any, values: list[Any]) -> None:
        session.attributes[name] = str(values[0] or "")

    return set_attribute


def _sleep(session: Any, values: list[Any]) -> None:
    if session.pause(float(values[0])):
        raise ora(1013)


def _raise(_session: Any, values: list[Any]) -> None:
    raise OracleError(abs(int(values[0])), str(values[1]))


def _nothing(_session: Any, _values: list[Any]) -> None:
    return None


_FOR_ADMIN: dict[str, Callable[[Any, list[Any]], None]] = {
    "FAULT": _fault,
    "PIN": _pin,
    "UNPIN": _unpin,
    "PRUNE": _prune,
    "CLOCK": _clock,
    "GENERATE": _generate,
    "ANALYZE": _analyze,
    "KILL": _kill,
}
_FOR_ALL: dict[str, Callable[[Any, list[Any]], None]] = {
    "DBMS_APPLICATION_INFO.SET_MODULE": _set_module,
    "DBMS_APPLICATION_INFO.SET_ACTION": _setter("ACTION"),
    "DBMS_APPLICATION_INFO.SET_CLIENT_INFO": _setter("CLIENT_INFO"),
    "DBMS_SESSION.SET_IDENTIFIER": _setter("CLIENT_IDENTIFIER"),
    "DBMS_SESSION.CLEAR_IDENTIFIER": lambda session, _values: (
        session.attributes.pop("CLIENT_IDENTIFIER", None) and None
    ),
    "DBMS_SESSION.RESET_PACKAGE": _nothing,
    "DBMS_SESSION.MODIFY_PACKAGE_STATE": _nothing,
    "DBMS_SESSION.SLEEP": _sleep,
    "DBMS_LOCK.SLEEP": _sleep,
    "DBMS_OUTPUT.ENABLE": _nothing,
    "DBMS_OUTPUT.DISABLE": _nothing,
    "DBMS_OUTPUT.PUT_LINE": _nothing,
    "DBMS_STATS.GATHER_TABLE_STATS": _analyze,
    "DBMS_STATS.GATHER_SCHEMA_STATS": _nothing,
    "RAISE_APPLICATION_ERROR": _raise,
}
