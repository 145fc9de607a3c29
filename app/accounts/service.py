"""AccountService: who is who, for all doors: sign-in, accounts, sessions, API tokens."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from app.accounts import passwords, sessions, tokens, users
from app.accounts.limiter import Limiter
from app.accounts.passwords import Passwords
from app.accounts.permissions import RANK, may
from app.accounts.remembered import Remembered
from app.accounts.sessions import Sessions, digest
from app.accounts.tokens import Tokens
from app.accounts.users import Users
from app.errors import NoAccounts, NotAllowed, NotOpenAnymore, RoleTooHigh, WrongCode, WrongSignIn
from app.hub import Event, Hub
from app.schemas.accounts import (
    Actor,
    PasswordChange,
    Permission,
    Role,
    Session,
    SignIn,
    Token,
    TokenMade,
    TokenNew,
    TokensAsked,
    User,
    UserEdit,
    UserNew,
    Welcome,
)
from app.store import Store

SCHEMAS = (users.SCHEMA, sessions.SCHEMA, tokens.SCHEMA)  # for the store's opening
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is mistaken for another
LOOK_EVERY = 1.0  # seconds after which a change by the command line is noticed
RECHECK_EVERY = 60  # looks after which sockets are checked for sessions that ran out


class AccountService:
    """Every change is told on the hub's topic "accounts", so that open sockets are checked at once."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        *,
        now: Callable[[], datetime],
        idle: timedelta = timedelta(hours=12),
        longest: timedelta = timedelta(days=7),
        hasher: Passwords | None = None,
    ) -> None:
        self._store, self._hub, self._now = store, hub, now
        self._users, self._tokens = Users(store), Tokens(store)
        self._sessions = Sessions(store, idle, longest)
        self._passwords, self._limiter = hasher or Passwords(), Limiter()
        self._known: Remembered[Actor] = Remembered(LOOK_EVERY)
        self._any: Remembered[bool] = Remembered(LOOK_EVERY)
        self._code = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
        self.own_token = secrets.token_urlsafe(32)  # of this process' own command line, until it ends

    def close(self) -> None:
        self._passwords.close()

    async def exist(self) -> bool:
        """Whether there is any account; one that the command line makes is noticed within a second."""
        return bool(await self._any.get("any", self._now().timestamp(), self._users.any))

    async def first_code(self) -> str | None:
        """The one-time code that makes the first admin, for the terminal alone; None once accounts exist."""
        return None if await self.exist() else self._code

    async def by_session(self, secret: str) -> Actor | None:
        now = self._now()
        return await self._known.get(digest(secret), now.timestamp(), lambda: self._sessions.actor(secret, now))

    async def by_token(self, secret: str) -> Actor | None:
        hashed, now = digest(secret), self._now()
        if hmac.compare_digest(hashed, digest(self.own_token)):
            return Actor(name="cli", role=Role.ADMIN, via="cli")
        return await self._known.get(f"token {hashed}", now.timestamp(), lambda: self._tokens.actor(secret, now))

    async def still(self, actor: Actor) -> bool:
        """Whether what stood behind ``actor`` when its socket was opened holds unchanged."""
        kind, _, id_ = actor.credential.partition(":")
        if kind == "session":
            return await self._sessions.role(id_, self._now()) == actor.role
        if kind == "token":
            return await self._tokens.role(id_, self._now()) == actor.role
        return actor.via == "cli" or not await self.exist()

    async def sign_in(self, asked: SignIn, address: str, agent: str) -> str:
        """The secret of a new session.

        Raises WrongSignIn, the same after the same work for a wrong password, an unknown name and a closed account;
        TooMany after too many tries for this account or from this address.
        """
        name, hashed = await self._proven(asked, address)
        secret = await self._sessions.add(name, hashed, address, agent, self._now())
        if secret is None:
            raise WrongSignIn
        return secret

    async def signed_in(self, secret: str) -> User:
        """The account of a session that has just begun. Raises WrongSignIn when it is over already."""
        actor = await self.by_session(secret)
        if actor is None:
            raise WrongSignIn
        return await self._users.get(actor.name)

    async def _proven(self, asked: SignIn, address: str) -> tuple[str, str]:
        """The account's own spelling and its password's hash, once the password is proven."""
        key, now = asked.name.casefold(), self._now().timestamp()
        self._limiter.take(key, address, now)
        known = await self._users.secret(asked.name)
        if not await self._passwords.verify(known and known[1], asked.password) or known is None:
            raise WrongSignIn
        self._limiter.forgive(key, address, now)
        name, hashed = known
        if self._passwords.outdated(hashed):
            newer = await self._passwords.hash(asked.password)
            hashed = newer if await self._users.rehash(name, hashed, newer) else hashed
        return name, hashed

    async def welcome(self, asked: Welcome, address: str, agent: str) -> str:
        """Make the first admin and sign in. Raises WrongCode, NotOpenAnymore, WeakPassword, TooMany."""
        if await self.exist():
            raise NotOpenAnymore
        self._limiter.take("the first code", address, self._now().timestamp())
        if not hmac.compare_digest(_plain(asked.code), _plain(self._code)):
            raise WrongCode
        passwords.check(asked.name, asked.password)
        hashed = await self._passwords.hash(asked.password)
        await self._users.add(asked.name, Role.ADMIN, hashed, self._now(), first=True)
        self._changed()
        secret = await self._sessions.add(asked.name, hashed, address, agent, self._now())
        if secret is None:
            raise WrongSignIn
        return secret

    async def sign_out(self, actor: Actor) -> None:
        """End the session behind ``actor``; nothing to do for a token."""
        kind, _, id_ = actor.credential.partition(":")
        if kind == "session":
            await self.end_session(id_, actor)

    async def me(self, actor: Actor) -> User:
        """Raises NoAccounts in open mode and for the command line."""
        self._need_account(actor)
        return await self._users.get(actor.name)

    async def change_password(self, asked: PasswordChange, actor: Actor, address: str) -> None:
        """One's own. All other sessions end. Raises WrongSignIn, WeakPassword, TooMany, NoAccounts."""
        self._need_account(actor)
        _need_person(actor)
        await self._proven(SignIn(name=actor.name, password=asked.current), address)
        passwords.check(actor.name, asked.new)
        hashed = await self._passwords.hash(asked.new)
        await self._users.set_password(actor.name, hashed, keep_session=actor.credential.removeprefix("session:"))
        self._changed()

    async def users(self, actor: Actor) -> list[User]:
        _need(actor)
        return await self._users.all()

    async def user(self, name: str, actor: Actor) -> User:
        """Raises UserNotFound."""
        _need(actor)
        return await self._users.get(name)

    async def add_user(self, asked: UserNew, actor: Actor) -> User:
        """Raises UserExists, WeakPassword, NoAccounts (the first admin is made at /welcome or by the command line)."""
        _need(actor)
        if not await self.exist() and (actor.via != "cli" or asked.role is not Role.ADMIN):
            raise NoAccounts
        passwords.check(asked.name, asked.password)
        user = await self._users.add(asked.name, asked.role, await self._passwords.hash(asked.password), self._now())
        self._changed()
        return user

    async def edit_user(self, name: str, asked: UserEdit, actor: Actor) -> User:
        """Role, activity, or a new password by an admin. Raises UserNotFound, LastAdmin, WeakPassword."""
        _need(actor)
        hashed = None
        if asked.password is not None:
            passwords.check((await self._users.get(name)).name, asked.password)
            hashed = await self._passwords.hash(asked.password)
        user = await self._users.edit(name, role=asked.role, active=asked.active, password=hashed)
        self._changed()
        return user

    async def remove_user(self, name: str, actor: Actor) -> None:
        """With sessions and tokens; what was done under the name stays told. Raises UserNotFound, LastAdmin."""
        _need(actor)
        await self._users.remove(name)
        self._changed()

    async def sessions(self, actor: Actor) -> list[Session]:
        """One's own living sessions. Raises NoAccounts."""
        self._need_account(actor)
        return await self._sessions.of(actor.name, self._now(), actor.credential.removeprefix("session:"))

    async def end_session(self, id_: str, actor: Actor) -> None:
        """Raises SessionNotFound, also for a session of someone else."""
        await self._sessions.end(id_, actor.name)
        self._changed()

    async def tokens(self, asked: TokensAsked, actor: Actor) -> list[Token]:
        """One's own, or with ``owner`` (admins) another's; ``*`` is everyone's. Raises NotAllowed, NoAccounts."""
        if asked.owner is None:
            self._need_account(actor)
            return await self._tokens.of(actor.name)
        if asked.owner.casefold() != actor.name.casefold():
            _need(actor)
        return await self._tokens.of(None if asked.owner == "*" else (await self._users.get(asked.owner)).name)

    async def add_token(self, asked: TokenNew, actor: Actor) -> TokenMade:
        """Raises RoleTooHigh for more than one may oneself, NoAccounts, NotAllowed for another token."""
        self._need_account(actor)
        _need_person(actor)
        if RANK.index(asked.role) > RANK.index(actor.role):
            raise RoleTooHigh(role=actor.role)
        return await self._tokens.add(actor.name, asked, self._now())

    async def end_token(self, id_: str, actor: Actor) -> None:
        """One's own; an admin anyone's. Raises TokenNotFound."""
        await self._tokens.end(id_, None if may(actor, Permission.USERS) else actor.name)
        self._changed()

    async def watch(self) -> None:
        """Until cancelled: notice what the command line writes beside us, and what runs out by itself."""
        version, looks = None, 0
        while True:
            row = await self._store.row("PRAGMA data_version")  # moves when another connection has written
            if (version not in (None, found := row and row[0])) or looks % RECHECK_EVERY == 0:
                self._changed()
            if looks % 3600 == 0:
                await self._sessions.sweep(self._now())
                await self._tokens.sweep(self._now())
            version, looks = found, looks + 1
            await asyncio.sleep(LOOK_EVERY)

    def _changed(self) -> None:
        self._known.forget()
        self._any.forget()
        self._hub.publish(Event("accounts", "changed", {}), "changed")

    @staticmethod
    def _need_account(actor: Actor) -> None:
        if not actor.credential:
            raise NoAccounts


def _need(actor: Actor) -> None:
    if not may(actor, Permission.USERS):
        raise NotAllowed


def _need_person(actor: Actor) -> None:
    """A token that leaked must not take the account over, nor outlive its end."""
    if actor.credential.startswith("token:"):
        raise NotAllowed


def _plain(code: str) -> bytes:
    """A code as it was typed: without regard to case, dashes and spaces."""
    return "".join(letter for letter in code.upper() if letter.isalnum()).encode()
