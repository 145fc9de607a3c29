"""Sessions: an opaque secret in a cookie, its sha256 here (SQL)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from app.accounts.moments import text
from app.errors import SessionNotFound
from app.schemas.accounts import Actor, Role, Session
from app.store import Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE,
    address TEXT NOT NULL, agent TEXT NOT NULL, created TEXT NOT NULL, last_seen TEXT NOT NULL, expires TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_of ON sessions (user);
"""
SEEN_EVERY = timedelta(minutes=1)  # last_seen is written this often at most: a page of ten requests is not ten writes
KEPT = 50  # sessions of one account; the oldest make room
ALIVE = "s.expires > ? AND s.last_seen > ?"


def digest(secret: str) -> str:
    """sha256 is enough here: unlike a password, the secret is 32 random bytes."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Sessions:
    """A session ends when it is unused for ``idle``, and in any case ``longest`` after the sign-in."""

    def __init__(self, store: Store, idle: timedelta, longest: timedelta) -> None:
        self._store, self._idle, self._longest = store, idle, longest

    async def add(self, user: str, password: str, address: str, agent: str, now: datetime) -> str | None:
        """A new session's secret; None when the account was closed or its password changed meanwhile."""
        secret, made = secrets.token_urlsafe(32), text(now)
        values = (secrets.token_hex(8), digest(secret), address, agent[:200], made, made, text(now + self._longest))
        added = await self._store.execute(
            "INSERT INTO sessions (id, hash, user, address, agent, created, last_seen, expires)"
            " SELECT ?1, ?2, name, ?3, ?4, ?5, ?6, ?7 FROM users WHERE name = ?8 AND password = ?9 AND active",
            *values,
            user,
            password,
        )
        await self._store.execute("UPDATE users SET last_seen = ? WHERE name = ?", made, user)
        await self._store.execute(
            "DELETE FROM sessions WHERE user = ?1 AND id NOT IN"
            " (SELECT id FROM sessions WHERE user = ?1 ORDER BY created DESC LIMIT ?2)",
            user,
            KEPT,
        )
        return secret if added else None

    async def actor(self, secret: str, now: datetime) -> Actor | None:
        """Who is signed in with it, with the role of this moment."""
        row = await self._store.row(
            "SELECT s.id, s.last_seen, u.name, u.role FROM sessions s JOIN users u ON u.name = s.user"
            f" WHERE s.hash = ? AND u.active AND {ALIVE}",
            digest(secret),
            *self._bounds(now),
        )
        if row is None:
            return None
        if now - datetime.fromisoformat(row["last_seen"]) >= SEEN_EVERY:
            await self._seen(row, now)
        return Actor(name=row["name"], role=Role(row["role"]), credential=f"session:{row['id']}")

    async def _seen(self, row: Row, now: datetime) -> None:
        await self._store.execute("UPDATE sessions SET last_seen = ? WHERE id = ?", text(now), row["id"])
        await self._store.execute("UPDATE users SET last_seen = ? WHERE name = ?", text(now), row["name"])

    async def role(self, id_: str, now: datetime) -> Role | None:
        """The present role behind a session; None when it is over."""
        row = await self._store.row(
            f"SELECT u.role FROM sessions s JOIN users u ON u.name = s.user WHERE s.id = ? AND u.active AND {ALIVE}",
            id_,
            *self._bounds(now),
        )
        return None if row is None else Role(row["role"])

    async def of(self, user: str, now: datetime, current: str = "") -> list[Session]:
        """The living sessions of an account, the last used first."""
        rows = await self._store.rows(
            "SELECT id, user, address, agent, created, last_seen, expires, id = ? AS current FROM sessions s"
            f" WHERE user = ? AND {ALIVE} ORDER BY last_seen DESC",
            current,
            user,
            *self._bounds(now),
        )
        return [Session(**{name: row[name] for name in row.keys()}) for row in rows]  # noqa: SIM118

    async def end(self, id_: str, user: str) -> None:
        """Raises SessionNotFound, also for a session of someone else."""
        if not await self._store.execute("DELETE FROM sessions WHERE id = ? AND user = ?", id_, user):
            raise SessionNotFound

    async def sweep(self, now: datetime) -> None:
        """Forget what is over."""
        expires, last_seen = self._bounds(now)
        await self._store.execute("DELETE FROM sessions WHERE expires <= ? OR last_seen <= ?", expires, last_seen)

    def _bounds(self, now: datetime) -> tuple[str, str]:
        return text(now), text(now - self._idle)
