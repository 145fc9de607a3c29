"""Function calls: arguments, OVER, KEEP, WITHIN GROUP, and the few functions with a grammar of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.sql import typenames
from app.demo.engine.sql.nodes import Call, Cast, Literal, Node, Order, Window
from app.demo.engine.sql.stream import Stream

Reader = Callable[[Stream], Node]


def call(s: Stream, at: int, name: tuple[str, ...], quoted: bool, condition: Reader) -> Node:
    """``name(...)`` with the opening parenthesis still to be taken."""
    s.need_symbol("(")
    made = Call(at, name, [], quoted=quoted)
    if s.word("DISTINCT") or s.word("UNIQUE"):
        made.distinct = True
    else:
        s.word("ALL")
    if s.at_symbol("*") and s.ahead().text == ")":
        s.next()
        made.star = True
    elif not s.at_symbol(")"):
        _arguments(s, made, condition)
    s.need_symbol(")")
    _tail(s, made, condition)
    return made


def _arguments(s: Stream, made: Call, condition: Reader) -> None:
    while True:
        if s.now.kind == "word" and s.ahead().text == "=>":
            s.next(), s.next()
        made.args.append(condition(s))
        made.option = _nulls(s) or made.option
        if s.at_word("ON", "OVERFLOW"):
            _overflow(s)
        if s.at_word("DEFAULT") and s.at_word("DEFAULT"):
            s.next()
            made.args.append(Call(s.now.at, ("*ON_ERROR",), [condition(s)]))
            for word in ("ON", "CONVERSION", "ERROR"):
                s.need_word(word)
        if not s.symbol(","):
            return


def _overflow(s: Stream) -> None:
    s.next(), s.next()
    s.next()
    if s.now.kind == "text":
        s.next()
    if s.word("WITHOUT") or s.word("WITH"):
        s.need_word("COUNT")


def _nulls(s: Stream) -> str:
    for option in ("IGNORE", "RESPECT"):
        if s.word(option, "NULLS"):
            return option
    return ""


def _tail(s: Stream, made: Call, condition: Reader) -> None:
    made.option = _nulls(s) or made.option
    if s.word("WITHIN", "GROUP"):
        s.need_symbol("(")
        made.within = order_by(s, condition)
        s.need_symbol(")")
    if s.word("KEEP"):
        s.need_symbol("(")
        s.need_word("DENSE_RANK")
        which = s.next().text
        if which not in ("FIRST", "LAST"):
            raise ora(905, at=s.now.at)
        made.keep = (which, order_by(s, condition))
        s.need_symbol(")")
    made.option = _nulls(s) or made.option
    if s.word("OVER"):
        made.over = _window(s, condition)


def order_by(s: Stream, condition: Reader) -> list[Order]:
    """``ORDER [SIBLINGS] BY a [ASC|DESC] [NULLS FIRST|LAST], …``."""
    s.need_word("ORDER", 30485)
    s.word("SIBLINGS")
    s.need_word("BY", 924)
    terms = [_term(s, condition)]
    while s.symbol(","):
        terms.append(_term(s, condition))
    return terms


def _term(s: Stream, condition: Reader) -> Order:
    at = s.now.at
    value = condition(s)
    descending = s.word("DESC")
    if not descending:
        s.word("ASC")
    nulls: bool | None = None
    if s.word("NULLS"):
        nulls = s.word("FIRST")
        if not nulls:
            s.need_word("LAST")
    return Order(at, value, descending, nulls)


def _window(s: Stream, condition: Reader) -> Window:
    at = s.now.at
    s.need_symbol("(")
    window = Window(at, [], [])
    if s.word("PARTITION"):
        s.need_word("BY", 924)
        window.partition.append(condition(s))
        while s.symbol(","):
            window.partition.append(condition(s))
    if s.at_word("ORDER"):
        window.order = order_by(s, condition)
    if s.at_one("ROWS", "RANGE"):
        window.frame = _frame(s, condition)
    s.need_symbol(")")
    return window


def _frame(s: Stream, condition: Reader) -> list[Any]:
    frame: list[Any] = [s.next().text]
    if s.word("BETWEEN"):
        frame += ["BETWEEN", *_bound(s, condition)]
        s.need_word("AND")
        frame += ["AND", *_bound(s, condition)]
        return frame
    return frame + _bound(s, condition)


def _bound(s: Stream, condition: Reader) -> list[Any]:
    if s.word("CURRENT"):
        s.need_word("ROW")
        return ["CURRENT ROW"]
    start: Any = "UNBOUNDED" if s.word("UNBOUNDED") else condition(s)
    if not s.at_one("PRECEDING", "FOLLOWING"):
        raise ora(905, at=s.now.at)
    return [start, s.next().text]


def _cast(s: Stream, condition: Reader) -> Node:
    at = s.next().at
    s.need_symbol("(")
    inner = condition(s)
    s.need_word("AS")
    kind = typenames.data_type(s)
    s.need_symbol(")")
    return Cast(at, inner, kind)


def _extract(s: Stream, condition: Reader) -> Node:
    at = s.next().at
    s.need_symbol("(")
    part = s.next()
    s.need_word("FROM")
    inner = condition(s)
    s.need_symbol(")")
    return Call(at, ("EXTRACT",), [Literal(part.at, "text", part.text), inner])


def _trim(s: Stream, condition: Reader) -> Node:
    at = s.next().at
    s.need_symbol("(")
    side = s.next().text if s.at_one("LEADING", "TRAILING", "BOTH") else "BOTH"
    what: Node | None = None if s.at_word("FROM") else condition(s)
    if s.word("FROM"):
        inner = condition(s)
    else:
        inner, what = what or Literal(at, "null", ""), None
    s.need_symbol(")")
    args = [Literal(at, "text", side), inner] + ([what] if what else [])
    return Call(at, ("TRIM",), args)


SPECIAL: dict[str, Callable[[Stream, Reader], Node]] = {"CAST": _cast, "EXTRACT": _extract, "TRIM": _trim}
