"""Dates and timestamps: nanoseconds since 1970 in, Oracle's 7, 11 and 13 bytes out, and back."""

from __future__ import annotations

import struct
from typing import NamedTuple

from app.demo.engine.errors import ora

SECOND = 10**9
DAY = 86400 * SECOND
FIRST, LAST = -210866803200 * SECOND, 253402300800 * SECOND  # 4713 BC and the first instant of the year 10000


class Parts(NamedTuple):
    """A moment taken apart; there is no year 0: -1 comes before 1."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    nanos: int


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a day in the proleptic Gregorian calendar (astronomical year)."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


def civil(days: int) -> tuple[int, int, int]:
    """Year (astronomical), month and day of so many days since 1970-01-01."""
    era, day_of_era = divmod(days + 719468, 146097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def split(nanos: int) -> Parts:
    """A moment's parts."""
    days, rest = divmod(nanos, DAY)
    year, month, day = civil(days)
    seconds, fraction = divmod(rest, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Parts(year if year > 0 else year - 1, month, day, hour, minute, second, fraction)


def join(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, nanos: int = 0) -> int:
    """Nanoseconds since 1970 of these parts. Raises ORA-01841, 01843, 01839 or 01847 for a day that is not."""
    if year == 0 or not -4713 <= year <= 9999:
        raise ora(1841)
    if not 1 <= month <= 12:
        raise ora(1843)
    if not 1 <= day <= 31:
        raise ora(1847)
    if day > month_length(year, month):
        raise ora(1839)
    astronomical = year if year > 0 else year + 1
    return (days_of(astronomical, month, day) * 86400 + hour * 3600 + minute * 60 + second) * SECOND + nanos


def month_length(year: int, month: int) -> int:
    """Days in that month (29 February in leap years)."""
    astronomical = year if year > 0 else year + 1
    leap = astronomical % 4 == 0 and (astronomical % 100 != 0 or astronomical % 400 == 0)
    return 29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def encode_date(nanos: int) -> bytes:
    """DATE: 7 bytes; a fraction is dropped."""
    year, month, day, hour, minute, second, _ = split(nanos)
    century, rest = (year // 100, year % 100) if year > 0 else (-(-year // 100), -(-year % 100))
    return bytes((century + 100, rest + 100, month, day, hour + 1, minute + 1, second + 1))


def encode_stamp(nanos: int) -> bytes:
    """TIMESTAMP: 7 bytes, 11 with a fraction."""
    fraction = nanos % SECOND
    return encode_date(nanos) + (struct.pack(">I", fraction) if fraction else b"")


def encode_zoned(nanos: int, offset: int) -> bytes:
    """TIMESTAMP WITH TIME ZONE: 13 bytes of UTC and the offset in minutes."""
    hours, minutes = int(offset / 60), abs(offset) % 60
    minutes = -minutes if offset < 0 else minutes
    return encode_date(nanos) + struct.pack(">IBB", nanos % SECOND, hours + 20, minutes + 60)


def decode(data: bytes) -> int:
    """Nanoseconds since 1970 of 7, 11 or 13 bytes, as they stand (UTC for the 13)."""
    if len(data) < 7:
        raise ora(1801)
    century, rest = data[0] - 100, data[1] - 100
    nanos = struct.unpack_from(">I", data, 7)[0] if len(data) >= 11 else 0
    return join(century * 100 + rest, data[2], data[3], data[4] - 1, data[5] - 1, data[6] - 1, nanos)


def decode_zoned(data: bytes) -> tuple[int, int]:
    """UTC nanoseconds and the offset in minutes; without the last two bytes the offset is 0."""
    if len(data) < 13:
        return decode(data), 0
    if data[11] & 0x80:
        raise ora(1882)
    return decode(data), (data[11] - 20) * 60 + data[12] - 60


def encode_span(nanos: int) -> bytes:
    """INTERVAL DAY TO SECOND: 11 bytes, every part with the sign."""
    sign, rest = (-1, -nanos) if nanos < 0 else (1, nanos)
    days, rest = divmod(rest, DAY)
    seconds, fraction = divmod(rest, SECOND)
    parts = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    clock = bytes(sign * part + 60 for part in parts)
    return struct.pack(">I", sign * days + 0x80000000) + clock + struct.pack(">I", sign * fraction + 0x80000000)


def decode_span(data: bytes) -> int:
    """Nanoseconds of an INTERVAL DAY TO SECOND."""
    days, hours, minutes, seconds, fraction = struct.unpack(">IBBBI", data[:11])
    clock = (hours - 60) * 3600 + (minutes - 60) * 60 + seconds - 60
    return int((days - 0x80000000) * DAY + clock * SECOND + fraction - 0x80000000)


def encode_months(months: int) -> bytes:
    """INTERVAL YEAR TO MONTH: 5 bytes."""
    sign, rest = (-1, -months) if months < 0 else (1, months)
    return struct.pack(">IB", sign * (rest // 12) + 0x80000000, sign * (rest % 12) + 60)


def decode_months(data: bytes) -> int:
    """Months of an INTERVAL YEAR TO MONTH."""
    years, months = struct.unpack(">IB", data[:5])
    return int((years - 0x80000000) * 12 + months - 60)
