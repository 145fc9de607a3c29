"""Who is behind a secret, kept for a moment: so that a page of ten requests does not wait ten times for the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
LIMIT = 1000  # answers; beyond it all are forgotten


class Remembered(Generic[T]):
    """Answers that are not None, for ``seconds``; ``forget`` drops them all at once, those on their way included."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._generation = seconds, 0
        self._kept: dict[str, tuple[T, float]] = {}

    async def get(self, key: str, now: float, find: Callable[[], Awaitable[T | None]]) -> T | None:
        kept = self._kept.get(key)
        if kept is not None and 0 <= now - kept[1] < self._seconds:
            return kept[0]
        generation = self._generation
        found = await find()
        if found is not None and generation == self._generation:  # else it was found before the change
            if len(self._kept) >= LIMIT:
                self._kept.clear()
            self._kept[key] = (found, now)
        return found

    def forget(self) -> None:
        self._generation += 1
        self._kept.clear()
