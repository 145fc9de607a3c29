"""TO_DATE and TO_TIMESTAMP: text by a format model, with Oracle's complaints."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.demo.engine.codec.moment import DAY, SECOND, join, month_length, split
from app.demo.engine.errors import ora
from app.demo.engine.formats.pieces import DAYS, MONTHS, pieces

_WIDTHS = {"YYYY": 4, "SYYYY": 4, "RRRR": 4, "YYY": 3, "YY": 2, "RR": 2, "Y": 1, "MM": 2, "DD": 2, "DDD": 3}
_WIDTHS |= {"HH24": 2, "HH12": 2, "HH": 2, "MI": 2, "SS": 2, "SSSSS": 5, "J": 7}
_RANGES = {"MM": (1, 12, 1843), "DD": (1, 31, 1847), "HH24": (0, 23, 1850), "HH12": (1, 12, 1849), "HH": (1, 12, 1849)}
_RANGES |= {"MI": (0, 59, 1851), "SS": (0, 59, 1852), "DDD": (1, 366, 1848)}
_NAMED = ("MON", "MONTH", "DY", "DAY")
_ALTERNATIVES = {"MM": "MON"}


@dataclass
class _Reading:
    text: str
    at: int = 0
    exact: bool = False

    def __post_init__(self) -> None:
        self.found: dict[str, int] = {}

    @property
    def rest(self) -> str:
        return self.text[self.at :]


def read(text: str, model: str, now: int, zone: int = 0) -> tuple[int, int, bool]:
    """(nanoseconds as written, offset in minutes, whether an offset was written). Missing parts come from ``now``.

    Raises ORA-01858, 01861, 01843, 01830, 01840, 01841, 01839 and their kin.
    """
    reading = _Reading(text.strip() if not model.upper().startswith("FX") else text)
    parts = pieces(model)
    for place, (element, written) in enumerate(parts):
        if element == "FX":
            reading.exact = True
        elif element == "FM":
            continue
        elif not element:
            _literal(reading, written, named=place + 1 < len(parts) and parts[place + 1][0] in _NAMED)
        else:
            _element(reading, element)
    if reading.rest.strip():
        raise ora(1830)
    return _assembled(reading.found, now, zone)


def _literal(reading: _Reading, written: str, named: bool = False) -> None:
    """Text of the model. Punctuation may be missing before digits, but not before a name (``named``)."""
    for char in written:
        if reading.at >= len(reading.text):
            if char.isalnum():
                raise ora(1840)
            continue
        have = reading.text[reading.at]
        if have == char or (not char.isalnum() and not have.isalnum()):
            reading.at += 1
            if char.isspace():
                while reading.rest[:1].isspace():
                    reading.at += 1
        elif char.isalnum() or (not char.isspace() and (named or not have.isdigit())):
            raise ora(1861)


def _element(reading: _Reading, element: str) -> None:
    while reading.rest[:1].isspace():
        reading.at += 1
    if element in ("MON", "MONTH"):
        _named(reading, "MM", MONTHS, 1843)
    elif element in ("DY", "DAY"):
        _named(reading, "DY", DAYS, 1846)
    elif element in ("AM", "PM", "A.M.", "P.M.", "AD", "BC", "A.D.", "B.C."):
        _meridian(reading, element)
    elif element.startswith("FF"):
        digits = _digits(reading, int(element[2:] or 9))
        reading.found["FF"] = int(digits.ljust(9, "0"))
    elif element in ("TZH", "TZM", "TZR"):
        _zone(reading, element)
    elif element == "X":
        _literal(reading, ".")
    elif element in _WIDTHS:
        _number(reading, element)
    else:
        raise ora(1820)


def _digits(reading: _Reading, most: int) -> str:
    match = re.match(rf"\d{{1,{most}}}", reading.rest)
    if not match:
        raise ora(1840 if not reading.rest else 1858)
    reading.at += match.end()
    return match.group()


def _number(reading: _Reading, element: str) -> None:
    if not reading.rest:
        if element in ("HH24", "MI", "SS", "HH", "HH12"):
            return  # Oracle lets the time of day be missing.
        raise ora(1840)
    sign = 1
    if element in ("YYYY", "SYYYY") and reading.rest[0] in "-+":
        sign = -1 if reading.rest[0] == "-" else 1
        reading.at += 1
    if element in _ALTERNATIVES and reading.rest[0].isalpha():
        _named(reading, "MM", MONTHS, 1843)
        return
    digits = _digits(reading, _WIDTHS[element])
    if reading.exact and len(digits) != _WIDTHS[element]:
        raise ora(1862)
    value = sign * int(digits)
    low, high, code = _RANGES.get(element, (-9999, 9999999, 1841))
    if not low <= value <= high:
        raise ora(code)
    reading.found[element] = value
    if element == "RRRR" and len(digits) <= 2:
        reading.found["RR"] = reading.found.pop("RRRR")


def _named(reading: _Reading, key: str, names: tuple[str, ...], code: int) -> None:
    rest = reading.rest.upper()
    for index, name in enumerate(names):
        for form in (name, name[:3]):
            if rest.startswith(form):
                reading.at += len(form)
                reading.found[key] = index + 1
                return
    raise ora(code if rest else 1840)


def _meridian(reading: _Reading, element: str) -> None:
    width = len(element)
    word = reading.rest[:width].upper().replace(".", "")
    if word not in ("AM", "PM", "AD", "BC"):
        raise ora(1855)
    reading.at += width
    reading.found["PM" if word in ("AM", "PM") else "BC"] = int(word in ("PM", "BC"))


def _zone(reading: _Reading, element: str) -> None:
    match = re.match(r"([+-]?)(\d{1,2})" if element != "TZR" else r"([+-])(\d{1,2}):?(\d{2})?", reading.rest)
    if not match:
        if element == "TZR" and (name := re.match(r"[A-Za-z_/]+", reading.rest)):
            if name.group().upper() not in ("UTC", "GMT", "Z"):
                raise ora(1882)
            reading.at += name.end()
            reading.found["TZH"] = 0
            return
        raise ora(1858)
    reading.at += match.end()
    value = int(match.group(2))
    if element == "TZM":
        reading.found["TZM"] = value
        return
    reading.found["NEGATIVE"] = int(match.group(1) == "-")
    reading.found["TZH"] = value
    if element == "TZR" and match.group(3):
        reading.found["TZM"] = int(match.group(3))


def _assembled(found: dict[str, int], now: int, zone: int) -> tuple[int, int, bool]:
    from_now = _now_parts(now)
    year = _year(found, from_now[0])
    month, day = found.get("MM", from_now[1]), found.get("DD", 1)
    if "J" in found:
        nanos = (found["J"] - 2440588) * DAY
    elif "DDD" in found:
        nanos = join(year, 1, 1) + (found["DDD"] - 1) * DAY
    else:
        if day > month_length(year, month):
            raise ora(1839)
        nanos = join(year, month, day)
    offset = (found.get("TZH", 0) * 60 + found.get("TZM", 0)) * (-1 if found.get("NEGATIVE") else 1)
    return nanos + _clock(found), offset if "TZH" in found else zone, "TZH" in found


def _now_parts(now: int) -> tuple[int, int]:
    parts = split(now)
    return parts.year, parts.month


def _year(found: dict[str, int], this_year: int) -> int:
    for element in ("YYYY", "SYYYY", "RRRR"):
        if element in found:
            return -found[element] if found.get("BC") else found[element]
    if "RR" in found:
        two, century = found["RR"], this_year // 100
        if this_year % 100 < 50:
            return (century if two < 50 else century - 1) * 100 + two
        return (century + 1 if two < 50 else century) * 100 + two
    if "YY" in found:
        return this_year // 100 * 100 + found["YY"]
    if "YYY" in found:
        return this_year // 1000 * 1000 + found["YYY"]
    return this_year // 10 * 10 + found["Y"] if "Y" in found else this_year


def _clock(found: dict[str, int]) -> int:
    if "SSSSS" in found:
        return found["SSSSS"] * SECOND + found.get("FF", 0)
    hour = found.get("HH24")
    if hour is None:
        hour = found.get("HH12", found.get("HH", 0))
        hour = hour % 12 + 12 * found["PM"] if "PM" in found else hour
    return (hour * 3600 + found.get("MI", 0) * 60 + found.get("SS", 0)) * SECOND + found.get("FF", 0)


_SPAN = re.compile(r"\s*([+-]?)\s*(\d+)\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?\s*$")
_MONTHS = re.compile(r"\s*([+-]?)\s*(\d+)-(\d{1,2})\s*$")


def read_span(text: str) -> int:
    """``[+-]D HH:MI:SS[.F]`` in nanoseconds. Raises ORA-01867."""
    match = _SPAN.match(text)
    if not match:
        raise ora(1867)
    sign, days, hours, minutes, seconds, fraction = match.groups()
    clock = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    nanos = int(days) * DAY + clock * SECOND + int((fraction or "0").ljust(9, "0"))
    return -nanos if sign == "-" else nanos


def read_months(text: str) -> int:
    """``[+-]Y-M`` in months. Raises ORA-01867."""
    match = _MONTHS.match(text)
    if not match:
        raise ora(1867)
    months = int(match.group(2)) * 12 + int(match.group(3))
    return -months if match.group(1) == "-" else months


def interval(text: str, first: str, last: str) -> tuple[str, int]:
    """The value of ``INTERVAL 'text' first TO last``: ("months" or "span", amount). Raises ORA-01867."""
    sign = -1 if text.strip().startswith("-") else 1
    body = text.strip().lstrip("+-").strip()
    if first in ("YEAR", "MONTH"):
        if first == last:
            return "months", sign * int(_whole(body)) * (12 if first == "YEAR" else 1)
        return "months", sign * abs(read_months(body))
    if first == last:
        return "span", sign * int(_fraction(body) * {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}[first] // 1)
    units = ("DAY", "HOUR", "MINUTE", "SECOND")
    numbers = re.split(r"[ :]+", body)
    wanted = units[units.index(first) : units.index(last) + 1]
    if len(numbers) != len(wanted):
        raise ora(1867)
    sizes = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}
    return "span", sign * sum(int(_fraction(n)) * sizes[unit] for n, unit in zip(numbers, wanted, strict=True))


def _whole(text: str) -> str:
    if not text.isdigit():
        raise ora(1867)
    return text


def _fraction(text: str) -> int:
    match = re.fullmatch(r"(\d+)(?:\.(\d{1,9}))?", text)
    if not match:
        raise ora(1867)
    return int(match.group(1)) * SECOND + int((match.group(2) or "0").ljust(9, "0"))
