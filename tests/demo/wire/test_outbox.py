"""Answers cut into packets."""

import io
import socket

import pytest

from app.demo.faults import Dropped, Faults
from app.demo.wire import outbox, packets
from app.demo.wire.outbox import Outbox


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Outbox(ours, Faults()), theirs


def received(theirs, ours=None):
    theirs.setblocking(False)
    data = bytearray()
    try:
        while piece := theirs.recv(1 << 20):
            data += piece
    except BlockingIOError:
        pass
    stream, found = io.BytesIO(bytes(data)), []
    while (packet := packets.read_packet(stream, True)) is not None:
        found.append(packet)
    return found, len(data)


@pytest.mark.parametrize("sizes", [[1], [502, 502], [503], [501, 1], [1004], [10, 5000, 3, 0, 700]])
def test_an_answer_fills_its_packets_and_ends_with_the_flag(pair, sizes):
    out, theirs = pair
    out.sdu, out.wide = 512, True
    parts = [bytes([place]) * size for place, size in enumerate(sizes, 65)]
    for part in parts:
        out.write(part)
    out.end(packets.END_OF_RESPONSE)
    found, _ = received(theirs)
    assert b"".join(packet.body for packet in found) == b"".join(parts)
    assert [len(packet.body) for packet in found[:-1]] == [502] * (len(found) - 1)
    assert [packet.flags for packet in found] == [0] * (len(found) - 1) + [packets.END_OF_RESPONSE]


def test_much_is_sent_before_the_end_and_the_rest_with_it(pair, monkeypatch):
    out, theirs = pair
    monkeypatch.setattr(outbox, "FULL", 3000)
    out.sdu, out.wide = 512, True
    out.write(b"x" * 4000)
    early, _ = received(theirs)
    out.write(b"y" * 10)
    out.end()
    late, _ = received(theirs)
    assert sum(len(packet.body) for packet in early) >= 3000
    assert b"".join(packet.body for packet in early + late) == b"x" * 4000 + b"y" * 10


def test_a_cut_answer_lacks_the_end_of_its_last_packet(pair):
    out, theirs = pair
    out.sdu, out.wide = 512, True
    out.write(b"z" * 600)
    with pytest.raises(Dropped):
        out.cut()
    found, size = received(theirs)
    assert len(found) == 1
    assert 512 < size < 512 + 108
