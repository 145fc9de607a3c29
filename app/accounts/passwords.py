"""Passwords: the policy, and argon2 in a few threads of its own, never on the loop."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr

from app.errors import TooMany, WeakPassword

T = TypeVar("T")
THREADS = 2  # each verification takes 64 MiB and a core for about a tenth of a second
WAITING = 32
SHORTEST, LONGEST, DIFFERENT = 10, 256, 5


def check(name: str, password: SecretStr) -> None:
    """Raises WeakPassword; the same rule for everyone, resets by an admin included."""
    text = _normal(password)
    long_enough = SHORTEST <= len(text) <= LONGEST
    named = len(name) > 3 and name.casefold() in text.casefold()  # a shorter name is in many a good password
    if not long_enough or len(set(text)) < DIFFERENT or named:
        raise WeakPassword(shortest=SHORTEST, longest=LONGEST, different=DIFFERENT)


def _normal(password: SecretStr) -> str:
    """One form of what different keyboards send for the same letters (Hangul above all)."""
    return unicodedata.normalize("NFKC", password.get_secret_value())


class Passwords:
    """Hashes and verifies. The work for a name that does not exist is the same as for one that does."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._decoy = ""

    async def hash(self, password: SecretStr) -> str:
        """Raises TooMany when too many wait."""
        return await self._in_thread(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, stored: str | None, password: SecretStr) -> bool:
        """Whether ``password`` is the one of ``stored``; None (nobody has that name) is never, after equal work."""
        return await self._in_thread(lambda: self._verify(stored, _normal(password)))

    def outdated(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str | None, text: str) -> bool:
        self._decoy = self._decoy or self._hasher.hash("nobody's password")  # made on the first call, known name or not
        try:
            return self._hasher.verify(stored or self._decoy, text) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise TooMany(seconds=2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
