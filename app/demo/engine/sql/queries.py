"""Queries: WITH, SELECT, FROM and its joins, GROUP BY, CONNECT BY, set operators, ORDER BY, FETCH FIRST, FOR UPDATE."""

from __future__ import annotations

from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.sql import calls
from app.demo.engine.sql.expressions import condition, value
from app.demo.engine.sql.nodes import (
    Flashback,
    Item,
    Join,
    Literal,
    Node,
    Query,
    Row,
    Sample,
    Select,
    SetOp,
    Source,
    Star,
)
from app.demo.engine.sql.stream import RESERVED, Stream

_NOT_ALIAS = frozenset(
    [
        "WHERE",
        "GROUP",
        "ORDER",
        "HAVING",
        "UNION",
        "INTERSECT",
        "MINUS",
        "EXCEPT",
        "CONNECT",
        "START",
        "JOIN",
        "INNER",
        "LEFT",
        "RIGHT",
        "FULL",
        "CROSS",
        "NATURAL",
        "ON",
        "USING",
        "FETCH",
        "OFFSET",
        "FOR",
        "SET",
        "VALUES",
        "WHEN",
        "SAMPLE",
        "PARTITION",
        "AS",
        "WITH",
        "MODEL",
        "PIVOT",
        "UNPIVOT",
        "RETURNING",
        "OUTER",
        "LIMIT",
    ]
)


def query(s: Stream) -> Query:
    """A query with everything that may follow it."""
    at = s.now.at
    made = Query(at, Select(at, [], []))
    if s.word("WITH"):
        made.ctes = _ctes(s)
    made.body = _operations(s)
    if s.at_word("ORDER"):
        made.order = calls.order_by(s, condition)
    _window(s, made)
    if s.at_word("FOR", "UPDATE"):
        made.lock = _lock(s)
    return made


def _ctes(s: Stream) -> list[tuple[str, list[str], Query]]:
    found: list[tuple[str, list[str], Query]] = []
    while True:
        name = s.name()
        columns: list[str] = []
        if s.symbol("("):
            columns.append(s.name())
            while s.symbol(","):
                columns.append(s.name())
            s.need_symbol(")")
        s.need_word("AS")
        s.need_symbol("(")
        found.append((name, columns, query(s)))
        s.need_symbol(")")
        if not s.symbol(","):
            return found


def _operations(s: Stream) -> Any:
    left = _operand(s)
    while s.at_one("UNION", "INTERSECT", "MINUS") or (s.at_word("EXCEPT") and s.face == "23ai"):
        op = s.next()
        every = (op.text == "UNION" or s.face == "23ai") and s.word("ALL")  # 21c brought the other three
        kind = f"{op.text} ALL" if every else op.text
        right = _operand(s)
        left = SetOp(op.at, kind, _whole(left), _whole(right))
    return left


def _whole(part: Any) -> Query:
    return part if isinstance(part, Query) else Query(part.at, part)


def _operand(s: Stream) -> Any:
    if s.symbol("("):
        inner = query(s)
        s.need_symbol(")")
        return inner
    return _select(s)


def _select(s: Stream) -> Select:
    at = s.now.at
    s.need_word("SELECT", 928)
    distinct = s.word("DISTINCT") or s.word("UNIQUE")
    if not distinct:
        s.word("ALL")
    made = Select(at, [_item(s)], [], distinct)
    while s.symbol(","):
        made.items.append(_item(s))
    if not s.word("FROM"):
        if s.face != "23ai" or s.at_one("INTO", "BULK"):
            raise ora(923, at=s.now.at)
        made.sources = [Source(s.now.at, ("SYS", "DUAL"), None)]
    else:
        made.sources = [_joined(s)]
        while s.symbol(","):
            made.sources.append(_joined(s))
    _clauses(s, made)
    return made


def _clauses(s: Stream, made: Select) -> None:
    if s.word("WHERE"):
        made.where = condition(s)
    if s.word("START", "WITH"):
        made.start = condition(s)
    if s.word("CONNECT"):
        s.need_word("BY", 924)
        s.word("NOCYCLE")
        made.connect = condition(s)
        if s.word("START", "WITH"):
            made.start = condition(s)
    if s.word("GROUP"):
        s.need_word("BY", 924)
        made.group = [_grouping(s)]
        while s.symbol(","):
            made.group.append(_grouping(s))
    if s.word("HAVING"):
        made.having = condition(s)
        if made.group is None and s.word("GROUP"):
            s.need_word("BY", 924)
            made.group = [_grouping(s)]
            while s.symbol(","):
                made.group.append(_grouping(s))


def _grouping(s: Stream) -> Any:
    if s.at_one("ROLLUP", "CUBE") and s.ahead().text == "(":
        kind = s.next().text
        return (kind, _group_list(s))
    if s.word("GROUPING", "SETS"):
        return ("GROUPING SETS", _group_list(s))
    if s.at_symbol("(") and s.ahead().text == ")":
        s.next()
        return Row(s.next().at, [])
    return value(s)


def _group_list(s: Stream) -> list[Any]:
    s.need_symbol("(")
    found = [_grouping(s)]
    while s.symbol(","):
        found.append(_grouping(s))
    s.need_symbol(")")
    return found


def _item(s: Stream) -> Node:
    at = s.now.at
    inner = condition(s)
    text = s.sql[at : s.tokens[s.place - 1].end]
    if isinstance(inner, Star):
        return inner
    if s.word("AS"):
        if not (s.now.kind == "quoted" or (s.now.kind == "word" and s.now.text not in RESERVED)):
            raise ora(923, at=s.now.at)
        return Item(at, inner, s.name(), text)
    if s.at_name() and s.now.text not in ("BULK",):
        return Item(at, inner, s.name(), text)
    return Item(at, inner, None, text)


def _joined(s: Stream) -> Source | Join:
    left: Source | Join = source(s)
    while True:
        at = s.now.at
        natural = s.word("NATURAL")
        kind = _join_kind(s)
        if kind is None:
            if natural:
                raise ora(905, at=s.now.at)
            return left
        lateral = kind == "cross" and s.at_word("APPLY")
        right: Source | Join = source(s)
        join = Join(at, left, right, kind, None, [], natural)
        if not natural and kind != "cross" and not lateral:
            _join_condition(s, join)
        left = join


def _join_condition(s: Stream, join: Join) -> None:
    if s.word("ON"):
        join.on = condition(s)
    elif s.word("USING"):
        s.need_symbol("(")
        join.using.append(s.name())
        while s.symbol(","):
            join.using.append(s.name())
        s.need_symbol(")")
    else:
        raise ora(905, at=s.now.at)


def _join_kind(s: Stream) -> str | None:
    if s.word("JOIN") or s.word("INNER", "JOIN"):
        return "inner"
    if s.word("CROSS", "JOIN"):
        return "cross"
    for side in ("LEFT", "RIGHT", "FULL"):
        if s.word(side, "OUTER", "JOIN") or s.word(side, "JOIN"):
            return side.lower()
    return None


def source(s: Stream) -> Source | Join:
    """One table reference: name, inline view, ``TABLE(f())``, or joins in parentheses."""
    at = s.now.at
    lateral = s.word("LATERAL")
    if s.at_symbol("("):
        return _parenthesised(s, at, lateral)
    if s.at_word("TABLE") and s.ahead().text == "(":
        s.next(), s.next()
        made = Source(at, (), None, collection=condition(s))
        s.need_symbol(")")
    else:
        made = Source(at, s.path(903), None)
        if s.symbol("@"):
            made.link = s.name()
    if s.word("PARTITION") or s.word("SUBPARTITION"):
        s.need_symbol("(")
        s.next()
        s.need_symbol(")")
    _adornments(s, made)
    return made


def _parenthesised(s: Stream, at: int, lateral: bool) -> Source | Join:
    step = 1
    while s.ahead(step).text == "(":
        step += 1
    if s.ahead(step).text in ("SELECT", "WITH") and s.ahead(step).kind == "word":
        s.next()
        made = Source(at, (), None, query(s), lateral=lateral)
        s.need_symbol(")")
        _adornments(s, made)
        return made
    s.next()
    inner = _joined(s)
    s.need_symbol(")")
    return inner


def _adornments(s: Stream, made: Source) -> None:
    if s.at_word("AS", "OF"):
        at = s.next().at
        s.next()
        if not s.at_one("SCN", "TIMESTAMP"):
            raise ora(905, at=s.now.at)
        made.flashback = Flashback(at, s.next().text, value(s))
    if s.word("SAMPLE"):
        made.sample = _sample(s)
    if s.at_one("PIVOT", "UNPIVOT") and s.ahead().text in ("(", "XML", "INCLUDE", "EXCLUDE"):
        raise ora(3001, s.now.text, at=s.now.at)  # Oracle has it, this server has not
    if s.now.kind == "quoted" or (s.now.kind == "word" and s.now.text not in RESERVED | _NOT_ALIAS):
        made.alias = s.name()


def _sample(s: Stream) -> Sample:
    at = s.now.at
    block = s.word("BLOCK")
    s.need_symbol("(")
    if s.now.kind != "number":
        raise ora(936, at=s.now.at)
    percent = float(s.next().text)
    if s.symbol(","):
        s.integer()
    s.need_symbol(")")
    if not 0.000001 <= percent < 100:
        out_of_range = ora(933, at=at)
        out_of_range.code = 30562
        out_of_range.args = ("ORA-30562: SAMPLE percentage must be in the range [0.000001,100)",)
        raise out_of_range
    seed = None
    if s.word("SEED"):
        s.need_symbol("(")
        seed = s.integer()
        s.need_symbol(")")
    return Sample(at, block, percent, seed)


def _window(s: Stream, made: Query) -> None:
    if s.face == "11g":
        return
    if s.word("OFFSET"):
        made.offset = value(s)
        if not (s.word("ROWS") or s.word("ROW")):
            raise ora(905, at=s.now.at)
    if s.word("FETCH"):
        if not (s.word("FIRST") or s.word("NEXT")):
            raise ora(905, at=s.now.at)
        from_one = s.at_one("ROW", "ROWS")
        made.limit = Literal(s.now.at, "number", "1") if from_one else value(s)
        made.percent = s.word("PERCENT")
        if not (s.word("ROWS") or s.word("ROW")):
            raise ora(905, at=s.now.at)
        made.ties = s.word("WITH", "TIES")
        if not made.ties:
            s.need_word("ONLY")


def _lock(s: Stream) -> tuple[bool, float | None, bool]:
    s.next(), s.next()
    if s.word("OF"):
        s.path()
        while s.symbol(","):
            s.path()
    if s.word("NOWAIT"):
        return (True, 0.0, False)
    if s.word("WAIT"):
        return (True, float(s.integer()), False)
    if s.word("SKIP", "LOCKED"):
        return (True, None, True)
    return (True, None, False)
