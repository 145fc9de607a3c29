"""The journal: what is kept, how it is found, when it is forgotten."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.audit import LONGEST, SCHEMA, Audit
from app.schemas.accounts import Actor, AuditAsked, Role
from app.store import Store

KIM = Actor(name="kim", role=Role.USER, via="api")


class Clock:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def audit(tmp_path: Path, clock: Clock) -> AsyncIterator[Audit]:
    store = Store(tmp_path / "store.sqlite", [SCHEMA])
    await store.open()
    yield Audit(store, 30, clock)
    await store.close()


async def found(audit: Audit, **asked: object) -> list[str]:
    return [entry.action for entry in (await audit.find(AuditAsked.model_validate(asked)))[0]]


async def test_it_is_found_by_who_what_when_and_how_it_ended(audit: Audit, clock: Clock) -> None:
    await audit.record(KIM, "sync.start", "MES.IV", address="10.0.0.1")
    clock.now += timedelta(hours=1)
    await audit.record(KIM, "sync.reset", "MES.IV", "not_allowed")
    await audit.record("lee", "account.login", "lee", "wrong_sign_in")
    assert await found(audit) == ["account.login", "sync.reset", "sync.start"]
    assert await found(audit, actor="KIM") == ["sync.reset", "sync.start"]
    assert await found(audit, action="sync") == ["sync.reset", "sync.start"]
    assert await found(audit, action="sync.start") == ["sync.start"]
    assert await found(audit, result="failed") == ["account.login", "sync.reset"]
    assert await found(audit, result="ok", since=clock.now - timedelta(days=1)) == ["sync.start"]
    assert await found(audit, since=clock.now) == ["account.login", "sync.reset"]
    assert await found(audit, until=clock.now) == ["sync.start"]
    entries, total = await audit.find(AuditAsked(limit=1, offset=2))
    assert (total, entries[0].actor, entries[0].via, entries[0].address) == (3, "kim", "api", "10.0.0.1")


async def test_it_is_kept_for_its_days(audit: Audit, clock: Clock) -> None:
    await audit.record(KIM, "sync.start")
    clock.now += timedelta(days=29)
    await audit.record(KIM, "sync.cancel")
    await audit.sweep()
    assert await found(audit) == ["sync.cancel", "sync.start"]
    clock.now += timedelta(days=2)
    await audit.sweep()
    assert await found(audit) == ["sync.cancel"]


@pytest.mark.parametrize(
    "subject", ["'; DROP TABLE audit; --", "<script>", "\x1b[2Jcleared", "a\ud800b", "한글 표", "x" * 10_000, "%"]
)
async def test_a_hostile_subject_is_only_text(audit: Audit, subject: str) -> None:
    await audit.record(KIM, "sql.run", subject)
    (entry,), _ = await audit.find(AuditAsked())
    assert "\x1b" not in entry.subject
    assert len(entry.subject) <= LONGEST
    assert entry.subject[:4] == subject[:4].replace("\x1b", "\N{REPLACEMENT CHARACTER}").replace("\ud800", "?")


async def test_a_filter_is_a_value_not_a_pattern_of_others(audit: Audit) -> None:
    await audit.record(KIM, "sync.start")
    assert await found(audit, actor="' OR 1=1 --") == []
    assert await found(audit, action="%") == []


async def test_what_a_foreign_page_repeats_is_one_line_a_minute(audit: Audit, clock: Clock) -> None:
    for second in range(90):
        clock.now += timedelta(seconds=1)
        await audit.record_refusal(KIM, "guard.foreign_page", f"https://{second}.evil.example", "foreign_origin")
    assert (await audit.find(AuditAsked()))[1] == 2
