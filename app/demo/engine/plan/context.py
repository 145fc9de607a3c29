"""What a statement is compiled in: who asks, which settings hold, its parameters, the tables it reads."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.demo.engine.catalog import Catalog
from app.demo.engine.clock import Clock
from app.demo.engine.codec import cells
from app.demo.engine.codec.number import encode
from app.demo.engine.objects import Table
from app.demo.engine.plan.ex import Ex, Python, shape, tight
from app.demo.engine.types import NUMBERS, OraType


@dataclass(frozen=True)
class Settings:
    """What ALTER SESSION changes and SQL feels. ``zone`` is the session's offset from UTC in minutes."""

    zone: int = 0
    zone_name: str = "+00:00"
    date_format: str = "DD-MON-RR"
    stamp_format: str = "DD-MON-RR HH.MI.SSXFF AM"
    zoned_format: str = "DD-MON-RR HH.MI.SSXFF AM TZR"
    marks: str = ".,"
    others: tuple[tuple[str, str], ...] = ()


@dataclass
class Parameter:
    """A value that each execution computes anew before DuckDB runs."""

    name: str
    py: Python
    rep: str
    digits: tuple[int, int] | None


@dataclass
class Read:
    """A table that a statement reads, and the expression for its SCN if it is not the statement's own."""

    table: Table
    scn: str
    flashback: Python | None = None


@dataclass
class Who:
    """The session's face to the compiler."""

    user: str
    schema: str
    settings: Settings
    face: str
    catalog: Catalog
    clock: Clock
    dictionary: Callable[[str, str], Any]
    banner: str = ""
    version: str = "19.3.0.0.0"
    sid: int = 1
    module: dict[str, str] = field(default_factory=dict)


class Context:
    """One statement's compilation. ``env`` holds the bound values and the moment, for constants."""

    def __init__(self, who: Who, binds: list[OraType], env: dict[str, Any]) -> None:
        self.who, self.binds, self.env = who, binds, env
        self.parameters: dict[str, Parameter] = {}
        self.reads: list[Read] = []
        self.scns: dict[str, Python] = {}
        self.volatile = False
        self.views: list[str] = []
        self.flashback: Any = None  # the AS OF of the view that is being compiled: it holds for all its tables
        self.ctes: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)
        self.settings = who.settings

    def fresh(self, prefix: str) -> str:
        """A name that nothing else in the statement has."""
        return f"{prefix}{next(self._numbers)}"

    def value(self, ex: Ex) -> Any:
        """A constant's value now; a plan that depends on a bound one is not kept."""
        if not ex.fixed:
            self.volatile = True
        return ex.py(self.env) if ex.py else None

    def bring(self, ex: Ex) -> Ex:
        """The value with SQL: a constant becomes a literal or a parameter."""
        if not ex.const or ex.sql:
            return ex
        value = ex.py({**self.env, "planning": True}) if ex.py else None
        if ex.fixed and (done := _literal(ex, value)):
            return done
        rep, digits = _form(ex, value, fixed=False)
        name = self.fresh("k")
        self.parameters[name] = Parameter(name, ex.py or (lambda _env: None), rep, digits)
        return replace(ex, sql=_slot(f"${name}", rep, digits, ex.type), rep=rep, digits=digits, const=False,
                       approx=f"CAST(${name}x AS DOUBLE)" if rep == "number" else None)  # fmt: skip


def _form(ex: Ex, value: Any, fixed: bool) -> tuple[str, tuple[int, int] | None]:
    if ex.type.name not in NUMBERS:
        return ex.type.rep, None
    digits = tight(value) if fixed and isinstance(value, Decimal) else shape(value)
    return ("decimal", digits) if digits else ("number", None)


def _slot(text: str, rep: str, digits: tuple[int, int] | None, kind: OraType) -> str:
    if rep == "decimal" and digits:
        return f"CAST({text} AS DECIMAL({digits[0]},{digits[1]}))"
    if rep == "moment":
        return f"make_timestamp(CAST({text} AS BIGINT))"
    return f"CAST({text} AS {kind.duck if rep == kind.rep else 'BLOB'})"


def _literal(ex: Ex, value: Any) -> Ex | None:
    rep, digits = _form(ex, value, fixed=True)
    if value is None:
        return replace(ex, sql=_slot("NULL", rep, digits, ex.type), rep=rep, digits=digits, const=False, null=True,
                       approx="CAST(NULL AS DOUBLE)" if rep == "number" else None)  # fmt: skip
    if rep == "decimal" and digits:
        return replace(ex, sql=_slot(format(value, "f"), rep, digits, ex.type), rep=rep, digits=digits, const=False)
    if rep == "text":
        return replace(ex, sql="'" + value.replace("'", "''") + "'", const=False) if "\x00" not in value else None
    if rep in ("moment", "nanos", "zoned", "span", "months", "rowid"):
        return replace(ex, sql=_slot(str(cells.to_duck(value, rep)), rep, None, ex.type), const=False)
    if rep == "number":
        blob = "".join(f"\\x{byte:02X}" for byte in encode(value))
        return replace(ex, sql=f"'{blob}'::BLOB", rep=rep, const=False, approx=f"CAST({float(value)!r} AS DOUBLE)")
    if rep == "boolean":
        return replace(ex, sql="TRUE" if value else "FALSE", const=False)
    return None
