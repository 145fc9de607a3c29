"""Time zones by offset or region name."""

from __future__ import annotations

import datetime
import re
import zoneinfo

from app.demo.engine.codec.moment import SECOND
from app.demo.engine.errors import ora

_OFFSET = re.compile(r"\s*([+-])(\d{1,2}):(\d{1,2})\s*$")
_TAIL = re.compile(r"^(.*\d)\s*([+-]\d{1,2}:\d{2}|\s[A-Za-z][A-Za-z_/]*(?:\s[A-Z]{3,4})?)$")


def split_zone(text: str) -> tuple[str, str] | None:
    """A timestamp literal's moment and zone; None without a zone."""
    found = _TAIL.match(text.strip())
    return (found.group(1), found.group(2).strip()) if found else None


def offset_of(zone: str, nanos: int) -> int:
    """Minutes from UTC of ``+hh:mm`` or a region at that moment. Raises ORA-01882, ORA-01874."""
    if found := _OFFSET.match(zone):
        minutes = int(found.group(2)) * 60 + int(found.group(3))
        if minutes > 15 * 60:
            raise ora(1874)
        return -minutes if found.group(1) == "-" else minutes
    if zone.upper() in ("UTC", "GMT", "Z"):
        return 0
    try:
        moment = datetime.datetime.fromtimestamp(nanos // SECOND, zoneinfo.ZoneInfo(zone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
        raise ora(1882) from None
    offset = moment.utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def shown(minutes: int) -> str:
    """An offset as SESSIONTIMEZONE shows it."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
