"""Packets on a stream."""

import io

import pytest

from app.demo.wire import packets
from app.demo.wire.packets import Malformed, Packet


@pytest.mark.parametrize("wide", [False, True])
def test_a_packet_is_read_back_as_it_was_written(wide):
    stream = io.BytesIO(packets.packet(packets.DATA, b"\x20\x00body", wide) + packets.packet(12, b"\1\0\1", wide))
    assert packets.read_packet(stream, wide) == Packet(packets.DATA, packets.END_OF_RESPONSE, b"body")
    assert packets.read_packet(stream, wide) == Packet(packets.MARKER, 0, b"\1\0\1")
    assert packets.read_packet(stream, wide) is None


def test_half_a_packet_is_the_end():
    assert packets.read_packet(io.BytesIO(packets.packet(packets.DATA, b"\0\0body", True)[:-1]), True) is None


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\x00\x00\x07\x06\0\0\0",
        b"\x7f\xff\xff\xff\x06\0\0\0",
        b"\x00\x00\x00\x0a\x63\0\0\0",
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_impossible_headers_are_malformed(head):
    with pytest.raises(Malformed):
        packets.read_packet(io.BytesIO(head + b"\0" * 64), True)
