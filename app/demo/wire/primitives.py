"""How numbers and bytes are written inside a message: fixed integers, universal integers, length-prefixed bytes."""

from __future__ import annotations

from collections.abc import Callable

from app.demo.wire.packets import Malformed

LONG, NULL, ESCAPE = 254, 255, 253  # first bytes of a length-prefixed value that are not its length
SHORT = 252  # the longest value with a one-byte length
CHUNK = 32767
LARGEST_MESSAGE = 256 << 20


def ub(number: int) -> bytes:
    """A universal integer: one length byte, then that many bytes; 0 is a single zero byte."""
    if number == 0:
        return b"\0"
    size = 1 if number < 1 << 8 else 2 if number < 1 << 16 else 4 if number < 1 << 32 else 8
    return bytes((size,)) + number.to_bytes(size, "big")


def sb(number: int) -> bytes:
    """A universal integer with a sign: 0x80 in its length byte."""
    plain = ub(abs(number))
    return plain if number >= 0 else bytes((plain[0] | 0x80,)) + plain[1:]


def clr(data: bytes | None) -> bytes:
    """Bytes behind a one-byte length, or in chunks when they are longer than 252; nothing is NULL."""
    if not data:
        return b"\0"
    if len(data) <= SHORT:
        return bytes((len(data),)) + data
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    return bytes((LONG,)) + b"".join(ub(len(chunk)) + chunk for chunk in chunks) + b"\0"


def dalc(data: bytes) -> bytes:
    """Bytes behind their total length and, unless empty, once more behind a length of their own."""
    return ub(len(data)) + clr(data) if data else b"\0"


class Source:
    """The bytes of one message as they are needed; asks for the next packet when it runs out.

    ``more`` returns the body of the next data packet and may block; what it raises goes through.
    """

    def __init__(self, more: Callable[[], bytes]) -> None:
        self._more, self._buffer, self._at = more, b"", 0
        self._taken = self._last = 0
        self.limit, self.full = LARGEST_MESSAGE, LARGEST_MESSAGE

    def start(self) -> None:
        """Go to the next message: they always begin with a packet, so what is left of this one is dropped."""
        self._buffer, self._at, self._taken = b"", 0, 0
        while not self._buffer:
            self._buffer = self._next()

    def _next(self) -> bytes:
        packet = self._more()
        self._last = len(packet)
        self._taken += self._last
        if self._taken > self.limit:
            raise Malformed(f"a message of more than {self.limit} bytes")
        return packet

    def raw(self, size: int) -> bytes:
        end = self._at + size
        if end <= len(self._buffer):
            taken = self._buffer[self._at : end]
            self._at = end
            return taken
        return self._across_packets(size)

    def _across_packets(self, size: int) -> bytes:
        parts = [self._buffer[self._at :]]
        have = len(parts[0])
        while have < size:
            parts.append(self._next())
            have += len(parts[-1])
        self._buffer, self._at = parts[-1], len(parts[-1]) - (have - size)
        return b"".join(parts)[:size]

    def u8(self) -> int:
        if self._at < len(self._buffer):
            self._at += 1
            return self._buffer[self._at - 1]
        return self.raw(1)[0]

    def skip(self, *sizes: int) -> None:
        """Skip fields: a positive number is so many raw bytes, 0 is one universal integer."""
        for size in sizes:
            if size:
                self.raw(size)
            else:
                self.ub()

    def u16(self) -> int:
        return int.from_bytes(self.raw(2), "big")

    def ub(self) -> int:
        size = self.u8()
        if size > 8:
            raise Malformed(f"an integer of {size} bytes")
        return int.from_bytes(self.raw(size), "big") if size else 0

    def clr(self) -> bytes | None:
        """A length-prefixed value; None for NULL."""
        size = self.u8()
        if size == 0 or size == NULL:
            return None
        if size <= SHORT:
            return self.raw(size)
        if size == ESCAPE:  # FD 01: how a NULL boolean is bound
            self.u8()
            return None
        chunks = []
        while chunk := self.ub():
            chunks.append(self.raw(chunk))
        return b"".join(chunks) or None

    def clrs(self, count: int) -> list[bytes | None]:
        """So many length-prefixed values; the short ones of this packet without a call each."""
        values: list[bytes | None] = []
        while len(values) < count:
            buffer, at, end = self._buffer, self._at, len(self._buffer)
            while at < end and len(values) < count:
                after = at + 1 + buffer[at]
                if buffer[at] > SHORT or after > end:
                    break
                values.append(buffer[at + 1 : after] or None)
                at = after
            self._at = at
            if len(values) < count:
                values.append(self.clr())
        return values

    def dalc(self) -> bytes:
        return (self.clr() or b"") if self.ub() else b""

    def text(self) -> str:
        return self.dalc().decode("utf-8", "replace")

    def until_zero(self) -> bytes:
        """Bytes up to a zero byte, which is taken too."""
        taken = bytearray()
        while byte := self.u8():
            taken.append(byte)
            if len(taken) > 4096:
                raise Malformed("text without an end")
        return bytes(taken)

    def skip_past(self, mark: bytes) -> None:
        """Skip everything up to and including ``mark``."""
        while (found := self._buffer.find(mark, self._at)) < 0:
            kept = max(self._at, len(self._buffer) - len(mark) + 1)
            self._buffer, self._at = self._buffer[kept:] + self._next(), 0
        self._at = found + len(mark)

    def skip_zeros(self) -> None:
        """Go on to the next byte that is not zero."""
        while not self.u8():
            pass
        self._at -= 1

    def abandon(self) -> None:
        """Skip the rest of a message whose layout is not known: it goes on as long as its packets are full."""
        while self._last >= self.full:
            self._next()
        self._at = len(self._buffer)
