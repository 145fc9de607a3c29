"""The database's clock and its system change numbers, and which moment each number stands for."""

from __future__ import annotations

import bisect
import threading
import time

from app.demo.engine.codec.moment import SECOND
from app.demo.engine.errors import ora

UNCOMMITTED = 1 << 61  # row versions of open transactions carry numbers from here on
ALIVE = 1 << 62  # no one has deleted this row version
FIRST_SCN = 4_812_300


class Clock:
    """``now()`` in nanoseconds since 1970 UTC, shifted by ``shift`` for tests; the SCN grows with every commit."""

    def __init__(self) -> None:
        self.shift = 0
        self._lock = threading.Lock()
        self.scn = FIRST_SCN
        self.started = self.now()
        self._numbers = [FIRST_SCN - 1, FIRST_SCN]
        self._times = [self.started - 3600 * SECOND, self.started]

    def now(self) -> int:
        """The moment, UTC."""
        return time.time_ns() // 1000 * 1000 + self.shift

    def advance(self) -> int:
        """The next SCN, for a commit."""
        with self._lock:
            self.scn += 1
            self._numbers.append(self.scn)
            self._times.append(max(self.now(), self._times[-1]))
            return self.scn

    def at_time(self, nanos: int) -> int:
        """The SCN that was current then. Raises ORA-08180 for a time before the database or after now."""
        if nanos > self.now() + SECOND or nanos < self._times[0]:
            raise ora(8180)
        with self._lock:
            return self._numbers[max(0, bisect.bisect_right(self._times, nanos) - 1)]

    def time_of(self, scn: int) -> int:
        """When that SCN was. Raises ORA-08181."""
        with self._lock:
            if not self._numbers[0] <= scn <= self.scn:
                raise ora(8181)
            return self._times[bisect.bisect_right(self._numbers, scn) - 1]
