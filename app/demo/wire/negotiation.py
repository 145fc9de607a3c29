"""Before the login: connect and accept, the protocol and data-types exchange, and what both sides can do."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from app.demo.boundary import Face
from app.demo.wire.packets import HEADER, Malformed
from app.demo.wire.primitives import Source, clr

LARGEST_SDU, SMALLEST_SDU = 65535, 512
FIELD_VERSION = 7  # where in the compile-time capabilities the field version stands
TTC4, END_OF_RESPONSE = 40, 0x20  # another byte of them, and the bit for answers that end with a mark
UTF8, UTF16 = 873, 2000
PLATFORM = b"x86_64/Linux 2.4.xx"  # as Oracle says it here; node takes at most 48 bytes
FAST_AUTH_FLAG, END_OF_RESPONSE_FLAG = 0x10000000, 0x02000000
TYPES_END = b"\x00\x00\x03\x76"  # the end of the type list, then the auth call that follows it in a fast login


@dataclass(frozen=True, slots=True)
class Connect:
    """What a client asks for: its TNS version, packet size and connect descriptor.

    ``missing``: bytes of the descriptor that come in a data packet of their own.
    """

    version: int
    sdu: int
    descriptor: bytes
    missing: int


@dataclass(slots=True)
class Agreed:
    """What both sides speak: the driver's name, the field version, and whether answers end with a mark."""

    driver: str = ""
    field_version: int = 0
    end_of_response: bool = False

    @property
    def is_go(self) -> bool:
        """go-ora reads a few things differently."""
        return "OracleClientGo" in self.driver


def read_connect(body: bytes) -> Connect:
    if len(body) < 66 - HEADER:
        raise Malformed("a short connect packet")
    version, small = struct.unpack(">H4xH", body[:8])
    length, start = struct.unpack(">HH", body[16:20])
    large = int.from_bytes(body[50:54], "big")
    descriptor = body[start - HEADER : start - HEADER + length] if start >= HEADER else b""
    return Connect(version, large or small, descriptor, length - len(descriptor))


def accept(face: Face, client: Connect) -> tuple[int, bytes]:
    """The packet size agreed on, and the body of ACCEPT.

    Options 1 keep out-of-band breaks off; 0C 0C tell node that there is no native encryption to negotiate.
    """
    sdu = max(SMALLEST_SDU, min(client.sdu, LARGEST_SDU))
    traits = {"fast_auth": FAST_AUTH_FLAG, "end_of_response": END_OF_RESPONSE_FLAG}
    flags = sum(flag for trait, flag in traits.items() if trait in face.traits)
    version = min(face.tns, client.version)
    head = struct.pack(">HHHHHHHBB8x", version, 1, sdu, sdu, 1, 0, 45, 0x0C, 0x0C)
    return sdu, head + struct.pack(">IIBI", sdu, sdu, 0, flags)


def refuse(code: int) -> bytes:
    text = f"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))".encode()
    return b"\0\0" + len(text).to_bytes(2, "big") + text


def compile_capabilities(face: Face) -> bytes:
    known = {0: 6, 4: 0xEA, 7: face.field_version, 8: 1, 9: 1, 15: 0x29, 16: 0x91, 17: 3, 18: 7, 19: 3, 21: 1}
    known |= {23: 0xCF, 26: 4, 27: 1, 31: 0x10, 34: 12, 37: 0xB0, 39: 8, 40: 4, 42: 5}
    if "end_of_response" in face.traits:
        known |= {TTC4: 0x04 | END_OF_RESPONSE, 44: 6}
    return bytes(known.get(place, 0) for place in range(55))


def runtime_capabilities() -> bytes:
    """Text up to 32767 bytes (0x04). Byte 1 must stay 0: it would announce a time zone in the types' answer."""
    return bytes((2, 0, 0, 0, 0, 0, 0x05, 0, 0, 0, 0))


def read_protocol(source: Source, agreed: Agreed) -> None:
    """After message type 1: version list, driver name."""
    source.until_zero()
    agreed.driver = source.until_zero().decode("utf-8", "replace")


def protocol_answer(face: Face) -> bytes:
    national = b"\0" * 9 + UTF16.to_bytes(2, "big")
    return b"".join(
        (
            b"\x01\x06\x00" + PLATFORM + b"\0",
            struct.pack("<HBH", UTF8, 1, 0) + len(national).to_bytes(2, "big") + national,
            clr(compile_capabilities(face)) + clr(runtime_capabilities()),
        )
    )


TYPES_ANSWER = b"\x02\0\0"


def read_types(source: Source, agreed: Agreed, face: Face) -> None:
    """After message type 2, up to the type list, whose layout differs from driver to driver."""
    source.raw(5)
    theirs = source.clr() or b""
    source.clr()
    if len(theirs) <= FIELD_VERSION:
        raise Malformed("short capabilities")
    agreed.field_version = min(face.field_version, theirs[FIELD_VERSION])
    marks_ends = len(theirs) > TTC4 and bool(theirs[TTC4] & END_OF_RESPONSE)
    agreed.end_of_response = marks_ends and "end_of_response" in face.traits


def read_fast_auth(source: Source, agreed: Agreed, face: Face) -> None:
    """After message type 34: the protocol and types requests and then, left to read, the first auth call."""
    source.raw(3)
    if source.u8() != 1:
        raise Malformed("fast auth without a protocol request")
    read_protocol(source, agreed)
    source.raw(6)
    if source.u8() != 2:
        raise Malformed("fast auth without a types request")
    read_types(source, agreed, face)
    source.skip_past(TYPES_END)
