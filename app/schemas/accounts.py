"""Who acts, and what may be done."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from app.schemas.envelope import Model, Moment, Offset, Question


class Role(StrEnum):
    VIEWER = "viewer"
    USER = "user"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a route, a socket or a tool of the agent needs; ``accounts.may`` says which roles have it."""

    PUBLIC = "public"  # no sign-in: health, sign-in itself, static files
    READ = "read"  # tables, charts, export, status
    CHAT = "chat"
    OWN_ACCOUNT = "own_account"
    SQL = "sql"
    RUN_SYNC = "run_sync"  # start, pause, resume, cancel a sync of an existing target; run a job now
    EDIT_TARGETS = "edit_targets"
    EDIT_JOBS = "edit_jobs"
    RESET = "reset"
    USERS = "users"
    AUDIT = "audit"
    SYSTEM = "system"


class Actor(Model):
    """Who is asking: an account, a token's owner, a job or the command line."""

    name: str
    role: Role
    via: str = "page"  # page, api, agent, schedule, cli
    address: str = ""  # where from, for deeds that outlive their request
    credential: str = (
        ""  # "session:ID" or "token:ID" that stands behind it: what must still hold while a socket is open
    )


RESERVED = {"local", "cli", "schedule", "agent", "nobody"}  # names of actors that are no accounts


def _name(text: str) -> str:
    name = unicodedata.normalize("NFC", text)
    if not all(letter.isalnum() or letter in "._-@" for letter in name):
        raise ValueError("may hold letters, digits and . _ - @ only")
    if name.casefold() in RESERVED:
        raise ValueError("is a name that Merganser uses itself")
    return name


Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_name)]
Label = Annotated[str, Field(min_length=1, max_length=80)]
Password = Annotated[SecretStr, Field(max_length=1024)]


class SignIn(Question):
    name: Annotated[str, Field(max_length=200)]
    password: Password


class Welcome(Question):
    """The form of the first run: the code from the terminal makes the first admin."""

    code: Annotated[str, Field(max_length=40)]
    name: Name
    password: Password
    again: Password | None = None


class PasswordChange(Question):
    current: Password
    new: Password


class User(Model):
    name: str
    role: Role
    active: bool
    created: datetime
    last_seen: datetime | None = None


class UserNew(Question):
    name: Name
    password: Password
    role: Role = Role.VIEWER


class UserEdit(Question):
    """What is given is changed; a password here is a reset by an admin and ends the account's sessions."""

    role: Role | None = None
    active: bool | None = None
    password: Password | None = None

    def told(self) -> list[str]:
        """The changes as the audit may name them."""
        plain = {"role": self.role, "active": self.active, "password": "reset" if self.password else None}
        return [f"{field}={value}" for field, value in plain.items() if value is not None]


class Session(Model):
    id: str
    user: str
    address: str
    agent: str
    created: datetime
    last_seen: datetime
    expires: datetime
    current: bool = False


class TokensAsked(Question):
    """Whose tokens: one's own, or (admins) those of ``owner``, ``*`` for all."""

    owner: str | None = None


class TokenNew(Question):
    name: Label
    role: Role = Role.VIEWER
    days: Annotated[int, Field(ge=1, le=3650, description="Days until it expires.")] = 90


class Token(Model):
    id: str
    name: str
    owner: str
    role: Role
    created: datetime
    expires: datetime
    last_used: datetime | None = None


class TokenMade(Token):
    token: str  # shown this once; only its sha256 is kept


class AuditEntry(Model):
    id: int
    at: datetime
    actor: str
    via: str
    action: str
    subject: str
    result: str  # "ok" or the error's code
    address: str


class AuditAsked(Question):
    actor: str | None = None
    action: str | None = Field(default=None, description="An action such as sync.start, or a feature such as sync.")
    result: str | None = Field(default=None, description='"ok", an error code, or "failed" for all but ok.')
    since: Moment | None = None
    until: Moment | None = None
    limit: int = Field(default=50, ge=1, le=1000)
    offset: Offset = 0
