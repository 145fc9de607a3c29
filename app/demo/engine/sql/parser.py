"""A whole statement: which kind it is, and the reader for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.sql import alterations, changes, definitions
from app.demo.engine.sql.expressions import condition
from app.demo.engine.sql.nodes import Command
from app.demo.engine.sql.queries import query
from app.demo.engine.sql.stream import Stream


def parse(sql: str, face: str = "19c") -> tuple[Any, list[str]]:
    """The statement's node and its bind variables' names, one an occurrence. Raises OracleError with a position."""
    if _starts_block(sql):
        return Command(0, "block", {"text": sql}), []
    s = Stream(sql, face, query)
    node = _statement(s)
    s.finish()
    return node, s.binds


def _starts_block(sql: str) -> bool:
    head = sql.lstrip()[:8].upper()
    return head.startswith(("BEGIN", "DECLARE", "<<"))


def _statement(s: Stream) -> Any:
    if s.at_one("SELECT", "WITH") or s.at_symbol("("):
        return query(s)
    if s.now.kind == "word" and s.now.text in _READERS:
        return _READERS[s.now.text](s)
    raise ora(900, at=s.now.at)


def _transaction_end(s: Stream) -> Command:
    at, kind = s.now.at, s.next().text.lower()
    s.word("WORK")
    savepoint = None
    if kind == "rollback" and s.word("TO"):
        s.word("SAVEPOINT")
        savepoint = s.name()
    while kind == "commit" and s.at_one("WRITE", "WAIT", "NOWAIT", "IMMEDIATE", "BATCH", "COMMENT"):
        s.next()
    return Command(at, kind, {"savepoint": savepoint})


def _savepoint(s: Stream) -> Command:
    return Command(s.next().at, "savepoint", {"name": s.name()})


def _set(s: Stream) -> Command:
    at = s.next().at
    if s.word("TRANSACTION"):
        mode = "name"
        if s.word("READ"):
            mode = "read only" if s.word("ONLY") else "read write"
            s.word("WRITE")
        elif s.word("ISOLATION", "LEVEL"):
            mode = "serializable" if s.word("SERIALIZABLE") else "read committed"
            s.word("READ", "COMMITTED")
        if s.word("NAME"):
            s.next()
        return Command(at, "set transaction", {"mode": mode})
    if s.at_one("ROLE", "CONSTRAINT", "CONSTRAINTS"):
        while s.now.kind != "end":
            s.next()
        return Command(at, "nothing", {})
    raise ora(922, at=s.now.at)


def _call(s: Stream) -> Command:
    at = s.next().at
    path = s.path(6576)
    arguments = []
    if s.symbol("("):
        while not s.at_symbol(")"):
            arguments.append(condition(s))
            if not s.symbol(","):
                break
        s.need_symbol(")")
    return Command(at, "call", {"path": path, "arguments": arguments})


def _lock(s: Stream) -> Command:
    at = s.next().at
    s.need_word("TABLE")
    path = s.path(903)
    s.need_word("IN")
    mode = []
    while s.now.kind == "word" and not s.at_one("NOWAIT", "WAIT"):
        mode.append(s.next().text)
    wait: float | None = 0.0 if s.word("NOWAIT") else None
    if s.word("WAIT"):
        wait = float(s.integer())
    return Command(at, "lock table", {"path": path, "mode": " ".join(mode), "wait": wait})


def _rename(s: Stream) -> Command:
    at = s.next().at
    old = s.name(903)
    s.need_word("TO")
    return Command(at, "alter table", {"path": (old,), "steps": [("rename", s.name(903))]})


def _ignored(s: Stream) -> Command:
    at = s.now.at
    while s.now.kind != "end":
        s.next()
    return Command(at, "nothing", {})


_READERS: dict[str, Callable[[Stream], Any]] = {
    "INSERT": changes.insert,
    "UPDATE": changes.update,
    "DELETE": changes.delete,
    "MERGE": changes.merge,
    "CREATE": definitions.create,
    "ALTER": alterations.alter,
    "DROP": definitions.drop,
    "TRUNCATE": definitions.truncate,
    "COMMENT": definitions.comment,
    "GRANT": definitions.grant,
    "REVOKE": definitions.grant,
    "COMMIT": _transaction_end,
    "ROLLBACK": _transaction_end,
    "SAVEPOINT": _savepoint,
    "SET": _set,
    "CALL": _call,
    "LOCK": _lock,
    "RENAME": _rename,
    "PURGE": _ignored,
    "ANALYZE": _ignored,
}
