"""Passwords: the policy, and the same work for a name that nobody has."""

import asyncio
import unicodedata

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr

from app.accounts.passwords import WAITING, Passwords, check
from app.errors import TooMany, WeakPassword


class Counted(PasswordHasher):
    """argon2 that tells what it was asked to verify."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64)
        self.work: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - the library's name
        self.work.append(str(hash).rpartition("$")[0].rpartition("$")[0])  # variant, version and cost
        return super().verify(hash, password)


@pytest.mark.parametrize(
    "weak", ["short", "a" * 20, "ababababab", "ABCkimchi01234", "x" * 200 + "abcdef" * 20, "         "]
)
def test_a_weak_password_is_refused(weak: str) -> None:
    with pytest.raises(WeakPassword):
        check("Kimchi", SecretStr(weak))


@pytest.mark.parametrize("good", ["correct horse", "비밀번호는길어야한다", "0123456789"])
def test_a_long_enough_password_needs_no_strange_signs(good: str) -> None:
    check("kim", SecretStr(good))


async def test_an_unknown_name_costs_the_same_work_as_a_wrong_password() -> None:
    """Equal work is asserted, not equal time: a clock in a test lies on a busy machine."""
    hasher = Counted()
    passwords = Passwords(hasher)
    stored = await passwords.hash(SecretStr("correct horse"))
    assert not await passwords.verify(stored, SecretStr("wrong horse!"))
    assert not await passwords.verify(None, SecretStr("wrong horse!"))
    assert not await passwords.verify(None, SecretStr("nobody's password"))  # not even the decoy's own
    assert len(hasher.work) == 3
    assert len(set(hasher.work)) == 1
    passwords.close()


async def test_hangul_is_the_same_from_every_keyboard() -> None:
    passwords = Passwords(Counted())
    stored = await passwords.hash(SecretStr("비밀번호는 길게"))
    assert await passwords.verify(stored, SecretStr(unicodedata.normalize("NFD", "비밀번호는 길게")))
    passwords.close()


async def test_a_flood_of_sign_ins_is_turned_away_before_it_fills_the_memory() -> None:
    passwords = Passwords()
    tries = [asyncio.create_task(passwords.verify(None, SecretStr("x"))) for _ in range(WAITING + 10)]
    await asyncio.sleep(0)
    refused = [task for task in tries if task.done() and isinstance(task.exception(), TooMany)]
    assert len(refused) == 10
    passwords.close()  # those that wait are never computed
    for task in tries:
        task.cancel()
    await asyncio.gather(*tries, return_exceptions=True)
