"""DuckDB's exact types: the narrowest for some values, and the narrowest that holds all of two. Pure."""

from __future__ import annotations

import re

DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
INTEGERS = {"SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}  # digits that a value may have


def narrowest(integer_digits: int, fraction_digits: int, fits_bigint: bool) -> str | None:
    """BIGINT or DECIMAL(p,s) for values of so many digits; None when 38 are not enough.

    The precision is rounded up to what DuckDB stores anyway (18 or 38), so that growth seldom rewrites a table.
    """
    if fraction_digits == 0 and fits_bigint:
        return "BIGINT"
    digits = integer_digits + fraction_digits
    if digits > 38:
        return None
    return f"DECIMAL({18 if digits <= 18 else 38},{fraction_digits})"


def joined(left: str, right: str) -> str | None:
    """The narrowest type that holds every value of both; None when there is none (a rename in disguise)."""
    left, right = left.replace(" ", ""), right.replace(" ", "")
    if left == right:
        return left
    a, b = _digits(left), _digits(right)
    if a and b:
        whole, fraction = max(a[0], b[0]), max(a[1], b[1])
        if left in INTEGERS and right in INTEGERS:
            return max(left, right, key=INTEGERS.__getitem__)
        return f"DECIMAL({whole + fraction},{fraction})" if whole + fraction <= 38 else None
    pairs = {frozenset(("FLOAT", "DOUBLE")): "DOUBLE", frozenset(("TIMESTAMP", "TIMESTAMP_NS")): None}
    return pairs.get(frozenset((left, right)))


def _digits(name: str) -> tuple[int, int] | None:
    """Digits before and after the point; None for what is no exact number."""
    if name in INTEGERS:
        return INTEGERS[name], 0
    found = DECIMAL.fullmatch(name)
    return (int(found[1]) - int(found[2]), int(found[2])) if found else None
