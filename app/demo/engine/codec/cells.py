"""One value between three shapes: Oracle's bytes, Python, and what DuckDB takes and gives.

In Python a NUMBER is a Decimal, a moment nanoseconds since 1970, a zoned one (UTC nanoseconds, offset in minutes),
intervals nanoseconds or months, text str, RAW bytes, a ROWID an int, NULL None.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.demo import boundary
from app.demo.boundary import Bind
from app.demo.engine.codec import moment, number, rowid
from app.demo.engine.errors import ora
from app.demo.engine.types import LOBS, OraType

BIAS = 1 << 70  # keeps packed zoned moments positive


def pack_zoned(value: tuple[int, int]) -> int:
    """A zoned moment as one integer that orders by instant."""
    return (value[0] + BIAS) * 4096 + value[1] + 2048


def unpack_zoned(packed: int) -> tuple[int, int]:
    """The instant and the offset of such an integer."""
    nanos, offset = divmod(packed, 4096)
    return nanos - BIAS, offset - 2048


def _float(data: bytes, form: str) -> float:
    plain = bytes([data[0] & 0x7F]) + data[1:] if data[0] & 0x80 else bytes(byte ^ 0xFF for byte in data)
    return float(struct.unpack(form, plain)[0])


def _float_bytes(value: float, form: str) -> bytes:
    if math.isnan(value):
        return b"\xff\xc0\x00\x00" if form == ">f" else b"\xff\xf8" + bytes(6)
    try:
        data = struct.pack(form, value + 0.0)
    except OverflowError:
        data = struct.pack(form, math.copysign(math.inf, value))
    return bytes(byte ^ 0xFF for byte in data) if data[0] & 0x80 else bytes([data[0] | 0x80]) + data[1:]


def clr(data: bytes | None) -> bytes:
    """A value with its length in front; long ones in chunks of at most 32767."""
    if not data:
        return b"\x00"
    if len(data) <= 252:
        return bytes((len(data),)) + data
    chunks = [b"\xfe"]
    for start in range(0, len(data), 32767):
        part = data[start : start + 32767]
        chunks += [b"\x02" + len(part).to_bytes(2, "big") if len(part) > 255 else b"\x01" + bytes((len(part),)), part]
    return b"".join([*chunks, b"\x00"])


def encoder(kind: OraType) -> Callable[[Any], bytes | None]:
    """A function from a Python value of that type to its bytes; None stays NULL, and '' is NULL unless it is a LOB."""
    name = kind.name
    if name in LOBS and kind.text:
        code = "utf-16-be" if kind.national else "utf-8"
        return lambda value: None if value is None else value.encode(code)
    if kind.national:
        return lambda value: value.encode("utf-16-be") if value else None
    if kind.text:
        return lambda value: value.encode() if value else None
    if name == "BINARY_FLOAT":
        return lambda value: None if value is None else _float_bytes(value, ">f")
    if name == "BINARY_DOUBLE":
        return lambda value: None if value is None else _float_bytes(value, ">d")
    plain = _ENCODERS.get(name)
    return (lambda value: None if value is None else plain(value)) if plain else lambda value: value or None


_ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "NUMBER": number.encode,
    "FLOAT": number.encode,
    "DATE": moment.encode_date,
    "TIMESTAMP": moment.encode_stamp,
    "TIMESTAMP WITH LOCAL TIME ZONE": moment.encode_stamp,
    "TIMESTAMP WITH TIME ZONE": lambda value: moment.encode_zoned(*value),
    "INTERVAL DAY TO SECOND": moment.encode_span,
    "INTERVAL YEAR TO MONTH": moment.encode_months,
    "ROWID": rowid.encode,
    "BOOLEAN": lambda value: b"\x01" if value else b"\x00",
}


def row_form(kind: OraType) -> Callable[[bytes | None], bytes]:
    """How encoded bytes of that type stand in a row: with a length, and LONGs and LOBs with two zeros behind."""
    if kind.name in LOBS or kind.name in ("LONG", "LONG RAW"):
        return lambda data: clr(data) + b"\x00\x00"
    return clr


def from_duck(kind: OraType, rep: str) -> Callable[[Any], Any]:
    """A function from what DuckDB returns (see ``leaf``) to the Python value; NULL is not passed to it."""
    if rep == "number":
        return number.decode
    if rep in ("approx", "float", "double"):
        return (lambda value: Decimal(repr(value))) if kind.name in ("NUMBER", "FLOAT") else float
    if rep == "moment":
        return lambda value: value * 1000
    if rep == "zoned":
        return unpack_zoned
    if rep == "decimal":
        return lambda value: value if isinstance(value, Decimal) else Decimal(value)
    return lambda value: value


def leaf(sql: str, rep: str) -> str:
    """The SQL that brings a value of that representation to Python without loss."""
    return f"epoch_us({sql})" if rep == "moment" else sql


def to_duck(value: Any, rep: str) -> Any:
    """A Python value as the parameter for ``parameter`` of that representation."""
    if value is None:
        return None
    if rep == "number":
        return number.encode(value)
    if rep == "decimal":
        return format(value, "f")
    if rep in ("approx", "float", "double"):
        return float(value)
    if rep == "moment":
        return value // 1000
    if rep == "zoned":
        return pack_zoned(value)
    return value


# What DuckDB must be told a parameter is, before it becomes the representation.
PARAMETER = {"decimal": "VARCHAR", "moment": "BIGINT"}


def from_bind(bind: Bind) -> Any:
    """A bound value in Python's shape; '' and NULL are None. Raises ORA-00932 for types that are not here."""
    data = bind.data
    if not data:
        return None
    if bind.type in (boundary.VARCHAR, boundary.CHAR, boundary.LONG, boundary.CLOB):
        # A CLOB's content arrives as UTF-8 whatever its form.
        return data.decode("utf-16-be" if bind.csfrm == 2 and bind.type != boundary.CLOB else "utf-8", "replace")
    reader = _READERS.get(bind.type)
    if reader is None:
        raise ora(932, "CHAR", f"type {bind.type}")
    return reader(data)


_READERS: dict[int, Callable[[bytes], Any]] = {
    boundary.NUMBER: number.decode,
    boundary.BINARY_INTEGER: number.decode,
    boundary.RAW: bytes,
    boundary.LONG_RAW: bytes,
    boundary.BLOB: bytes,
    boundary.DATE: moment.decode,
    boundary.TIMESTAMP: moment.decode,
    boundary.TIMESTAMP_TZ: moment.decode_zoned,
    boundary.TIMESTAMP_LTZ: lambda data: moment.decode_zoned(data)[0],
    boundary.INTERVAL_DS: moment.decode_span,
    boundary.INTERVAL_YM: moment.decode_months,
    boundary.BINARY_FLOAT: lambda data: _float(data, ">f"),
    boundary.BINARY_DOUBLE: lambda data: _float(data, ">d"),
    boundary.BOOLEAN: lambda data: data[-1] == 1,
    boundary.ROWID: lambda data: data.decode("ascii", "replace"),
    boundary.UROWID: lambda data: data.decode("ascii", "replace"),
}
_BIND_TYPES: dict[int, OraType] = {
    boundary.NUMBER: OraType("NUMBER"),
    boundary.BINARY_INTEGER: OraType("NUMBER"),
    boundary.RAW: OraType("RAW", length=2000),
    boundary.LONG_RAW: OraType("LONG RAW"),
    boundary.BLOB: OraType("BLOB"),
    boundary.CLOB: OraType("CLOB"),
    boundary.DATE: OraType("DATE"),
    boundary.TIMESTAMP: OraType("TIMESTAMP", scale=9),
    boundary.TIMESTAMP_TZ: OraType("TIMESTAMP WITH TIME ZONE", scale=9),
    boundary.TIMESTAMP_LTZ: OraType("TIMESTAMP WITH LOCAL TIME ZONE", scale=9),
    boundary.INTERVAL_DS: OraType("INTERVAL DAY TO SECOND", precision=9, scale=9),
    boundary.INTERVAL_YM: OraType("INTERVAL YEAR TO MONTH", precision=9),
    boundary.BINARY_FLOAT: OraType("BINARY_FLOAT"),
    boundary.BINARY_DOUBLE: OraType("BINARY_DOUBLE"),
    boundary.BOOLEAN: OraType("BOOLEAN"),
}


def bind_type(bind: Bind) -> OraType:
    """The data type of a bound value. Text longer than a VARCHAR2 counts as LONG."""
    if bind.type == boundary.CLOB and bind.csfrm == 2:
        return OraType("NCLOB")
    if bind.type in _BIND_TYPES:
        return _BIND_TYPES[bind.type]
    if bind.type == boundary.LONG:
        return OraType("LONG")
    return OraType("NVARCHAR2" if bind.csfrm == 2 else "VARCHAR2", length=max(1, min(bind.size or 1, 32767)))


def unpacked(data: bytes, at: int = 0) -> tuple[bytes | None, int]:
    """The value that stands at a place of a packed row, behind its length or in chunks, and where the next begins."""
    size = data[at]
    if size != 0xFE:
        return data[at + 1 : at + 1 + size] or None, at + 1 + size
    at += 1
    parts = []
    while (width := data[at]) != 0:
        size = int.from_bytes(data[at + 1 : at + 1 + width], "big")
        parts.append(data[at + 1 + width : at + 1 + width + size])
        at += 1 + width + size
    return b"".join(parts), at + 1
