"""ALTER TABLE and its kin."""

from __future__ import annotations

from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.sql.definitions import column, constraint
from app.demo.engine.sql.nodes import Command
from app.demo.engine.sql.stream import Stream


def alter(s: Stream) -> Command:
    """ALTER TABLE, SESSION, USER, INDEX, SEQUENCE, SYSTEM."""
    at = s.next().at
    if s.word("SESSION"):
        return _session(s, at)
    if s.word("TABLE"):
        parts: dict[str, Any] = {"path": s.path(903), "steps": []}
        while s.now.kind != "end":
            parts["steps"] += _steps(s)
        if not parts["steps"]:
            raise ora(922, at=s.now.at)
        return Command(at, "alter table", parts)
    if s.at_one("INDEX", "SEQUENCE", "SYSTEM", "USER", "DATABASE", "VIEW"):
        kind = s.next().text.lower()
        words = []
        while s.now.kind != "end":
            words.append(s.next().text)
        return Command(at, f"alter {kind}", {"words": words})
    raise ora(940, at=s.now.at)


def _session(s: Stream, at: int) -> Command:
    settings: list[tuple[str, str]] = []
    if s.word("SET"):
        while s.now.kind == "word":
            name = s.next().text
            if not s.symbol("="):
                raise ora(2248, at=s.now.at)
            token = s.next()
            sign = token.text if token.text in ("+", "-") else ""
            text = s.next().text if sign else token.text
            settings.append((name, sign + text))
        if not settings:
            raise ora(2248, at=s.now.at)
    else:
        while s.now.kind != "end":
            s.next()
    return Command(at, "alter session", {"settings": settings})


def _steps(s: Stream) -> list[tuple[str, Any]]:
    if s.at_one("ADD", "MODIFY"):
        verb = s.next().text.lower()
        s.word("COLUMN") if verb == "modify" and s.face == "23ai" else None
        return _listed(s, verb)
    if s.word("DROP"):
        return _dropped(s)
    if s.word("RENAME"):
        if s.word("TO"):
            return [("rename", s.name())]
        what = s.next().text
        old = s.name()
        s.need_word("TO")
        return [("rename column" if what == "COLUMN" else "rename constraint", (old, s.name()))]
    if s.at_one("ENABLE", "DISABLE", "LOGGING", "NOLOGGING", "MOVE", "CACHE", "PARALLEL", "NOPARALLEL", "SHRINK"):
        while s.now.kind != "end":
            s.next()
        return [("nothing", None)]
    if s.word("READ"):
        return [("read", s.next().text)]
    raise ora(1735, at=s.now.at)


def _listed(s: Stream, verb: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    if s.at_one("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
        return [(f"{verb} constraint", constraint(s))]
    listed = s.symbol("(")
    while True:
        inline: list[dict[str, Any]] = []
        if s.at_one("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
            found.append((f"{verb} constraint", constraint(s)))
        else:
            found.append((f"{verb} column", column(s, inline, typed=verb == "add")))
        found += [("add constraint", each) for each in inline]
        if not (listed and s.symbol(",")):
            break
    if listed:
        s.need_symbol(")")
    return found


def _dropped(s: Stream) -> list[tuple[str, Any]]:
    if s.word("PRIMARY", "KEY"):
        s.word("CASCADE")
        return [("drop primary", None)]
    if s.word("CONSTRAINT"):
        name = s.name()
        s.word("CASCADE")
        return [("drop constraint", name)]
    if s.word("UNIQUE"):
        s.need_symbol("(")
        names = [s.name()]
        while s.symbol(","):
            names.append(s.name())
        s.need_symbol(")")
        return [("drop unique", names)]
    columns: list[str] = []
    if s.word("COLUMN"):
        columns.append(s.name())
    else:
        s.need_symbol("(")
        columns.append(s.name())
        while s.symbol(","):
            columns.append(s.name())
        s.need_symbol(")")
    if s.word("CASCADE"):
        s.need_word("CONSTRAINTS")
    return [("drop column", name) for name in columns]
