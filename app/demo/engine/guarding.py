"""DuckDB's errors as Oracle's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import duckdb

from app.demo.boundary import OracleError
from app.demo.engine.errors import ora

_OURS = re.compile(r"ORA-(\d{5}): (.*)", re.S)
_KNOWN = (
    (re.compile("More than one row returned by a subquery"), 1427),
    (re.compile("Could not convert string .* to (DECIMAL|DOUBLE|INT)"), 1722),
    (re.compile("Overflow|out of range", re.I), 1426),
    (re.compile("[Ii]nvalid.*regex|regular expression"), 12726),
    (re.compile("[Dd]ivi.* by zero"), 1476),
)


def translated(error: duckdb.Error) -> OracleError:
    """The OracleError that a DuckDB error stands for; what has no likeness is ORA-03001 with DuckDB's first line."""
    text = str(error)
    if isinstance(error, duckdb.InterruptException):
        return ora(1013)
    if ours := _OURS.search(text):
        return OracleError(int(ours.group(1)), ours.group(2).partition("\n")[0])
    for pattern, code in _KNOWN:
        if pattern.search(text):
            return ora(code)
    return ora(3001, text.partition("\n")[0][:300])


def guarded(run: Callable[..., Any], *arguments: Any) -> Any:
    """Call and translate. Raises OracleError."""
    try:
        return run(*arguments)
    except duckdb.Error as error:
        raise translated(error) from error
