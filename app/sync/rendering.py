"""A value as Oracle itself writes it, and whether DuckDB's value is the same. Pure: no database is asked."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.schemas.names import quoted
from app.sync.columns import TM9, OracleColumn

SHOWN = 80  # characters of a value that differs
HEAD = 490  # characters: as hexadecimal digits they stay below the 4,000 bytes that SQL may return
SECONDS = "TO_CHAR({c}, 'SYYYY-MM-DD HH24:MI:SS')"
NANOSECONDS = "TO_CHAR({c}, 'SYYYY-MM-DD HH24:MI:SS.FF9')"
WITH_ZONE = "TO_CHAR({c}, 'SYYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')"
HEX = "CASE WHEN {c} IS NOT NULL THEN LENGTH({c}) || ':' || RAWTOHEX(%s) END"
CODECS = {
    "AL32UTF8": "utf-8",
    "UTF8": "utf-8",
    "US7ASCII": "ascii",
    "KO16MSWIN949": "cp949",
    "KO16KSC5601": "euc_kr",
    "WE8ISO8859P1": "latin-1",
    "WE8MSWIN1252": "cp1252",
}
MOMENT = re.compile(r"([ -]?\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ?([+-])(\d\d):?(\d\d)?)?")
SPAN = re.compile(r"([+-])(\d+) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
Read = Callable[[Any], Any]


@dataclass(frozen=True)
class Rendering:
    """``oracle`` is SQL for the text; ``duckdb`` what is fetched of the copy; the readers make them comparable."""

    oracle: str
    duckdb: str
    there: Read
    here: Read = lambda value: value


def rendering(column: OracleColumn, codec: str | None, national: str) -> Rendering | None:
    """How a column's values are compared; None: Oracle has no independent text of them.

    ``codec`` is Python's name of the database's character set (None: unknown), ``national`` that of NCHAR's.
    """
    made = _by_kind(column.kind, codec, national)
    if made is None:
        return None
    return Rendering(made.oracle.format(c=quoted(column.name)), made.duckdb, made.there, made.here)


def difference(how: Rendering, there: str | None, here: object) -> str | None:
    """Both values where Oracle's text and DuckDB's value differ. NULL is equal to NULL alone."""
    equal = there is here if there is None or here is None else how.there(there) == how.here(here)
    return None if equal else f"Oracle {str(there)[:SHOWN]}, DuckDB {str(here)[:SHOWN]}"


def _by_kind(kind: str, codec: str | None, national: str) -> Rendering | None:
    if kind in ("CHAR", "VARCHAR2", "CLOB", "NCHAR", "NVARCHAR2", "NCLOB"):
        return _text(kind, national if kind.startswith("N") else codec)
    return PLAIN.get(kind)


def _text(kind: str, codec: str | None) -> Rendering | None:
    """The first characters, byte by byte, and how many there are."""
    if codec is None:
        return None
    head = f"SUBSTR({{c}}, 1, {HEAD})"
    if kind.endswith("LOB"):
        head = f"TO_{'NCHAR' if kind == 'NCLOB' else 'CHAR'}({head})"
    return Rendering(HEX % head, f"left({{c}}, {HEAD + 1})", lambda text: _head(text, codec))


@dataclass(frozen=True)
class Head:
    """The beginning of a text; equal to any text that begins so and ends where this one does."""

    text: str
    whole: bool

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return NotImplemented
        return other == self.text if self.whole else other.startswith(self.text)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.text


def _head(rendered: str, codec: str) -> Head:
    length, _, digits = rendered.partition(":")
    return Head(bytes.fromhex(digits).decode(codec, "ignore"), int(length) <= HEAD)


def _moment(text: str) -> tuple[datetime | str, str]:
    """In UTC, to the second, and nine digits of fraction; the text itself before year 1, which Python has not."""
    found = MOMENT.fullmatch(text)
    if found is None or text.startswith("-"):
        return text, ""
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, sign, hours, minutes = found.groups()[6:]
    away = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC) - away, (fraction or "").ljust(9, "0")


def _nanoseconds(text: str) -> int:
    """Of an interval as Oracle writes it: +05 06:07:08.123456."""
    found = SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part) for part in found.groups()[1:5])
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return (whole * 10**9 + int((found[6] or "").ljust(9, "0"))) * (-1 if found[1] == "-" else 1)


def _months(text: str) -> int:
    years, months = text[1:].split("-")
    return (int(years) * 12 + int(months)) * (-1 if text[0] == "-" else 1)


def _double(text: str) -> str:
    return repr(float(text))


def _float(text: str) -> str:
    """As 32 bits hold it."""
    return repr(struct.unpack("f", struct.pack("f", float(text)))[0])


def _bytes(rendered: str) -> str:
    length, _, digits = rendered.partition(":")
    return f"{length}:{digits}".upper()


OURS_AS_TEXT = "CAST({c} AS VARCHAR)"
NUMBER = Rendering(TM9, "{c}", Decimal, lambda value: Decimal(str(value)))
TIME = Rendering(NANOSECONDS, OURS_AS_TEXT, _moment, _moment)
INSTANT = Rendering(WITH_ZONE, OURS_AS_TEXT, _moment, _moment)
PLAIN = {
    "NUMBER": NUMBER,
    "FLOAT": NUMBER,
    "BINARY_FLOAT": Rendering(TM9, "{c}", _float, repr),
    "BINARY_DOUBLE": Rendering(TM9, "{c}", _double, repr),
    "DATE": Rendering(SECONDS, OURS_AS_TEXT, _moment, _moment),
    "TIMESTAMP": TIME,
    "TIMESTAMP WITH TIME ZONE": INSTANT,
    "TIMESTAMP WITH LOCAL TIME ZONE": INSTANT,
    "INTERVAL DAY TO SECOND": Rendering("TO_CHAR({c})", "epoch_us({c}) * 1000", _nanoseconds),
    "INTERVAL YEAR TO MONTH": Rendering("TO_CHAR({c})", "year({c}) * 12 + month({c})", _months),
    "RAW": Rendering("RAWTOHEX({c})", "hex({c})", str.upper),
    "BLOB": Rendering(
        HEX % f"DBMS_LOB.SUBSTR({{c}}, {HEAD}, 1)",
        f"octet_length({{c}}) || ':' || hex(array_slice({{c}}, 1, {HEAD}))",
        _bytes,
    ),
}
