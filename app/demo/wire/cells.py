"""Rows with LOB locators: encoded here, value by value, as the engine cannot know the locators."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.demo.boundary import BLOB, CLOB, LONG, LONG_RAW, ROWID, Column
from app.demo.wire.calls import Place
from app.demo.wire.lobs import Lobs
from app.demo.wire.primitives import clr
from app.demo.wire.replies import wire_rowid

Cells = Sequence[Sequence[bytes | None]]
Encode = Callable[[bytes | None], bytes]


def _long(data: bytes | None) -> bytes:
    return clr(data) + b"\0\0"


def _rowid(data: bytes | None) -> bytes:
    return b"\x0d" + wire_rowid(data) if data else b"\0"


def locator(column: Column | Place, lobs: Lobs) -> Encode:
    """What makes a LOB's content, as the engine gives it, a locator that this session knows."""
    if column.type == BLOB:
        return lambda data: b"\0" if data is None else lobs.fetched(data, is_text=False)
    if column.csfrm == 2:
        return lambda data: b"\0" if data is None else lobs.fetched(data, is_text=True)
    return lambda data: b"\0" if data is None else lobs.fetched(_utf16(data), is_text=True)


def _encoder(column: Column, wanted: int, lobs: Lobs) -> Encode:
    if column.type in (CLOB, BLOB):
        return locator(column, lobs) if wanted in (CLOB, BLOB) else _long
    return {LONG: _long, LONG_RAW: _long, ROWID: _rowid}.get(column.type, clr)


def _utf16(data: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode("utf-16-be")


def encode_rows(cells: Cells, columns: Sequence[Column], wanted: Sequence[int], lobs: Lobs) -> bytes:
    """Row messages of values without lengths; each LOB becomes a locator this session knows.

    ``wanted`` is the type the client defined for each column: it may want one LOB as LONG and another as locator.
    """
    encoders = [_encoder(column, kind, lobs) for column, kind in zip(columns, wanted, strict=True)]
    parts = []
    for row in cells:
        parts.append(b"\x07")
        parts += [encode(value) for encode, value in zip(encoders, row, strict=True)]
    return b"".join(parts)
