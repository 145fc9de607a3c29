"""API tokens: named, with a role and an end; only their sha256 is kept (SQL)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from app.accounts.moments import text
from app.accounts.permissions import lesser
from app.accounts.sessions import SEEN_EVERY, digest
from app.errors import TokenNotFound
from app.schemas.accounts import Actor, Role, Token, TokenMade, TokenNew
from app.store import Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    owner TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE, role TEXT NOT NULL,
    created TEXT NOT NULL, expires TEXT NOT NULL, last_used TEXT
);
CREATE INDEX IF NOT EXISTS tokens_of ON tokens (owner);
"""
PREFIX = "mrg_"  # so that secret scanners and people recognise one
LIVING = "SELECT t.id, t.last_used, t.role, u.name, u.role AS owners FROM tokens t JOIN users u ON u.name = t.owner"


class Tokens:
    """A token's role never exceeds the present role of its owner, and it works only while the owner is active."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, owner: str, asked: TokenNew, now: datetime) -> TokenMade:
        secret, expires = PREFIX + secrets.token_urlsafe(32), now + timedelta(days=asked.days)
        token = TokenMade(
            id=secrets.token_hex(8),
            name=asked.name,
            owner=owner,
            role=asked.role,
            created=now,
            expires=expires,
            token=secret,
        )
        await self._store.execute(
            "INSERT INTO tokens (id, hash, name, owner, role, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(token.id, digest(secret), token.name, owner, token.role, text(now), text(expires)),
        )
        return token

    async def actor(self, secret: str, now: datetime) -> Actor | None:
        """Whose token it is, with the lesser of both roles of this moment."""
        row = await self._store.row(
            f"{LIVING} WHERE t.hash = ? AND u.active AND t.expires > ?", digest(secret), text(now)
        )
        if row is None:
            return None
        if row["last_used"] is None or now - datetime.fromisoformat(row["last_used"]) >= SEEN_EVERY:
            await self._store.execute("UPDATE tokens SET last_used = ? WHERE id = ?", text(now), row["id"])
        return Actor(name=row["name"], role=_role(row), via="api", credential=f"token:{row['id']}")

    async def role(self, id_: str, now: datetime) -> Role | None:
        """The present role behind a token; None when it is over."""
        row = await self._store.row(f"{LIVING} WHERE t.id = ? AND u.active AND t.expires > ?", id_, text(now))
        return None if row is None else _role(row)

    async def of(self, owner: str | None) -> list[Token]:
        """An account's tokens, or with None everyone's; the newest first, those that are over included."""
        rows = await self._store.rows(
            "SELECT id, name, owner, role, created, expires, last_used FROM tokens"
            " WHERE owner = ?1 OR ?1 IS NULL ORDER BY created DESC",
            owner,
        )
        return [Token(**{name: row[name] for name in row.keys()}) for row in rows]  # noqa: SIM118

    async def end(self, id_: str, owner: str | None) -> None:
        """Revoke a token of ``owner``, with None of anyone. Raises TokenNotFound."""
        if not await self._store.execute("DELETE FROM tokens WHERE id = ?1 AND (owner = ?2 OR ?2 IS NULL)", id_, owner):
            raise TokenNotFound

    async def sweep(self, now: datetime) -> None:
        """Forget tokens that ended more than 30 days ago; until then their owner can see why a script stopped."""
        await self._store.execute("DELETE FROM tokens WHERE expires <= ?", text(now - timedelta(days=30)))


def _role(row: Row) -> Role:
    return lesser(Role(row["role"]), Role(row["owners"]))
