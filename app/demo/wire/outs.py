"""Out binds: what PL/SQL and RETURNING … INTO give back."""

from __future__ import annotations

from collections.abc import Sequence

from app.demo.wire.primitives import clr, ub

Values = Sequence[bytes | None]
INPUT, BOTH_WAYS = 32, 48  # a bind that comes back counts as sent, too: so its value comes with each execution


def _value(data: bytes | None) -> bytes:
    return clr(data) + b"\0"  # and how many bytes were cut off: none


def _directions(out: Sequence[Values]) -> bytes:
    """The I/O vector of a PL/SQL block: which binds come back."""
    head = b"\x0b\0" + ub(len(out) % 256) + ub(len(out) // 256) + ub(0) * 4
    return head + bytes(BOTH_WAYS if values else INPUT for values in out)


def out_binds(out: Sequence[Values], binds: int, returning: int) -> bytes:
    """The messages that carry ``out``, one list of values a bind position; nothing when nothing comes back.

    ``returning``: how many of the statement's ``binds`` stand behind RETURNING … INTO; these take any number
    of values each, a PL/SQL out bind takes one.
    """
    if returning:
        taken = list(out[-returning:]) if len(out) >= returning else [()] * returning
        return b"\x07" + b"".join(ub(len(values)) + b"".join(map(_value, values)) for values in taken)
    if not any(out) or len(out) != binds:
        return b""
    return _directions(out) + b"\x07" + b"".join(_value(values[0]) for values in out if values)
