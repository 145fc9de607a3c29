"""A break in every state a channel can be in."""

import socket

import pytest

from app.demo.boundary import OracleError
from app.demo.faults import Faults
from app.demo.wire import packets
from app.demo.wire.channel import Broken, Channel, Gone
from app.demo.wire.outbox import Outbox


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    channel = Channel(ours, Outbox(ours, Faults()))
    channel.agree(8192, wide=True)
    theirs.settimeout(5)
    yield channel, theirs
    channel.close()
    theirs.close()


def marker(kind):
    return packets.packet(packets.MARKER, bytes((1, 0, kind)), True)


def data(body):
    return packets.packet(packets.DATA, b"\0\0" + body, True)


def test_a_break_between_calls_is_answered_and_what_came_before_is_dropped(ends):
    channel, theirs = ends
    theirs.sendall(marker(packets.INTERRUPT))
    with pytest.raises(Broken):
        channel.source.start()
    theirs.sendall(data(b"old") + marker(packets.RESET) + data(b"new"))
    channel.acknowledge_break()
    channel.source.start()
    assert channel.source.raw(3) == b"new"
    assert theirs.recv(100) == marker(packets.BREAK) + marker(packets.RESET)


def test_a_break_cancels_what_runs_and_nothing_else(ends):
    channel, theirs = ends
    cancelled = []

    def statement():
        with channel.running(lambda: cancelled.append(1)):
            theirs.sendall(marker(packets.BREAK))
            while not cancelled:
                pass
            raise OracleError(1013, "user requested cancel of current operation")

    with pytest.raises(Broken):
        statement()
    assert cancelled == [1]


def test_a_reset_without_a_break_is_ignored(ends):
    channel, theirs = ends
    theirs.sendall(marker(packets.RESET) + data(b"call"))
    channel.source.start()
    assert channel.source.raw(4) == b"call"


def test_a_goodbye_and_a_lost_connection_are_both_the_end(ends):
    channel, theirs = ends
    theirs.sendall(packets.packet(packets.DATA, b"\x00\x40", True))
    with pytest.raises(Gone):
        channel.source.start()
    theirs.close()
    with pytest.raises(Gone):
        channel.check()


def test_silence_ends_the_patience(ends):
    channel, _ = ends
    channel.patience = 0.05
    with pytest.raises(Gone, match="too long"):
        channel.source.start()


def test_a_killed_session_hears_it_at_its_next_step(ends):
    channel, _ = ends
    channel.kill()
    with pytest.raises(OracleError, match="ORA-00028"), channel.running(lambda: None):
        pass
