"""TO_CHAR of moments and intervals, in Python."""

from __future__ import annotations

from collections.abc import Callable

from app.demo.engine.codec.moment import DAY, SECOND, Parts, civil, days_of, split
from app.demo.engine.errors import ora
from app.demo.engine.formats.pieces import DAYS, MONTHS, pieces


def show(nanos: int, model: str, offset: int | None = None, digits: int = 6) -> str:
    """A moment by a format model. ``offset`` in minutes for TZH and TZM; ``digits`` for FF alone."""
    parts = split(nanos)
    out: list[str] = []
    fill = True
    for element, written in pieces(model):
        if element == "FM":
            fill = not fill
        elif element == "FX":
            continue
        elif not element:
            out.append(written)
        else:
            text = _element(element, parts, nanos // DAY, offset, digits)
            out.append(_cased(_stripped(text, element, fill), element, written))
    return "".join(out)


def _stripped(text: str, element: str, fill: bool) -> str:
    if fill or element.startswith("FF"):
        return text
    return text.strip() if text.strip()[:1].isalpha() else (text.strip().lstrip("0") or "0")


def _cased(text: str, element: str, written: str) -> str:
    if element not in ("MONTH", "MON", "DAY", "DY", "RM", "AM", "PM", "A.M.", "P.M.", "AD", "BC", "YEAR"):
        return text
    if written.isupper() or (not written[:1].isupper() and not written.islower()):
        return text
    if written.islower():
        return text.lower()
    return text if len(written) > 1 and written[1].isupper() else text.capitalize()


def _element(element: str, parts: Parts, day: int, offset: int | None, digits: int) -> str:
    if element.startswith("FF"):
        wanted = int(element[2:] or digits)
        return f"{parts.nanos:09d}"[:wanted]
    if element in ("TZH", "TZM", "TZR", "TZD"):
        if offset is None:
            raise ora(1821)
        sign = "-" if offset < 0 else "+"
        hours, minutes = f"{sign}{abs(offset) // 60:02d}", f"{abs(offset) % 60:02d}"
        return {"TZH": hours, "TZM": minutes, "TZD": ""}.get(element, f"{hours}:{minutes}")
    maker = _MAKERS.get(element)
    if maker is None:
        raise ora(1821)
    return maker(parts, day)


def _year(parts: Parts) -> int:
    return abs(parts.year)


def iso(day: int) -> tuple[int, int]:
    """ISO year and week of so many days since 1970."""
    thursday = day - (day + 3) % 7 + 3
    year = civil(thursday)[0]
    return year, (thursday - days_of(year, 1, 1)) // 7 + 1


def _day_of_year(parts: Parts, day: int) -> int:
    return day - days_of(parts.year if parts.year > 0 else parts.year + 1, 1, 1) + 1


_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_MAKERS: dict[str, Callable[[Parts, int], str]] = {
    "YYYY": lambda p, _: f"{_year(p):04d}",
    "SYYYY": lambda p, _: f"{'-' if p.year < 0 else ' '}{_year(p):04d}",
    "RRRR": lambda p, _: f"{_year(p):04d}",
    "Y,YYY": lambda p, _: f"{_year(p) // 1000},{_year(p) % 1000:03d}",
    "YYY": lambda p, _: f"{_year(p) % 1000:03d}",
    "YY": lambda p, _: f"{_year(p) % 100:02d}",
    "RR": lambda p, _: f"{_year(p) % 100:02d}",
    "Y": lambda p, _: f"{_year(p) % 10}",
    "IYYY": lambda _, d: f"{iso(d)[0]:04d}",
    "IYY": lambda _, d: f"{iso(d)[0] % 1000:03d}",
    "IY": lambda _, d: f"{iso(d)[0] % 100:02d}",
    "I": lambda _, d: f"{iso(d)[0] % 10}",
    "IW": lambda _, d: f"{iso(d)[1]:02d}",
    "WW": lambda p, d: f"{(_day_of_year(p, d) - 1) // 7 + 1:02d}",
    "W": lambda p, _: f"{(p.day - 1) // 7 + 1}",
    "CC": lambda p, _: f"{(_year(p) + 99) // 100:02d}",
    "SCC": lambda p, _: f"{'-' if p.year < 0 else ' '}{(_year(p) + 99) // 100:02d}",
    "Q": lambda p, _: f"{(p.month + 2) // 3}",
    "MM": lambda p, _: f"{p.month:02d}",
    "MONTH": lambda p, _: f"{MONTHS[p.month - 1]:<9}",
    "MON": lambda p, _: MONTHS[p.month - 1][:3],
    "RM": lambda p, _: f"{_ROMAN[p.month - 1]:<4}",
    "DD": lambda p, _: f"{p.day:02d}",
    "DDD": lambda p, d: f"{_day_of_year(p, d):03d}",
    "DAY": lambda _, d: f"{DAYS[(d + 3) % 7]:<9}",
    "DY": lambda _, d: DAYS[(d + 3) % 7][:3],
    "D": lambda _, d: f"{(d + 4) % 7 + 1}",
    "J": lambda _, d: f"{d + 2440588:07d}",
    "HH24": lambda p, _: f"{p.hour:02d}",
    "HH": lambda p, _: f"{(p.hour + 11) % 12 + 1:02d}",
    "HH12": lambda p, _: f"{(p.hour + 11) % 12 + 1:02d}",
    "MI": lambda p, _: f"{p.minute:02d}",
    "SS": lambda p, _: f"{p.second:02d}",
    "SSSSS": lambda p, _: f"{p.hour * 3600 + p.minute * 60 + p.second:05d}",
    "AM": lambda p, _: "AM" if p.hour < 12 else "PM",
    "PM": lambda p, _: "AM" if p.hour < 12 else "PM",
    "A.M.": lambda p, _: "A.M." if p.hour < 12 else "P.M.",
    "P.M.": lambda p, _: "A.M." if p.hour < 12 else "P.M.",
    "AD": lambda p, _: "AD" if p.year > 0 else "BC",
    "BC": lambda p, _: "AD" if p.year > 0 else "BC",
    "A.D.": lambda p, _: "A.D." if p.year > 0 else "B.C.",
    "B.C.": lambda p, _: "A.D." if p.year > 0 else "B.C.",
    "X": lambda _, __: ".",
    "DS": lambda p, _: f"{p.month}/{p.day}/{_year(p):04d}",
    "DL": lambda p, d: f"{DAYS[(d + 3) % 7].capitalize()}, {MONTHS[p.month - 1].capitalize()} {p.day:02d}, {_year(p)}",
    "TS": lambda p, _: f"{(p.hour + 11) % 12 + 1}:{p.minute:02d}:{p.second:02d} {'AM' if p.hour < 12 else 'PM'}",
}


def show_span(nanos: int, days: int = 2, digits: int = 6) -> str:
    """An INTERVAL DAY TO SECOND as Oracle prints it: +DD HH:MI:SS.FF."""
    sign, rest = ("-", -nanos) if nanos < 0 else ("+", nanos)
    day, rest = divmod(rest, DAY)
    seconds, fraction = divmod(rest, SECOND)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{sign}{day:0{days}d} {clock}" + (f".{fraction:09d}"[: digits + 1] if digits else "")


def show_months(months: int, years: int = 2) -> str:
    """An INTERVAL YEAR TO MONTH as Oracle prints it: +YY-MM."""
    sign, rest = ("-", -months) if months < 0 else ("+", months)
    return f"{sign}{rest // 12:0{years}d}-{rest % 12:02d}"
