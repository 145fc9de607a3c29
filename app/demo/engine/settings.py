"""ALTER SESSION SET: time zone, formats, schema; what Oracle accepts and this server need not feel."""

from __future__ import annotations

from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.plan import zones
from app.demo.engine.sql.parser import parse

_FORMATS = {
    "NLS_DATE_FORMAT": "date_format",
    "NLS_TIMESTAMP_FORMAT": "stamp_format",
    "NLS_TIMESTAMP_TZ_FORMAT": "zoned_format",
    "NLS_NUMERIC_CHARACTERS": "marks",
}
_ACCEPTED = (
    "NLS_", "OPTIMIZER", "CURSOR_SHARING", "STATISTICS_LEVEL", "SQL_TRACE", "EVENTS", "EDITION", "ISOLATION_LEVEL",
    "DDL_LOCK_TIMEOUT", "PLSQL", "QUERY_REWRITE", "RESUMABLE", "SKIP_UNUSABLE", "SORT_AREA", "TRACEFILE", "WORKAREA",
    "PARALLEL", "_", "ROW_ARCHIVAL", "CONTAINER", "FIXED_DATE", "HASH_AREA", "INMEMORY", "DEFERRED_SEGMENT",
)  # fmt: skip


def alter(session: Any, settings: list[tuple[str, str]]) -> None:
    """Apply each setting. Raises ORA-02248, ORA-01882, ORA-01435."""
    for name, value in settings:
        if name == "TIME_ZONE":
            _zone(session, value)
        elif name == "CURRENT_SCHEMA":
            _schema(session, value)
        elif name in _FORMATS:
            session.change(**{_FORMATS[name]: value})
        elif name.startswith(_ACCEPTED):
            kept = tuple(pair for pair in session.settings.others if pair[0] != name)
            session.change(others=(*kept, (name, value)))
        else:
            raise ora(2248)


def _zone(session: Any, value: str) -> None:
    if value.upper() in ("DBTIMEZONE", "LOCAL"):
        session.change(zone=0, zone_name="+00:00")
        return
    offset = zones.offset_of(value, session.database.clock.now())
    session.change(zone=offset, zone_name=zones.shown(offset) if value[0] in "+-" else value)


def _schema(session: Any, value: str) -> None:
    if value not in session.database.catalog.users:
        raise ora(1435)
    session.schema = value


def from_client(session: Any, text: str) -> None:
    """AUTH_ALTER_SESSION as the drivers send it at login; what cannot be read is left out."""
    text = text.strip("\x00 \n\r;")
    if text:
        node, _ = parse(text, session.database.face.name)
        alter(session, node.parts["settings"])
