"""ROWIDs: one integer inside, 18 letters in SQL, five numbers on the wire."""

from __future__ import annotations

import struct

from app.demo.engine.errors import ora

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}
FILE = 4
ROWS_IN_BLOCK = 128


def place(table: int, number: int) -> int:
    """The integer of a table's ``number``-th row: object, block and slot."""
    return table << 40 | (number // ROWS_IN_BLOCK) << 16 | number % ROWS_IN_BLOCK


def split(rowid: int) -> tuple[int, int, int, int]:
    """Object number, file, block and slot."""
    return rowid >> 40, FILE, rowid >> 16 & 0xFFFFFF, rowid & 0xFFFF


def show(rowid: int) -> str:
    """The 18 letters OOOOOOFFFBBBBBBRRR."""
    return "".join(_letters(part, width) for part, width in zip(split(rowid), (6, 3, 6, 3), strict=True))


def _letters(value: int, width: int) -> str:
    return "".join(_LETTERS[value >> 6 * place & 63] for place in range(width - 1, -1, -1))


def read(text: str) -> int:
    """The integer of 18 letters. Raises ORA-01410."""
    try:
        if len(text) != 18:
            raise KeyError(text)
        value = 0
        for letter in text:
            value = value << 6 | _VALUES[letter]
    except KeyError:
        raise ora(1410) from None
    table, block, slot = value >> 72, value >> 18 & 0xFFFFFF, value & 0x3FFFF
    return table << 40 | block << 16 | slot


def encode(rowid: int) -> bytes:
    """As it stands in a row after its length byte: rba, partition, a byte, block, slot as universal integers."""
    table, file, block, slot = split(rowid)
    return _ub(table) + _ub(file) + b"\x00" + _ub(block) + _ub(slot)


def packed(rowid: int) -> bytes:
    """13 bytes rba(4) partition(2) pad(1) block(4) slot(2), for the boundary's ``rowid``."""
    table, file, block, slot = split(rowid)
    return struct.pack(">IHBIH", table, file, 0, block, slot)


def unpacked(data: bytes) -> int:
    """The integer of the 13 bytes above."""
    table, _, _, block, slot = struct.unpack(">IHBIH", data[:13])
    return int(table << 40 | block << 16 | slot)


def _ub(value: int) -> bytes:
    for size in (1, 2, 4):
        if value < 1 << 8 * size:
            return b"\x00" if value == 0 else bytes((size,)) + value.to_bytes(size, "big")
    return b"\x08" + value.to_bytes(8, "big")
