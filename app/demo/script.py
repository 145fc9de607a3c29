"""A person's own tables: the statements of a SQL script, run as the ordinary login before the server listens."""

from __future__ import annotations

import re

from app.demo.boundary import LOGIN, Database, OracleError

# What hides a semicolon, then the semicolon itself, then a slash alone on its line; unfinished text runs to the end.
PIECE = re.compile(
    r"'(?:[^']|'')*+(?:'|\Z)|\"[^\"]*(?:\"|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)|(?P<end>;|^[ \t]*/[ \t]*$)",
    re.DOTALL | re.MULTILINE,
)
COMMENT = re.compile(r"\A(?:\s+|--[^\n]*|/\*.*?\*/)+", re.DOTALL)
BLOCK = re.compile(
    r"(?:begin|declare|create\s+(?:or\s+replace\s+)?(?:procedure|function|package|trigger|type))\b", re.I
)


class ScriptFailed(Exception):
    """A statement of the script was refused: which, and Oracle's reason."""


def statements(text: str) -> list[str]:
    """The script's statements without their ends. A PL/SQL block ends at a line with a slash alone."""
    found, start = [], 0
    for piece in PIECE.finditer(text):
        if piece["end"] is None or (piece["end"] == ";" and _is_block(text[start : piece.start()])):
            continue
        found.append(text[start : piece.start()])
        start = piece.end()
    found.append(text[start:])
    return [bare for statement in found if (bare := COMMENT.sub("", statement).strip())]


def _is_block(statement: str) -> bool:
    return BLOCK.match(COMMENT.sub("", statement).lstrip()) is not None


def run(database: Database, text: str) -> int:
    """Run a script as LOGIN and commit; how many statements there were. Raises ScriptFailed."""
    session, done = database.connect(LOGIN[0], {}), 0
    try:
        for statement in statements(text):
            done += 1
            session.execute(statement, [[]]).close()
        session.commit()
    except OracleError as error:
        raise ScriptFailed(f"statement {done}: {error}") from error
    finally:
        session.close()
    return done
