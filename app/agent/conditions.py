"""Filters inside a sentence: FACTORY가 F1인, 온도가 80도 이상, amount over 500. Pure.

The sentence comes with its columns masked: each is one character of the private use area, so that a column's own name
is never taken for a value or for a word of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from app.agent.known import Column

TABLE_MARK, FIRST_MARK = "\ue000", 0xE001
C = "([\ue001-\uf8ff])"
VALUE = "(\"[^\"]+\"|'[^']+'|[^\\s,?\ue000-\uf8ff]+?)"
NUMBER = r"(-?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(만|억|천|k\b|m\b)?"
UNIT = r"(?:도|원|개|건|%|점|초|번)?"
SUBJECT = r"\)?\s*(?:값)?(?:이|가|은|는|을|를)?\s*"
STOP = r"(?=\s|$|[,?.!]|[\ue000-\uf8ff])"
TIMES = {"만": 10_000, "억": 100_000_000, "천": 1000, "k": 1000, "m": 1_000_000}
KOREAN_SIGNS = (
    (r"이상", ">="), (r"이하", "<="), (r"초과|(?:을|를)?\s*(?:넘|초과)|보다\s*(?:큰|크|높|많|비싼)|이?\s*넘", ">"),
    (r"미만|보다\s*(?:작|낮|적|싼)|도?\s*안\s*되", "<"),
)  # fmt: skip
ENGLISH_SIGNS = (
    (r"at least|no less than|not less than", ">="), (r"at most|no more than|not more than", "<="),
    (r"over|above|(?:greater|more|higher|bigger|larger) than|exceed(?:s|ing)?", ">"),
    (r"under|below|(?:less|lower|smaller|fewer) than", "<"),
)  # fmt: skip
NO_VALUES = {
    "the", "a", "an", "in", "by", "per", "for", "up", "highest", "lowest", "null", "empty", "missing", "not", "over",
    "above", "below", "under", "at", "between", "greater", "less", "more", "higher", "lower", "there", "max", "min",
    "like",
    "제일", "가장", "얼마", "몇", "뭐", "무엇", "어떻게", "this", "today", "last", "each", "and", "avg", "average",
}  # fmt: skip
Found = dict[str, Any]


def filters_in(text: str, columns: Sequence[Column]) -> tuple[list[Found], str]:
    """The filters that the masked ``text`` asks for, and the text without them."""
    found: list[Found] = []
    for pattern, make in RULES:
        while place := next((m for m in re.finditer(pattern, text, re.I) if _made(make, m, columns)), None):
            found.append(_made(make, place, columns) or {})
            text = f"{text[: place.start()]} {text[place.end() :]}"
    return found, text


def _made(
    make: Callable[[re.Match[str], Column], Found | None], place: re.Match[str], columns: Sequence[Column]
) -> Found | None:
    mark = next(group for group in place.groups() if group and FIRST_MARK <= ord(group[0]) <= 0xF8FF)
    column = columns[ord(mark) - FIRST_MARK]
    found = make(place, column)
    return {"column": column.name, **found} if found else None


def _between(place: re.Match[str], _: Column) -> Found | None:
    return {"op": "between", "value": [_number(place[2], place[3]), _number(place[4], place[5])]}


def _signed(sign: str) -> Callable[[re.Match[str], Column], Found | None]:
    return lambda place, _: {"op": sign, "value": _number(place[2], place[3])}


def _before(sign: str) -> Callable[[re.Match[str], Column], Found | None]:
    return lambda place, _: {"op": sign, "value": _number(place[1], place[2])}


def _text(op: str) -> Callable[[re.Match[str], Column], Found | None]:
    def make(place: re.Match[str], column: Column) -> Found | None:
        value = place[2].strip("\"'")
        if not value or value.lower() in NO_VALUES or (place[2] == value and op == "=" and _odd(value, column)):
            return None
        return {"op": op, "value": _typed(value, column)}

    return make


def _odd(value: str, column: Column) -> bool:
    """A number's column is not compared with a word."""
    return column.number and not re.fullmatch(r"-?[\d,]*\.?\d+(?:[eE][-+]?\d+)?", value)


def _symbol(place: re.Match[str], column: Column) -> Found | None:
    sign = {"==": "=", "<>": "!=", "≥": ">=", "≤": "<="}.get(place[2], place[2])
    return {"op": sign, "value": _typed(place[3].strip("\"'"), column)}


def _null(op: str) -> Callable[[re.Match[str], Column], Found | None]:
    return lambda _, __: {"op": op}


def _numbered(place: re.Match[str], column: Column) -> Found | None:
    """ORDER_ID 1187: only behind what numbers things, as a measurement's number may be anything."""
    counts = column.number and re.search(r"(?:ID|NO|NUM|SEQ|CODE|번호)$", column.name, re.I)
    return {"op": "=", "value": int(place[2])} if counts else None


def _value_first(place: re.Match[str], column: Column) -> Found | None:
    """F1 공장: a code in front of its column."""
    return None if column.number or column.time else {"op": "=", "value": place[1].strip("\"'")}


def _value_behind(place: re.Match[str], column: Column) -> Found | None:
    return None if column.time or column.number else {"op": "=", "value": place[2].strip("\"'")}


def _typed(value: str, column: Column) -> Any:
    number = re.fullmatch(NUMBER, value, re.I) if column.number else None
    return _number(number[1], number[2]) if number else value


def _number(text: str, unit: str | None) -> Any:
    """The number as a person wrote it; one with more than fifteen digits stays text, so that none is rounded."""
    bare = text.replace(",", "")
    if unit:
        return float(bare) * TIMES[unit.lower()] if "." in bare else int(bare) * TIMES[unit.lower()]
    if len(re.sub(r"\D", "", bare)) > 15:
        return bare
    return float(bare) if re.search(r"[.eE]", bare) else int(bare)


CODE = (  # F1, LOT-0042, PAID, "anything quoted"
    "(\"[^\"]+\"|'[^']+'|(?=[A-Za-z0-9_\\-]*\\d)(?=[A-Za-z0-9_\\-]*[A-Za-z])[A-Za-z0-9_\\-]+"
    "|(?-i:[A-Z]{1,3}(?=\\s)|[A-Z][A-Z0-9_\\-]+))"
)
RULES: list[tuple[str, Callable[[re.Match[str], Column], Found | None]]] = [
    (C + SUBJECT + NUMBER + UNIT + r"\s*(?:에서|부터|~)\s*" + NUMBER + UNIT + r"\s*(?:까지|사이)?(?:인|의)?", _between),
    (C + r"\s*(?:is\s+|are\s+)?between\s+" + NUMBER + r"\s+and\s+" + NUMBER, _between),
    (C + r"\s*(>=|<=|!=|<>|==|=|>|<|≥|≤)\s*" + VALUE + r"(?:인|이고)?" + STOP, _symbol),
    *[(C + SUBJECT + NUMBER + r"\s*" + UNIT + rf"\s*(?:{words})\w*", _signed(sign)) for words, sign in KOREAN_SIGNS],
    *[(C + rf"\s*(?:is\s+|was\s+|are\s+)?(?:{words})\s+" + NUMBER, _signed(sign)) for words, sign in ENGLISH_SIGNS],
    *[
        (rf"\b(?:{words})\s+" + NUMBER + r"\s+(?:in|of)\s+(?:the\s+)?" + C, _before(sign))
        for words, sign in ENGLISH_SIGNS
    ],
    *[(NUMBER + r"\s*" + UNIT + rf"\s*(?:{words})\w*\s*(?:의\s*)?" + C, _before(sign)) for words, sign in KOREAN_SIGNS],
    (C + SUBJECT + r"(?:비어|비었|null|널|없는)\w*", _null("is null")),
    (r"\b(?:no|without(?: an?| any)?)\s+" + C, _null("is null")),
    (r"\b(?:missing|lack(?:s|ing)?|ha(?:s|ve) no|with no)\s+(?:an?\s+|the\s+|any\s+)?" + C, _null("is null")),
    (C + r"\s+(?:is|are)\s+not\s+(?:null|empty|missing)", _null("is not null")),
    (C + r"\s+(?:is|are)\s+(?:null|empty|missing)", _null("is null")),
    (C + r"\s*에\s*" + VALUE + r"\s*(?:이|가|을|를|라는|이라는)?\s*(?:포함|들어|있는)\w*", _text("contains")),
    (C + r"\s+(?:contain(?:s|ing)?|includ(?:es|ing)|like)\s+" + VALUE + STOP, _text("contains")),
    (C + SUBJECT + VALUE + r"(?:으로|로)\s*시작\w*", _text("starts with")),
    (C + SUBJECT + VALUE + r"(?:으로|로)\s*끝나\w*", _text("ends with")),
    (C + r"\s+(?:starts?|starting|begins?|beginning)\s+with\s+" + VALUE + STOP, _text("starts with")),
    (C + r"\s+(?:ends?|ending)\s+with\s+" + VALUE + STOP, _text("ends with")),
    (C + SUBJECT + VALUE + r"\s*(?:이|가)?\s*아닌", _text("!=")),
    (C + r"\s+(?:is\s+not|isn't|not|is\s+other\s+than)\s+" + VALUE + STOP, _text("!=")),
    (C + SUBJECT + VALUE + r"\s*(?:인데|인|이고|이면서|이며|짜리|였던|일\s*때)" + STOP, _text("=")),
    (C + r"\s+(?:is|are|was|equals|equal\s+to)\s+(?:equal\s+to\s+)?" + VALUE + STOP, _text("=")),
    (C + r"\s+(\d{2,})" + STOP, _numbered),
    (r"\b(?:from|for|by|of|with|where)\s+(?:the\s+)?" + C + r"\s+((?-i:[A-Z][\w\-]*))", _value_behind),
    (CODE + r"\s*" + C, _value_first),
    (C + r"\s+" + CODE, _value_behind),
]
