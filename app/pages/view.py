"""A view of a table as its address says it: filters, order, columns, page; read from the query string and written."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, get_args
from urllib.parse import quote

from multidict import MultiMapping
from pydantic import ValidationError
from yarl import URL

from app.errors import FilterNotFitting, Invalid
from app.schemas.tables import Filter, Op, Order, TableQuery

OPS: tuple[str, ...] = get_args(Op)
LISTS = {"in", "not in", "between"}  # their value is several, written with commas as in a CSV line
BARE = {"is null", "is not null"}
SIZES = (50, 100, 500, 1000)
Pairs = list[tuple[str, str]]


def table_path(name: str, suffix: str = "") -> str:
    """The page of a table; any name is possible, slashes and question marks too."""
    return f"/tables/{quote(name, safe='')}{suffix}"


@dataclass(frozen=True)
class View:
    """Which part of a table is looked at, and how. ``open`` are the columns whose profile is unfolded."""

    filters: tuple[Filter, ...] = ()
    sort: tuple[Order, ...] = ()
    show: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    limit: int = 100
    offset: int = 0

    @classmethod
    def read(cls, query: MultiMapping[str]) -> View:
        """Raises Invalid (422) that names the field. What is not known here (a tracking tag, say) is passed over."""
        return cls(
            filters=tuple(read_filters(query)),
            sort=tuple(map(_order, filter(None, query.getall("sort", [])))),
            show=once(query.getall("show", [])),
            open=once(query.getall("open", [])),
            limit=whole(query, "limit", 100, most=1000),
            offset=whole(query, "offset", 0),
        )

    def pairs(self) -> Pairs:
        """The view as query pairs, in one fixed order, what is as ever left out: equal views have equal addresses."""
        written: Pairs = filter_pairs(self.filters)
        written += [("sort", written_order(order)) for order in self.sort]
        written += [("show", name) for name in self.show] + [("open", name) for name in self.open]
        written += [("limit", str(self.limit))] if self.limit != 100 else []
        written += [("offset", str(self.offset))] if self.offset else []
        return written

    def at(self, path: str, **changes: Any) -> URL:
        """The address of this view, with changes; a change of anything but the page goes back to the first one."""
        if not changes.keys() & {"offset", "open"}:
            changes["offset"] = 0
        return address(path, replace(self, **changes).pairs())

    def question(self, limit: int | None = None) -> TableQuery:
        """What to ask of the service; for files ``limit`` and offset do not count."""
        return TableQuery(
            columns=list(self.show) or None,
            filters=list(self.filters),
            order_by=list(self.sort),
            limit=limit,
            offset=self.offset if limit is not None else 0,
        )

    def sorted_by(self, column: str) -> tuple[Order, ...]:
        """Click on a head: ascending, descending, not at all."""
        now = next((order for order in self.sort if order.column == column), None)
        if now is None:
            return (Order(column=column),)
        return () if now.descending else (Order(column=column, descending=True),)

    def direction(self, column: str) -> str:
        """As ``aria-sort`` says it."""
        now = next((order for order in self.sort if order.column == column), None)
        return "none" if now is None else "descending" if now.descending else "ascending"

    def without(self, index: int) -> tuple[Filter, ...]:
        return self.filters[:index] + self.filters[index + 1 :]

    def only(self, column: str, op: Op, value: Any = None) -> tuple[Filter, ...]:
        """One more filter; an equal one is there once, another on the same column with the same operator gives way."""
        return (
            *(f for f in self.filters if (f.column, f.op) != (column, op)),
            Filter(column=column, op=op, value=value),
        )

    def toggled(self, column: str) -> tuple[str, ...]:
        return tuple(name for name in self.open if name != column) if column in self.open else (*self.open, column)


def address(path: str, pairs: Pairs) -> URL:
    return URL(path, encoded=True).with_query(pairs)


def read_filters(query: MultiMapping[str]) -> list[Filter]:
    """``column``, ``op``, ``value`` three by three, as a form with several rows sends them; a row without column is no
    filter. Raises Invalid (422)."""
    columns, ops, values = (query.getall(name, []) for name in ("column", "op", "value"))
    ops, values = _as_long(ops, columns, "="), _as_long(values, columns, "")
    return [_filter(*row) for row in zip(columns, ops, values, strict=True) if row[0]]


def _as_long(given: Sequence[str], other: Sequence[str], filler: str) -> list[str]:
    return [*given, *[filler] * (len(other) - len(given))][: len(other)]


def _filter(column: str, op: str, text: str) -> Filter:
    if op in BARE:
        value: Any = None
    elif op in LISTS:
        value = [part.strip() for part in next(csv.reader([text], skipinitialspace=True), [])]
    else:
        value = text
    if op == "between" and len(value) != 2:
        raise Invalid([{"field": "value", "message": "between wants two values, as in 1, 5"}], fields="value")
    try:
        return Filter.model_validate({"column": column, "op": op, "value": value})
    except ValidationError as error:
        raise Invalid([{"field": "op", "message": f"one of {', '.join(OPS)}"}], fields="op") from error


@contextmanager
def naming(filters: Sequence[Filter]) -> Iterator[None]:
    """The service tells a wrong value by its place in the question; a person is told the column and the value."""
    try:
        yield
    except Invalid as error:
        found = re.fullmatch(r"filters\.(\d+)\.value", str((error.details or [{}])[0].get("field")))
        if found is None:
            raise
        wrong = filters[int(found[1])]
        raise FilterNotFitting(error.details, column=wrong.column, value=written_value(wrong.value)) from error


def filter_pairs(filters: Iterable[Filter]) -> Pairs:
    return [
        pair
        for one in filters
        for pair in (("column", one.column), ("op", one.op), ("value", written_value(one.value)))
    ]


def written_value(value: Any) -> str:
    """A filter's value as a person types it: a list with commas, a part with a comma in quotes."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_quoted(str(part)) for part in value)
    return str(value)


def _quoted(part: str) -> str:
    odd = any(sign in part for sign in ',"') or part != part.strip() or not part
    return '"' + part.replace('"', '""') + '"' if odd else part


def _order(text: str) -> Order:
    """``-NAME`` is descending; a name that begins with a sign itself has one more before it."""
    return Order(column=text[1:] if text[0] in "+-" else text, descending=text.startswith("-"))


def written_order(order: Order) -> str:
    return ("-" if order.descending else "+" if order.column[:1] in {"+", "-"} else "") + order.column


def once(names: Iterable[str]) -> tuple[str, ...]:
    """The names that are not empty, each once."""
    return tuple(dict.fromkeys(name for name in names if name))


def whole(query: MultiMapping[str], field: str, default: int, most: int | None = None) -> int:
    text = query.get(field, "").strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > 15:
        raise Invalid([{"field": field, "message": "a whole number"}], fields=field)
    return min(int(text), most) if most is not None else int(text)
