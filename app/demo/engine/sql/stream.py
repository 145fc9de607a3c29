"""A statement's tokens with a place to stand: look, take, insist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.sql.lexer import Token, tokens

# Words that Oracle never takes as an unquoted name (V$RESERVED_WORDS, reserved = Y).
RESERVED = frozenset(
    [
        "ACCESS",
        "ADD",
        "ALL",
        "ALTER",
        "AND",
        "ANY",
        "AS",
        "ASC",
        "AUDIT",
        "BETWEEN",
        "BY",
        "CHAR",
        "CHECK",
        "CLUSTER",
        "COLUMN",
        "COMMENT",
        "COMPRESS",
        "CONNECT",
        "CREATE",
        "CURRENT",
        "DATE",
        "DECIMAL",
        "DEFAULT",
        "DELETE",
        "DESC",
        "DISTINCT",
        "DROP",
        "ELSE",
        "EXCLUSIVE",
        "EXISTS",
        "FILE",
        "FLOAT",
        "FOR",
        "FROM",
        "GRANT",
        "GROUP",
        "HAVING",
        "IDENTIFIED",
        "IMMEDIATE",
        "IN",
        "INCREMENT",
        "INDEX",
        "INITIAL",
        "INSERT",
        "INTEGER",
        "INTERSECT",
        "INTO",
        "IS",
        "LEVEL",
        "LIKE",
        "LOCK",
        "LONG",
        "MAXEXTENTS",
        "MINUS",
        "MLSLABEL",
        "MODE",
        "MODIFY",
        "NOAUDIT",
        "NOCOMPRESS",
        "NOT",
        "NOWAIT",
        "NULL",
        "NUMBER",
        "OF",
        "OFFLINE",
        "ON",
        "ONLINE",
        "OPTION",
        "OR",
        "ORDER",
        "PCTFREE",
        "PRIOR",
        "PUBLIC",
        "RAW",
        "RENAME",
        "RESOURCE",
        "REVOKE",
        "ROW",
        "ROWID",
        "ROWNUM",
        "ROWS",
        "SELECT",
        "SESSION",
        "SET",
        "SHARE",
        "SIZE",
        "SMALLINT",
        "START",
        "SUCCESSFUL",
        "SYNONYM",
        "SYSDATE",
        "TABLE",
        "THEN",
        "TO",
        "TRIGGER",
        "UID",
        "UNION",
        "UNIQUE",
        "UPDATE",
        "USER",
        "VALIDATE",
        "VALUES",
        "VARCHAR",
        "VARCHAR2",
        "VIEW",
        "WHENEVER",
        "WHERE",
        "WITH",
    ]
)


class Stream:
    """The tokens of one statement. ``face`` decides what a release understands; ``binds`` counts occurrences."""

    def __init__(
        self, sql: str, face: str, subquery: Callable[[Stream], Any], found: list[Token] | None = None
    ) -> None:
        self.sql, self.face, self.subquery = sql, face, subquery
        self.tokens = tokens(sql) if found is None else found
        self.place = 0
        self.binds: list[str] = []

    @property
    def now(self) -> Token:
        """The token at hand."""
        return self.tokens[self.place]

    def ahead(self, steps: int = 1) -> Token:
        """A token further on; the end token when there is none."""
        return self.tokens[min(self.place + steps, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take the token at hand."""
        token = self.tokens[self.place]
        if token.kind != "end":
            self.place += 1
        return token

    def at_word(self, *words: str) -> bool:
        """Whether these words come next, in this order."""
        for step, word in enumerate(words):
            token = self.ahead(step)
            if token.kind != "word" or token.text != word:
                return False
        return True

    def at_one(self, *words: str) -> bool:
        """Whether one of these words comes next."""
        return self.now.kind == "word" and self.now.text in words

    def at_symbol(self, *symbols: str) -> bool:
        """Whether one of these symbols comes next."""
        return self.now.kind == "symbol" and self.now.text in symbols

    def word(self, *words: str) -> bool:
        """Take these words if they come next."""
        if self.at_word(*words):
            self.place += len(words)
            return True
        return False

    def symbol(self, symbol: str) -> bool:
        """Take this symbol if it comes next."""
        if self.at_symbol(symbol):
            self.place += 1
            return True
        return False

    def need_word(self, word: str, code: int = 905) -> None:
        """Take this word or raise ORA-``code`` here."""
        if not self.word(word):
            raise ora(code, *([word] if code == 2000 else []), at=self.now.at)

    def need_symbol(self, symbol: str, code: int | None = None) -> None:
        """Take this symbol or raise its error here (ORA-00906, 00907, 00917)."""
        if not self.symbol(symbol):
            raise ora(code or {"(": 906, ")": 907, ",": 917}.get(symbol, 933), at=self.now.at)

    def at_name(self) -> bool:
        """Whether a name may be read here."""
        return self.now.kind == "quoted" or (self.now.kind == "word" and self.now.text not in RESERVED)

    def name(self, code: int = 904) -> str:
        """Take one name. Raises ORA-``code`` (ORA-00904 names what stood there)."""
        if not self.at_name():
            raise ora(code, *([f'"{self.now.text}"' if self.now.text else ""] if code == 904 else []), at=self.now.at)
        token = self.next()
        if len(token.text.encode()) > (30 if self.face == "11g" else 128):
            raise ora(972, at=token.at)
        return token.text

    def path(self, code: int = 903) -> tuple[str, ...]:
        """Take ``a[.b[.c]]``."""
        parts = [self.name(code)]
        while self.at_symbol(".") and self.ahead().kind in ("word", "quoted"):
            self.next()
            parts.append(self.next().text)
        return tuple(parts)

    def integer(self, code: int = 922) -> int:
        """Take a whole number, with a sign if there is one."""
        sign = -1 if self.symbol("-") else 1
        if self.now.kind != "number" or not self.now.text.isdigit():
            raise ora(code, at=self.now.at)
        return sign * int(self.next().text)

    def finish(self, code: int = 933) -> None:
        """The statement must end here; one closing semicolon is ORA-00911 as in Oracle (00933 on 23ai)."""
        if self.now.kind == "symbol" and self.now.text == ";":
            raise ora(911 if self.face != "23ai" else 933, at=self.now.at)
        if self.now.kind != "end":
            raise ora(code, at=self.now.at)
