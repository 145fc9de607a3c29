"""The clock rings at the right moment, whatever time does meanwhile. aiocron and the wall clock are the real ones."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

from app.clock import Clock


class Bell:
    """The Scheduler as the clock sees it: what is due next, and a tick."""

    def __init__(self, *due: datetime) -> None:
        self.due, self.rung, self.shift = list(due), [], timedelta()
        self.clock: Clock | None = None
        self.done = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def next_due(self) -> datetime | None:
        return min(self.due, default=None)

    async def tick(self) -> None:
        passed = [due for due in self.due if due <= self.now() + timedelta(seconds=0.2)]
        self.due = [due for due in self.due if due not in passed]
        self.rung += [self.now() - due for due in passed]
        if self.clock:
            self.clock.arm()
        if not self.due:
            self.done.set()


def whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) + timedelta(seconds=1)


async def ring(bell: Bell) -> Clock:
    bell.clock = Clock(bell, bell.now)  # type: ignore[arg-type]
    bell.clock.start()
    return bell.clock


async def test_it_rings_at_each_moment_that_is_due() -> None:
    first = whole(datetime.now(UTC))
    bell = Bell(first, first + timedelta(seconds=1))
    clock = await ring(bell)
    async with asyncio.timeout(5):
        await bell.done.wait()
    await clock.close()
    assert [abs(late.total_seconds()) < 0.4 for late in bell.rung] == [True, True]


async def test_what_is_past_rings_at_once() -> None:
    bell = Bell(datetime.now(UTC) - timedelta(hours=3))
    clock = await ring(bell)
    async with asyncio.timeout(1):
        await bell.done.wait()
    await clock.close()


async def test_a_blocked_loop_rings_once_for_all_that_passed() -> None:
    bell = Bell(whole(datetime.now(UTC)))
    clock = await ring(bell)
    time.sleep(2.2)  # noqa: ASYNC251 - this is the blocked loop
    async with asyncio.timeout(2):
        await bell.done.wait()
    await clock.close()
    assert len(bell.rung) == 1


async def test_a_clock_that_is_set_forward_is_noticed_when_the_minute_hand_moves() -> None:
    bell = Bell(datetime.now(UTC) + timedelta(hours=2))
    clock = await ring(bell)
    bell.shift = timedelta(hours=3)
    clock.arm()  # what the minute hand does
    async with asyncio.timeout(1):
        await bell.done.wait()
    await clock.close()


async def test_nothing_rings_after_it_was_closed() -> None:
    bell = Bell(datetime.now(UTC) + timedelta(hours=2))  # not so soon that it may ring before
    clock = await ring(bell)
    assert clock.alive
    await clock.close()
    assert not clock.alive
    bell.due = [datetime.now(UTC)]
    clock.arm()
    await asyncio.sleep(0)
    assert bell.rung == []
