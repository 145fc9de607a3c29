"""A question as the rules take it apart: its tables found and masked; and what it is found to mean. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.agent import vocabulary as v
from app.agent.codes import holding
from app.agent.conditions import TABLE_MARK
from app.agent.known import Known, KnownTable
from app.agent.names import Mention, business_table, misspelt_table, parted, tables_in, tables_with


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


@dataclass
class Asked:
    """A question with its tables found and masked in ``text``."""

    text: str
    known: Known
    tables: list[KnownTable]
    context: str = ""
    raw: str = ""  # as it was asked, with its names
    singular: bool = False  # the newest order, not orders

    @classmethod
    def of(cls, question: str, known: Known, context: str) -> Asked:
        text = parted(re.sub(r"\s+", " ", question).strip(), known)
        mentions = tables_in(text, known)
        if not mentions:
            almost = business_table(text, known) or misspelt_table(text, known, v.ORDINARY)
            mentions = [almost] if almost else []
        tables = [table for mention in mentions if (table := known.table(mention.name))]
        singular = any(f"{text[m.start : m.end].lower()}s" == m.name.lower() for m in mentions)
        return cls(masked(text, mentions, {}), known, list(dict.fromkeys(tables)), context, text, singular)

    def says(self, pattern: str) -> bool:
        return v.said(pattern, self.text) is not None

    @property
    def table(self) -> KnownTable | None:
        return self.tables[0] if len(self.tables) == 1 else None

    @cached_property
    def fitting(self) -> list[KnownTable]:
        """The tables with the columns and the codes that are named; none when neither is."""
        by_column, by_code = tables_with(self.text, self.known), holding(self.text, self.known, v.ORDINARY)
        return [table for table in by_code if table in by_column] or by_code or by_column

    def target(self) -> KnownTable | None:
        """The table of a question about data: named, or the only one with the named columns, or the context's."""
        if self.tables:
            return self.table
        if self.fitting:
            named = next((table for table in self.fitting if table.name == self.context), None)
            return self.fitting[0] if len(self.fitting) == 1 else named
        if self.context:
            return self.known.table(self.context)
        return self.known.tables[0] if len(self.known.tables) == 1 else None

    def ask_table(self) -> Meant:
        named = self.tables or tables_with(self.text, self.known) or self.known.tables
        return Meant(reply="ask_table" if self.known.tables else "no_tables", about=tuple(t.name for t in named[:12]))


def masked(text: str, mentions: list[Mention], marks: dict[str, str]) -> str:
    for mention in sorted(mentions, key=lambda m: -m.start):
        text = text[: mention.start] + marks.get(mention.name, TABLE_MARK) + text[mention.end :]
    return text
