"""Times of day inside a sentence: 오후 2시 반, 17:05, at 6; and ranges of them: 10시부터 12시까지, after 3 pm. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

WORDS = {
    "한": 1,
    "두": 2,
    "세": 3,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
    "열": 10,
    "스무": 20,
    "반": 0,
}
ENGLISH = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "ten": 10,
    "an": 1,
    "a": 1,
}
HALVES = "오전|오후|새벽|아침|저녁|밤|낮"
KOREAN = rf"(?:({HALVES})\s*)?(\d{{1,2}})\s*(?:시(?!간)\s*(?:(\d{{1,2}})\s*분|(반))?|:(\d{{2}}))"
BARE_KOREAN = rf"(?:({HALVES})\s*)?(\d{{1,2}})()()()"  # the first of 10~12시
ENGLISH_CLOCK = r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\b"
SURE_CLOCK = r"(\d{1,2})(?::(\d{2})\s*(am|pm)?|()\s*(am|pm))\b"  # 9:00, 9 am: no bare number


@dataclass(frozen=True)
class Hours:
    """A part of a day: from ``low`` (None: its beginning) to ``high`` (None: its end); ``rest`` is the other text."""

    low: timedelta | None
    high: timedelta | None
    rest: str


def number_of(word: str) -> int:
    return int(word) if word.isdigit() else WORDS.get(word, ENGLISH.get(word.lower(), 1))


def hours_in(text: str, *, day_named: bool = False) -> Hours | None:
    """The part of a day that ``text`` names, if it names one; "from 8 to 12" is one only where a day is named."""
    for pattern, read in (*RANGES, *(OF_A_DAY if day_named else ())):
        found = re.search(pattern, text, re.I)
        bounds = read(found) if found else None
        if found and bounds:
            return Hours(*bounds, f"{text[: found.start()]} {text[found.end() :]}")
    return None


Bounds = tuple[timedelta | None, timedelta | None] | None


def _korean_range(found: re.Match[str]) -> Bounds:
    parts = found.groups()
    return _ordered(_korean_clock(parts[:5]), _korean_clock((parts[5] or _carried(parts), *parts[6:10])))


def _carried(parts: tuple[str | None, ...]) -> str | None:
    """오후 2시부터 4시까지: the half of the day holds for both. 오전 9시부터 12시까지 ends at noon all the same."""
    return parts[0] if parts[0] in ("오후", "저녁", "밤", "낮") and int(parts[6] or 0) < 12 else None


def _korean_clock(parts: tuple[str | None, ...]) -> timedelta:
    half, hour, minute, thirty, written = parts
    minutes = int(minute or written or (30 if thirty else 0))
    wanted = int(hour or 0)
    return timedelta(hours=24 if wanted == 24 else _korean_hour(half or "", wanted), minutes=minutes)


def _sure_range(found: re.Match[str]) -> Bounds:
    """Between 5 and 9 may be of anything."""
    return _english_range(found) if any(found.group(2, 3, 5, 6)) else None


def _english_range(found: re.Match[str]) -> Bounds:
    low, high = found.groups()[:3], found.groups()[3:]
    return _ordered(_english_clock((low[0], low[1], low[2] or (high[2] if not low[1] else None))), _english_clock(high))


def _english_clock(parts: tuple[str | None, ...]) -> timedelta:
    hour, minute, half = int(parts[0] or 0), int(parts[1] or 0), (parts[2] or "").lower()
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return timedelta(hours=hour, minutes=minute)


def _ordered(low: timedelta, high: timedelta) -> Bounds:
    return (low, high) if low < high <= timedelta(days=1) else None


def _sure(found: re.Match[str]) -> timedelta:
    hour, minute, half, _, bare_half = found.groups()
    return _english_clock((hour, minute, half or bare_half))


Ranges = tuple[tuple[str, Callable[[re.Match[str]], Bounds]], ...]
FROM_TO = rf"\b(?:between|from)\s+{ENGLISH_CLOCK}\s*(?:and|to|until|till|-)\s*{ENGLISH_CLOCK}"
OF_A_DAY: Ranges = ((FROM_TO, _english_range),)
RANGES: Ranges = (
    (KOREAN + r"\s*(?:부터|에서|~|-)\s*" + KOREAN + r"\s*(?:까지|사이)?(?:의|에)?", _korean_range),
    (BARE_KOREAN + r"\s*(?:~|-)\s*" + KOREAN + r"\s*(?:까지|사이)?(?:의|에)?", _korean_range),
    (KOREAN + r"\s*(?:부터|이후|넘어서|지나서)(?:의|로|에)?", lambda found: (_korean_clock(found.groups()), None)),
    (KOREAN + r"\s*(?:까지|이전|전)(?:의|에)?(?![가-힣])", lambda found: (None, _korean_clock(found.groups()))),
    (FROM_TO, _sure_range),
    (rf"\b{ENGLISH_CLOCK}\s*(?:to|-|~)\s*{ENGLISH_CLOCK}", _sure_range),
    (rf"\b(?:after|since|from)\s+{SURE_CLOCK}", lambda found: (_sure(found), None)),
    (rf"\b(?:before|until|till)\s+{SURE_CLOCK}", lambda found: (None, _sure(found))),
    (r"오전\s?(?:중|에|의)?(?![가-힣\d])|\b(?:this|in the) morning\b", lambda _: (None, timedelta(hours=12))),
    (r"오후(?:에|의)?(?![가-힣\d])|\b(?:this|in the) afternoon\b", lambda _: (timedelta(hours=12), None)),
    (r"새벽(?:에|의)?(?![가-힣\d])", lambda _: (None, timedelta(hours=6))),
)


def clock_in(text: str) -> tuple[int, int]:
    """The time of day that ``text`` names; midnight where it names none."""
    if re.search(r"자정|midnight", text, re.I):
        return 0, 0
    if re.search(r"정오|\bnoon\b", text, re.I):
        return 12, 0
    found = re.search(
        rf"(오전|오후|새벽|아침|저녁|밤|낮)?\s*(\d{{1,2}}|열한|열두|{'|'.join(WORDS)})\s*시(?!간)\s*(?:(\d{{1,2}})\s*분|(반))?",
        text,
    )
    if found:
        word = {"열한": 11, "열두": 12}.get(found[2])
        hour = number_of(found[2]) if word is None else word
        return _korean_hour(found[1] or "", hour), int(found[3] or (30 if found[4] else 0))
    found = re.search(r"(\d{1,2}):(\d{2})\s*(am|pm)?|(\d{1,2})\s*(am|pm)|\bat\s+(\d{1,2})\b(?!:)", text, re.I)
    if not found:
        return 0, 0
    hour, half = int(found[1] or found[4] or found[6]), (found[3] or found[5] or "").lower()
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return hour % 24, int(found[2] or 0) % 60


def _korean_hour(half: str, hour: int) -> int:
    if (
        half in ("오후", "저녁", "밤", "낮")
        and hour < 12
        and not (half == "밤" and hour < 5)
        and not (half == "낮" and hour > 6)
    ):
        return hour + 12
    return 0 if half in ("오전", "새벽", "밤") and hour == 12 else hour % 24
