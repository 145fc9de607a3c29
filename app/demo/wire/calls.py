"""What a client can ask for: one dataclass a call, read from the bytes behind the function header."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.demo.wire.packets import Malformed
from app.demo.wire.primitives import Source

# Function numbers
REEXECUTE, FETCH, LOGOFF, COMMIT, ROLLBACK, VERSION = 4, 5, 9, 14, 15, 59
REEXECUTE_AND_FETCH, EXECUTE, LOB, PING, PIPELINE_END = 78, 94, 96, 147, 200
CLOSE_CURSORS, SET_END_TO_END, SET_SCHEMA, SET_KEY_VALUES = 105, 135, 152, 154
SESSION_STATE, PIPELINE_BEGIN = 176, 199
# Options of an execute
PARSE, BIND, DEFINE, RUN, WITH_ROWS, AND_COMMIT = 0x01, 0x08, 0x10, 0x20, 0x40, 0x100
NOT_PLSQL, DESCRIBE_ONLY, BATCH_ERRORS = 0x8000, 0x20000, 0x80000
DML_ROW_COUNTS = 0x4000  # in the execute flags
ARRAY_BIND = 0x40
MOST_PLACES = 65535  # binds or defines of one statement


@dataclass(frozen=True, slots=True)
class Place:
    """What a client says about one bind or define: Oracle's type number, flag, size in bytes, character set form."""

    type: int
    flag: int
    size: int
    csfrm: int


@dataclass(slots=True)
class Execute:
    """A full execute; bind values follow and are read once it is known how many the statement takes."""

    options: int
    cursor: int
    sql: str | None
    prefetch: int
    iterations: int
    flags: int
    is_query: bool
    defines: list[Place] = field(default_factory=list)
    binds: list[Place] = field(default_factory=list)

    def asks(self, option: int) -> bool:
        return bool(self.options & option)


@dataclass(frozen=True, slots=True)
class LobCall:
    """A LOB operation. ``source_offset`` counts from 1; for a new temporary LOB it is the character set form."""

    operation: int
    locator: bytes
    source_offset: int
    dest_offset: int
    amount: int | None
    data: bytes


CREATE_TEMPORARY, WRITE = 0x110, 0x40


def read_places(source: Source, count: int, version: int) -> list[Place]:
    if count > MOST_PLACES:
        raise Malformed(f"{count} binds or defines")
    return [_read_place(source, version) for _ in range(count)]


def _read_place(source: Source, version: int) -> Place:
    kind, flag = source.u8(), source.u8()
    source.raw(2)
    size = source.ub()
    source.skip(0, 0)
    source.dalc()
    source.skip(0, 0)
    csfrm = source.u8()
    source.ub()
    if version >= 8:
        source.ub()
    return Place(kind, flag, size, csfrm)


def read_execute(source: Source, version: int) -> Execute:
    options, cursor = source.ub(), source.ub()
    source.u8()
    sql_length = source.ub()
    source.skip(1, 0, 1, 1, 0)
    prefetch = source.ub()
    source.skip(0, 1)
    binds = source.ub()
    source.skip(5, 1)
    defines = source.ub()
    source.skip(0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1)
    if version >= 8:
        source.skip(1, 0, 1, 0, 1)
    if version >= 9:
        source.skip(1, 0)
    sql = (source.clr() or b"").decode("utf-8", "replace") if sql_length else None
    numbers = [source.ub() for _ in range(13)]
    call = Execute(options, cursor, sql, prefetch, numbers[1], numbers[9], bool(numbers[7]))
    if call.asks(DEFINE):
        call.defines = read_places(source, defines, version)
    elif call.asks(BIND):
        call.binds = read_places(source, binds, version)
    return call


def read_lob(source: Source) -> LobCall:
    source.u8()
    size = source.ub()
    source.skip(1, 0, 0, 0, 1, 1, 1)
    operation = source.ub()
    source.raw(2)
    source_offset, dest_offset = source.ub(), source.ub()
    with_amount = source.u8()
    source.raw(6)
    locator = source.raw(min(size, 4096))
    if operation == CREATE_TEMPORARY:
        source.ub()
    data = b""
    if operation == WRITE:
        source.u8()
        data = source.clr() or b""
    amount = source.ub() if with_amount else None
    return LobCall(operation, locator, source_offset, dest_offset, amount, data)


def read_cursors_to_close(source: Source) -> list[int]:
    source.u8()
    return [source.ub() for _ in range(_count(source))]


def read_locators_to_free(source: Source) -> bytes:
    """The free-temporary-LOBs piggyback: all locators back to back."""
    source.u8()
    size = source.ub()
    source.skip(1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 1, 0)
    return source.raw(min(size, 1 << 24))


def read_schema(source: Source) -> str:
    source.u8()
    return source.text()


# The flag of each end-to-end attribute and its name in the session.
END_TO_END = {1: "CLIENT_IDENTIFIER", 8: "MODULE", 16: "ACTION", 0x100: "CLIENT_INFO", 0x200: "DBOP"}


def read_end_to_end(source: Source) -> dict[str, str]:
    """Module, action and the like, as far as they changed; empty text takes one away."""
    source.raw(2)
    flags, lengths = source.ub(), {}
    for flag in (1, 8, 16):
        source.u8()
        lengths[flag] = source.ub()
    source.skip(1, 0, 1, 0, 1)
    lengths[0x100] = source.ub()
    source.skip(1, 0, 1, 0, 1)
    lengths[0x200] = source.ub()
    texts = {flag: _attribute(source) if lengths[flag] else "" for flag in END_TO_END}
    source.skip_zeros()
    return {END_TO_END[flag]: text for flag, text in texts.items() if flags & flag}


def _attribute(source: Source) -> str:
    """python-oracledb writes a zero byte for empty text, though it has announced none."""
    source.skip_zeros()
    return (source.clr() or b"").decode("utf-8", "replace")


def skip_key_values(source: Source) -> None:
    """Application context and high-availability readiness: read and forgotten."""
    source.skip(1, 0, 1)
    count = _count(source)
    source.skip(0, 1)
    source.clr()
    for _ in range(count):
        source.text()
        source.text()
        source.ub()


def read_pipeline_mode(source: Source) -> int:
    """1: go on after an error; 2: give the rest up."""
    source.skip(0, 1)
    return source.u8()


def _count(source: Source) -> int:
    count = source.ub()
    if count > MOST_PLACES:
        raise Malformed(f"a list of {count}")
    return count
