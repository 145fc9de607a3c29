"""Data types as they are written in DDL and CAST, and interval literals."""

from __future__ import annotations

from app.demo.engine.errors import ora
from app.demo.engine.sql.nodes import Literal
from app.demo.engine.sql.stream import Stream
from app.demo.engine.types import OraType

_PLAIN = {
    "DATE": "DATE",
    "CLOB": "CLOB",
    "NCLOB": "NCLOB",
    "BLOB": "BLOB",
    "ROWID": "ROWID",
    "BINARY_FLOAT": "BINARY_FLOAT",
    "BINARY_DOUBLE": "BINARY_DOUBLE",
}
_WHOLE = frozenset(("INTEGER", "INT", "SMALLINT"))
_TEXT = {"VARCHAR2": 4000, "VARCHAR": 4000, "NVARCHAR2": 4000, "CHAR": 1, "CHARACTER": 1, "NCHAR": 1, "RAW": 2000}
_NOT_HERE = frozenset(("BFILE", "XMLTYPE", "JSON", "VECTOR", "SDO_GEOMETRY", "ANYDATA", "SYS"))


def data_type(s: Stream) -> OraType:
    """Read one type. Raises ORA-00902, ORA-00906, ORA-00907; ORA-03001 for types that this server does not have."""
    at = s.now.at
    if s.now.kind != "word":
        raise ora(902, at=at)
    word = s.next().text
    if word in _PLAIN:
        return OraType(_PLAIN[word])
    if word == "LONG":
        return OraType("LONG RAW" if s.word("RAW") else "LONG")
    if word in _WHOLE:
        return OraType("NUMBER", None, 0)
    if word in ("NUMBER", "DECIMAL", "NUMERIC", "DEC"):
        return _number(s, word)
    if word in ("FLOAT", "REAL", "DOUBLE"):
        return _float(s, word)
    if word in _TEXT:
        return _text(s, word)
    if word == "NATIONAL":
        s.next()
        return _text(s, "NVARCHAR2" if s.word("VARYING") else "NCHAR")
    if word == "TIMESTAMP":
        return _timestamp(s)
    if word == "INTERVAL":
        return _interval(s)
    if word in ("BOOLEAN", "BOOL") and s.face == "23ai":
        return OraType("BOOLEAN")
    if word == "UROWID":
        _size(s)
        return OraType("ROWID")
    if word in _NOT_HERE:
        raise ora(3001, f"data type {word}", at=at)
    raise ora(902, at=at)


def _size(s: Stream) -> int | None:
    if not s.symbol("("):
        return None
    size = s.integer(907)
    s.need_symbol(")")
    return size


def _number(s: Stream, word: str) -> OraType:
    precision: int | None = None
    scale: int | None = None if word == "NUMBER" else 0
    at = s.now.at
    if s.symbol("("):
        if s.symbol("*"):
            scale = 0
        else:
            precision, scale = s.integer(907), 0
            if not 1 <= precision <= 38:
                raise _specifier(1727, "numeric precision specifier is out of range (1 to 38)", at)
        if s.symbol(","):
            scale = s.integer(907)
            if not -84 <= scale <= 127:
                raise _specifier(1728, "numeric scale specifier is out of range (-84 to 127)", at)
        s.need_symbol(")")
    return OraType("NUMBER", precision, scale)


def _specifier(code: int, text: str, at: int) -> Exception:
    from_number = ora(902, at=at)
    from_number.code, from_number.args = code, (f"ORA-{code:05d}: {text}",)
    return from_number


def _float(s: Stream, word: str) -> OraType:
    if word == "DOUBLE":
        s.need_word("PRECISION")
        return OraType("FLOAT", 126)
    if word == "REAL":
        return OraType("FLOAT", 63)
    return OraType("FLOAT", _size(s) or 126)


def _text(s: Stream, word: str) -> OraType:
    if word in ("CHAR", "CHARACTER") and s.word("VARYING"):
        word = "VARCHAR2"
    name = {"VARCHAR": "VARCHAR2", "CHARACTER": "CHAR"}.get(word, word)
    if not s.symbol("("):
        if name in ("VARCHAR2", "NVARCHAR2", "RAW"):
            raise ora(906, at=s.now.at)
        return OraType(name, length=1, chars=name.startswith("N"))
    at = s.now.at
    length = s.integer(907)
    chars = s.word("CHAR") or name.startswith("N")
    if not chars:
        s.word("BYTE")
    s.need_symbol(")")
    most = 2000 if name in ("CHAR", "NCHAR", "RAW") else 32767 if s.face == "32k" else 4000
    if length < 1 or length > most:
        raise _specifier(
            910 if length else 1723,
            "specified length too long for its datatype" if length else "zero-length columns are not allowed",
            at,
        )
    return OraType(name, length=length, chars=chars)


def _timestamp(s: Stream) -> OraType:
    digits = _size(s)
    name = "TIMESTAMP"
    if s.word("WITH", "LOCAL", "TIME", "ZONE"):
        name = "TIMESTAMP WITH LOCAL TIME ZONE"
    elif s.word("WITH", "TIME", "ZONE"):
        name = "TIMESTAMP WITH TIME ZONE"
    return OraType(name, scale=6 if digits is None else digits)


def _interval(s: Stream) -> OraType:
    leading = s.next().text
    first = _size(s)
    s.need_word("TO")
    s.next()
    second = _size(s)
    if leading == "YEAR":
        return OraType("INTERVAL YEAR TO MONTH", precision=2 if first is None else first)
    if leading == "DAY":
        return OraType(
            "INTERVAL DAY TO SECOND", precision=2 if first is None else first, scale=6 if second is None else second
        )
    raise ora(902, at=s.now.at)


def interval_literal(s: Stream) -> Literal:
    """``INTERVAL '…' unit [(n[,m])] [TO unit [(m)]]``; ``extra`` holds the two units."""
    at = s.next().at
    text = s.next().text
    units = [_unit(s)]
    if s.word("TO"):
        units.append(_unit(s))
    return Literal(at, "interval", text, (units[0], units[-1]))


def _unit(s: Stream) -> str:
    if not s.at_one("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"):
        raise ora(30089, at=s.now.at)
    unit = s.next().text
    if s.symbol("("):
        s.integer()
        if s.symbol(","):
            s.integer()
        s.need_symbol(")")
    return unit
