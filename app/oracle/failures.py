"""What the driver's errors mean to us: which AppError, and so whether a run tries again, starts over or stops."""

from __future__ import annotations

import re

import oracledb

from app.config import masked
from app.errors import (
    AppError,
    OracleAway,
    OracleCancelled,
    OracleDenied,
    OracleFailed,
    OracleNeedsThick,
    OracleRefused,
    SnapshotLost,
    SourceNotFound,
    TooManyDigits,
)

NETWORK = {
    *("ORA-00018", "ORA-00020", "ORA-00028", "ORA-01012", "ORA-01033", "ORA-01034", "ORA-01089", "ORA-01092"),
    *("ORA-02391", "ORA-02396", "ORA-02399", "ORA-03113", "ORA-03114", "ORA-03135", "ORA-03136", "ORA-12152"),
    *("ORA-12153", "ORA-12154", "ORA-12170", "ORA-12203", "ORA-12224", "ORA-12500", "ORA-12505", "ORA-12514"),
    *("ORA-12516", "ORA-12518", "ORA-12519", "ORA-12520", "ORA-12521", "ORA-12526", "ORA-12527", "ORA-12528"),
    *("ORA-12535", "ORA-12537", "ORA-12541", "ORA-12543", "ORA-12545", "ORA-12547", "ORA-12570", "ORA-12571"),
    *("ORA-12606", "ORA-12608", "ORA-12609", "ORA-25408"),
    *("DPY-1001", "DPY-4011", "DPY-4024", "DPY-4005", "DPY-6000", "DPY-6001", "DPY-6003", "DPY-6005", "DPY-4027"),
    *("DPI-1010", "DPI-1067", "DPI-1080"),
}
LOGIN = {"ORA-01005", "ORA-01017", "ORA-01045", "ORA-28000", "ORA-28001", "ORA-28002", "ORA-01004", "DPY-4001"}
# The past this snapshot needs is gone, or the table was rebuilt under it.
SNAPSHOT = {"ORA-01555", "ORA-01466", "ORA-08103", "ORA-01410", "ORA-08180", "ORA-08181", "ORA-22924"}
DENIED = {"ORA-01031", "ORA-41900", "ORA-01720"}
ABSENT = {"ORA-00942", "ORA-04043", "ORA-01775", "ORA-00980"}
CANCELLED = {"ORA-01013", "DPI-1067"}
THICK = {"DPY-3010", "DPY-3015", "DPY-2021"}
DIGITS = {"DPY-4042", "DPY-4036", "DPY-4037", "DPY-4038"}
CODE = re.compile(r"\b(ORA-\d{5}|DPY-\d{4}|DPI-\d{4})\b")


def code_of(error: BaseException) -> str:
    """``ORA-00942``, ``DPY-4011``, or nothing. The first code in the text is the driver's own verdict."""
    found = CODE.search(str(error))
    return found.group(1) if found else ""


def first_line(error: BaseException) -> str:
    """Without the secrets of an address that the driver repeats."""
    return masked(str(error).strip().partition("\n")[0])


def translated(error: oracledb.Error | OSError | ValueError, user: str = "") -> AppError:
    """The AppError to raise instead."""
    codes, reason = set(CODE.findall(str(error))), first_line(error)
    if codes & CANCELLED:
        return OracleCancelled()
    for wanted, kind in ((THICK, OracleNeedsThick), (SNAPSHOT, SnapshotLost), (DENIED, OracleDenied)):
        if codes & wanted:
            return kind(reason=reason)
    if codes & LOGIN:
        return OracleRefused(user=user, reason=reason)
    if codes & ABSENT:
        return SourceNotFound(reason=reason)
    if codes & DIGITS:
        return TooManyDigits(reason=reason)
    if codes & NETWORK or isinstance(error, OSError):
        return OracleAway(reason=reason)
    return OracleFailed(reason=reason)
