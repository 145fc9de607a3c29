"""Filters and order as SQL: every value bound, every name quoted, each value read as its column's type."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_FLOOR, Context, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from app.errors import ColumnNotFound, Invalid
from app.query.values import FLOATS, NAIVE_TIMES, TEXT, ZONED_TIMES, decimal_parts
from app.schemas.names import folded, quoted
from app.schemas.tables import Filter, Order

TEXT_OPS = {"like", "not like", "contains", "starts with", "ends with"}
MAX_FILTERS, MAX_LIST, MAX_TEXT = 50, 1000, 10_000
WIDE = Context(prec=900)  # the default, which abs() uses too, rounds to 28 digits
LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """A table's columns by name, found without regard to case. ``table`` is for errors only."""

    table: str
    types: dict[str, str]  # name -> DuckDB type, in the table's order
    _folded: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._folded.update({folded(name): name for name in self.types})

    def find(self, name: str) -> tuple[str, str]:
        """(the name as the table writes it, its type). Raises ColumnNotFound."""
        found = self._folded.get(folded(name))
        if found is None:
            raise ColumnNotFound(table=self.table, column=name)
        return found, self.types[found]

    def chosen(self, names: Sequence[str] | None) -> list[tuple[str, str]]:
        """The asked columns in the asked order, each once; all of them for None."""
        if names is None:
            return list(self.types.items())
        if not names:
            raise Invalid([{"field": "columns", "message": "name at least one column"}], fields="columns")
        return list(dict.fromkeys(self.find(name) for name in names))


@dataclass(frozen=True)
class Condition:
    """A piece of SQL and the values for its question marks."""

    sql: str
    values: list[Any]


def where(columns: Columns, filters: Sequence[Filter], zone: str = "UTC") -> Condition:
    """``WHERE …`` or nothing. Raises ColumnNotFound, or Invalid that names the field.

    ``zone`` is what a time without offset means beside a column that has one.
    """
    if len(filters) > MAX_FILTERS:
        raise _invalid("filters", f"at most {MAX_FILTERS} filters")
    parts = [_condition(columns, filter_, f"filters.{index}.value", zone) for index, filter_ in enumerate(filters)]
    if not parts:
        return Condition("", [])
    sql = " AND ".join(f"({part.sql})" for part in parts)
    return Condition(f"WHERE {sql}", [value for part in parts for value in part.values])


def order(columns: Columns, order_by: Sequence[Order | str]) -> str:
    """``ORDER BY …`` with the rowid as the last word, so that pages neither repeat nor lose a row."""
    parts = []
    for item in order_by:
        wanted = _order(columns, item)
        name, _ = columns.find(wanted.column)
        parts.append(f"{quoted(name)} {'DESC' if wanted.descending else 'ASC'} NULLS LAST")
    return f"ORDER BY {', '.join([*parts, 'rowid'])}"


def _order(columns: Columns, item: Order | str) -> Order:
    if isinstance(item, Order):
        return item
    if item.startswith("-") and folded(item) not in {folded(name) for name in columns.types}:
        return Order(column=item[1:], descending=True)
    return Order(column=item)


def _condition(columns: Columns, filter_: Filter, place: str, zone: str) -> Condition:
    name, kind = columns.find(filter_.column)
    column, op, value = quoted(name), filter_.op, filter_.value
    if op in ("is null", "is not null"):
        if value is not None:
            raise _invalid(place, f"'{op}' takes no value")
        return Condition(f"{column} {op.upper()}", [])
    if op in TEXT_OPS:
        return _text_condition(column if kind in TEXT else f"CAST({column} AS VARCHAR)", op, value, place)
    compare = _comparison(kind, zone)
    if op == "between":
        low, high = _list(value, place, exactly=2)
        return _both(compare(column, ">=", low, place), compare(column, "<=", high, place))
    if op in ("in", "not in"):
        each = [compare(column, "=", item, place) for item in _list(value, place)]
        sql = " OR ".join(part.sql for part in each)
        values = [bound for part in each for bound in part.values]
        return Condition(sql if op == "in" else f"NOT ({sql})", values)
    return compare(column, op, value, place)


def _both(left: Condition, right: Condition) -> Condition:
    return Condition(f"{left.sql} AND {right.sql}", left.values + right.values)


def _text_condition(text: str, op: str, value: Any, place: str) -> Condition:
    bound = _text(value, place)
    sql = {
        "like": f"{text} LIKE ?",
        "not like": f"{text} NOT LIKE ?",
        "contains": f"contains(lower({text}), lower(?))",
        "starts with": f"starts_with({text}, ?)",
        "ends with": f"ends_with({text}, ?)",
    }[op]
    return Condition(sql, [bound])


Compare = Callable[[str, str, Any, str], Condition]


def _comparison(kind: str, zone: str) -> Compare:
    """How a column of this type is compared: (column, op, value, place) -> Condition."""
    if parts := decimal_parts(kind):
        return lambda column, op, value, place: _exact(column, op, _decimal(value, place), kind, parts)
    if kind in FLOATS:
        return lambda column, op, value, place: Condition(f"{column} {_sign(op)} ?", [_float(value, place)])
    if kind in NAIVE_TIMES or kind in ZONED_TIMES or kind == "DATE":
        read = _zoned if kind in ZONED_TIMES else _naive
        # a DATE beside a time of day compares as a time, so that < noon includes the day itself
        cast = "TIMESTAMP" if kind == "DATE" else kind
        return lambda column, op, value, place: Condition(
            f"{column} {_sign(op)} CAST(? AS {cast})", [read(value, place, zone)]
        )
    if kind == "BOOLEAN":
        return lambda column, op, value, place: Condition(f"{column} {_sign(op)} ?", [_boolean(value, place)])
    if kind == "BLOB":
        return lambda column, op, value, place: Condition(f"{column} {_sign(op)} ?", [_bytes(value, place)])
    cast_text = "{0}" if kind in TEXT else "CAST({0} AS VARCHAR)"
    return lambda column, op, value, place: Condition(
        f"{cast_text.format(column)} {_sign(op)} ?", [_text(value, place)]
    )


def _sign(op: str) -> str:
    return "<>" if op == "!=" else op


def _exact(column: str, op: str, value: Decimal, kind: str, parts: tuple[int, int]) -> Condition:
    """A comparison with no rounding on either side, also where the value does not fit the column's type."""
    precision, scale = parts
    whole = scale == 0 and not kind.startswith("DECIMAL")
    if value.copy_abs() >= (Decimal(2**127) if whole else Decimal(10) ** (precision - scale)):
        return Condition(f"CAST({column} AS DOUBLE) {_sign(op)} ?", [float("inf") if value > 0 else float("-inf")])
    floor = value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_FLOOR, context=WIDE)
    cast = kind if not whole else "BIGINT" if floor.copy_abs() < 2**63 else "HUGEINT"
    bound = f"CAST(? AS {cast})"
    if floor == value:
        return Condition(f"{column} {_sign(op)} {bound}", [format(floor, "f")])
    if op in ("=", "!="):  # a finer value than the column can hold equals none of its values
        return Condition(f"{column} IS NOT NULL" if op == "!=" else f"{column} <> {column}", [])
    return Condition(f"{column} {'<=' if op in ('<', '<=') else '>'} {bound}", [format(floor, "f")])


def _decimal(value: Any, place: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _invalid(place, "must be a number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _invalid(place, "must be a number") from None
    if not number.is_finite() or abs(number.adjusted()) > 400 or len(number.as_tuple().digits) > 400:
        raise _invalid(place, "must be a finite number")
    return number


def _float(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _invalid(place, "must be a number")
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise _invalid(place, "must be a number") from None


def _text(value: Any, place: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > MAX_TEXT:
        raise _invalid(place, "must be text")
    return str(value)


def _boolean(value: Any, place: str) -> bool:
    known = {"true": True, "false": False, "1": True, "0": False}
    if (text := str(value).lower()) not in known:
        raise _invalid(place, "must be true or false")
    return known[text]


def _bytes(value: Any, place: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise _invalid(place, "must be base64") from None


def _moment(value: Any, place: str) -> tuple[str, str]:
    """(the time as text DuckDB reads, its offset or nothing), checked against the calendar."""
    found = LOCAL.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        if not found:
            raise ValueError
        clock = found[2] or "00:00:00"
        datetime.fromisoformat(f"{found[1]}T{clock.partition('.')[0]}")
    except ValueError:
        raise _invalid(place, "must be a time such as 2026-01-31T13:45:00") from None
    return f"{found[1]} {clock}", found[3] or ""


def _naive(value: Any, place: str, _: str) -> str:
    text, offset = _moment(value, place)
    if offset:
        raise _invalid(place, "must be a time without offset: this column has none")
    return text


def _zoned(value: Any, place: str, zone: str) -> str:
    text, offset = _moment(value, place)
    if offset:
        return text + offset.replace("Z", "+00")
    head, _, fraction = text.partition(".")
    try:
        moment = datetime.fromisoformat(head).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    except OverflowError:
        raise _invalid(place, "must be a time between year 1 and 9999") from None
    return f"{moment.replace(tzinfo=None).isoformat(sep=' ')}{'.' + fraction if fraction else ''}+00"


def _list(value: Any, place: str, exactly: int | None = None) -> list[Any]:
    if not isinstance(value, list) or not value or len(value) > MAX_LIST:
        raise _invalid(place, f"must be a list of 1 to {MAX_LIST} values")
    if exactly is not None and len(value) != exactly:
        raise _invalid(place, f"must be a list of {exactly} values")
    return value


def _invalid(place: str, message: str) -> Invalid:
    return Invalid([{"field": place, "message": message}], fields=f"{place} ({message})")
