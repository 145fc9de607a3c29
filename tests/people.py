"""Accounts for tests: the first admin and others, their sessions and tokens, made by the service itself."""

from __future__ import annotations

from aiohttp import web
from pydantic import SecretStr

from app import keys
from app.schemas.accounts import Actor, Role, SignIn, TokenNew, UserNew

PASSWORD = "correct horse 7"
CLI = Actor(name="cli", role=Role.ADMIN, via="cli")


async def add(app: web.Application, name: str, role: Role) -> None:
    """The first one must be an admin."""
    await app[keys.ACCOUNTS].add_user(UserNew(name=name, password=SecretStr(PASSWORD), role=role), CLI)


async def session(app: web.Application, name: str) -> str:
    """The cookie's value."""
    asked = SignIn(name=name, password=SecretStr(PASSWORD))
    return await app[keys.ACCOUNTS].sign_in(asked, "127.0.0.1", "a test")


async def token(app: web.Application, name: str, role: Role, days: int = 1) -> str:
    """A token of the account, with at most the account's role."""
    owner = Actor(name=name, role=role, credential="session:of this test")
    made = await app[keys.ACCOUNTS].add_token(TokenNew(name="a test", role=role, days=days), owner)
    return made.token


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def cookie(secret: str) -> dict[str, str]:
    return {"Cookie": f"session={secret}"}
