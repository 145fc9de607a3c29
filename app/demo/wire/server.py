"""The listener and its connections: a thread for each, a number of them at most, and what faults do to all."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from dataclasses import dataclass

from app.demo.boundary import Database, Face, Session
from app.demo.faults import Dropped, Faults
from app.demo.wire import negotiation, packets
from app.demo.wire.channel import Broken, Channel, Gone
from app.demo.wire.dialogue import Dialogue
from app.demo.wire.login import LOGIN_SECONDS, Login, Refused
from app.demo.wire.outbox import Outbox
from app.demo.wire.packets import Malformed

log = logging.getLogger(__name__)
MOST_CONNECTIONS = 500
TOO_MANY = 12520  # what a listener answers that has no handler left


@dataclass(eq=False)
class Connection:
    """One socket, its thread, and its session once it is signed in."""

    channel: Channel
    thread: threading.Thread
    login: Login | None = None

    @property
    def session(self) -> Session | None:
        return self.login.session if self.login else None


class Server:
    """Listens on ``host`` and ``port`` (0: a free one, see ``self.port``) until ``stop``."""

    def __init__(self, database: Database, face: Face, faults: Faults, host: str = "127.0.0.1", port: int = 0) -> None:
        self._database, self._face, self._faults = database, face, faults
        self._address = (host, port)
        self._connections: set[Connection] = set()
        self._lock = threading.Lock()
        self._left = threading.Condition(self._lock)
        self._stopped = threading.Event()
        faults.kill, faults.away = self.kill, self.away
        self._listener = self._listen()
        self.port: int = self._listener.getsockname()[1]
        self._address = (host, self.port)

    def _listen(self) -> socket.socket:
        """Open the socket and start its accepting thread."""
        listener = socket.create_server(self._address, backlog=128)
        threading.Thread(target=self._accept, args=(listener,), name="demo-listener", daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, peer = listener.accept()
            except OSError as error:
                if listener.fileno() < 0 or self._stopped.wait(0.05):
                    return  # closed: stopping, or away
                log.warning("accepting a connection failed: %s", error)
                continue
            thread = threading.Thread(target=self._converse, args=(sock, peer), name="demo-session", daemon=True)
            thread.start()

    def _converse(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        """A connection's whole life, on its own thread."""
        _prepare(sock)
        out = Outbox(sock, self._faults)
        connection = Connection(Channel(sock, out), threading.current_thread())
        out.is_gone = lambda: connection.channel.gone
        try:
            if self._enter(connection, sock):
                self._serve(connection)
        except Dropped as fault:
            log.info("%s:%d: dropped by fault %s", *peer, fault)
            _flush(out)
        except (Gone, Refused, Broken, OSError) as end:
            log.info("%s:%d: %s", *peer, end)
        except Malformed as error:
            log.warning("%s:%d: closed: %s", *peer, error)
        except Exception:
            log.exception("%s:%d: closed", *peer)
        finally:
            self._leave(connection)

    def _enter(self, connection: Connection, sock: socket.socket) -> bool:
        """Whether there is room; the client is told when there is not."""
        with self._lock:
            full = len(self._connections) >= MOST_CONNECTIONS or self._stopped.is_set()
            if not full:
                self._connections.add(connection)
        sock.settimeout(LOGIN_SECONDS)
        if full:
            connection.channel.out.packet(packets.REFUSE, negotiation.refuse(TOO_MANY))
        return not full

    def _serve(self, connection: Connection) -> None:
        login = Login(connection.channel, self._face, self._database, self._faults)
        connection.login = login
        session = login.run()
        Dialogue(connection.channel, session, login.agreed, self._face, self._faults).run()

    def _leave(self, connection: Connection) -> None:
        connection.channel.close()
        if connection.session is not None:
            try:
                connection.session.close()
            except Exception:
                log.exception("closing a session failed")
        with self._left:
            self._connections.discard(connection)
            self._left.notify_all()

    def kill(self, sid: int) -> bool:
        """End the session of that number: ORA-00028 at its next step. False when there is none."""
        with self._lock:
            hit = [each for each in self._connections if each.session is not None and each.session.sid == sid]
        for connection in hit:
            connection.channel.kill()
        return bool(hit)

    def away(self, seconds: float) -> None:
        """Close the listener and all connections but the exempt users', and come back after ``seconds``."""
        _stop_listening(self._listener)
        with self._lock:
            hit = [each for each in self._connections if each.channel.out.user.upper() not in self._faults.exempt]
        for connection in hit:
            connection.channel.close()
        threading.Thread(target=self._come_back, args=(seconds,), name="demo-away", daemon=True).start()

    def _come_back(self, seconds: float) -> None:
        while not self._stopped.wait(seconds):
            try:
                self._listener = self._listen()
            except OSError as error:
                log.warning("the port is taken, trying again: %s", error)
                seconds = 0.5
            else:
                return

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether the last connection has ended, after waiting for that at most so long."""
        with self._left:
            return self._left.wait_for(lambda: not self._connections, seconds)

    def stop(self) -> None:
        """Close everything and wait for the sessions to end."""
        self._stopped.set()
        _stop_listening(self._listener)
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.channel.close()
        for connection in connections:
            connection.thread.join(5)


def _prepare(sock: socket.socket) -> None:
    """Answers go out at once, and a client that has vanished without a word is noticed in two minutes."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6)):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _stop_listening(listener: socket.socket) -> None:
    """Closing alone would leave the accepting thread where it waits, and the port open."""
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _flush(out: Outbox) -> None:
    """What was written before a fault struck still goes out."""
    with contextlib.suppress(OSError):
        out.end()
