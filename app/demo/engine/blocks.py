"""Anonymous PL/SQL blocks: procedure calls, out binds by assignment, and nothing else: the rest is refused honestly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.demo.boundary import Bind, OracleError
from app.demo.engine import admin
from app.demo.engine.codec import cells
from app.demo.engine.errors import ora
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.expressions import compiled
from app.demo.engine.plan.output import final_encoder
from app.demo.engine.plan.scope import Scope
from app.demo.engine.results import Done
from app.demo.engine.sql.expressions import condition
from app.demo.engine.sql.lexer import Token, tokens
from app.demo.engine.sql.nodes import Literal
from app.demo.engine.sql.queries import query
from app.demo.engine.sql.stream import Stream
from app.demo.engine.types import BINARIES

_STATEMENTS = ("INSERT", "UPDATE", "DELETE", "MERGE", "COMMIT", "ROLLBACK")


def run(session: Any, text: str, binds: Sequence[Bind]) -> Done:
    """Run a block. Raises ORA-06550 with a PLS error for what this server does not do."""
    found = tokens(text)
    names: list[str] = []
    for token in found:
        if token.kind == "bind" and token.text not in names:
            names.append(token.text)
    out: list[list[bytes | None]] = [[] for _ in names]
    session.environment(binds)
    for statement in _statements(found, text):
        _one(session, text, statement, names, binds, out)
    return Done(out=out if any(out) else ())


def _statements(found: list[Token], text: str) -> list[list[Token]]:
    """The statements between BEGIN and END."""
    words = [token for token in found if token.kind != "end"]
    while words and words[-1].text in (";", "/"):
        words.pop()
    if words and words[-1].kind == "word" and words[-1].text != "END" and len(words) > 1 and words[-2].text == "END":
        words.pop()
    if not words or words[0].text != "BEGIN" or words[-1].text != "END":
        raise _refused(text, words[0] if words else found[-1])
    parts: list[list[Token]] = [[]]
    for token in words[1:-1]:
        if token.text == ";" and token.kind == "symbol":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _refused(text: str, token: Token) -> OracleError:
    line = text.count("\n", 0, token.at) + 1
    column = token.at - (text.rfind("\n", 0, token.at) + 1) + 1
    return ora(6550, line, column, f'PLS-00103: Encountered the symbol "{token.text}" which this server does not run.')


def _one(
    session: Any, text: str, part: list[Token], names: list[str], binds: Sequence[Bind], out: list[list[bytes | None]]
) -> None:
    first = part[0]
    if first.kind == "word" and first.text == "NULL" and len(part) == 1:
        return
    if first.kind == "bind" and len(part) > 2 and part[1].text == ":=":
        _assign(session, text, part, names, binds, out)
        return
    if first.kind == "word" and first.text in _STATEMENTS:
        statement = text[first.at : part[-1].end]
        order = [names.index(token.text) for token in part if token.kind == "bind"]
        session.execute(statement, [[binds[place] for place in order]])
        return
    if first.kind == "word" and first.text == "EXECUTE" and len(part) == 3 and part[2].kind == "text":
        session.execute(part[2].text, [[]])
        return
    if first.kind in ("word", "quoted"):
        _procedure(session, text, part, names, binds)
        return
    raise _refused(text, first)


def _stream(session: Any, text: str, part: list[Token]) -> Stream:
    end = Token("end", "", part[-1].end, part[-1].end)
    return Stream(text, session.database.face.name, query, [*part, end])


def _values(session: Any, s: Stream, names: list[str], binds: Sequence[Bind]) -> tuple[Context, dict[str, Any]]:
    order = [names.index(name) for name in s.binds]
    chosen = [binds[place] for place in order]
    env = session.environment(chosen)
    return Context(session.who(), [cells.bind_type(bind) for bind in chosen], env), env


def _assign(
    session: Any, text: str, part: list[Token], names: list[str], binds: Sequence[Bind], out: list[list[bytes | None]]
) -> None:
    s = _stream(session, text, part[2:])
    node = condition(s)
    if s.now.kind != "end":
        raise _refused(text, s.now)
    ctx, env = _values(session, s, names, binds)
    ex = compiled(ctx, node, Scope())
    if not ex.const or ex.py is None:
        raise _refused(text, part[2])
    place = names.index(part[0].text)
    kind = cells.bind_type(binds[place])
    if not isinstance(node, Literal) or node.kind != "null":
        ex = convert.double(ctx, ex, kind) if kind.name in BINARIES else convert.to_type(ctx, ex, kind)
    value = ex.py(env) if ex.py else None
    out[place] = [final_encoder(kind, session.settings.zone)(value)]


def _procedure(session: Any, text: str, part: list[Token], names: list[str], binds: Sequence[Bind]) -> None:
    s, first = _stream(session, text, part), part[0]
    if not s.at_name():
        raise _refused(text, first)
    path = s.path()
    nodes = []
    if s.symbol("("):
        while not s.at_symbol(")"):
            if s.now.kind == "word" and s.ahead().text == "=>":
                s.next(), s.next()
            nodes.append(condition(s))
            if not s.symbol(","):
                break
        s.need_symbol(")")
    if s.now.kind != "end":
        raise _refused(text, s.now)
    ctx, env = _values(session, s, names, binds)
    values = []
    for node in nodes:
        ex = compiled(ctx, node, Scope())
        values.append(ex.py(env) if ex.py else None)
    try:
        admin.procedure(session, path, values)
    except OracleError as error:
        if error.code != 6576:
            raise
        raise ora(6550, 1, part[0].at + 1, f"PLS-00201: identifier '{'.'.join(path)}' must be declared") from error
