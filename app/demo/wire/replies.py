"""The messages an answer is made of: describe, row header, error, status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.demo.boundary import (
    BINARY_DOUBLE,
    BINARY_FLOAT,
    BLOB,
    BOOLEAN,
    DATE,
    INTERVAL_DS,
    INTERVAL_YM,
    LONG_RAW,
    NUMBER,
    RAW,
    ROWID,
    TIMESTAMP,
    TIMESTAMP_LTZ,
    TIMESTAMP_TZ,
    UROWID,
    Column,
    OracleError,
)
from app.demo.wire.negotiation import UTF8, UTF16, Agreed
from app.demo.wire.primitives import clr, dalc, sb, ub

END = b"\x1d"  # the mark of an answer's end, where that was agreed
NO_DATA = 1403  # not an error: the last row has been fetched
ARRAY_ERRORS = 24381
WITH_UNIVERSAL_SCALE = {NUMBER, TIMESTAMP, TIMESTAMP_TZ, TIMESTAMP_LTZ, INTERVAL_DS, INTERVAL_YM}  # for go-ora
WITHOUT_CHARSET = {
    DATE,
    RAW,
    LONG_RAW,
    BLOB,
    BINARY_FLOAT,
    BINARY_DOUBLE,
    BOOLEAN,
    ROWID,
    UROWID,
    *WITH_UNIVERSAL_SCALE,
}
# What a row header says: flags, requests, iteration, iterations, buffer length, bit vector, row id.
ROW_HEADER = b"\x06\x22\x01\x01\x00\x01\x01\x00\x00\x00"


@dataclass(slots=True)
class Outcome:
    """How a call ended, as ERROR tells it. ``batch`` holds (row, error) of an executemany that goes on after errors."""

    error: OracleError | None = None
    cursor: int = 0
    rows: int = 0
    rowid: bytes | None = None
    in_transaction: bool = False
    no_more: bool = False
    batch: Sequence[tuple[int, OracleError]] = ()


def _scale(column: Column, agreed: Agreed) -> bytes:
    if agreed.is_go and column.type in WITH_UNIVERSAL_SCALE:
        return sb(column.scale)
    return (column.scale & 0xFF).to_bytes(1, "big")


def _column(column: Column, place: int, agreed: Agreed) -> bytes:
    version, name = agreed.field_version, column.name.encode()
    textual = column.type not in WITHOUT_CHARSET
    charset = (UTF16 if column.csfrm == 2 else UTF8) if textual else 0
    parts = [
        bytes((column.type, 0, column.precision & 0xFF)) + _scale(column, agreed),
        ub(column.size) + ub(0) + ub(0) + dalc(b"") + ub(0) + ub(charset),
        bytes((column.csfrm if textual else 0,)) + ub(column.chars),
        ub(0) if version >= 8 else b"",
        bytes((column.nullable, min(len(name), 255))) + dalc(name) + dalc(b"") + dalc(b""),
        ub(place) + ub(0),
        dalc(b"") + dalc(b"") if version >= 17 else b"",
        ub(0) if version >= 20 else b"",
        ub(0) + b"\0\0" if version >= 24 else b"",
    ]
    return b"".join(parts)


def describe(columns: Sequence[Column], agreed: Agreed) -> bytes:
    parts = [b"\x10\0", ub(sum(column.size for column in columns) & 0x7FFFFFFF), ub(len(columns))]
    parts += [b"\0"] if columns else []
    parts += [_column(column, place, agreed) for place, column in enumerate(columns, 1)]
    today = bytes((120, 126, 1, 1, 1, 1, 1))
    return b"".join(parts) + dalc(today) + ub(0) * 4 + dalc(b"")


def wire_rowid(rowid: bytes | None) -> bytes:
    """The 13 bytes of a row's address as universal integers."""
    if not rowid:
        return b"\0" * 5
    part = int.from_bytes
    return b"".join(
        (
            ub(part(rowid[:4], "big")) + ub(part(rowid[4:6], "big")) + b"\0",
            ub(part(rowid[7:11], "big")) + ub(part(rowid[11:13], "big")),
        )
    )


def _batch(batch: Sequence[tuple[int, OracleError]]) -> bytes:
    if not batch:
        return ub(0) * 3
    count, chunk = len(batch), b"\0"
    messages = b"".join(ub(len(str(error))) + clr(str(error).encode()) + b"\0\0" for _, error in batch)
    return b"".join(
        (
            ub(count) + chunk + b"".join(ub(error.code) for _, error in batch),
            ub(count) + chunk + b"".join(ub(row) for row, _ in batch),
            ub(count) + chunk + messages,
        )
    )


def error(outcome: Outcome, agreed: Agreed) -> bytes:
    """ERROR, which ends every answer that is not a plain STATUS; number 0 means success."""
    failed, text, position = outcome.error, "", 0
    if failed is None:
        number = NO_DATA if outcome.no_more else ARRAY_ERRORS if outcome.batch else 0
        text = {NO_DATA: "ORA-01403: no data found", ARRAY_ERRORS: "ORA-24381: error(s) in array DML"}.get(number, "")
    else:
        number, text, position = failed.code, str(failed), min(failed.position, 32767)
    parts = [
        b"\x04" + status_bits(outcome.in_transaction) + ub(0) + ub(outcome.rows & 0xFFFFFFFF),
        ub(number & 0xFFFF) + ub(0) + ub(0) + ub(outcome.cursor) + sb(position) + b"\0" * 6,
        wire_rowid(outcome.rowid) + ub(0) + b"\0\0" + ub(0) + ub(0) + ub(0),
        _batch(outcome.batch) + ub(number) + ub(outcome.rows),
        ub(0) + ub(0) if agreed.field_version >= 14 else b"",
        clr(text.encode() + b"\n") if number else b"",
    ]
    return b"".join(parts)


def status_bits(in_transaction: bool) -> bytes:
    return ub(2 if in_transaction else 0)


def status(in_transaction: bool) -> bytes:
    return b"\x09" + status_bits(in_transaction) + ub(0)


def row_counts(counts: Sequence[int]) -> bytes:
    """How many rows each execution of an executemany touched."""
    return b"\x08" + ub(0) * 4 + ub(len(counts)) + b"".join(map(ub, counts))
