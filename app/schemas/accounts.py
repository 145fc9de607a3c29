"""Who acts, and what may be done."""

from __future__ import annotations

from enum import StrEnum

from app.schemas.envelope import Model


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
