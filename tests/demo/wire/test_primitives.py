"""Numbers and bytes as they stand inside messages, also when packets cut them anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.wire.packets import Malformed
from app.demo.wire.primitives import Source, clr, dalc, sb, ub


def source(data: bytes, cut: int = 0) -> Source:
    pieces = iter([data[:cut], data[cut:]] if 0 < cut < len(data) else [data])
    made = Source(lambda: next(pieces))
    made.start()
    return made


def test_universal_integers_have_the_documented_bytes():
    assert [ub(n) for n in (0, 1, 255, 256, 65536)] == [
        b"\0",
        b"\x01\x01",
        b"\x01\xff",
        b"\x02\x01\x00",
        b"\x04\x00\x01\x00\x00",
    ]
    assert sb(-127) == b"\x81\x7f"
    assert sb(5) == b"\x01\x05"


@given(st.integers(0, 2**64 - 1), st.binary(max_size=70000), st.integers(0, 70000))
def test_what_is_written_is_read_back_wherever_a_packet_ends(number, data, cut):
    reader = source(ub(number) + clr(data) + dalc(data) + b"\x2a", cut)
    assert (reader.ub(), reader.clr(), reader.dalc(), reader.u8()) == (number, data or None, data, 42)


def test_null_has_four_spellings():
    reader = source(b"\x00\xff\xfd\x01\xfe\x00\x07")
    assert [reader.clr() for _ in range(4)] == [None] * 4
    assert reader.u8() == 7


def test_a_mark_is_found_across_packets_and_an_endless_message_is_refused():
    reader = source(b"\x00\x01\x00\x00\x03\x76\x09", 4)
    reader.skip_past(b"\x00\x00\x03\x76")
    assert reader.u8() == 9
    endless = Source(lambda: b"\0" * 100)
    endless.limit = 1000
    endless.start()
    with pytest.raises(Malformed):
        endless.skip_past(b"\x01")


def test_abandoning_a_message_takes_its_full_packets_with_it():
    pieces = iter([b"a" * 90, b"b" * 95, b"c" * 20, b"next"])
    reader = Source(lambda: next(pieces))
    reader.full = 90
    reader.start()
    reader.abandon()
    reader.start()
    assert reader.raw(4) == b"next"


def test_an_integer_of_nine_bytes_is_malformed():
    with pytest.raises(Malformed):
        source(b"\x09" + b"\1" * 9).ub()
