"""A question about one table, read whole: columns, filters, range, step, functions, group, limit and order. Pure."""

from __future__ import annotations

import re
from typing import Any

from app.agent import vocabulary as v
from app.agent.asked import Asked, Meant, masked
from app.agent.clock import number_of
from app.agent.codes import coded
from app.agent.conditions import FIRST_MARK, filters_in
from app.agent.known import Column, KnownTable
from app.agent.moments import Span, span_in, step_in
from app.agent.names import columns_in

MOST_ROWS = 50


class Reading:
    """A question about one table: its columns masked, its range and filters taken out."""

    def __init__(self, asked: Asked, table: KnownTable) -> None:
        self._table, self._known = table, asked.known
        mentions = columns_in(asked.text, table)
        names = list(dict.fromkeys(mention.name for mention in mentions))
        self._columns = [column for name in names if (column := table.column(name))]
        marks = {name: chr(FIRST_MARK + place) for place, name in enumerate(names)}
        text = masked(asked.text, mentions, marks)
        listed, text = coded(text, table, self._columns, v.ORDINARY)
        self._filters, text = filters_in(text, self._columns)
        self._filters = listed + self._filters
        self._span, self._text = span_in(text, asked.known.now)
        self._per_column = asked.says(v.PER_COLUMN)
        self._one = asked.singular and self.says(v.NEWEST)

    def says(self, pattern: str) -> bool:
        return v.said(pattern, self._text) is not None

    def meant(self) -> Meant:
        step, functions, group = step_in(self._text), self._functions(), self._group()
        limit, chart = self._limit(), self.says(v.DATA["chart"])
        if group is None:
            return Meant(reply="ask_column", about=tuple(column.name for column in self._table.columns[:20]))
        if self._per_column:
            return Meant("get_table_stats", {"table": self._table.name})
        left = self._left(limit)
        if left:
            return Meant(reply="ask_filter", about=left)
        if limit and self._extreme() and not step and not group:
            return self._rows(limit, self._extreme())
        if chart:
            return self._aggregate("chart", step or "auto", functions, group)
        counted = self.says(v.ROW_COUNT)
        if functions and not (limit and not step) and not (counted and functions == ["sum"]):
            return self._aggregate("aggregate_table", step or "auto", functions, group)
        if counted and (step or group):
            return self._aggregate("aggregate_table", step or "auto", ["count"], group)
        if counted and not limit:
            return self._counted()
        if (step or group) and not limit:
            return self._aggregate(
                "aggregate_table", step or "auto", ["avg" if self._values(group) else "count"], group
            )
        if self.says(v.DATA["stats"]) and not (self._filters or limit or self.says(v.CHOSEN)):
            return Meant("get_table_stats", {"table": self._table.name})
        return self._rows(limit or 10, self._extreme())

    def _functions(self) -> list[str]:
        return [name for name, words in v.FUNCTIONS.items() if self.says(words)]

    def _extreme(self) -> str:
        """The order of "the largest five": by the column that is named, else by nothing."""
        numbers = self._marked(numeric=True)
        if not numbers:
            return ""
        if self.says(v.SMALLEST):
            return numbers[0].name
        return f"-{numbers[0].name}" if self.says(v.LARGEST) else ""

    def _marked(self, *, numeric: bool) -> list[Column]:
        """The columns that are still in the text: not part of a filter."""
        there = [column for place, column in enumerate(self._columns) if chr(FIRST_MARK + place) in self._text]
        return [column for column in there if column.number or not numeric]

    def _group(self) -> str | None:
        """The column behind 별 or "by"; None when what stands there is no column."""
        found = re.search(
            "([\ue001-\uf8ff])\\s*(?:별|마다|단위)|(?:by|per|for each|each|group by|across) ?([\ue001-\uf8ff])",
            self._text,
            re.I,
        )
        if found:
            column = self._columns[ord((found[1] or found[2])[0]) - FIRST_MARK]
            return "" if column.number or column.time else column.name
        stray = re.search(r"([가-힣A-Za-z_]+)별(?:로)?(?=\s|$|[가-힣])", self._text)
        return None if stray and not re.search(v.STEP_WORDS, stray[0]) else ""

    def _limit(self) -> int:
        found = v.said(v.LIMIT, self._text)
        word = next((group for group in found.groups() if group), "") if found else ""
        return number_of(word) if word else int(self._one or self.says(v.ONE_VALUE))

    def _left(self, limit: int) -> tuple[str, ...]:
        """Values in the text that no filter took: better to ask than to show rows that were not meant."""
        found = dict.fromkeys(match[0] for match in re.finditer(v.LEFT, self._text, re.I))
        return tuple(word for word in found if word.replace(",", "") != str(limit) and word.upper() not in v.NO_VALUES)

    def _values(self, group: str) -> list[str]:
        named = [column for column in self._marked(numeric=False) if not column.time and column.name != group]
        return [column.name for column in named]

    def _aggregate(self, tool: str, step: str, functions: list[str], group: str) -> Meant:
        values = self._values(group)
        if not self._table.time and self._table.columns:
            return Meant(reply="no_time", about=(self._table.name,))
        arguments: dict[str, Any] = {"table": self._table.name, "resolution": step}
        chosen = v.TOGETHER if functions == ["avg"] else functions
        arguments |= {"functions": chosen} if chosen and tool != "chart" else {}
        arguments |= {"value_columns": values} if values else {}
        arguments |= {"start": self._span.start} if self._span.start else {}
        arguments |= {"end": self._span.end} if self._span.end else {}
        arguments |= {"filters": self._filters} if self._filters else {}
        return Meant(tool, arguments | ({"group_by": group} if group else {}))

    def _counted(self) -> Meant:
        filters = self._filters + self._ranged(self._span)
        return Meant("query_table", {"table": self._table.name, "limit": 0} | ({"filters": filters} if filters else {}))

    def _rows(self, limit: int, order: str) -> Meant:
        filters = self._filters + self._ranged(self._span)
        oldest = self.says(v.OLDEST)
        usual = self._table.time if oldest else f"-{self._table.time}"
        arguments: dict[str, Any] = {"table": self._table.name, "limit": min(limit, MOST_ROWS)}
        arguments |= {"filters": filters} if filters else {}
        chosen = [column.name for column in self._marked(numeric=False)] if self.says(v.CHOSEN) else []
        arguments |= {"columns": chosen} if chosen else {}
        return Meant("query_table", arguments | ({"order_by": [order or usual]} if order or self._table.time else {}))

    def _ranged(self, span: Span) -> list[dict[str, Any]]:
        """A range as filters of the time column, written as that column writes its times."""
        column = self._table.column(self._table.time)
        if column is None:
            return []
        bounds = ((">=", span.low), ("<", span.high))
        return [
            {"column": column.name, "op": op, "value": moment.strftime(column.time.replace("iso", "%Y-%m-%dT%H:%M:%S"))}
            for op, moment in bounds
            if moment is not None
        ]
