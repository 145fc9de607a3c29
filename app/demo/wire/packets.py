"""TNS packets: their header, their types, and reading one from a stream."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

CONNECT, ACCEPT, REFUSE, DATA, MARKER = 1, 2, 4, 6, 12
HEADER = 8
LAST_GOODBYE = 0x0040  # data flag: the client closes
END_OF_RESPONSE = 0x2000  # data flag of the last packet of an answer, where that was agreed
BREAK, RESET, INTERRUPT = 1, 2, 3  # what a marker can say
LONGEST = 1 << 17  # of one packet; clients keep to the agreed size, which is at most 64 KB


class Stream(Protocol):
    """Where packets are read from: a buffered socket."""

    def read(self, size: int, /) -> bytes: ...


class Malformed(Exception):
    """Bytes that no Oracle client sends. The connection is closed; the server goes on."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet without its header; ``flags`` are the data flags of a DATA packet."""

    type: int
    flags: int
    body: bytes


def header(kind: int, size: int, wide: bool) -> bytes:
    """The 8 bytes before ``size`` bytes of body. ``wide``: 32-bit length, from ACCEPT on."""
    return struct.pack(">IBBH" if wide else ">HxxBBH", HEADER + size, kind, 0, 0)


def packet(kind: int, body: bytes, wide: bool) -> bytes:
    return header(kind, len(body), wide) + body


def read_packet(stream: Stream, wide: bool) -> Packet | None:
    """The next packet, None at the end of the stream (a half packet counts as the end). Raises Malformed."""
    head = stream.read(HEADER)
    if len(head) < HEADER:
        return None
    length, kind = struct.unpack(">IB" if wide else ">HxxB", head[:5])
    if not HEADER <= length <= LONGEST or kind not in (CONNECT, DATA, MARKER):
        raise Malformed(f"packet of type {kind} and length {length}")
    body = stream.read(length - HEADER)
    if len(body) < length - HEADER:
        return None
    if kind != DATA:
        return Packet(kind, 0, body)
    if len(body) < 2:
        raise Malformed("a data packet without flags")
    return Packet(kind, int.from_bytes(body[:2], "big"), body[2:])
