"""Out binds as messages."""

from app.demo.boundary import VARCHAR
from app.demo.wire import outs
from app.demo.wire.calls import Place


def out_binds(out, places, returning):
    return outs.out_binds(out, [Place(VARCHAR, 0, 100, 1)] * places, returning, None)


def test_nothing_comes_back_from_a_plain_statement():
    assert out_binds([], 3, 0) == b""
    assert out_binds([[], []], 2, 0) == b""


def test_a_block_tells_which_binds_come_back_and_their_values():
    data = out_binds([[], [b"ab"], [None]], 3, 0)
    assert data == b"\x0b\0" + b"\x01\x03" + b"\0" * 5 + bytes((32, 48, 48)) + b"\x07\x02ab\0\0\0"


def test_returning_gives_any_number_of_values_a_bind():
    assert out_binds([[], [b"a", b"b"], [b"c", None]], 3, 2) == b"\x07\x01\x02\x01a\0\x01b\0\x01\x02\x01c\0\0\0"
    assert out_binds([], 3, 2) == b"\x07\0\0"
