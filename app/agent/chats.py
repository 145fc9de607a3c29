"""Conversations as they are stored: one row a conversation, one row a turn; each belongs to an account."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from app.errors import ChatNotFound
from app.schemas.agent import Chat, Turn
from app.store import Connection, Row, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS chats (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chat_turns (
    chat TEXT NOT NULL REFERENCES chats(id) ON DELETE CASCADE, place INTEGER NOT NULL, turn TEXT NOT NULL,
    PRIMARY KEY (chat, place));
CREATE INDEX IF NOT EXISTS chats_of_owner ON chats (owner, updated_at);
"""
TITLE = 60  # characters of the first question


class Chats:
    """All methods see the owner's conversations only; another's is not found. Raises ChatNotFound."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, owner: str, question: str) -> str:
        now, id_ = datetime.now(UTC).isoformat(), secrets.token_hex(8)
        title = question.strip().splitlines()[0][:TITLE]
        await self._store.execute("INSERT INTO chats VALUES (?, ?, ?, ?, ?)", id_, owner, title, now, now)
        return id_

    async def add(self, id_: str, turns: Sequence[Turn]) -> None:
        """Append ``turns`` together: a tool's answer never stands without the call it answers."""

        def write(connection: Connection) -> None:
            if connection.execute("SELECT 1 FROM chats WHERE id = ?", (id_,)).fetchone() is None:
                raise ChatNotFound  # forgotten while it was being answered
            sql = "SELECT COALESCE(MAX(place), 0) FROM chat_turns WHERE chat = ?"
            last = connection.execute(sql, (id_,)).fetchone()[0]
            rows = [(id_, last + place, turn.model_dump_json()) for place, turn in enumerate(turns, start=1)]
            connection.executemany("INSERT INTO chat_turns VALUES (?, ?, ?)", rows)
            now = datetime.now(UTC).isoformat()
            connection.execute("UPDATE chats SET updated_at = ? WHERE id = ?", (now, id_))

        await self._store.transaction(write)

    async def all(self, owner: str, limit: int = 50, offset: int = 0) -> tuple[list[Chat], int]:
        """The newest first, without their turns; and how many there are."""
        sql = "SELECT * FROM chats WHERE owner = ? ORDER BY updated_at DESC, id LIMIT ? OFFSET ?"
        rows = await self._store.rows(sql, owner, limit, offset)
        total = await self._store.row("SELECT COUNT(*) FROM chats WHERE owner = ?", owner)
        return [_chat(row, []) for row in rows], total[0] if total else 0

    async def get(self, owner: str, id_: str) -> Chat:
        row = await self._store.row("SELECT * FROM chats WHERE id = ? AND owner = ?", id_, owner)
        if row is None:
            raise ChatNotFound()
        turns = await self._store.rows("SELECT turn FROM chat_turns WHERE chat = ? ORDER BY place", id_)
        return _chat(row, [Turn.model_validate_json(turn["turn"]) for turn in turns])

    async def drop(self, owner: str, id_: str) -> None:
        if await self._store.execute("DELETE FROM chats WHERE id = ? AND owner = ?", id_, owner) == 0:
            raise ChatNotFound()


def _chat(row: Row, turns: list[Turn]) -> Chat:
    return Chat(
        id=row["id"], title=row["title"], created_at=row["created_at"], updated_at=row["updated_at"], turns=turns
    )
