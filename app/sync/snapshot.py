"""The one moment a run reads: the best that the login may have, and its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.errors import AppError, OracleAway, OracleCancelled
from app.oracle import Session
from app.schemas.names import quoted
from app.sync.sources import Found

SCN_SOURCES = (
    "SELECT current_scn FROM v$database",
    "SELECT dbms_flashback.get_system_change_number FROM dual",
)


@dataclass(frozen=True)
class Snapshot:
    """How to say "as it was then" in a query. With ``scn`` any connection can ask; else only the one that took it."""

    name: str
    scn: int | None = None
    consistent: bool = True
    binds: dict[str, int] = field(default_factory=dict)

    def table(self, found: Found) -> str:
        """The table as of this moment, for a FROM clause that binds ``binds``."""
        name = f"{quoted(found.owner)}.{quoted(found.table)}"
        return f"{name} AS OF SCN :scn" if self.scn is not None else name


def at(scn: int) -> Snapshot:
    return Snapshot(f"AS OF SCN {scn}", scn, binds={"scn": scn})


READ_ONLY = Snapshot("read only transaction")
ONE_CURSOR = Snapshot("one cursor", consistent=False)


def take(session: Session, found: Found) -> Snapshot:
    """Try the ladder from the top: an SCN, a read-only transaction, a single cursor."""
    scn = current_scn(session)
    if scn is not None and _may_look_back(session, found, at(scn)):
        return at(scn)
    return READ_ONLY if _allowed(session.read_only) else ONE_CURSOR


def current_scn(session: Session) -> int | None:
    """None: this login may not know."""
    for sql in SCN_SOURCES:
        try:
            value = session.value(sql)
        except (OracleAway, OracleCancelled):
            raise
        except AppError:
            continue
        if value is not None:
            return int(value)
    return None


def still_there(session: Session, found: Found, scn: int) -> bool:
    """Whether Oracle can still show the table as of that SCN."""
    return _may_look_back(session, found, at(scn))


def _may_look_back(session: Session, found: Found, snapshot: Snapshot) -> bool:
    sql = f"SELECT 1 FROM {snapshot.table(found)} WHERE ROWNUM <= 1"
    return _allowed(lambda: session.value(sql, snapshot.binds))


def _allowed(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (OracleAway, OracleCancelled):
        raise
    except AppError:
        return False
    return True
