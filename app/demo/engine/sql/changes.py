"""INSERT, UPDATE, DELETE and MERGE."""

from __future__ import annotations

from app.demo.engine.errors import ora
from app.demo.engine.sql.expressions import bind, condition, value
from app.demo.engine.sql.nodes import Delete, Insert, Join, Merge, Name, Node, Returning, Set, Source, Update
from app.demo.engine.sql.queries import query, source
from app.demo.engine.sql.stream import Stream


def insert(s: Stream) -> Insert:
    """INSERT INTO … VALUES | query, and INSERT ALL."""
    at = s.next().at
    if s.at_one("ALL"):
        return _insert_all(s, at)
    s.need_word("INTO", 925)
    table = _target(s)
    columns = _columns(s)
    made = Insert(at, table, columns, None, None)
    if s.word("VALUES"):
        made.values = [_values(s)]
        while s.face == "23ai" and s.symbol(","):
            made.values.append(_values(s))
    elif s.at_one("SELECT", "WITH") or s.at_symbol("("):
        made.query = query(s)
    else:
        raise ora(926, at=s.now.at)
    made.returning = _returning(s)
    return made


def _insert_all(s: Stream, at: int) -> Insert:
    s.next()
    branches = []
    while s.word("INTO"):
        table, columns = _target(s), _columns(s)
        s.need_word("VALUES", 926)
        branches.append((table, columns, _values(s)))
    if not branches:
        raise ora(905, at=s.now.at)
    return Insert(at, branches[0][0], [], None, query(s), branches=branches)


def _target(s: Stream) -> Source:
    at = s.now.at
    if s.at_symbol("("):
        made = source(s)
    else:
        made = Source(at, s.path(903), None)
        if s.at_name() and s.now.text not in ("VALUES", "SET", "WHERE", "USING", "WHEN", "RETURNING"):
            made.alias = s.name()
    if isinstance(made, Join):
        raise ora(1732, at=at)
    return made


def _columns(s: Stream) -> list[tuple[str, int]]:
    if not s.at_symbol("(") or s.ahead().text in ("SELECT", "WITH"):
        return []
    s.next()
    found = []
    while True:
        at = s.now.at
        found.append((s.path(904 if s.now.kind == "word" else 1747)[-1], at))
        if not s.symbol(","):
            break
    s.need_symbol(")")
    return found


def _values(s: Stream) -> list[Node]:
    s.need_symbol("(")
    found = [condition(s)]
    while s.symbol(","):
        found.append(condition(s))
    s.need_symbol(")")
    return found


def _returning(s: Stream) -> Returning | None:
    at = s.now.at
    if not (s.word("RETURNING") or s.word("RETURN")):
        return None
    items = [condition(s)]
    while s.symbol(","):
        items.append(condition(s))
    s.need_word("INTO", 925)
    binds = [bind(s)]
    while s.symbol(","):
        binds.append(bind(s))
    return Returning(at, items, binds)


def update(s: Stream) -> Update:
    """UPDATE t SET … [WHERE …]."""
    at = s.next().at
    table = _target(s)
    s.need_word("SET", 971)
    sets = _sets(s)
    where = condition(s) if s.word("WHERE") else None
    return Update(at, table, sets, where, _returning(s))


def _sets(s: Stream) -> list[Set]:
    found = [_set(s)]
    while s.symbol(","):
        found.append(_set(s))
    return found


def _set(s: Stream) -> Set:
    at = s.now.at
    columns: list[Name] = []
    if s.symbol("("):
        columns.append(_column(s))
        while s.symbol(","):
            columns.append(_column(s))
        s.need_symbol(")")
    else:
        columns.append(_column(s))
    if not s.symbol("="):
        raise ora(927, at=s.now.at)
    return Set(at, columns, value(s))


def _column(s: Stream) -> Name:
    at = s.now.at
    return Name(at, s.path(904 if s.now.kind == "word" else 1747))


def delete(s: Stream) -> Delete:
    """DELETE [FROM] t [WHERE …]."""
    at = s.next().at
    s.word("FROM")
    table = _target(s)
    where = condition(s) if s.word("WHERE") else None
    return Delete(at, table, where, _returning(s))


def merge(s: Stream) -> Merge:
    """MERGE INTO t USING s ON (…) WHEN MATCHED … WHEN NOT MATCHED …."""
    at = s.next().at
    s.need_word("INTO", 905)
    table = _target(s)
    s.need_word("USING", 905)
    using = source(s)
    if isinstance(using, Join):
        raise ora(903, at=using.at)
    s.need_word("ON", 969)
    s.need_symbol("(")
    on = condition(s)
    s.need_symbol(")")
    made = Merge(at, table, using, on, [], None, None, [], None, None)
    while s.word("WHEN"):
        _branch(s, made)
    return made


def _branch(s: Stream, made: Merge) -> None:
    if s.word("NOT"):
        for word in ("MATCHED", "THEN", "INSERT"):
            s.need_word(word)
        made.columns = _columns(s)
        s.need_word("VALUES", 926)
        made.values = _values(s)
        made.insert_where = condition(s) if s.word("WHERE") else None
        return
    for word in ("MATCHED", "THEN", "UPDATE"):
        s.need_word(word)
    s.need_word("SET", 971)
    made.sets = _sets(s)
    made.update_where = condition(s) if s.word("WHERE") else None
    if s.word("DELETE"):
        s.need_word("WHERE")
        made.delete_where = condition(s)
