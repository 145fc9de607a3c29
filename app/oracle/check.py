"""What an Oracle is and what our login may do there: what `run.py check` prints."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.errors import AppError
from app.oracle.session import Session


@dataclass(frozen=True)
class Privilege:
    """``need`` says what for; ``grant`` is the statement a DBA runs when it is missing."""

    name: str
    held: bool
    need: str
    grant: str


@dataclass(frozen=True)
class Check:
    version: str
    banner: str
    mode: str
    user: str
    charset: str
    privileges: list[Privilege] = field(default_factory=list)

    @property
    def missing(self) -> list[Privilege]:
        return [privilege for privilege in self.privileges if not privilege.held]


def look(session: Session, user: str) -> Check:
    """Ask for each thing by using it: a privilege can come from many roles, its use from one place only."""
    return Check(
        version=".".join(str(part) for part in session.version),
        banner=_ask(session, "SELECT banner FROM v$version WHERE ROWNUM = 1"),
        mode="thin" if session.thin else "thick",
        user=user,
        charset=_ask(session, "SELECT value FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'"),
        privileges=_privileges(session, user),
    )


def _privileges(session: Session, user: str) -> list[Privilege]:
    held = {str(row[0]) for row in session.rows("SELECT privilege FROM session_privs")}
    scn = _works(session, "SELECT current_scn FROM v$database")
    return [
        Privilege("CREATE SESSION", "CREATE SESSION" in held, "to connect", f"GRANT CREATE SESSION TO {user}"),
        Privilege(
            "V_$DATABASE",
            scn,
            "to name the moment (SCN) that a sync reads: resumable chunks, proof on any connection",
            f"GRANT SELECT ON V_$DATABASE TO {user}",
        ),
        Privilege(
            "FLASHBACK",
            "FLASHBACK ANY TABLE" in held,
            "to read tables of other owners at that SCN (tables of one's own need nothing)",
            f"GRANT FLASHBACK ON owner.table TO {user}",
        ),
    ]


def _ask(session: Session, sql: str) -> str:
    try:
        return str(session.value(sql) or "")
    except AppError:
        return ""


def _works(session: Session, sql: str) -> bool:
    return bool(_ask(session, sql))
