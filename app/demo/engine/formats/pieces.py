"""A date format model cut into its elements."""

from __future__ import annotations

import re
from functools import lru_cache

from app.demo.engine.errors import ora

MONTHS = ("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER",
          "NOVEMBER", "DECEMBER")  # fmt: skip
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

_ELEMENTS = [
    "SYYYY",
    "YYYY",
    "Y,YYY",
    "IYYY",
    "RRRR",
    "YYY",
    "IYY",
    "YY",
    "RR",
    "IY",
    "SYEAR",
    "YEAR",
    "MONTH",
    "MON",
    "MM",
    "RM",
    "DAY",
    "DDD",
    "DD",
    "DY",
    "DL",
    "DS",
    "D",
    "HH24",
    "HH12",
    "HH",
    "MI",
    "SSSSS",
    "SS",
    "FF1",
    "FF2",
    "FF3",
    "FF4",
    "FF5",
    "FF6",
    "FF7",
    "FF8",
    "FF9",
    "FF",
    "A.M.",
    "P.M.",
    "AM",
    "PM",
    "A.D.",
    "B.C.",
    "AD",
    "BC",
    "TZH",
    "TZM",
    "TZR",
    "TZD",
    "TS",
    "Q",
    "WW",
    "W",
    "IW",
    "J",
    "CC",
    "SCC",
    "FX",
    "FM",
    "X",
    "Y",
    "I",
]
_PIECE = re.compile("|".join(re.escape(element) for element in sorted(_ELEMENTS, key=len, reverse=True)), re.I)


@lru_cache(maxsize=1024)
def pieces(model: str) -> tuple[tuple[str, str], ...]:
    """Pairs (element in upper case, as written); literal text has the element ''. Raises ORA-01821."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(model):
        if model[at] == '"':
            close = model.find('"', at + 1)
            if close < 0:
                raise ora(1861)
            found.append(("", model[at + 1 : close]))
            at = close + 1
        elif element := _PIECE.match(model, at):
            written = element.group()
            at = element.end()
            suffix = model[at : at + 2].upper()
            if suffix in ("TH", "SP"):
                at += 2
            found.append((written.upper(), written))
        elif model[at].isalnum():
            raise ora(1821)
        else:
            found.append(("", model[at]))
            at += 1
    return tuple(found)
