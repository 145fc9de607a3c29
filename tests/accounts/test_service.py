"""AccountService: sign-in, expiry, the last admin, tokens, and what the command line changes beside us."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr, ValidationError

from app.accounts import service
from app.accounts.limiter import PER_ACCOUNT
from app.accounts.passwords import Passwords
from app.accounts.service import SCHEMAS, AccountService
from app.errors import (
    LastAdmin,
    NoAccounts,
    NotAllowed,
    NotOpenAnymore,
    RoleTooHigh,
    SessionNotFound,
    TokenNotFound,
    TooMany,
    UserExists,
    WeakPassword,
    WrongCode,
    WrongSignIn,
)
from app.hub import Hub
from app.schemas.accounts import (
    Actor,
    PasswordChange,
    Role,
    SignIn,
    TokenNew,
    TokensAsked,
    UserEdit,
    UserNew,
    Welcome,
)
from app.store import Store

CLI = Actor(name="cli", role=Role.ADMIN, via="cli")
PASSWORD = SecretStr("correct horse 7")
HERE = "10.0.0.1"


class Clock:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
async def accounts(tmp_path: Path, hub: Hub, clock: Clock) -> AsyncIterator[AccountService]:
    store = Store(tmp_path / "store.sqlite", SCHEMAS)
    await store.open()
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=64))
    accounts = AccountService(store, hub, now=clock, hasher=cheap)
    yield accounts
    accounts.close()
    await store.close()


@pytest.fixture
async def boss(accounts: AccountService) -> Actor:
    await accounts.add_user(UserNew(name="Boss", password=PASSWORD, role=Role.ADMIN), CLI)
    return await signed_in(accounts, "boss")


async def signed_in(accounts: AccountService, name: str, password: SecretStr = PASSWORD) -> Actor:
    actor = await accounts.by_session(await accounts.sign_in(SignIn(name=name, password=password), HERE, "curl"))
    assert actor is not None
    return actor


async def test_the_first_admin_needs_the_code_of_the_terminal_once(accounts: AccountService) -> None:
    code = await accounts.first_code()
    assert code is not None
    with pytest.raises(WrongCode):
        await accounts.welcome(Welcome(code="AAAA-BBBB-CCCC", name="eve", password=PASSWORD), HERE, "")
    assert not await accounts.exist()
    typed = code.lower().replace("-", " ")
    secret = await accounts.welcome(Welcome(code=typed, name="관리자", password=PASSWORD), HERE, "")
    actor = await accounts.by_session(secret)
    assert actor is not None
    assert (actor.name, actor.role) == ("관리자", Role.ADMIN)
    with pytest.raises(NotOpenAnymore):
        await accounts.welcome(Welcome(code=code, name="eve", password=PASSWORD), HERE, "")
    assert await accounts.first_code() is None


async def test_two_who_know_the_code_at_once_make_one_admin(accounts: AccountService) -> None:
    code = await accounts.first_code() or ""
    tries = [accounts.welcome(Welcome(code=code, name=name, password=PASSWORD), HERE, "") for name in ("a", "b", "c")]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["NotOpenAnymore", "NotOpenAnymore", "str"]


async def test_guessing_the_code_is_limited(accounts: AccountService) -> None:
    for number in range(PER_ACCOUNT):
        with pytest.raises(WrongCode):
            await accounts.welcome(Welcome(code=f"{number}", name="eve", password=PASSWORD), f"10.0.0.{number}", "")
    with pytest.raises(TooMany):
        await accounts.welcome(Welcome(code="x", name="eve", password=PASSWORD), "10.0.1.1", "")


async def test_in_open_mode_nobody_makes_an_account_without_the_code(accounts: AccountService) -> None:
    local = Actor(name="local", role=Role.ADMIN)
    with pytest.raises(NoAccounts):
        await accounts.add_user(UserNew(name="eve", password=PASSWORD, role=Role.ADMIN), local)
    with pytest.raises(NoAccounts):  # and the command line cannot lock everyone out
        await accounts.add_user(UserNew(name="eve", password=PASSWORD, role=Role.USER), CLI)
    with pytest.raises(NoAccounts):
        await accounts.add_token(TokenNew(name="x"), local)


@pytest.mark.usefixtures("boss")
async def test_the_answer_is_the_same_for_a_wrong_password_an_unknown_name_and_a_closed_account(
    accounts: AccountService,
) -> None:
    await accounts.add_user(UserNew(name="gone", password=PASSWORD), CLI)
    await accounts.edit_user("gone", UserEdit(active=False), CLI)
    for name, password in (("boss", SecretStr("wrong")), ("nobody at all", PASSWORD), ("gone", PASSWORD)):
        with pytest.raises(WrongSignIn) as refused:
            await signed_in(accounts, name, password)
        assert (refused.value.values, refused.value.details) == ({}, [])


@pytest.mark.usefixtures("boss")
async def test_too_many_tries_wait_even_with_the_right_password(accounts: AccountService, clock: Clock) -> None:
    for number in range(PER_ACCOUNT):
        with pytest.raises(WrongSignIn):
            await accounts.sign_in(SignIn(name="BOSS", password=SecretStr("no")), f"10.1.0.{number}", "")
    with pytest.raises(TooMany) as refused:
        await signed_in(accounts, "boss")
    clock.wait(seconds=float(str(refused.value.values["seconds"])))
    await signed_in(accounts, "boss")


async def test_a_session_ends_when_it_is_not_used(accounts: AccountService, clock: Clock, boss: Actor) -> None:
    secret = await accounts.sign_in(SignIn(name="boss", password=PASSWORD), HERE, "")
    for _ in range(3):
        clock.wait(hours=11)
        assert await accounts.by_session(secret) is not None
    assert not await accounts.still(boss)  # the other one, idle since
    clock.wait(hours=13)
    assert await accounts.by_session(secret) is None


@pytest.mark.usefixtures("boss")
async def test_a_session_ends_in_any_case_after_a_week(accounts: AccountService, clock: Clock) -> None:
    secret = await accounts.sign_in(SignIn(name="boss", password=PASSWORD), HERE, "")
    for _ in range(16):
        clock.wait(hours=10)
        assert await accounts.by_session(secret) is not None
    clock.wait(hours=10)
    assert await accounts.by_session(secret) is None


async def test_a_role_holds_at_once(accounts: AccountService, boss: Actor) -> None:
    await accounts.add_user(UserNew(name="kim", password=PASSWORD, role=Role.USER), boss)
    secret = await accounts.sign_in(SignIn(name="kim", password=PASSWORD), HERE, "")
    before = await accounts.by_session(secret)
    assert before is not None
    await accounts.edit_user("kim", UserEdit(role=Role.VIEWER), boss)
    after = await accounts.by_session(secret)
    assert after is not None
    assert after.role is Role.VIEWER
    assert not await accounts.still(before)
    assert await accounts.still(after)
    await accounts.edit_user("kim", UserEdit(active=False), boss)
    assert await accounts.by_session(secret) is None
    await accounts.edit_user("kim", UserEdit(active=True), boss)
    assert await accounts.by_session(secret) is None  # a closed account's sessions do not come back


async def test_changes_are_told_on_the_hub(accounts: AccountService, hub: Hub, boss: Actor) -> None:
    with hub.listen("accounts") as events:
        await accounts.add_user(UserNew(name="kim", password=PASSWORD), boss)
        assert (await asyncio.wait_for(events.get(), 1)).kind == "changed"
        await accounts.sign_out(boss)
        assert (await asyncio.wait_for(events.get(), 1)).kind == "changed"
    assert not await accounts.still(boss)


async def test_the_last_admin_can_neither_go_nor_be_demoted(accounts: AccountService, boss: Actor) -> None:
    for edit in (UserEdit(role=Role.USER), UserEdit(active=False)):
        with pytest.raises(LastAdmin):
            await accounts.edit_user("boss", edit, boss)
    with pytest.raises(LastAdmin):
        await accounts.remove_user("boss", boss)
    assert (await accounts.me(boss)).role is Role.ADMIN
    await accounts.add_user(UserNew(name="second", password=PASSWORD, role=Role.ADMIN), boss)
    await accounts.edit_user("second", UserEdit(active=False), boss)
    with pytest.raises(LastAdmin):  # an admin who may not sign in is none
        await accounts.edit_user("boss", UserEdit(role=Role.USER), boss)


async def test_two_admins_who_demote_each_other_at_once_leave_one(accounts: AccountService, boss: Actor) -> None:
    await accounts.add_user(UserNew(name="second", password=PASSWORD, role=Role.ADMIN), boss)
    edits = [accounts.edit_user(name, UserEdit(role=Role.USER), boss) for name in ("boss", "second")]
    done = await asyncio.gather(*edits, return_exceptions=True)
    assert sum(isinstance(each, LastAdmin) for each in done) == 1


async def test_a_new_password_ends_the_other_sessions(accounts: AccountService, boss: Actor) -> None:
    other = await signed_in(accounts, "boss")
    with pytest.raises(WrongSignIn):
        await accounts.change_password(PasswordChange(current=SecretStr("no"), new=PASSWORD), boss, HERE)
    with pytest.raises(WeakPassword):
        await accounts.change_password(PasswordChange(current=PASSWORD, new=SecretStr("weak")), boss, HERE)
    fresh = SecretStr("another horse 8")
    await accounts.change_password(PasswordChange(current=PASSWORD, new=fresh), boss, HERE)
    assert await accounts.still(boss)
    assert not await accounts.still(other)
    with pytest.raises(WrongSignIn):
        await signed_in(accounts, "boss")
    await signed_in(accounts, "boss", fresh)


async def test_a_reset_by_an_admin_follows_the_same_policy_and_ends_all_sessions(
    accounts: AccountService, boss: Actor
) -> None:
    await accounts.add_user(UserNew(name="kim", password=PASSWORD), boss)
    kim = await signed_in(accounts, "kim")
    with pytest.raises(WeakPassword):
        await accounts.edit_user("kim", UserEdit(password=SecretStr("kim")), boss)
    await accounts.edit_user("kim", UserEdit(password=SecretStr("another horse 8")), boss)
    assert not await accounts.still(kim)


async def test_sessions_are_listed_and_revoked_by_their_owner_alone(accounts: AccountService, boss: Actor) -> None:
    await accounts.add_user(UserNew(name="kim", password=PASSWORD), boss)
    kim = await signed_in(accounts, "kim")
    await signed_in(accounts, "boss")
    listed = await accounts.sessions(boss)
    assert sorted(session.current for session in listed) == [False, True]
    assert {session.user for session in listed} == {"Boss"}
    with pytest.raises(SessionNotFound):
        await accounts.end_session(kim.credential.partition(":")[2], boss)
    other = next(session for session in listed if not session.current)
    await accounts.end_session(other.id, boss)
    assert [session.current for session in await accounts.sessions(boss)] == [True]


async def test_a_token_is_shown_once_and_never_has_more_than_its_owner(accounts: AccountService, boss: Actor) -> None:
    await accounts.add_user(UserNew(name="kim", password=PASSWORD, role=Role.USER), boss)
    kim = await signed_in(accounts, "kim")
    with pytest.raises(RoleTooHigh):
        await accounts.add_token(TokenNew(name="script", role=Role.ADMIN), kim)
    made = await accounts.add_token(TokenNew(name="script", role=Role.USER), kim)
    assert made.token not in repr(await accounts.tokens(TokensAsked(), kim))
    script = await accounts.by_token(made.token)
    assert script is not None
    assert (script.name, script.role, script.via) == ("kim", Role.USER, "api")
    await accounts.edit_user("kim", UserEdit(role=Role.VIEWER), boss)
    demoted = await accounts.by_token(made.token)
    assert demoted is not None
    assert demoted.role is Role.VIEWER
    assert not await accounts.still(script)
    await accounts.edit_user("kim", UserEdit(active=False), boss)
    assert await accounts.by_token(made.token) is None


async def test_a_token_shows_its_last_use_and_ends_on_its_day(
    accounts: AccountService, clock: Clock, boss: Actor
) -> None:
    made = await accounts.add_token(TokenNew(name="script", role=Role.ADMIN, days=2), boss)
    assert (await accounts.tokens(TokensAsked(), boss))[0].last_used is None
    clock.wait(hours=1)
    assert await accounts.by_token(made.token) is not None
    assert (await accounts.tokens(TokensAsked(), boss))[0].last_used == clock.now
    clock.wait(days=2)
    assert await accounts.by_token(made.token) is None


async def test_only_admins_see_and_revoke_the_tokens_of_others(accounts: AccountService, boss: Actor) -> None:
    await accounts.add_user(UserNew(name="kim", password=PASSWORD), boss)
    kim = await signed_in(accounts, "kim")
    own = await accounts.add_token(TokenNew(name="boss's", role=Role.VIEWER), boss)
    await accounts.add_token(TokenNew(name="kim's"), kim)
    for owner in ("boss", "*"):
        with pytest.raises(NotAllowed):
            await accounts.tokens(TokensAsked(owner=owner), kim)
    with pytest.raises(TokenNotFound):
        await accounts.end_token(own.id, kim)
    every = await accounts.tokens(TokensAsked(owner="*"), boss)
    assert {token.name for token in every} == {"boss's", "kim's"}
    for token in every:
        await accounts.end_token(token.id, boss)
    assert await accounts.tokens(TokensAsked(owner="*"), boss) == []


async def test_a_token_cannot_take_its_account_over(accounts: AccountService, boss: Actor) -> None:
    made = await accounts.add_token(TokenNew(name="leaked", role=Role.ADMIN), boss)
    script = await accounts.by_token(made.token)
    assert script is not None
    with pytest.raises(NotAllowed):
        await accounts.change_password(PasswordChange(current=PASSWORD, new=SecretStr("another horse 8")), script, HERE)
    with pytest.raises(NotAllowed):
        await accounts.add_token(TokenNew(name="for ever", days=3650), script)


async def test_no_secret_is_in_the_store(accounts: AccountService, tmp_path: Path, boss: Actor) -> None:
    secret = await accounts.sign_in(SignIn(name="boss", password=PASSWORD), HERE, "")
    made = await accounts.add_token(TokenNew(name="script"), boss)
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())  # noqa: ASYNC240
    assert b"argon2id" in written
    for hidden in (secret, made.token, PASSWORD.get_secret_value()):
        assert hidden.encode() not in written


async def test_names_differ_by_more_than_case(accounts: AccountService, boss: Actor) -> None:
    with pytest.raises(UserExists):
        await accounts.add_user(UserNew(name="BOSS", password=PASSWORD), boss)


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "<b>", "x\r\nSet-Cookie: y", "cli", "LOCAL", "a" * 65, "../x"])
def test_a_name_that_could_be_mistaken_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        UserNew(name=name, password=PASSWORD)


@pytest.mark.usefixtures("boss")
async def test_what_the_command_line_changes_beside_a_running_server_is_noticed(
    accounts: AccountService, hub: Hub, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_EVERY", 0.01)
    watching = asyncio.create_task(accounts.watch())
    with hub.listen("accounts") as events:
        await asyncio.wait_for(events.get(), 2)  # the first look
        beside = Store(tmp_path / "store.sqlite", SCHEMAS)
        await beside.open()
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=64))
        other = AccountService(beside, Hub(), now=clock, hasher=cheap)
        await other.add_user(UserNew(name="kim", password=PASSWORD), CLI)
        await asyncio.wait_for(events.get(), 2)
        other.close()
        await beside.close()
    watching.cancel()
    assert [user.name for user in await accounts.users(CLI)] == ["Boss", "kim"]
