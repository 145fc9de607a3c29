"""Oracle SQL text into tokens, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.demo.engine.errors import ora

_SPACE = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*(?!\+).*?\*/|/\*\+.*?\*/)+", re.S)
_NUMBER = re.compile(r"(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?(?![\w$#])")
_WORD = re.compile(r"[^\W\d_][\w$#]*")
_SYMBOL = re.compile(r"\(\s*\+\s*\)|\|\||<=|>=|<>|!=|\^=|~=|=>|:=|\.\.|[-+*/(),.;=<>@?\[\]%&{}!^|]")
_BIND = re.compile(r":\s*(\w[\w$#]*|\"[^\"]+\")")
_CLOSERS = {"[": "]", "(": ")", "{": "}", "<": ">"}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is word, quoted, number, text, ntext, bind, symbol or end; ``text`` is upper-cased for words."""

    kind: str
    text: str
    at: int
    end: int


def tokens(sql: str) -> list[Token]:
    """All tokens of a statement, closed by an ``end`` token. Raises ORA-01756, 01740, 00911."""
    found: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(sql, at)
        if space:
            at = space.end()
        if at >= len(sql):
            found.append(Token("end", "", len(sql), len(sql)))
            return found
        token = _token(sql, at)
        found.append(token)
        at = token.end


def _token(sql: str, at: int) -> Token:
    char = sql[at]
    if char == "'":
        return _text(sql, at, at, "text")
    if char in "nN" and sql[at + 1 : at + 2] == "'":
        return _text(sql, at, at + 1, "ntext")
    if char in "qQ" and sql[at + 1 : at + 2] == "'":
        return _alternative(sql, at, at + 2, "text")
    if char in "nN" and sql[at + 1 : at + 3].lower() == "q'":
        return _alternative(sql, at, at + 3, "ntext")
    if char == '"':
        return _quoted(sql, at)
    if char == ":" and (bind := _BIND.match(sql, at)):
        name = bind.group(1)
        return Token("bind", name[1:-1] if name[0] == '"' else name.upper(), at, bind.end())
    if number := _NUMBER.match(sql, at):
        return Token("number", number.group(), at, number.end())
    if word := _WORD.match(sql, at):
        return Token("word", word.group().upper(), at, word.end())
    if symbol := _SYMBOL.match(sql, at):
        text = symbol.group()
        return Token("symbol", "(+)" if text[0] == "(" and len(text) > 1 else text, at, symbol.end())
    raise ora(911, at=at)


def _text(sql: str, at: int, opening: int, kind: str) -> Token:
    look = opening + 1
    while True:
        close = sql.find("'", look)
        if close < 0:
            raise ora(1756, at=at)
        if sql[close + 1 : close + 2] != "'":
            return Token(kind, sql[opening + 1 : close].replace("''", "'"), at, close + 1)
        look = close + 2


def _alternative(sql: str, at: int, delimiter: int, kind: str) -> Token:
    opener = sql[delimiter : delimiter + 1]
    close = sql.find(_CLOSERS.get(opener, opener) + "'", delimiter + 1)
    if not opener or close < 0:
        raise ora(1756, at=at)
    return Token(kind, sql[delimiter + 1 : close], at, close + 2)


def _quoted(sql: str, at: int) -> Token:
    close = sql.find('"', at + 1)
    if close < 0:
        raise ora(1740, at=at)
    if close == at + 1:
        raise ora(1741, at=at)
    return Token("quoted", sql[at + 1 : close], at, close + 1)
