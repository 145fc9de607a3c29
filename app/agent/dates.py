"""Written dates inside a sentence: 2026-11-20, 11월 20일, 11/20, Nov 20th. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
REST = r"(?:uary|ruary|ch|il|e|y|ust|t(?:ember)?|ober|ember)?"  # of January, March, Sept …
NAMED = rf"(?P<name>{'|'.join(MONTHS)}){REST}\b\.?"
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
FORMS = (
    r"(?P<year>\d{4})\s*[-./년]\s*(?P<month>\d{1,2})\s*[-./월]\s*(?P<day>\d{1,2})일?",
    r"(?P<month>\d{1,2})\s*월\s*(?P<day>\d{1,2})\s*일",
    r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\d/])",
    rf"\b{NAMED}\s+{DAY}\b(?!:){YEAR}",
    rf"\b{DAY}\s+(?:of\s+)?{NAMED}\b{YEAR}",
)


@dataclass(frozen=True)
class Written:
    start: int
    end: int
    day: datetime


def dates_in(text: str, now: datetime) -> list[Written]:
    """The dates in ``text`` in the form that is used first; one without its year is the last such day."""
    for form in FORMS:
        found = [
            Written(place.start(), place.end(), day)
            for place in re.finditer(form, text, re.I)
            if (day := _day(place.groupdict(), now))
        ]
        if found:
            return found
    return []


def _day(parts: dict[str, str | None], now: datetime) -> datetime | None:
    name, year = parts.get("name"), parts.get("year")
    month = MONTHS.index(name.lower()) + 1 if name else int(parts["month"] or 0)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        day = today.replace(year=int(year or now.year), month=month, day=int(parts["day"] or 0))
        return day if year or day <= today else day.replace(year=day.year - 1)
    except ValueError:
        return None
