"""Times inside a sentence: ranges (어제, last 7 days), steps (시간별, per hour), schedules (매일 새벽 2시). Pure."""
# ruff: noqa: E501

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.agent.clock import ENGLISH, WORDS, Hours, clock_in, hours_in, number_of
from app.agent.dates import dates_in

NUMBER = r"(\d{1,5}|" + "|".join([*WORDS, *ENGLISH]) + ")"
SPANS = {
    "분": timedelta(minutes=1), "시간": timedelta(hours=1), "일": timedelta(days=1), "주": timedelta(days=7),
    "개월": timedelta(days=30), "달": timedelta(days=30), "년": timedelta(days=365), "minute": timedelta(minutes=1),
    "min": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7),
    "month": timedelta(days=30), "year": timedelta(days=365),
}  # fmt: skip
DAYS = {"월": 1, "화": 2, "수": 3, "목": 4, "금": 5, "토": 6, "일": 0}
ENGLISH_DAYS = {"monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 0}
LAST = re.compile(
    rf"(?:최근|지난|past|last|previous)\s*(?:the\s*)?{NUMBER}\s*(분|시간|일|주|개월|달|년|minute|min|hour|day|week|month|year)(?:s|간|동안)?(?!별|마다)",
    re.I,
)
STEPS = (
    (r"(\d+)\s*분\s*(?:단위|간격|별|마다|평균)", "{0} minutes"), (r"(\d+)\s*시간\s*(?:단위|간격|별|마다)", "{0} hours"),
    (r"(\d+)\s*일\s*(?:단위|간격|별|마다)", "{0} days"),
    (r"(?:every|per|each|by|in)\s*(\d+)[\s-]*min(?:ute)?s?|(\d+)[\s-]?min(?:ute)?s?\s+(?:avg|average|bucket|interval)\w*", "{0} minutes"),
    (r"(?:every|per|each|by|in)\s*(\d+)[\s-]*hours?", "{0} hours"),
    (r"분별|분\s*단위|매분|per minute|by minute|minutely|each minute|every minute", "1 minute"),
    (r"시간대별|시간별|시간\s?평균|시간\s*단위|시간당|매시간|매시|시간대로|per hour|by (?:the )?hour|hourly|each hour|every hour|an hour", "1 hour"),
    (r"일별|일자별|날짜별|하루\s*(?:단위|별|평균|합|최|건)|일\s?평균|일\s*단위|매일|per day|by (?:the )?day|daily|each day|every day|a day|by date", "1 day"),
    (r"주별|주간별|주\s?평균|주간\s?평균|주\s*단위|매주|per week|by week|weekly|each week|every week", "1 week"),
    (r"월별|달별|월\s?평균|월\s*단위|매월|매달|per month|by month|monthly|each month|every month", "1 month"),
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A range as aggregate_table takes it: an ``end`` of a bare day is that whole day. ``after`` is the day after."""

    start: str = ""
    end: str = ""
    low: datetime | None = None
    high: datetime | None = None  # the first moment after it

    @property
    def single(self) -> bool:
        """Whether it is one day, or today as far as it has come."""
        if self.low is None or (self.low.hour, self.low.minute) != (0, 0):
            return False
        return self.high is None or self.high - self.low <= timedelta(days=1)


def span_in(text: str, now: datetime) -> tuple[Span, str]:
    """The range that ``text`` names, and the text without it; an empty Span where it names none."""
    found = LAST.search(text)
    if found:
        unit = found[2].lower()
        return _open(now - number_of(found[1]) * SPANS[unit]), _without(text, found)
    span, rest = _day_in(text, now)
    hours = hours_in(rest, day_named=span.low is not None) if span.low is None or span.single else None
    return (span, rest) if hours is None else (_narrowed(span, hours, now), hours.rest)


def _narrowed(span: Span, hours: Hours, now: datetime) -> Span:
    """The hours of the day that is named, else of today."""
    day = span.low or now.replace(hour=0, minute=0, second=0, microsecond=0)
    low, high = day + (hours.low or timedelta()), day + (hours.high or timedelta(days=1))
    if hours.high is None:
        return _open(low) if span.high is None else Span(_written(low), span.end, low, span.high)
    return Span(_written(low), _written(high), low, high)


def _day_in(text: str, now: datetime) -> tuple[Span, str]:
    for pattern, low, high in _named(now):
        found = re.search(pattern, text, re.I)
        if found:
            onwards = _onwards(text, found.start(), found.end())
            return (_open(low) if high is None or onwards else _days(low, high)), _without(text, found)
    return _dates(text, now)


def _named(now: datetime) -> list[tuple[str, datetime, datetime | None]]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day, monday = timedelta(days=1), today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    before, year = (month - day).replace(day=1), today.replace(month=1, day=1)
    return [
        (r"(?:최근|지난)?\s*일주일(?:치|간|동안)?|past week|last 7d", now - 7 * day, None),
        (r"(?:최근|지난)\s*하루(?!\s*(?:별|단위))|하루(?:치|\s*동안)|past day|past 24h", now - day, None),
        (
            r"(?:최근|지난)?\s*한\s?달(?:치|간|동안|(?=\s*(?:추이|추세|그래프|차트|데이터|평균|합)))|past month",
            now - 30 * day,
            None,
        ),
        (r"last night(?:'s)?|간밤|어젯밤", today - day, today),
        (r"(?:last|past) hour|(?:최근|지난)\s*한\s?시간", now - timedelta(hours=1), None),
        *_weekdays(today),
        (r"그저께|그제|엊그제|the day before yesterday", today - 2 * day, today - day),
        (r"어제|어저께|전일|\byes\w{1,4}day(?:'s)?", today - day, today),
        (r"오늘|금일|today(?:'s)?", today, None),
        (r"지난\s?주|저번\s?주|전주|last week(?:'s)?", monday - 7 * day, monday),
        (r"이번\s?주|금주|this week(?:'s)?", monday, None),
        (r"지난\s?달|저번\s?달|전월|last month(?:'s)?", before, month),
        (r"이번\s?달|이달|금월|당월|this month(?:'s)?", month, None),
        (r"올해|금년|this year(?:'s)?", year, None),
        (r"작년|지난\s?해|last year(?:'s)?", year.replace(year=year.year - 1), year),
    ]


def _weekdays(today: datetime) -> list[tuple[str, datetime, datetime | None]]:
    """금요일, since Friday: the last one before today."""
    korean = [(rf"(?:지난\s?|저번\s?)?{short}요일", number) for short, number in DAYS.items()]
    english = [(rf"(?:last\s+|on\s+)?\b{name}\b", number) for name, number in ENGLISH_DAYS.items()]
    found: list[tuple[str, datetime, datetime | None]] = []
    for pattern, number in [*korean, *english]:
        day = today - timedelta(days=(today.isoweekday() - number) % 7 or 7)
        found.append((pattern, day, day + timedelta(days=1)))
    return found


def _dates(text: str, now: datetime) -> tuple[Span, str]:
    """One written date, or two with 부터 … 까지, from … to; the words that belong to them go too."""
    found = dates_in(text, now)[:2]
    if not found:
        return Span(), text
    open_ended = len(found) == 1 and _onwards(text, found[0].start, found[0].end)
    for date in reversed(found):
        before = re.sub(r"\b(?:from|to|until|since|after|on)\s*$", "", text[: date.start], flags=re.I)
        behind = re.sub(r"^\s*(?:부터|까지|이후|~)", "", text[date.end :])
        text = f"{before} {behind}"
    days = [date.day for date in found]
    return (_open(days[0]) if open_ended else _days(min(days), max(days) + timedelta(days=1))), text


def _onwards(text: str, start: int, end: int) -> bool:
    """Whether what stands there is where a range begins: since yesterday, 11월 20일부터."""
    following, preceding = text[end : end + 8].strip(), text[:start].strip().lower()
    until = re.search(r"까지|\b(?:to|until)\b", text[end : end + 20], re.I)
    return not until and (following.startswith(("부터", "이후")) or preceding.endswith(("since", "after")))


def _open(low: datetime) -> Span:
    return Span(start=_written(low), low=low)


def _days(low: datetime, high: datetime) -> Span:
    return Span(_written(low), (high - timedelta(days=1)).date().isoformat(), low, high)


def _written(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def step_in(text: str) -> str:
    """The step that ``text`` asks for, as aggregate_table takes it; "" where it names none."""
    for pattern, step in STEPS:
        found = re.search(pattern, text, re.I)
        if found:
            count = next((group for group in found.groups() if group), "1") if found.groups() else "1"
            return f"1 {step.split()[1].removesuffix('s')}" if count == "1" and "{0}" in step else step.format(count)
    return ""


def schedule_in(text: str) -> dict[str, Any]:
    """``{"hour", "minute"}`` for once a day, ``{"cron"}`` for the rest, nothing where ``text`` names no rhythm."""
    cron = re.search(r"(?:[\d*/,\-]+\s+){4,5}[\d*/,\-]+", text)
    if cron:
        return {"cron": cron[0].strip()}
    every = re.search(
        r"(\d+|한)\s*(분|시간)\s*(?:마다|간격|에\s*한\s*번)|every\s+(\d+)?\s*(min|minute|hour|hr)s?\b", text, re.I
    )
    if every:
        count, minutes = (
            number_of(every[1] or every[3] or "1"),
            (every[2] or every[4]).lower() in ("분", "min", "minute"),
        )
        return {"cron": _every(count, minutes)} if 1 <= count < (60 if minutes else 24) else {}
    often = re.search(r"하루에?\s*(한|두|세|네|\d+)\s*번|(once|twice|(\w+) times) a day", text, re.I)
    times = number_of({"once": "1", "twice": "2"}.get(often[2] or "", often[1] or often[3] or "1")) if often else 0
    if 1 < times <= 24:
        return {"cron": f"0 */{24 // times} * * *"}
    if re.search(r"매\s?시간|매시|hourly", text, re.I):
        return {"cron": "0 * * * *"}
    hour, minute = clock_in(text)
    days = _days_in(text)
    if days:
        return {"cron": f"{minute} {hour} {days}"}
    if re.search(
        r"매일|날마다|하루에\s*한\s*번|every\s?(?:day|night|morning|evening)|daily|nightly|each day", text, re.I
    ):
        return {"hour": hour, "minute": minute}
    return {}


def _every(count: int, minutes: bool) -> str:
    if minutes:
        return "* * * * *" if count == 1 else f"*/{count} * * * *"
    return "0 * * * *" if count == 1 else f"0 */{count} * * *"


def _days_in(text: str) -> str:
    """The last three fields of a cron: day of the month, month, day of the week."""
    if re.search(r"평일|주중|weekday|working day", text, re.I):
        return "* * 1-5"
    if re.search(r"주말|weekend", text, re.I):
        return "* * 0,6"
    korean = re.search(
        r"(?:매주|주마다)\s*([월화수목금토일](?:요일)?(?:\s*[,와과]?\s*[월화수목금토일](?:요일)?)*)", text
    )
    if korean:
        found = re.findall(r"([월화수목금토일])(?:요일)?", korean[1])
        return "* * " + ",".join(str(n) for n in sorted({DAYS[day] for day in found}))
    english = [n for day, n in ENGLISH_DAYS.items() if re.search(rf"\b(?:every|each|on)?\s*{day}s?\b", text, re.I)]
    if english:
        return "* * " + ",".join(map(str, sorted(english)))
    month = re.search(r"(?:매월|매달)\s*(\d{1,2})\s*일", text)
    if month:
        return f"{int(month[1])} * *"
    if re.search(r"매월|매달|monthly|every month", text, re.I):
        return "1 * *"
    return "* * 1" if re.search(r"매주|weekly|every week", text, re.I) else ""
