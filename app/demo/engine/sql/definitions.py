"""CREATE, ALTER, DROP, TRUNCATE, COMMENT, GRANT, REVOKE and RENAME."""

from __future__ import annotations

from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.sql import typenames
from app.demo.engine.sql.expressions import condition, value
from app.demo.engine.sql.nodes import Command
from app.demo.engine.sql.queries import query
from app.demo.engine.sql.stream import Stream

_STORAGE = ("TABLESPACE", "PCTFREE", "LOGGING", "NOLOGGING", "ORGANIZATION", "PARALLEL", "NOPARALLEL", "CACHE",
            "ROWDEPENDENCIES", "NOROWDEPENDENCIES", "STORAGE", "PARTITION", "COMPRESS", "NOCOMPRESS", "SEGMENT", "LOB",
            "INITRANS", "ENABLE", "DISABLE", "NOCACHE", "COMPUTE", "REVERSE", "ONLINE", "LOCAL", "GLOBAL",
            "MONITORING")  # fmt: skip


def create(s: Stream) -> Command:
    """CREATE of a table, view, index, sequence, synonym or user."""
    at = s.next().at
    replace = s.word("OR", "REPLACE")
    public = s.word("PUBLIC")
    while s.at_one("FORCE", "NOFORCE", "EDITIONABLE", "PRIVATE"):
        s.next()
    if s.word("GLOBAL", "TEMPORARY") or s.word("PRIVATE", "TEMPORARY"):
        return _table(s, at, temporary=True)
    if s.at_one("TABLE"):
        return _table(s, at)
    if s.word("VIEW"):
        return _view(s, at, replace)
    if s.at_one("UNIQUE", "BITMAP", "INDEX"):
        return _index(s, at)
    if s.word("SEQUENCE"):
        return Command(at, "create sequence", {"path": s.path(903), "options": _sequence(s)})
    if s.word("SYNONYM"):
        path = s.path(903)
        s.need_word("FOR")
        return Command(at, "create synonym", {"path": path, "for": s.path(903), "public": public, "replace": replace})
    if s.word("USER"):
        return _user(s, at)
    raise ora(901, at=s.now.at)


def _absent(s: Stream, *words: str) -> bool:
    return s.face == "23ai" and s.word("IF", *words)


def _table(s: Stream, at: int, temporary: bool = False) -> Command:
    s.need_word("TABLE")
    parts: dict[str, Any] = {"quiet": _absent(s, "NOT", "EXISTS"), "path": s.path(903), "temporary": temporary}
    parts |= {"columns": [], "constraints": [], "query": None, "names": []}
    if s.symbol("("):
        _elements(s, parts)
    elif not s.at_one("AS") and not s.at_one(*_STORAGE):
        raise ora(922 if s.now.kind != "end" else 906, at=s.now.at)
    _skip_storage(s)
    if s.word("AS"):
        parts["query"] = query(s)
        parts["names"] = [column["name"] for column in parts["columns"]]
    return Command(at, "create table", parts)


def _elements(s: Stream, parts: dict[str, Any]) -> None:
    while True:
        if s.at_one("CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK") or (s.at_one("UNIQUE") and s.ahead().text == "("):
            parts["constraints"].append(constraint(s))
        else:
            parts["columns"].append(column(s, parts["constraints"]))
        if not s.symbol(","):
            break
    s.need_symbol(")")


def column(s: Stream, constraints: list[dict[str, Any]], typed: bool = True) -> dict[str, Any]:
    """One column's definition; its inline constraints go to ``constraints``."""
    name = s.name()
    ends = s.at_symbol(",", ")") or s.now.kind == "end"
    made: dict[str, Any] = {"name": name, "type": None, "default": None, "nullable": None, "virtual": None}
    if s.at_one("NOT", "NULL", "DEFAULT", "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "AS", "GENERATED"):
        ends = True
    if not ends:
        made["type"] = typenames.data_type(s)
    elif typed and s.now.kind != "symbol" and not s.at_one("AS", "GENERATED"):
        raise ora(902, at=s.now.at)
    while not (s.at_symbol(",", ")") or s.now.kind == "end"):
        _attribute(s, made, constraints)
    return made


def _attribute(s: Stream, made: dict[str, Any], constraints: list[dict[str, Any]]) -> None:
    if s.word("DEFAULT"):
        s.word("ON", "NULL")
        start = s.now.at
        made["default"] = (value(s), s.sql[start : s.tokens[s.place - 1].end])
    elif s.word("NOT", "NULL"):
        made["nullable"] = False
    elif s.word("NULL"):
        made["nullable"] = True
    elif s.word("GENERATED"):
        _generated(s, made)
    elif s.word("AS") or s.at_one("VIRTUAL", "VISIBLE", "INVISIBLE", "ENABLE", "DISABLE", "SORT"):
        if s.at_symbol("("):
            _virtual(s, made)
        else:
            s.next()
    elif s.at_one("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES"):
        found = constraint(s, made["name"])
        if found["kind"] == "not null":
            made["nullable"] = False
        elif found["kind"] != "null":
            constraints.append(found)
    else:
        raise ora(907, at=s.now.at)


def _generated(s: Stream, made: dict[str, Any]) -> None:
    if not s.word("ALWAYS"):
        s.word("BY", "DEFAULT")
        s.word("ON", "NULL")
    s.need_word("AS")
    if s.word("IDENTITY"):
        made["identity"] = True
        made["nullable"] = False
        if s.symbol("("):
            _sequence(s)
            s.need_symbol(")")
        return
    _virtual(s, made)


def _virtual(s: Stream, made: dict[str, Any]) -> None:
    s.need_symbol("(")
    start = s.now.at
    inner = condition(s)
    made["virtual"] = (inner, s.sql[start : s.tokens[s.place - 1].end])
    s.need_symbol(")")
    s.word("VIRTUAL")


def constraint(s: Stream, of: str | None = None) -> dict[str, Any]:
    """A constraint, of a column or of the table."""
    made: dict[str, Any] = {"name": s.name() if s.word("CONSTRAINT") else None, "columns": [of] if of else []}
    if s.word("NOT", "NULL"):
        made["kind"] = "not null"
    elif s.word("NULL"):
        made["kind"] = "null"
    elif s.word("PRIMARY", "KEY"):
        made["kind"] = "primary"
    elif s.word("UNIQUE"):
        made["kind"] = "unique"
    elif s.word("CHECK"):
        made["kind"] = "check"
        s.need_symbol("(")
        start = s.now.at
        made["check"] = condition(s)
        made["text"] = s.sql[start : s.tokens[s.place - 1].end]
        s.need_symbol(")")
    elif s.word("FOREIGN", "KEY"):
        made["columns"] = _names(s)
        made["kind"] = "foreign"
    elif not s.at_one("REFERENCES"):
        raise ora(904, f'"{s.now.text}"', at=s.now.at)
    if made.get("kind") in ("primary", "unique") and s.at_symbol("("):
        made["columns"] = _names(s)
    if s.word("REFERENCES"):
        _references(s, made)
    _constraint_state(s)
    return made


def _references(s: Stream, made: dict[str, Any]) -> None:
    made["kind"] = "foreign"
    made["table"] = s.path(903)
    made["of"] = _names(s) if s.at_symbol("(") else []
    made["delete"] = "NO ACTION"
    if s.word("ON", "DELETE"):
        made["delete"] = "CASCADE" if s.word("CASCADE") else "SET NULL"
        if made["delete"] == "SET NULL":
            s.need_word("SET")
            s.need_word("NULL")


def _constraint_state(s: Stream) -> None:
    while True:
        if s.word("USING", "INDEX"):
            _skip_storage(s)
        elif s.at_one("ENABLE", "DISABLE", "VALIDATE", "NOVALIDATE", "DEFERRABLE", "INITIALLY", "RELY", "DEFERRED"):
            s.next()
            s.word("IMMEDIATE")
        else:
            return


def _names(s: Stream) -> list[str]:
    s.need_symbol("(")
    found = [s.name()]
    while s.symbol(","):
        found.append(s.name())
    s.need_symbol(")")
    return found


def _skip_storage(s: Stream) -> None:
    if not s.at_one(*_STORAGE, "ON"):
        return
    depth = 0
    while s.now.kind != "end" and not (depth == 0 and (s.at_one("AS") or s.at_symbol(")", ","))):
        depth += {"(": 1, ")": -1}.get(s.now.text, 0) if s.now.kind == "symbol" else 0
        s.next()


def _view(s: Stream, at: int, replace: bool) -> Command:
    path = s.path(903)
    names = _names(s) if s.at_symbol("(") else []
    s.need_word("AS")
    start = s.now.at
    found = query(s)
    text = s.sql[start : s.tokens[s.place - 1].end]
    if s.word("WITH"):
        s.word("READ", "ONLY") or s.word("CHECK", "OPTION")
    return Command(at, "create view", {"path": path, "names": names, "query": found, "text": text, "replace": replace})


def _index(s: Stream, at: int) -> Command:
    unique = s.word("UNIQUE")
    s.word("BITMAP")
    s.need_word("INDEX")
    path = s.path(903)
    s.need_word("ON", 969)
    table = s.path(903)
    s.need_symbol("(")
    columns = []
    while True:
        start = s.now.at
        inner = condition(s)
        columns.append((inner, s.sql[start : s.tokens[s.place - 1].end], s.word("DESC")))
        s.word("ASC")
        if not s.symbol(","):
            break
    s.need_symbol(")")
    _skip_storage(s)
    return Command(at, "create index", {"path": path, "table": table, "columns": columns, "unique": unique})


def _sequence(s: Stream) -> dict[str, int]:
    found: dict[str, int] = {}
    while s.now.kind == "word":
        word = s.next().text
        if word in ("START", "INCREMENT"):
            s.word("WITH") or s.word("BY")
            found[word] = s.integer()
        elif word in ("MINVALUE", "MAXVALUE", "CACHE"):
            found[word] = s.integer()
    return found


def _user(s: Stream, at: int) -> Command:
    name = s.name(922)
    s.need_word("IDENTIFIED", 922)
    s.need_word("BY", 924)
    word = s.next()
    password = word.text if word.kind == "quoted" else s.sql[word.at : word.end]
    while s.now.kind not in ("end",):
        s.next()
    return Command(at, "create user", {"name": name, "password": password})


def drop(s: Stream) -> Command:
    """DROP of what CREATE makes."""
    at = s.next().at
    s.word("PUBLIC")
    kind = s.next().text.lower()
    if kind not in ("table", "view", "index", "sequence", "synonym", "user"):
        raise ora(950, at=at)
    parts = {"quiet": _absent(s, "EXISTS"), "path": s.path(903)}
    parts["cascade"] = s.word("CASCADE")
    s.word("CONSTRAINTS")
    parts["purge"] = s.word("PURGE")
    return Command(at, f"drop {kind}", parts)


def truncate(s: Stream) -> Command:
    """TRUNCATE TABLE."""
    at = s.next().at
    s.need_word("TABLE")
    path = s.path(903)
    while s.at_one("DROP", "REUSE", "STORAGE", "CASCADE", "PURGE", "PRESERVE"):
        s.next()
    return Command(at, "truncate", {"path": path})


def comment(s: Stream) -> Command:
    """COMMENT ON TABLE|COLUMN … IS '…'."""
    at = s.next().at
    s.need_word("ON")
    kind = s.next().text
    if kind not in ("TABLE", "COLUMN"):
        raise ora(905, at=at)
    path = s.path(903)
    s.need_word("IS")
    return Command(at, "comment", {"path": path, "kind": kind, "text": s.next().text})


def grant(s: Stream) -> Command:
    """GRANT and REVOKE of object and system privileges."""
    at, kind = s.now.at, s.next().text.lower()
    privileges = [_privilege(s)]
    while s.symbol(","):
        privileges.append(_privilege(s))
    path = s.path(903) if s.word("ON") else None
    s.need_word("TO" if kind == "grant" else "FROM")
    who = [_grantee(s)]
    while s.symbol(","):
        who.append(_grantee(s))
    grantable = s.word("WITH", "GRANT", "OPTION") or s.word("WITH", "ADMIN", "OPTION")
    return Command(at, kind, {"privileges": privileges, "path": path, "who": who, "grantable": grantable})


def _grantee(s: Stream) -> str:
    return "PUBLIC" if s.word("PUBLIC") else s.name()


def _privilege(s: Stream) -> str:
    words = [s.next().text]
    while s.now.kind == "word" and not s.at_one("ON", "TO", "FROM"):
        words.append(s.next().text)
    if s.at_symbol("("):
        _names(s)
    return " ".join(words)
