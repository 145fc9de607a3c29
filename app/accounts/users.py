"""The accounts themselves (SQL)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.accounts.moments import text
from app.errors import LastAdmin, NotOpenAnymore, UserExists, UserNotFound
from app.schemas.accounts import Role, User
from app.store import Connection, IntegrityError, Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, role TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1,
    password TEXT NOT NULL, created TEXT NOT NULL, last_seen TEXT
);
"""
COLUMNS = "name, role, active, created, last_seen"


class Users:
    """Names are found without regard to case. What would leave no active admin is rolled back."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def any(self) -> bool:
        return await self._store.row("SELECT 1 FROM users LIMIT 1") is not None

    async def all(self) -> list[User]:
        return [_user(row) for row in await self._store.rows(f"SELECT {COLUMNS} FROM users ORDER BY key")]

    async def get(self, name: str) -> User:
        """Raises UserNotFound."""
        row = await self._store.row(f"SELECT {COLUMNS} FROM users WHERE key = ?", name.casefold())
        if row is None:
            raise UserNotFound(name=name)
        return _user(row)

    async def secret(self, name: str) -> tuple[str, str] | None:
        """The active account's own spelling and its password's hash."""
        row = await self._store.row("SELECT name, password FROM users WHERE key = ? AND active", name.casefold())
        return None if row is None else (row["name"], row["password"])

    async def add(self, name: str, role: Role, password: str, now: datetime, *, first: bool = False) -> User:
        """Raises UserExists; with ``first`` NotOpenAnymore when it would not be the first."""

        def work(connection: Connection) -> None:
            if first and connection.execute("SELECT 1 FROM users LIMIT 1").fetchone():
                raise NotOpenAnymore
            connection.execute(
                "INSERT INTO users (name, key, role, password, created) VALUES (?, ?, ?, ?, ?)",
                (name, name.casefold(), role, password, text(now)),
            )

        try:
            await self._store.transaction(work)
        except IntegrityError:
            raise UserExists(name=name) from None
        return await self.get(name)

    async def edit(self, name: str, *, role: Role | None, active: bool | None, password: str | None) -> User:
        """Change what is given. A deactivated account or a new password ends its sessions. Raises LastAdmin."""
        user = await self.get(name)
        given: dict[str, Any] = {"role": role, "active": active, "password": password}
        changes = {column: value for column, value in given.items() if value is not None}

        def work(connection: Connection) -> None:
            for column, value in changes.items():
                connection.execute(f"UPDATE users SET {column} = ? WHERE name = ?", (value, user.name))
            if password is not None or active is False:
                connection.execute("DELETE FROM sessions WHERE user = ?", (user.name,))
            _need_an_admin(connection)

        await self._store.transaction(work)
        return await self.get(name)

    async def set_password(self, name: str, password: str, keep_session: str) -> None:
        """The owner's own change: every other session of theirs ends."""

        def work(connection: Connection) -> None:
            connection.execute("UPDATE users SET password = ? WHERE name = ?", (password, name))
            connection.execute("DELETE FROM sessions WHERE user = ? AND id <> ?", (name, keep_session))

        await self._store.transaction(work)

    async def rehash(self, name: str, old: str, new: str) -> bool:
        """The same password, hashed with today's parameters; unless it was changed meanwhile."""
        sql = "UPDATE users SET password = ? WHERE name = ? AND password = ?"
        return bool(await self._store.execute(sql, new, name, old))

    async def remove(self, name: str) -> None:
        """With its sessions and tokens. Raises UserNotFound, LastAdmin."""
        user = await self.get(name)

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM users WHERE name = ?", (user.name,))
            _need_an_admin(connection)

        await self._store.transaction(work)


def _need_an_admin(connection: Connection) -> None:
    if connection.execute("SELECT 1 FROM users WHERE role = 'admin' AND active LIMIT 1").fetchone() is None:
        raise LastAdmin


def _user(row: Row) -> User:
    return User(**{name: row[name] for name in row.keys()})  # noqa: SIM118 - a Row iterates over its values
