"""Values that a table is known to hold, named without their column: F1 평균 온도, paid orders, NEW나 PAID인. Pure.

The sentence comes masked as for ``conditions``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.agent.conditions import FIRST_MARK, SUBJECT, TABLE_MARK
from app.agent.known import Column, Known, KnownTable
from app.agent.names import HANGUL, PARTICLES

BETWEEN = r"[\"']?\s*(?:이나|나|또는|혹은|이랑|랑|하고|과|와|,|/|&|\bor\b|\band\b)?\s*[\"']?"
BEHIND = r"(?:이|가|은|는|을|를)?\s*(?:말고|빼고|빼|제외|아닌|아니고)\S*"
BEFORE = r"(?:except(?: for)?|excluding|without|other than|but not|not)\s*$"
LINK = (
    rf"{SUBJECT}(?:(?:\bis\b|\bare\b|\bin\b|==?)\s*)?(\bnot\s+(?:in\s+)?|!=\s*|<>\s*)?[\"'(]*$"  # STATUS is not in ('
)
ENDING = r"[\"')]*\s*(?:인데|인|이고|이면서|이며|짜리|였던|꺼|거|것)?(?=만|\s|$|[,.?!])"
# what people call codes that are English words
KOREAN = {
    "NEW": "신규", "PAID": "결제|지불|입금", "SHIPPED": "출하|배송|발송", "RETURNED": "반품", "PENDING": "대기",
    "OK": "정상|양품", "NG": "불량", "PASS": "합격", "FAIL": "불합격",
}  # fmt: skip
BETWEEN_PARTS = str.maketrans("", "", "_- ")
LEAST = 2  # characters: Y and N stand for too much else
Found = dict[str, Any]


@dataclass(frozen=True)
class _Place:
    start: int
    end: int
    column: Column
    value: str
    sure: bool  # f1 is F1, but "new" is NEW only as it is spelt, or beside what belongs to it


def coded(text: str, table: KnownTable, named: Sequence[Column], ordinary: set[str]) -> tuple[list[Found], str]:
    """Filters for the values of ``table`` that stand in the masked ``text``, and the text without them.

    ``named`` are the columns behind the marks; ``ordinary`` words are no values, however a column spells them.
    """
    runs = _runs(text, _places(text, table, named, ordinary))
    filters: list[Found] = []
    for run in reversed([run for run in runs if _meant(text, run, named, ordinary)]):
        start, end, op = _around(text, run, named)
        values = list(dict.fromkeys(place.value for place in run))
        many = {"=": "in", "!=": "not in"}[op]
        value: Any = values[0] if len(values) == 1 else values
        filters.insert(0, {"column": run[0].column.name, "op": op if len(values) == 1 else many, "value": value})
        text = f"{text[:start]} {text[end:]}"
    return filters, text


def holding(text: str, known: Known, ordinary: set[str]) -> list[KnownTable]:
    """The tables that hold a value which ``text`` names; for questions that name neither table nor column."""
    return [table for table in known.tables if any(place.sure for place in _places(text, table, (), ordinary))]


def _places(text: str, table: KnownTable, named: Sequence[Column], ordinary: set[str]) -> list[_Place]:
    found: list[_Place] = []
    for value, columns in sorted(_codes(table, _bare(text)).items(), key=lambda pair: -len(pair[0])):
        column = columns[0] if len(columns) == 1 else next((each for each in columns if each in named), None)
        for place in _spelt(value, text):
            free = all(place.end() <= other.start or place.start() >= other.end for other in found)
            if column is not None and free:
                spelt = place[0] == value and value.lower() not in ordinary
                sure = spelt or re.search(rf"\d|[{HANGUL}]", place[0]) is not None
                found.append(_Place(place.start(), place.end(), column, value, sure))
    return sorted(found, key=lambda place: place.start)


def _codes(table: KnownTable, text: str) -> dict[str, list[Column]]:
    """Each value that may stand in the bare ``text``, with the columns that hold it; numbers are left out.

    A look for the bare value comes before any pattern: hundreds of tables hold tens of thousands of values.
    """
    found: dict[str, list[Column]] = {}
    for column in table.columns:
        for value in column.values:
            near = _bare(value) in text or value.upper() in KOREAN
            if near and len(value) >= LEAST and not re.fullmatch(r"[\d\s.,:/\-]+", value):
                found.setdefault(value, []).append(column)
    return found


@lru_cache(100_000)
def _bare(text: str) -> str:
    """As ``_pattern`` compares it: without case, and without what may stand between the parts of a code."""
    return text.lower().translate(BETWEEN_PARTS)


def _spelt(value: str, text: str) -> Iterator[re.Match[str]]:
    yield from _pattern(value).finditer(text)
    if words := KOREAN.get(value.upper()):
        yield from re.finditer(
            rf"(?<![{HANGUL}])(?:{words})(?:된|한|인|완료)?(?=\s|{TABLE_MARK}|건|거|것|주문|$)", text
        )


def _pattern(value: str) -> re.Pattern[str]:
    after = rf"(?=(?:{PARTICLES})?(?![\w{HANGUL}]))" if re.search(rf"[{HANGUL}]$", value) else r"(?![A-Za-z0-9_])"
    body = re.escape(value).replace("_", "[_ ]").replace(r"\-", "[- ]?")
    return re.compile(rf"(?<![\w{HANGUL}\-]){body}{after}", re.I)


def _meant(text: str, run: Sequence[_Place], named: Sequence[Column], ordinary: set[str]) -> bool:
    """Whether they are codes here: spelt as such, several of them, negated, beside their column or their table."""
    if any(place.sure for place in run) or len({place.value for place in run}) > 1:
        return True
    before, behind, mark = text[: run[0].start], text[run[-1].end :], _mark(run[0].column, named)
    if re.search(BEFORE, before, re.I) or re.match(BEHIND, behind):
        return True
    if mark and (re.search(mark + LINK, before, re.I) or re.match(rf"\s*{mark}", behind)):
        return True
    beside = re.match(rf"\s*{TABLE_MARK}", behind) or re.search(rf"{TABLE_MARK}\S?\s*$", before)
    return beside is not None and run[0].value.lower() not in ordinary


def _mark(column: Column, named: Sequence[Column]) -> str:
    return chr(FIRST_MARK + list(named).index(column)) if column in named else ""


def _runs(text: str, places: Sequence[_Place]) -> list[list[_Place]]:
    """Values of one column with nothing but a word such as "or" between them."""
    runs: list[list[_Place]] = []
    for place in places:
        last = runs[-1][-1] if runs else None
        if last and last.column is place.column and re.fullmatch(BETWEEN, text[last.end : place.start], re.I):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _around(text: str, run: Sequence[_Place], named: Sequence[Column]) -> tuple[int, int, str]:
    """What belongs to the values: their column's name beside them, a negation; and so which operator is meant."""
    start, end, op = run[0].start, run[-1].end, "="
    mark = _mark(run[0].column, named)
    if mark:
        before = re.search(mark + LINK, text[:start], re.I)
        behind = re.match(rf"\s*{mark}(?!\s*(?:별|마다))", text[end:])
        start, op = (before.start(), "!=" if before[1] else "=") if before else (start, op)
        end += behind.end() if behind else 0
    not_before, not_behind = re.search(BEFORE, text[:start], re.I), re.match(BEHIND, text[end:])
    if not_before or not_behind:
        op = "!="
        start = not_before.start() if not_before else start
        end += not_behind.end() if not_behind else 0
    ending = re.match(ENDING, text[end:])
    return start, end + (ending.end() if ending else 0), op
