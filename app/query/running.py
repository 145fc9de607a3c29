"""Statements of users that run now: so many at once for each, stopped by their names."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from typing import Any, TypeVar

from app.errors import QueryCancelled, QueryNotFound, TooMany

T = TypeVar("T")
AT_ONCE, WAIT = 2, 30  # statements of one user; seconds after which it is worth trying again


class Running:
    """Each under the name that its caller gave it."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[str, asyncio.Task[Any]]] = {}  # name -> whose, what

    async def run(self, work: Coroutine[Any, Any, T], owner: str, name: str | None) -> T:
        """What ``work`` returns or raises. Raises TooMany, QueryCancelled after ``cancel``."""
        if sum(one == owner for one, _ in self._tasks.values()) >= AT_ONCE:
            work.close()
            raise TooMany(seconds=WAIT)
        key, task = name or secrets.token_hex(8), asyncio.ensure_future(work)
        self._tasks[key] = owner, task
        try:
            return await task
        except asyncio.CancelledError:
            if key not in self._tasks:  # cancel() took it out
                raise QueryCancelled() from None
            raise
        finally:
            self._tasks.pop(key, None)

    def cancel(self, name: str, owner: str) -> None:
        """Stop this user's statement. Raises QueryNotFound."""
        whose, task = self._tasks.get(name, ("", None))
        if task is None or whose != owner:
            raise QueryNotFound()
        del self._tasks[name]
        task.cancel()
