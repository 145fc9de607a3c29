"""Hostile bytes: recorded conversations of the real driver, mutated with a seed, thrown at the server."""

import contextlib
import json
import os
import random
import resource
import shutil
import socket
import struct
import subprocess
import threading
from pathlib import Path

import oracledb
import pytest

from app.demo.faults import Faults
from app.demo.wire import packets
from app.demo.wire.channel import Channel, Gone
from app.demo.wire.dialogue import Dialogue
from app.demo.wire.negotiation import Agreed
from app.demo.wire.outbox import Outbox
from app.demo.wire.packets import Malformed
from tests.demo.wire.conftest import numbers, prepared, serving

GOODBYE = packets.packet(packets.DATA, b"\x00\x40", True)
AFTER_LOGIN = 5  # packets of a 19c login: connect, protocol, types, two of the password


class Recorder:
    """Stands between the driver and the server and keeps what the client sends."""

    def __init__(self, port: int) -> None:
        self.sent = bytearray()
        self._port, self._listener = port, socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._relay)
        self._thread.start()

    def _relay(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._port)) as upstream:
            back = threading.Thread(target=self._copy, args=(upstream, client, None))
            back.start()
            self._copy(client, upstream, self.sent)
            back.join()

    @staticmethod
    def _copy(source, target, keep) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if keep is not None:
                    keep += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def packets(self) -> list[bytes]:
        """What was sent, packet by packet, without headers: (type, body)."""
        self._thread.join()
        self._listener.close()
        data, found, wide = bytes(self.sent), [], False
        while data:
            length = struct.unpack(">I" if wide else ">H", data[: 4 if wide else 2])[0]
            found.append((data[4], data[packets.HEADER : length]))
            data, wide = data[length:], True
        return found


def talk(connection) -> None:
    """A bit of everything."""
    cursor = connection.cursor()
    connection.module = "fuzz"
    cursor.execute(numbers(300)).fetchmany(150)
    connection.cursor().execute("select n, c, b from lobs order by n").fetchall()[1][1].read()
    cursor.execute("insert into t (a, b, e) values (:1, :2, :3)", [1, "text", None])
    rows = [["fuzzed"], ["fuzzed"]]
    cursor.executemany("insert into single values (:1)", rows, batcherrors=True, arraydmlrowcounts=True)
    cursor.execute("insert into t (c) values (:1)", [connection.createlob(oracledb.DB_TYPE_CLOB, "text" * 100)])
    back = cursor.var(str)
    cursor.execute("update t set b = :1 returning b into :2", ["q", back])
    cursor.execute("begin :1 := :2; end;", [back, "q"])
    cursor.execute("update t set b = :1 returning b into :2", ["r", back])
    connection.fetch_df_all("select n, c from lobs")
    connection.rollback()
    connection.current_schema = "DEMO"
    connection.ping()
    connection.current_schema = "APP"
    connection.commit()
    connection.rollback()


@pytest.fixture(params=["19c", "23ai"])
def server(request):
    """With a database of its own: what mutated messages write stays here."""
    with serving(request.param, *prepared(request.param)) as running:
        yield running


@pytest.fixture
def recorded(server):
    recorder = Recorder(server.port)
    with oracledb.connect(dsn=f"127.0.0.1:{recorder.port}/x", user="app", password="app") as connection:
        talk(connection)
    return recorder.packets()


def mutated(body: bytes, dice: random.Random) -> bytes:
    """One of the ways in which bytes go wrong."""
    data = bytearray(body)
    for _ in range(dice.choice((*[0] * 24, 1, 1, 2, 5))):
        place = dice.randrange(len(data) + 1)
        match dice.randrange(6):
            case 0 if data:
                data[place % len(data)] ^= 1 << dice.randrange(8)
            case 1:
                data[place:place] = dice.randbytes(dice.randrange(1, 20))
            case 2:
                del data[place : place + dice.randrange(1, 20)]
            case 3:
                data[place : place + 5] = b"\x04\xff\xff\xff\xff"
            case 4:
                data[place : place + 1] = bytes((dice.choice((0, 1, 0x80, 0xFD, 0xFE, 0xFF)),))
            case 5:
                data += data[place : place + 200]
    return bytes(data)


def on_the_wire(kind: int, body: bytes, wide: bool, dice: random.Random) -> bytes:
    packet = packets.packet(kind, body, wide)
    return dice.randbytes(8) + packet[8:] if dice.random() < 0.01 else packet


def after_login(messages, database, face, dice) -> int:
    """One dialogue over a socket pair with mutated messages; how it ended must be one of the known ways."""
    ours, theirs = socket.socketpair()
    faults = Faults()
    session, ended = database.connect("APP", {}), []
    channel = Channel(ours, Outbox(ours, faults))
    channel.agree(8192, wide=True)
    agreed = Agreed("fuzz", face.field_version, "end_of_response" in face.traits)
    dialogue = Dialogue(channel, session, agreed, face, faults)

    def run() -> None:
        try:
            dialogue.run()
        except BaseException as error:
            ended.append(error)
        channel.close()

    threads = [threading.Thread(target=run), threading.Thread(target=drain, args=(theirs,))]
    for thread in threads:
        thread.start()
    start = dice.choice((0, 0, dice.randrange(len(messages))))  # mostly in order, as cursors must have been opened
    chosen = [message for message in messages[start:] for _ in range(dice.choice((0, 1, 1, 1, 1, 1, 1, 1, 2)))]
    with contextlib.suppress(OSError):
        for kind, body in chosen:
            theirs.sendall(on_the_wire(kind, mutated(body, dice), True, dice))
        theirs.sendall(GOODBYE)  # waits its turn, where a closed socket would end the dialogue at once
        threads[0].join(0.2)  # a broken header may have swallowed it
        theirs.shutdown(socket.SHUT_WR)
    for thread in threads:
        thread.join(20)
    theirs.close()
    session.close()
    assert not any(thread.is_alive() for thread in threads)
    assert isinstance(ended[0], (Gone, Malformed, OSError)), repr(ended[0])
    return len(chosen)


def drain(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while sock.recv(1 << 16):
            pass


def before_login(messages, port, dice) -> int:
    count = dice.randrange(1, len(messages) + 1)
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 20) as sock:
        for place, (kind, body) in enumerate(messages[:count]):
            sock.sendall(on_the_wire(kind, mutated(body, dice), place > 0, dice))
        sock.shutdown(socket.SHUT_WR)
        drain(sock)
    return count


def throw(recorded, server, packets_wanted: int) -> None:
    dice, face = random.Random(20261123), server.face
    login = AFTER_LOGIN if face.name == "19c" else 3
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    thrown = 0
    while thrown < packets_wanted:
        thrown += after_login(recorded[login:], server.database, face, dice)
        if dice.random() < 0.3:
            thrown += before_login(recorded[:login], server.port, dice)
    assert server.wait_until_idle(10)
    with oracledb.connect(dsn=server.dsn, user="app", password="app") as connection:
        talk(connection)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    assert grown < 200_000, f"{grown} KB more memory"


def test_mutated_messages_end_their_connection_at_most(recorded, server):
    throw(recorded, server, 400)


@pytest.mark.long
def test_ten_thousand_mutated_messages_end_their_connection_at_most(recorded, server):
    throw(recorded, server, 10_000)


@pytest.mark.parametrize("garbage", [b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 4096, b"\0\x08\0\0\x06\0\0\0"])
def test_garbage_is_answered_with_the_end_of_the_connection(server, garbage):
    with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
        sock.sendall(garbage)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(100) == b""
    assert server.wait_until_idle(5)


def test_too_many_connections_are_refused_not_served(server, monkeypatch):
    monkeypatch.setattr("app.demo.wire.server.MOST_CONNECTIONS", 2)
    login = {"dsn": server.dsn, "user": "app", "password": "app"}
    with oracledb.connect(**login), oracledb.connect(**login), pytest.raises(oracledb.DatabaseError, match="12520"):
        oracledb.connect(**login)
    assert server.wait_until_idle(5)
    oracledb.connect(**login).close()


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory):
    """A folder in which node finds node-oracledb; skips where npm cannot get it."""
    folder = tmp_path_factory.mktemp("node")
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    done = subprocess.run(["npm", "install", "--no-audit", "oracledb"], cwd=folder, capture_output=True, timeout=180)
    if done.returncode:
        pytest.skip("npm could not install oracledb")
    return folder / "node_modules"


@pytest.mark.long
def test_node_oracledb_reads_writes_and_times_out(server, node_modules):
    command = ["node", str(Path(__file__).parent / "wire" / "node_client.js"), server.dsn]
    environment = os.environ | {"NODE_PATH": str(node_modules)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout or "{}") == {
        "rows": [250, [249, "row 249"]],
        "inserted": 1,
        "many": 2,
        "locator": 10000,
        "text": 20000,
        "out": ["q"],
        "error": 942,
        "timeout": "NJS-123",
        "after": [[1]],
    }, done.stderr
