"""The time door: rings the Scheduler when a job is due, with aiocron inside the running loop.

aiocron reads the wall clock once, when it starts, and has no guard of its own. So it is asked for one moment only,
the next one that is due, and armed anew after each ring, after each change of a job, and every minute, in which a
clock that was set or a machine that slept is noticed. What is due, and that it is taken once, the Scheduler decides.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from aiocron import Cron

from app.scheduler.service import EARLY, Scheduler

log = logging.getLogger(__name__)


class Clock:
    """Rings ``scheduler``. Make it inside the running loop, with the scheduler's own ``now``."""

    def __init__(self, scheduler: Scheduler, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._scheduler, self._now = scheduler, now
        self._alarm: Cron | None = None
        self._minute = self._cron("* * * * *", self.arm)
        self._ringing: asyncio.Task[None] | None = None
        self._again = False

    def start(self) -> None:
        self._minute.start()
        self.arm()

    async def close(self) -> None:
        """No ring begins after this; one that is under way is over."""
        self._minute.stop()
        self._disarm()
        self._again = False
        if self._ringing is not None:
            await asyncio.wait({self._ringing})
        self._disarm()

    @property
    def alive(self) -> bool:
        """Whether the minute hand moves."""
        return self._minute.handle is not None

    def arm(self) -> None:
        """Set the alarm to the next moment that is due; ring at once when that is now or past."""
        self._disarm()
        due = self._scheduler.next_due()
        if due is None or not self.alive:
            return
        wait = due - self._now()
        if wait <= EARLY:
            self._ring()
        else:
            at = datetime.now(UTC) + wait  # as aiocron's clock shows it
            self._alarm = self._cron(f"{at.second} {at.minute} {at.hour} {at.day} {at.month} *", self.arm)
            self._alarm.start()

    def _cron(self, spec: str, ring: Callable[[], None]) -> Cron:
        return Cron(spec, ring, start=False, loop=asyncio.get_running_loop(), tz=UTC)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.stop()
            self._alarm = None

    def _ring(self) -> None:
        if self._ringing is None:
            self._ringing = asyncio.get_running_loop().create_task(self._tick(), name="clock")
            self._ringing.add_done_callback(self._rung)
        else:
            self._again = True

    async def _tick(self) -> None:
        try:
            await self._scheduler.tick()
        except Exception:  # the store may be away for a moment; the minute hand tries again
            log.exception("the scheduler could not be rung")

    def _rung(self, _: object) -> None:
        self._ringing = None
        if self._again:
            self._again = False
            self.arm()
