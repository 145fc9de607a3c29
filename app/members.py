"""The command line's `user`: accounts without a server, on the store alone."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from pydantic import SecretStr, ValidationError

from app import audit
from app.accounts.service import SCHEMAS, AccountService
from app.audit import Audit
from app.config import Settings
from app.errors import Invalid, NoAccounts
from app.hub import Hub
from app.schemas.accounts import Actor, Role, UserEdit, UserNew
from app.store import Store

CLI = Actor(name="cli", role=Role.ADMIN, via="cli")
ROLES = [str(role) for role in Role]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], run: Callable[..., int]) -> None:
    """`user` and what can follow it."""
    user = commands.add_parser("user", help="make and change accounts")
    user.set_defaults(run=run)
    deeds = user.add_subparsers(dest="deed", required=True)
    add_ = deeds.add_parser("add", help="make an account; the password is asked for, or read from standard input")
    add_.add_argument("name")
    kind = add_.add_mutually_exclusive_group()
    kind.add_argument("--admin", action="store_const", const="admin", dest="role", help="the same as --role admin")
    kind.add_argument("--role", choices=ROLES)
    add_.set_defaults(role="viewer")
    deeds.add_parser("list", help="show all accounts")
    for deed, words in (
        ("passwd", "set a new password; all sessions of the account end"),
        ("deactivate", "close an account: its sessions and tokens work no longer"),
        ("activate", "open it again"),
        ("remove", "delete it with its sessions and tokens"),
    ):
        deeds.add_parser(deed, help=words).add_argument("name")
    role = deeds.add_parser("role", help="give an account another role")
    role.add_argument("name")
    role.add_argument("role", choices=ROLES)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """One deed; 0 when it is done. A running server follows within a second. Raises AppErrors."""
    try:
        asyncio.run(_with_accounts(settings, options))
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(fields=f"{first['loc'][0]}: {first['msg']}") from None
    return 0


async def _with_accounts(settings: Settings, options: argparse.Namespace) -> None:
    store = Store(settings.store_path, [*SCHEMAS, audit.SCHEMA])
    await store.open()
    accounts = AccountService(store, Hub(), now=_now)
    try:
        await DEEDS[options.deed](accounts, options)
        if options.deed != "list":
            deed = f"users.{options.deed}"
            await Audit(store, settings.audit_days, _now).record(CLI, deed, options.name)
    finally:
        accounts.close()
        await store.close()


def _now() -> datetime:
    return datetime.now(UTC)


async def _add(accounts: AccountService, options: argparse.Namespace) -> None:
    if options.role != "admin" and not await accounts.exist():
        raise NoAccounts
    user = UserNew(name=options.name, role=Role(options.role), password=await _password())
    made = await accounts.add_user(user, CLI)
    print(f"{made.name} is {made.role}.")


async def _list(accounts: AccountService, _: argparse.Namespace) -> None:
    for user in await accounts.users(CLI):
        seen = f"last seen {user.last_seen:%Y-%m-%d %H:%M} UTC" if user.last_seen else "never seen"
        print(f"{user.name}\t{user.role}\t{'active' if user.active else 'deactivated'}\t{seen}")


async def _passwd(accounts: AccountService, options: argparse.Namespace) -> None:
    await accounts.user(options.name, CLI)
    await _edit(accounts, options.name, UserEdit(password=await _password()), "has a new password")


async def _role(accounts: AccountService, options: argparse.Namespace) -> None:
    await _edit(accounts, options.name, UserEdit(role=Role(options.role)), f"is {options.role}")


async def _deactivate(accounts: AccountService, options: argparse.Namespace) -> None:
    await _edit(accounts, options.name, UserEdit(active=False), "is deactivated")


async def _activate(accounts: AccountService, options: argparse.Namespace) -> None:
    await _edit(accounts, options.name, UserEdit(active=True), "is active")


async def _edit(accounts: AccountService, name: str, asked: UserEdit, done: str) -> None:
    print(f"{(await accounts.edit_user(name, asked, CLI)).name} {done}.")


async def _remove(accounts: AccountService, options: argparse.Namespace) -> None:
    await accounts.remove_user(options.name, CLI)
    print(f"{options.name} is removed.")


DEEDS: dict[str, Callable[[AccountService, argparse.Namespace], Awaitable[None]]] = {
    "add": _add,
    "list": _list,
    "passwd": _passwd,
    "role": _role,
    "deactivate": _deactivate,
    "activate": _activate,
    "remove": _remove,
}


async def _password() -> SecretStr:
    return SecretStr(await asyncio.to_thread(_ask))


def _ask() -> str:
    """Asked for twice and not shown; from a pipe its first line, so that scripts can give it without an argument."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise Invalid(fields="the two passwords differ")
    return first
