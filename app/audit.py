"""Who did what, when, from where, with what result (SQL)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.schemas.accounts import Actor, AuditAsked, AuditEntry
from app.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL, via TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, result TEXT NOT NULL, address TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_at ON audit (at);
"""
LONGEST = 2000  # characters of a subject, such as a statement
WHERE = (
    "(?1 IS NULL OR actor = ?1 COLLATE NOCASE)"
    " AND (?2 IS NULL OR action = ?2 OR substr(action, 1, length(?2) + 1) = ?2 || '.')"
    " AND (?3 IS NULL OR result = ?3 OR (?3 = 'failed' AND result <> 'ok'))"
    " AND (?4 IS NULL OR at >= ?4) AND (?5 IS NULL OR at < ?5)"
)


class Audit:
    """The journal; what is older than ``days`` is forgotten."""

    def __init__(self, store: Store, days: int, now: Callable[[], datetime]) -> None:
        self._store, self._days, self._now = store, days, now

    async def record(
        self, actor: Actor | str, action: str, subject: str = "", result: str = "ok", address: str = ""
    ) -> None:
        """Write down one deed. ``actor`` is a name where nobody is signed in; ``result`` is "ok" or an error's code.

        Never hand a secret in as ``subject``: a table, a name, an id or a statement belongs there.
        """
        name, via = (actor.name, actor.via) if isinstance(actor, Actor) else (actor, "")
        address = address or (actor.address if isinstance(actor, Actor) else "")
        await self._store.execute(
            "INSERT INTO audit (at, actor, via, action, subject, result, address) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(_text(self._now()), name[:200], via, action, _shown(subject)[:LONGEST], result, address),
        )

    async def record_refusal(self, actor: Actor, action: str, subject: str, result: str, address: str = "") -> None:
        """The same for what a foreign page tries in somebody's browser: one line a minute, so that it fills no disk."""
        minute = _text(self._now() - timedelta(minutes=1))
        sql = "SELECT 1 FROM audit WHERE at > ? AND actor = ? AND action = ? LIMIT 1"
        if await self._store.row(sql, minute, actor.name, action) is None:
            await self.record(actor, action, subject, result, address)

    async def find(self, asked: AuditAsked) -> tuple[list[AuditEntry], int]:
        """The newest first, and how many there are in all."""
        since, until = (None if at is None else _text(at) for at in (asked.since, asked.until))
        values = (asked.actor, asked.action, asked.result, since, until)
        rows = await self._store.rows(
            f"SELECT * FROM audit WHERE {WHERE} ORDER BY id DESC LIMIT ?6 OFFSET ?7", *values, asked.limit, asked.offset
        )
        total = await self._store.row(f"SELECT count(*) FROM audit WHERE {WHERE}", *values)
        found = [AuditEntry(**{name: row[name] for name in row.keys()}) for row in rows]  # noqa: SIM118
        return found, total[0] if total else 0

    async def tend(self) -> None:
        """Until cancelled: sweep once an hour."""
        while True:
            await self.sweep()
            await asyncio.sleep(3600)

    async def sweep(self) -> None:
        """Forget what is older than the setting allows."""
        await self._store.execute("DELETE FROM audit WHERE at < ?", _text(self._now() - timedelta(days=self._days)))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _shown(subject: str) -> str:
    """Without what could not be stored (lone surrogates) or would confuse a terminal."""
    clean = subject.encode("utf-8", "replace").decode()
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in clean
    )
