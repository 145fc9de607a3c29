"""What both sides agree on before the login."""

import struct

import pytest

from app.demo.faces import FACES
from app.demo.wire import negotiation
from app.demo.wire.negotiation import Agreed, Connect
from app.demo.wire.packets import Malformed
from app.demo.wire.primitives import Source, clr


def connect_body(version=319, small=8192, large=65535, descriptor=b"(X)"):
    head = struct.pack(">HHHHHHHHHHI2B", version, 300, 1, small, small, 0x4F98, 0, 1, len(descriptor), 74, 0, 4, 4)
    return head + bytes(24) + struct.pack(">IIII", large, large, 0, 0) + descriptor


def test_a_connect_packet_says_version_size_and_descriptor():
    assert negotiation.read_connect(connect_body()) == Connect(319, 65535, b"(X)", 0)
    assert negotiation.read_connect(connect_body(large=0)[:-1]) == Connect(319, 8192, b"(X", 1)
    with pytest.raises(Malformed):
        negotiation.read_connect(b"\x01\x3f" * 10)


@pytest.mark.parametrize(("asked", "agreed"), [(8192, 8192), (2_000_000, 65535), (0, 512)])
def test_the_packet_size_is_the_clients_within_limits(asked, agreed):
    sdu, body = negotiation.accept(FACES["19c"], Connect(319, asked, b"", 0))
    assert sdu == agreed
    assert len(body) == 45 - 8
    assert struct.unpack(">I", body[24:28])[0] == agreed


def test_each_face_accepts_with_its_version_and_flags():
    client = Connect(319, 8192, b"", 0)
    seen = {}
    for name, face in FACES.items():
        body = negotiation.accept(face, client)[1]
        seen[name] = (int.from_bytes(body[:2], "big"), int.from_bytes(body[33:37], "big"))
    assert seen == {"19c": (318, 0), "23ai": (319, 0x12000000), "11g": (314, 0)}


def types_request(capabilities):
    pieces = iter([b"\0" * 5 + clr(capabilities) + clr(b"\2" * 11)])
    source = Source(lambda: next(pieces))
    source.start()
    return source


def test_the_field_version_is_the_lower_one_and_ends_are_marked_for_who_knows_them():
    old, new = bytearray(55), bytearray(55)
    old[7], new[7], new[40] = 11, 24, 0x20
    agreed = Agreed()
    negotiation.read_types(types_request(bytes(old)), agreed, FACES["23ai"])
    assert (agreed.field_version, agreed.end_of_response) == (11, False)
    negotiation.read_types(types_request(bytes(new)), agreed, FACES["23ai"])
    assert (agreed.field_version, agreed.end_of_response) == (24, True)
    negotiation.read_types(types_request(bytes(new)), agreed, FACES["19c"])
    assert (agreed.field_version, agreed.end_of_response) == (12, False)
    with pytest.raises(Malformed):
        negotiation.read_types(types_request(b"\6"), agreed, FACES["19c"])
