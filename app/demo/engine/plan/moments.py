"""TO_CHAR of moments in DuckDB SQL, element by element."""

from __future__ import annotations

from app.demo.engine.codec.cells import BIAS
from app.demo.engine.codec.moment import SECOND
from app.demo.engine.errors import ora
from app.demo.engine.formats.pieces import DAYS, MONTHS, pieces

_NAMES = {"MONTH": [f"{name:<9}" for name in MONTHS], "MON": [name[:3] for name in MONTHS]}
_DAYS = {"DAY": [f"{name:<9}" for name in DAYS], "DY": [name[:3] for name in DAYS]}
_STRFTIME = {"YYYY": "%Y", "RRRR": "%Y", "YY": "%y", "RR": "%y", "MM": "%m", "DD": "%d", "HH24": "%H", "HH": "%I"}
_STRFTIME |= {"HH12": "%I", "MI": "%M", "SS": "%S", "AM": "%p", "PM": "%p", "DDD": "%j", "FF6": "%f", "FF3": "%g"}
_WHOLE = {
    "Q": "quarter({0})::VARCHAR",
    "WW": "lpad(((dayofyear({0}) - 1) // 7 + 1)::VARCHAR, 2, '0')",
    "W": "((day({0}) - 1) // 7 + 1)::VARCHAR",
    "IW": "lpad(week({0})::VARCHAR, 2, '0')",
    "IYYY": "lpad(isoyear({0})::VARCHAR, 4, '0')",
    "D": "(dayofweek({0}) + 1)::VARCHAR",
    "J": "lpad((epoch_us({0}) // 86400000000 + 2440588)::VARCHAR, 7, '0')",
    "SSSSS": "lpad(((epoch_us({0}) // 1000000) % 86400)::VARCHAR, 5, '0')",
    "YYY": "right(strftime({0}, '%Y'), 3)",
    "Y": "right(strftime({0}, '%Y'), 1)",
    "CC": "lpad(((year({0}) + 99) // 100)::VARCHAR, 2, '0')",
    "SYYYY": "' ' || strftime({0}, '%Y')",
    "X": "'.'",
}


def shown_sql(sql: str, rep: str, model: str, digits: int, zone: int, zoned: bool) -> str:
    """SQL that shows a moment of representation ``rep`` (``zone`` minutes are added to a LOCAL one)."""
    nanos, offset = sql, str(zone)
    if rep == "zoned":
        offset = f"({sql} % 4096 - 2048)"
        nanos = f"({sql} // 4096 - {BIAS} + {offset} * {60 * SECOND})"
    elif rep == "nanos" and zone:
        nanos = f"({sql} + {zone * 60 * SECOND})"
    stamp = sql if rep == "moment" else f"make_timestamp(floor_div({nanos}, 1000)::BIGINT)"
    fraction = f"lpad((epoch_us({sql}) % 1000000 * 1000)::VARCHAR, 9, '0')"
    if rep != "moment":
        fraction = f"lpad((({nanos} % {SECOND} + {SECOND}) % {SECOND})::VARCHAR, 9, '0')"
    parts: list[str] = []
    fill = True
    for element, written in pieces(model):
        if element == "FM":
            fill = not fill
        elif element != "FX":
            parts.append(_piece(element, written, stamp, fraction, offset if zoned else None, digits, fill))
    return "(" + " || ".join(_merged(parts, stamp)) + ")" if parts else "NULL"


def _piece(element: str, written: str, stamp: str, fraction: str, offset: str | None, digits: int, fill: bool) -> str:
    if not element:
        return "%" + written.replace("%", "%%") if "'" not in written else "'" + written.replace("'", "''") + "'"
    if element.startswith("FF"):
        wanted = int(element[2:] or digits)
        return f"left({fraction}, {wanted})" if wanted else "''"
    if element in ("TZH", "TZM", "TZR", "TZD"):
        return _zone(element, offset)
    if element in ("MONTH", "MON", "DAY", "DY"):
        return _name(element, written, stamp, fill)
    if element in ("AM", "PM") and written.islower():
        return f"lower(strftime({stamp}, '%p'))"
    if element in _STRFTIME and fill:
        return "%" + _STRFTIME[element]
    if element in _STRFTIME:
        return f"coalesce(nullif(ltrim(strftime({stamp}, '{_STRFTIME[element]}'), '0'), ''), '0')"
    if element in _WHOLE:
        return _WHOLE[element].format(stamp)
    raise ora(1821)


def _zone(element: str, offset: str | None) -> str:
    if offset is None:
        raise ora(1821)
    hours = f"(CASE WHEN {offset} < 0 THEN '-' ELSE '+' END || lpad((abs({offset}) // 60)::VARCHAR, 2, '0'))"
    minutes = f"lpad((abs({offset}) % 60)::VARCHAR, 2, '0')"
    return {"TZH": hours, "TZM": minutes, "TZD": "''"}.get(element, f"{hours} || ':' || {minutes}")


def _name(element: str, written: str, stamp: str, fill: bool) -> str:
    names = _NAMES.get(element) or _DAYS[element]
    index = f"month({stamp})" if element in _NAMES else f"isodow({stamp})"
    if written.islower():
        names = [name.lower() for name in names]
    elif len(written) > 1 and written[1].islower():
        names = [name.capitalize() for name in names]
    listed = ", ".join(f"'{name if fill else name.strip()}'" for name in names)
    return f"([{listed}])[{index}]"


def _merged(parts: list[str], stamp: str) -> list[str]:
    """Neighbouring strftime elements and literals (marked by a leading %) in one call."""
    out: list[str] = []
    run = ""
    for part in [*parts, ""]:
        if part.startswith("%"):
            run += part[1:]
            continue
        if run:
            out.append(f"strftime({stamp}, '{run}')" if "%" in run.replace("%%", "") else f"'{run.replace('%%', '%')}'")
            run = ""
        if part:
            out.append(part)
    return out
