"""What goes to one client: answers cut into packets, as fast as the faults allow."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from app.demo.faults import Dropped, Faults
from app.demo.wire import packets

Buffer = bytes | memoryview
FULL = 512 << 10  # bytes gathered before they are sent
VECTORS = 512  # buffers in one system call; Linux takes 1024


class Outbox:
    """Gathers an answer and sends it in packets of at most ``sdu`` bytes without copying the rows."""

    def __init__(self, sock: socket.socket, faults: Faults) -> None:
        self._socket, self._faults = sock, faults
        self.sdu, self.wide, self.user = 8192, False, ""
        self.is_gone: Callable[[], bool] = lambda: False
        self._parts: list[Buffer] = []
        self._size = 0

    def write(self, data: Buffer) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size >= FULL:
            self._send_parts(0, keep=True)

    def end(self, flags: int = 0) -> None:
        """The answer is whole: send what is left; ``flags`` go with the last packet."""
        self._send_parts(flags, keep=False)

    def cut(self) -> None:
        """Send all but the second half of the last packet, and give up: raises Dropped."""
        vectors = self._packets(0, keep=False)
        last = bytes(vectors.pop()) if vectors else b""
        self._send([*vectors, last[: len(last) // 2]])
        raise Dropped("drop_at_last")

    def forget(self) -> None:
        """Drop what was written and not sent."""
        self._parts, self._size = [], 0

    def marker(self, kind: int) -> None:
        self.packet(packets.MARKER, bytes((1, 0, kind)))

    def packet(self, kind: int, body: bytes) -> None:
        self._send([packets.packet(kind, body, self.wide)])

    def _send_parts(self, flags: int, keep: bool) -> None:
        if vectors := self._packets(flags, keep):
            self._send(vectors)

    def _packets(self, flags: int, keep: bool) -> list[Buffer]:
        """The gathered parts as packets; with ``keep`` the last, unfinished one stays for later."""
        room = self.sdu - packets.HEADER - 2
        head = packets.header(packets.DATA, room + 2, self.wide) + b"\0\0"
        vectors: list[Buffer] = []
        inside: list[Buffer] = []
        left = room
        for part in self._parts:
            view = memoryview(part)
            while len(view):
                if not left:
                    vectors += (head, *inside)
                    inside, left = [], room
                inside.append(view[:left])
                taken = len(inside[-1])
                view, left = view[taken:], left - taken
        self._parts, self._size = (inside, room - left) if keep else ([], 0)
        if inside and not keep:
            vectors.append(packets.header(packets.DATA, room - left + 2, self.wide) + flags.to_bytes(2, "big"))
            vectors += inside
        return vectors

    def _send(self, vectors: list[Buffer]) -> None:
        if self.user:  # before that the admin cannot be told from others, and must get in to clear a fault
            self._faults.pause(self.user, self.is_gone)
        rate = self._faults.rate(self.user) if self.user else None
        if rate is not None:
            self._crawl(b"".join(vectors), rate)
            return
        for start in range(0, len(vectors), VECTORS):
            some = vectors[start : start + VECTORS]
            sent = self._socket.sendmsg(some)
            if sent < sum(map(len, some)):
                self._socket.sendall(b"".join(some)[sent:])

    def _crawl(self, data: bytes, rate: float) -> None:
        step = max(1, int(rate / 20))
        for start in range(0, len(data), step):
            if self.is_gone():
                return
            self._socket.sendall(data[start : start + step])
            if self._faults.rate(self.user) is not None:
                time.sleep(step / rate)
