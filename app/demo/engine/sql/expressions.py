"""Values and conditions: the expression grammar, by precedence."""

from __future__ import annotations

from app.demo.engine.errors import ora
from app.demo.engine.sql import calls, typenames
from app.demo.engine.sql.nodes import (
    AtZone,
    Between,
    Binary,
    Bind,
    Call,
    Case,
    Exists,
    In,
    Is,
    Like,
    Literal,
    Name,
    Node,
    Query,
    Row,
    Scalar,
    Star,
    Unary,
)
from app.demo.engine.sql.stream import RESERVED, Stream

_COMPARISONS = {"=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "<>": "<>", "!=": "<>", "^=": "<>", "~=": "<>"}
_VALUE_WORDS = frozenset(("SYSDATE", "USER", "UID", "ROWNUM", "LEVEL", "ROWID"))


def condition(s: Stream) -> Node:
    """OR of ANDs of (negated) comparisons."""
    left = _conjunction(s)
    while s.at_word("OR"):
        at = s.next().at
        left = Binary(at, "OR", left, _conjunction(s))
    return left


def _conjunction(s: Stream) -> Node:
    left = _negation(s)
    while s.at_word("AND"):
        at = s.next().at
        left = Binary(at, "AND", left, _negation(s))
    return left


def _negation(s: Stream) -> Node:
    if s.at_word("NOT"):
        at = s.next().at
        return Unary(at, "NOT", _negation(s))
    return _comparison(s)


def _comparison(s: Stream) -> Node:
    if s.at_word("EXISTS"):
        at = s.next().at
        s.need_symbol("(")
        query = s.subquery(s)
        s.need_symbol(")")
        return Exists(at, query)
    left = value(s)
    while True:
        at = s.now.at
        if s.now.kind == "symbol" and s.now.text in _COMPARISONS:
            left = _compared(s, left, _COMPARISONS[s.next().text], at)
        elif s.word("IS"):
            left = _is(s, left, at)
        elif s.at_one("BETWEEN", "IN", "LIKE", "LIKEC", "LIKE2", "LIKE4", "NOT"):
            negated = s.word("NOT")
            left = _ranged(s, left, negated, at)
        else:
            return left


def _compared(s: Stream, left: Node, op: str, at: int) -> Node:
    if s.at_one("ANY", "SOME", "ALL") and s.ahead().text == "(":
        every = s.next().text == "ALL"
        items, query = _members(s)
        return In(at, left, items, query, False, op, every)
    return Binary(at, op, left, value(s))


def _is(s: Stream, left: Node, at: int) -> Node:
    negated = s.word("NOT")
    if not s.at_one("NULL", "NAN", "INFINITE", "TRUE", "FALSE", "EMPTY", "DANGLING"):
        raise ora(905, at=s.now.at)
    return Is(at, left, s.next().text, negated)


def _ranged(s: Stream, left: Node, negated: bool, at: int) -> Node:
    if s.word("BETWEEN"):
        low = value(s)
        s.need_word("AND")
        return Between(at, left, low, value(s), negated)
    if s.word("IN"):
        items, query = _members(s)
        return In(at, left, items, query, negated)
    if s.at_one("LIKE", "LIKEC", "LIKE2", "LIKE4"):
        s.next()
        pattern = value(s)
        escape = value(s) if s.word("ESCAPE") else None
        return Like(at, left, pattern, escape, negated)
    raise ora(920, at=s.now.at)


def _members(s: Stream) -> tuple[list[Node] | None, Query | None]:
    if not s.at_symbol("("):
        if s.now.kind == "bind" or s.now.kind in ("text", "number"):
            return [value(s)], None
        raise ora(906, at=s.now.at)
    if _query_ahead(s):
        s.next()
        query: Query = s.subquery(s)
        s.need_symbol(")")
        return None, query
    s.next()
    items = [value(s)]
    while s.symbol(","):
        items.append(value(s))
    s.need_symbol(")")
    return items, None


def _query_ahead(s: Stream) -> bool:
    step = 0
    while s.ahead(step).text == "(" and s.ahead(step).kind == "symbol":
        step += 1
    return step > 0 and s.ahead(step).kind == "word" and s.ahead(step).text in ("SELECT", "WITH")


def value(s: Stream) -> Node:
    """Sums and concatenations (which Oracle gives one precedence)."""
    left = _product(s)
    while s.at_symbol("+", "-", "||"):
        op = s.next()
        left = Binary(op.at, op.text, left, _product(s))
    return left


def _product(s: Stream) -> Node:
    left = _signed(s)
    while s.at_symbol("*", "/"):
        op = s.next()
        left = Binary(op.at, op.text, left, _signed(s))
    return left


def _signed(s: Stream) -> Node:
    if s.at_symbol("-", "+"):
        op = s.next()
        inner = _signed(s)
        if op.text == "+":
            return inner
        if isinstance(inner, Literal) and inner.kind == "number" and not inner.value.startswith("-"):
            return Literal(op.at, "number", "-" + inner.value)
        return Unary(op.at, "-", inner)
    if s.at_one("PRIOR", "CONNECT_BY_ROOT"):
        op = s.next()
        return Unary(op.at, op.text, _signed(s))
    return _suffixed(s, primary(s))


def _suffixed(s: Stream, node: Node) -> Node:
    while True:
        if s.at_word("AT", "TIME", "ZONE"):
            at = s.next().at
            s.next(), s.next()
            node = AtZone(at, node, primary(s))
        elif s.at_word("AT", "LOCAL"):
            at = s.next().at
            s.next()
            node = AtZone(at, node, None)
        elif s.at_one("DAY", "YEAR") and s.ahead().kind in ("word", "symbol") and _interval_suffix(s):
            unit = s.next().text
            if s.symbol("("):
                s.integer()
                s.need_symbol(")")
            s.need_word("TO")
            s.next()
            if s.symbol("("):
                s.integer()
                s.need_symbol(")")
            node = Call(node.at, (f"*AS_INTERVAL_{unit}",), [node])
        else:
            return node


def _interval_suffix(s: Stream) -> bool:
    words = [s.ahead(step).text for step in range(1, 6)]
    return words[0] == "TO" or (words[0] == "(" and words[2] == ")" and words[3] == "TO")


def primary(s: Stream) -> Node:
    """A literal, bind, name, call, case, cast, subquery or something in parentheses."""
    token = s.now
    if token.kind == "number":
        return Literal(s.next().at, "number", token.text)
    if token.kind in ("text", "ntext"):
        return Literal(s.next().at, token.kind if token.text else "null", token.text)
    if token.kind == "bind":
        return bind(s)
    if token.kind == "symbol":
        return _parenthesised(s)
    if token.kind == "quoted":
        return _named(s)
    if token.kind == "word":
        return _worded(s)
    raise ora(936, at=token.at)


def bind(s: Stream) -> Bind:
    """One occurrence of a bind variable."""
    token = s.next()
    if token.kind != "bind":
        raise ora(936, at=token.at)
    s.binds.append(token.text)
    return Bind(token.at, token.text, len(s.binds) - 1)


def _parenthesised(s: Stream) -> Node:
    at = s.now.at
    if s.at_symbol("*"):
        s.next()
        return Star(at)
    if not s.at_symbol("("):
        raise ora(936 if s.now.text != "?" else 911, at=at)
    if _query_ahead(s):
        mark = s.place
        s.next()
        if s.at_one("SELECT", "WITH"):
            query = s.subquery(s)
            s.need_symbol(")")
            return Scalar(at, query)
        s.place = mark
    s.next()
    inner = condition(s)
    if s.at_symbol(","):
        items = [inner]
        while s.symbol(","):
            items.append(condition(s))
        s.need_symbol(")")
        return Row(at, items)
    s.need_symbol(")")
    return inner


def _worded(s: Stream) -> Node:
    word, at = s.now.text, s.now.at
    if word == "NULL":
        s.next()
        return Literal(at, "null", "")
    if word in ("TRUE", "FALSE") and s.face == "23ai" and s.ahead().text not in ("(", "."):
        s.next()
        return Literal(at, "boolean", word)
    if word == "CASE":
        return _case(s)
    if word == "DEFAULT":
        s.next()
        return Literal(at, "default", "")
    if word in ("DATE", "TIMESTAMP") and s.ahead().kind == "text":
        s.next()
        return Literal(at, word.lower(), s.next().text)
    if word == "INTERVAL" and s.ahead().kind == "text":
        return typenames.interval_literal(s)
    if word in calls.SPECIAL and s.ahead().text == "(" and s.ahead().kind == "symbol":
        return calls.SPECIAL[word](s, condition)
    if word in _VALUE_WORDS:
        s.next()
        return Name(at, (word,))
    if word in RESERVED and not (s.ahead().text == "(" and word in ("REPLACE", "CHAR")):
        raise ora(936, at=at)
    return _named(s)


def _case(s: Stream) -> Node:
    at = s.next().at
    operand = None if s.at_word("WHEN") else value(s)
    whens: list[tuple[Node, Node]] = []
    while s.word("WHEN"):
        test = value(s) if operand else condition(s)
        s.need_word("THEN")
        whens.append((test, condition(s)))
    if not whens:
        raise ora(905, at=s.now.at)
    otherwise = condition(s) if s.word("ELSE") else None
    s.need_word("END")
    return Case(at, operand, whens, otherwise)


def _named(s: Stream) -> Node:
    at = s.now.at
    quoted = s.now.kind == "quoted"
    parts = [s.next().text]
    while s.at_symbol("."):
        s.next()
        if s.symbol("*"):
            return Star(at, tuple(parts))
        if s.now.kind not in ("word", "quoted"):
            raise ora(1747, at=s.now.at)
        quoted = s.now.kind == "quoted"
        parts.append(s.next().text)
    if s.at_symbol("("):
        return calls.call(s, at, tuple(parts), quoted, condition)
    outer = s.symbol("(+)")
    return Name(at, tuple(parts), quoted, outer)
