"""LOB locators: 40 bytes that stand for content this session keeps."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from app.demo.boundary import CLOB, OracleError
from app.demo.wire.calls import CREATE_TEMPORARY, WRITE, LobCall
from app.demo.wire.negotiation import UTF8
from app.demo.wire.primitives import clr, sb, ub

SIZE = 40  # bytes of a locator
LENGTH, READ, TRIM, CHUNK_SIZE, FREE, IS_OPEN = 0x1, 0x2, 0x20, 0x4000, 0x111, 0x11000
OPEN, CLOSE = 0x8000, 0x10000
CHUNK = 8132
OVERHEAD = 300  # bytes a kept LOB costs beside its content
KEPT_BYTES = 64 << 20  # of fetched LOBs; older ones answer ORA-01555 as an old snapshot would
MOST_BYTES = 1 << 30  # of one temporary LOB


@dataclass(slots=True)
class Lob:
    """Content: bytes, or text as UTF-16 whose units are what offsets and amounts count."""

    data: bytearray | bytes
    is_text: bool
    temporary: bool
    is_open: bool = False

    @property
    def unit(self) -> int:
        return 2 if self.is_text else 1

    @property
    def length(self) -> int:
        return len(self.data) // self.unit


class Lobs:
    """The LOBs one session can name: fetched ones up to a limit, temporary ones until they are freed."""

    def __init__(self) -> None:
        self._lobs: OrderedDict[int, Lob] = OrderedDict()
        self._last = 0
        self._kept = 0

    def fetched(self, data: bytes, is_text: bool) -> bytes:
        """A locator of a row's LOB with its size and chunk size, as a row carries it."""
        lob = Lob(data, is_text, temporary=False)
        locator = self._add(lob)
        self._kept += len(data) + OVERHEAD
        if self._kept > KEPT_BYTES:
            self._forget_old()
        return ub(SIZE) + ub(lob.length) + ub(CHUNK) + clr(locator)

    def _add(self, lob: Lob) -> bytes:
        self._last += 1
        self._lobs[self._last] = lob
        kind = bytes((0x02, 0x08, 0x80) if lob.is_text else (0x01, 0x08, 0x00)) + bytes((lob.temporary,))
        return b"\x00\x26\x00\x04" + kind + b"\x00\x01" + self._last.to_bytes(8, "big") + bytes(22)

    def _forget_old(self) -> None:
        """Forget fetched LOBs, oldest first, down to half of what may be kept."""
        for number in [number for number, lob in self._lobs.items() if not lob.temporary]:
            if self._kept <= KEPT_BYTES // 2:
                break
            self._kept -= len(self._lobs.pop(number).data) + OVERHEAD

    def _find(self, locator: bytes) -> Lob:
        number = int.from_bytes(locator[10:18], "big")
        if number in self._lobs:
            return self._lobs[number]
        if 0 < number <= self._last:
            raise OracleError(1555, "snapshot too old: the LOB was fetched too long ago")
        raise OracleError(22275, "invalid LOB locator specified")

    def content(self, locator: bytes) -> bytes:
        """What a bound LOB holds: bytes, or text as UTF-8."""
        lob = self._find(locator)
        return bytes(lob.data).decode("utf-16-be", "surrogatepass").encode() if lob.is_text else bytes(lob.data)

    def free(self, locators: bytes) -> None:
        for start in range(0, len(locators), SIZE):
            lob = self._lobs.pop(int.from_bytes(locators[start + 10 : start + 18], "big"), None)
            if lob and not lob.temporary:
                self._kept -= len(lob.data) + OVERHEAD

    def do(self, call: LobCall) -> bytes:
        """Carry one operation out; the messages of its answer but for the closing ERROR. Raises OracleError."""
        if call.operation == CREATE_TEMPORARY:
            locator = self._add(Lob(bytearray(), call.dest_offset == CLOB, temporary=True))
            return b"\x08" + locator + ub(UTF8) + b"\0"
        lob = self._find(call.locator)
        if call.operation == IS_OPEN:
            return b"\x08" + call.locator + bytes((lob.is_open,))
        data, amount = self._on(lob, call)
        before = b"\x0e" + clr(data) if data else b""
        return before + b"\x08" + call.locator + (sb(amount) if call.amount is not None else b"")

    def _on(self, lob: Lob, call: LobCall) -> tuple[bytes, int]:
        amount = call.amount or 0
        if call.operation == LENGTH:
            return b"", lob.length
        if call.operation == CHUNK_SIZE:
            return b"", CHUNK
        if call.operation == READ:
            return self._read(lob, call.source_offset, amount)
        if call.operation in (OPEN, CLOSE):
            return b"", _set_open(lob, call.operation == OPEN, amount)
        if call.operation in (WRITE, TRIM):
            return b"", _change(lob, call)
        if call.operation == FREE:
            self.free(call.locator)
            return b"", amount
        raise OracleError(3115, f"unsupported network datatype or representation: LOB operation {call.operation:#x}")

    @staticmethod
    def _read(lob: Lob, offset: int, amount: int) -> tuple[bytes, int]:
        if offset < 1:
            raise OracleError(24801, "illegal parameter value in OCI lob function")
        start = (offset - 1) * lob.unit
        data = bytes(memoryview(lob.data)[start : start + amount * lob.unit])
        return data, len(data) // lob.unit


def _set_open(lob: Lob, opening: bool, amount: int) -> int:
    if lob.is_open == opening:
        code, text = (22293, "LOB already opened in the same transaction") if opening else (22289, "LOB is not open")
        raise OracleError(code, text)
    lob.is_open = opening
    return amount


def _change(lob: Lob, call: LobCall) -> int:
    """Write or trim; only temporary LOBs, as no engine call writes into a row's LOB."""
    if not lob.temporary or not isinstance(lob.data, bytearray):
        raise OracleError(22920, "row containing the LOB value is not locked")
    if call.operation == TRIM:
        amount = call.amount or 0
        if amount > lob.length:
            raise OracleError(22926, "specified trim length is greater than current LOB value's length")
        del lob.data[amount * lob.unit :]
        return amount
    start = (call.source_offset - 1) * lob.unit
    if start < 0 or start + len(call.data) > MOST_BYTES:
        raise OracleError(24801, "illegal parameter value in OCI lob function")
    filler = " ".encode("utf-16-be") if lob.is_text else b"\0"
    lob.data += filler * ((start - len(lob.data)) // lob.unit)
    lob.data[start : start + len(call.data)] = call.data
    return len(call.data) // lob.unit
