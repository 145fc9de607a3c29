"""The offline rules: an everyday question in Korean or English becomes one call, or an honest sentence. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from app.agent import vocabulary as v
from app.agent.conditions import FIRST_MARK, TABLE_MARK, filters_in
from app.agent.known import Column, Known, KnownTable
from app.agent.moments import Span, number_of, schedule_in, span_in, step_in
from app.agent.names import Mention, business_table, columns_in, misspelt_table, tables_in, tables_with

MOST_ROWS = 50
SYNC_TOOLS = {"pause_sync": v.PAUSE, "resume_sync": v.RESUME, "cancel_sync": v.CANCEL}


@dataclass(frozen=True)
class Meant:
    """A call (``tool``, ``arguments``), or a ``reply``: the kind of sentence to say, or to ask back."""

    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    reply: str = ""
    about: tuple[str, ...] = ()  # names for the reply: candidates, what was not understood

    @property
    def asks(self) -> bool:
        return self.reply.startswith("ask")


def understood(question: str, known: Known, table: str = "") -> Meant:
    """What ``question`` means. ``table``: the one the conversation is about, for questions that name none."""
    sql = re.match(r"\s*(?:select|with)\b.+", question, re.I | re.S)
    if sql and re.search(r"\bfrom\b|\bselect\b\s+[\d'(*]", question, re.I):
        return Meant("run_sql", {"sql": question.strip().rstrip(";")})
    asked = _Asked.of(question, known, table)
    for reading in (_talk, _jobs, _control, _sync, _catalogue, _data):
        meant = reading(asked)
        if meant:
            return meant
    return Meant(reply="unknown")


@dataclass
class _Asked:
    """A question with its tables found and masked in ``text``."""

    text: str
    known: Known
    tables: list[KnownTable]
    context: str = ""
    raw: str = ""  # as it was asked, with its names

    @classmethod
    def of(cls, question: str, known: Known, context: str) -> _Asked:
        text = re.sub(r"\s+", " ", question).strip()
        mentions = tables_in(text, known)
        if not mentions:
            almost = business_table(text, known) or misspelt_table(text, known, v.ORDINARY)
            mentions = [almost] if almost else []
        tables = [table for mention in mentions if (table := known.table(mention.name))]
        return cls(_masked(text, mentions, {}), known, list(dict.fromkeys(tables)), context, text)

    def says(self, pattern: str) -> bool:
        return v.said(pattern, self.text) is not None

    @property
    def table(self) -> KnownTable | None:
        return self.tables[0] if len(self.tables) == 1 else None

    def target(self) -> KnownTable | None:
        """The table of a question about data: named, or the only one with the named columns, or the context's."""
        if self.tables:
            return self.table
        fitting = tables_with(self.text, self.known)
        if fitting:
            named = next((table for table in fitting if table.name == self.context), None)
            return fitting[0] if len(fitting) == 1 else named
        if self.context:
            return self.known.table(self.context)
        return self.known.tables[0] if len(self.known.tables) == 1 else None

    def ask_table(self) -> Meant:
        named = self.tables or tables_with(self.text, self.known) or self.known.tables
        return Meant(reply="ask_table" if self.known.tables else "no_tables", about=tuple(t.name for t in named[:12]))


def _masked(text: str, mentions: list[Mention], marks: dict[str, str]) -> str:
    for mention in sorted(mentions, key=lambda m: -m.start):
        text = text[: mention.start] + marks.get(mention.name, TABLE_MARK) + text[mention.end :]
    return text


def _talk(asked: _Asked) -> Meant | None:
    """Greetings, thanks, what it can do, and what it will not do."""
    if asked.says(v.NEGATED) and asked.says(v.SYNC):
        return Meant(reply="not_done")
    if asked.says(v.HELP):
        return Meant(reply="help")
    plans = asked.says(v.SCHEDULE) and asked.says(v.REGISTER)
    if asked.says(v.DESTROY) and not plans and not asked.says(v.RECONCILE) and not asked.says(v.CANCEL_SYNC):
        return Meant(reply="cannot_write")
    if not asked.tables and asked.says(v.HELLO):
        return Meant(reply="hello")
    return Meant(reply="thanks") if not asked.tables and asked.says(v.THANKS) else None


def _jobs(asked: _Asked) -> Meant | None:
    rhythm = schedule_in(asked.text) if asked.says(v.RHYTHM) else {}
    wants = asked.says(v.SYNC) or asked.says(v.SCHEDULE)
    listing = asked.says(v.LISTING) and not asked.says(v.REGISTER)
    if rhythm and wants and not listing and not asked.says(v.AGGREGATES):
        targets = [table.name for table in asked.tables] or (["*"] if asked.says(v.EVERYTHING) else [])
        if not targets:
            return asked.ask_table()
        kind = _kind(asked) or "incremental"
        return Meant("add_job", rhythm | {"targets": targets, "sync_type": kind})
    if asked.says(v.RHYTHM) and asked.says(v.SYNC) and not listing and not asked.says(v.AGGREGATES):
        return Meant(reply="ask_when")
    if asked.says(v.SCHEDULE) or asked.says(v.NEXT_SYNC):
        return Meant(reply="ask_when") if asked.says(v.REGISTER) and not listing else Meant("list_jobs")
    return None


def _control(asked: _Asked) -> Meant | None:
    """Pause, resume, cancel: of the named table's run, or of the only one."""
    named = asked.tables and asked.says(v.BARE_CONTROL)
    if asked.says(v.WHY) or not (asked.says(v.SYNC) or named):
        return None
    for tool, words in SYNC_TOOLS.items():
        if asked.says(words):
            known = asked.known
            candidates = known.stopped if tool == "resume_sync" else known.active
            if tool == "cancel_sync" and not candidates:
                candidates = known.stopped
            if asked.table:
                return Meant(tool, {"table": asked.table.name})
            if len(candidates) == 1:
                return Meant(tool, {"table": candidates[0]})
            return Meant(reply="ask_run" if candidates else "nothing_runs", about=candidates)
    return None


def _sync(asked: _Asked) -> Meant | None:
    """Start a sync, or look at those that run."""
    kind = _kind(asked)
    checks = kind in ("verify", "reconcile") and not asked.says(v.STATE)
    if asked.says(v.FRESH) and not asked.says(v.ROW_COUNT) and not (asked.says(v.START) and asked.says(v.SYNC)):
        return Meant("list_tables")
    looks = asked.says(v.RUNNING) or (asked.says(f"{v.STATE}|{v.WHY}") and asked.says(v.SYNC))
    if looks and not asked.says(v.START_NOW):
        return Meant("get_sync_status")
    if not (
        checks
        or (asked.says(v.SYNC) and not asked.says(v.LISTING))
        or (asked.tables and (asked.says(v.FETCH) or (kind and asked.says(v.START_NOW))))
    ):
        return None
    if asked.table:
        return Meant("start_sync", {"table": asked.table.name} | ({"sync_type": kind} if kind else {}))
    source = re.search(r"\b([A-Za-z][\w$#]*\.[A-Za-z][\w$#]*)", asked.text, re.ASCII)
    if source:  # OWNER.TABLE that is not known yet
        return Meant("start_sync", {"table": source[1].upper()} | ({"sync_type": kind} if kind else {}))
    return (
        asked.ask_table()
        if len(asked.tables) < 2
        else Meant(reply="ask_one", about=tuple(t.name for t in asked.tables))
    )


def _kind(asked: _Asked) -> str:
    return next((kind for kind, words in v.KINDS.items() if asked.says(words)), "")


def _catalogue(asked: _Asked) -> Meant | None:
    """Oracle's tables and ours."""
    looks = asked.says(v.FIND) or (asked.says(v.TABLES) and not asked.tables)
    if asked.says(v.ORACLE) and looks:
        named = v.said(v.SEARCHED, asked.raw)
        word = next((group for group in named.groups() if group), "") if named else ""
        return Meant("list_sources", {"search": word} if word else {})
    if asked.says(v.HOW_MANY_TABLES):
        return Meant("list_tables")
    if not asked.tables and asked.says(v.TABLES) and asked.says(v.LISTING) and not asked.says(v.ROW_COUNT):
        return Meant("list_tables")
    return None


def _data(asked: _Asked) -> Meant | None:
    """Questions about what is in a table."""
    wanted = next((name for name, words in v.DATA.items() if asked.says(words)), "")
    table = asked.target()
    if table is None:
        return asked.ask_table() if wanted or asked.tables else None
    if not wanted and not asked.tables and not tables_with(asked.text, asked.known):
        return None
    return _Reading(asked, table).meant()


class _Reading:
    """A question about one table: its columns masked, its range and filters taken out."""

    def __init__(self, asked: _Asked, table: KnownTable) -> None:
        self._table, self._known = table, asked.known
        mentions = columns_in(asked.text, table)
        names = list(dict.fromkeys(mention.name for mention in mentions))
        self._columns = [column for name in names if (column := table.column(name))]
        marks = {name: chr(FIRST_MARK + place) for place, name in enumerate(names)}
        text = _masked(asked.text, mentions, marks)
        self._filters, text = filters_in(text, self._columns)
        self._span, self._text = span_in(text, asked.known.now)

    def says(self, pattern: str) -> bool:
        return v.said(pattern, self._text) is not None

    def meant(self) -> Meant:
        step, functions, group = step_in(self._text), self._functions(), self._group()
        limit, chart = self._limit(), self.says(v.DATA["chart"])
        if group is None:
            return Meant(reply="ask_column", about=tuple(column.name for column in self._table.columns[:20]))
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
        return number_of(word) if word else int(self.says(v.ONE_VALUE))

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
