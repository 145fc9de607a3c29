"""Out binds: what PL/SQL and RETURNING … INTO give back."""

from __future__ import annotations

from collections.abc import Sequence

from app.demo.boundary import BLOB, CLOB
from app.demo.wire.calls import Place
from app.demo.wire.cells import Encode, locator
from app.demo.wire.lobs import Lobs
from app.demo.wire.primitives import clr, ub

Values = Sequence[bytes | None]
INPUT, BOTH_WAYS = 32, 48  # a bind that comes back counts as sent, too: so its value comes with each execution


def _encoder(place: Place, lobs: Lobs) -> Encode:
    """The value as it travels, and how many bytes were cut off: none."""
    encode = locator(place, lobs) if place.type in (CLOB, BLOB) else clr
    return lambda data: encode(data) + b"\0"


def _directions(out: Sequence[Values]) -> bytes:
    """The I/O vector of a PL/SQL block: which binds come back."""
    head = b"\x0b\0" + ub(len(out) % 256) + ub(len(out) // 256) + ub(0) * 4
    return head + bytes(BOTH_WAYS if values else INPUT for values in out)


def out_binds(out: Sequence[Values], places: Sequence[Place], returning: int, lobs: Lobs) -> bytes:
    """The messages that carry one execution's ``out``, one list of values a bind position; nothing for nothing.

    ``returning``: how many of the statement's ``places`` stand behind RETURNING … INTO; these take any number
    of values each, a PL/SQL out bind takes one.
    """
    encoders = [_encoder(place, lobs) for place in places]
    if returning:
        taken = list(out[-returning:]) if len(out) >= returning else [()] * returning
        pairs = zip(encoders[-returning:], taken, strict=True)
        return b"\x07" + b"".join(ub(len(values)) + b"".join(map(encode, values)) for encode, values in pairs)
    if not any(out) or len(out) != len(places):
        return b""
    values = zip(encoders, out, strict=True)
    return _directions(out) + b"\x07" + b"".join(encode(given[0]) for encode, given in values if given)
