"""A compiled value: SQL for DuckDB, the Oracle type, Oracle's bytes where a column has them, and Python where exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.demo.engine.types import BINARIES, BOOLEAN, NUMBER, NUMBERS, OraType

Env = Mapping[str, Any]
Python = Callable[[Env], Any]


@dataclass(slots=True)
class Ex:
    """``sql`` computes in representation ``rep``; ``py`` is the exact value from ``leaves`` (SQL to fetch, by key).

    A constant (``const``) has no SQL until the context brings it; ``fixed`` ones depend on nothing but the text.
    """

    type: OraType
    sql: str = ""
    rep: str = ""
    digits: tuple[int, int] | None = None
    wire: str | None = None
    approx: str | None = None
    py: Python | None = None
    leaves: dict[str, Ex] = field(default_factory=dict)
    const: bool = False
    fixed: bool = False
    exact: bool = True
    nullable: bool = True
    literal: bool = False
    null: bool = False

    def __post_init__(self) -> None:
        if not self.rep:
            self.rep = self.type.rep
        if self.rep == "decimal" and self.digits is None:
            self.digits = self.type.digits or (38, self.type.scale or 0)

    @property
    def numeric(self) -> bool:
        """NUMBER or a binary float."""
        return self.type.name in NUMBERS or self.type.name in BINARIES

    @property
    def key(self) -> str:
        """What it is called among leaves."""
        return self.sql


def constant(kind: OraType, value: Any, fixed: bool = True, literal: bool = False) -> Ex:
    """A value known now."""
    return Ex(kind, py=lambda _env: value, const=True, fixed=fixed, literal=literal, null=value is None and fixed,
              nullable=value is None)  # fmt: skip


def python(ex: Ex) -> tuple[Python, dict[str, Ex]]:
    """How to know its exact value in Python, and the leaves that needs."""
    if ex.py:
        return ex.py, ex.leaves
    key = ex.key
    return (lambda env: env[key]), {key: ex}


def decimal(sql: str, precision: int, scale: int, kind: OraType = NUMBER, nullable: bool = True) -> Ex:
    """A NUMBER that DuckDB holds exactly; the SQL is cast to be sure of its type."""
    precision = min(precision, 38)
    text = f"CAST({sql} AS DECIMAL({precision},{scale}))"
    return Ex(kind, text, "decimal", (precision, scale), nullable=nullable)


def whole(sql: str, nullable: bool = True) -> Ex:
    """A NUMBER of up to 18 digits without fraction."""
    return decimal(sql, 18, 0, nullable=nullable)


def condition(sql: str) -> Ex:
    """A truth value."""
    return Ex(BOOLEAN, f"({sql})")


def approximate(ex: Ex) -> str:
    """A DOUBLE for it (a brought number)."""
    if ex.rep == "number":
        return ex.approx or "CAST(NULL AS DOUBLE)"
    return f"CAST({ex.sql} AS DOUBLE)"


def renamed(ex: Ex, relation: str, place: str) -> Ex:
    """The same value seen from outside, as a column of ``relation``; columns c<place>, w<place>, x<place>."""
    sql = f"{relation}.c{place}"
    return replace(
        ex,
        sql=sql,
        wire=f"{relation}.w{place}" if ex.wire else None,
        approx=f"{relation}.x{place}" if ex.approx else None,
        py=None,
        leaves={},
        const=False,
        exact=True,
        literal=False,
        fixed=False,
    )


def shape(value: Decimal | None) -> tuple[int, int] | None:
    """Precision and scale of a DECIMAL that holds this number and others like it; None when none does."""
    if value is None:
        return (18, 0)
    if not value.is_finite():
        return None
    exponent = value.as_tuple().exponent
    scale = max(0, -exponent if isinstance(exponent, int) else 0)
    whole_digits = max(0, value.adjusted() + 1) if value else 0
    if scale == 0:
        return (18, 0) if whole_digits <= 18 else (38, 0) if whole_digits <= 38 else None
    for roomy in (2, 6, 10):
        if scale <= roomy and whole_digits <= 18:
            return (18 + roomy, roomy)
    return (max(whole_digits + scale, scale), scale) if max(whole_digits + scale, scale) <= 38 else None


def tight(value: Decimal) -> tuple[int, int] | None:
    """The narrowest DECIMAL for a literal."""
    exponent = value.as_tuple().exponent
    scale = max(0, -exponent if isinstance(exponent, int) else 0)
    whole_digits = max(0, value.adjusted() + 1) if value else 1
    total = max(1, whole_digits + scale, scale)
    return (total, scale) if total <= 38 else None
