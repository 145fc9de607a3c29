"""One client's socket: a thread reads packets ahead so that a break is seen while a statement runs.

The session's own thread blocks where it waits, for a packet or for room in the socket. So a message is parsed
straight through, however many packets it has (without the end-of-response face nothing marks its last one), and
a slow client slows its own thread only.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator

from app.demo.boundary import OracleError
from app.demo.wire import packets
from app.demo.wire.outbox import Outbox
from app.demo.wire.packets import Malformed, Packet
from app.demo.wire.primitives import Source

log = logging.getLogger(__name__)
CANCELLED, KILLED = 1013, 28
NEARLY = 64  # a client may leave so many bytes of a packet empty though its message goes on
AHEAD = 32  # packets read before the session's thread takes them


class Gone(ConnectionError):
    """The client has closed, or was away too long."""


class Broken(Exception):
    """The client asks to stop what runs; answer with ``acknowledge_break`` and ORA-01013."""


class Channel:
    """Packets in, packets out, and the client's wish to stop."""

    def __init__(self, sock: socket.socket, out: Outbox) -> None:
        self._socket, self.out = sock, out
        self.stream = sock.makefile("rb", buffering=1 << 16)
        self.source = Source(self._body)
        self.patience: float | None = None  # seconds to wait for a packet; None for ever
        self.breaking = self.gone = self.killed = False
        self._arrived: deque[Packet | None] = deque()
        self._change = threading.Condition()
        self._cancel: Callable[[], None] | None = None
        self._running = threading.Lock()
        self._reading = False

    def agree(self, sdu: int, wide: bool) -> None:
        """The packet size is settled; start reading ahead, with 32-bit lengths if ``wide``."""
        self.out.sdu, self.out.wide = sdu, wide
        self.source.full = sdu - packets.HEADER - 2 - NEARLY
        self._socket.settimeout(None)
        self._reading = True
        threading.Thread(target=self._read_on, name="demo-reader", daemon=True).start()

    def _read_on(self) -> None:
        try:
            while (packet := packets.read_packet(self.stream, self.out.wide)) is not None:
                self._arrive(packet)
        except Malformed as error:
            log.warning("closing a connection: %s", error)
        except (OSError, ValueError):
            pass  # the socket was closed under the reader
        finally:
            self.gone = True
            self._arrive(None)
            self._interrupt()
            self.stream.close()

    def _arrive(self, packet: Packet | None) -> None:
        if packet and packet.type == packets.MARKER and packet.body[2:3] != bytes((packets.RESET,)):
            self.breaking = True
            self._interrupt()
        with self._change:
            self._change.wait_for(lambda: len(self._arrived) < AHEAD or packet is None or self.gone)
            self._arrived.append(packet)
            self._change.notify_all()

    def _interrupt(self) -> None:
        with self._running:
            if self._cancel:
                self._cancel()

    @contextlib.contextmanager
    def running(self, cancel: Callable[[], None]) -> Iterator[None]:
        """While something runs that ``cancel`` stops; it is called while this lasts and never after.

        What the interruption was for comes out instead of ORA-01013: Broken, Gone, or ORA-00028.
        """
        self.check()
        with self._running:
            self._cancel = cancel
        try:
            yield
        except OracleError as error:
            if error.code == CANCELLED:
                self.check()
            raise
        finally:
            with self._running:
                self._cancel = None

    def check(self) -> None:
        """Raise what the session's thread has to attend to before it goes on."""
        if self.killed:
            raise OracleError(KILLED, "your session has been killed")
        if self.gone:
            raise Gone("the client has closed")
        if self.breaking:
            raise Broken

    def kill(self) -> None:
        """From any thread: this session ends at its next step."""
        self.killed = True
        self._interrupt()

    def _take(self) -> Packet:
        with self._change:
            if not self._change.wait_for(lambda: bool(self._arrived), self.patience):
                raise Gone("nothing came for too long")
            packet = self._arrived.popleft()
            self._change.notify_all()
        if packet is None or packet.flags & packets.LAST_GOODBYE:
            self.gone = True
            raise Gone("the client has closed")
        return packet

    def _body(self) -> bytes:
        while True:
            packet = self._take()
            if packet.type == packets.DATA:
                return packet.body
            if self.breaking:
                raise Broken
            # else it is a reset without a break: nothing to do

    def acknowledge_break(self) -> None:
        """Answer a break: our marker, theirs to start afresh, ours again. What they had sent before is dropped."""
        self.out.forget()
        self.out.marker(packets.BREAK)
        while (packet := self._take()).type != packets.MARKER or packet.body[2:3] != bytes((packets.RESET,)):
            pass
        self.breaking = False
        self.out.marker(packets.RESET)

    def close(self) -> None:
        """End the connection; both threads come free."""
        with self._change:
            self.gone = True
            self._change.notify_all()
        with contextlib.suppress(OSError):  # the other side may have been faster
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if not self._reading:
            self.stream.close()
