"""A ceiling on the process's memory while SQL of users runs: the last line against a value of many gigabytes.

DuckDB's memory_limit does not see a single huge value (``range(300000000)`` as a list took 15 GB), and an interrupt
does not reach it. Under the ceiling the allocation fails at once and only that statement ends.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import resource

UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
ROOM = 1_000_000_000  # above what DuckDB's buffers may grow to meanwhile


class MemoryGuard:
    """``with guard.held():`` lowers the soft limit on private memory; the last one out puts it back.

    Holds on Linux; elsewhere the static refusals of ``allowed`` stand alone.
    """

    def __init__(self, memory_limit: str) -> None:
        number = memory_limit.rstrip("iB KMGT")
        unit = memory_limit[len(number) :].strip()[:1]
        self.room = int(float(number) * UNITS.get(unit, 1)) + ROOM
        self._lock, self._inside = threading.Lock(), 0
        self._before: tuple[int, int] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._before = _lower(self.room)
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0 and self._before is not None:
                    _set(self._before)


def _lower(room: int) -> tuple[int, int] | None:
    """Set the limit ``room`` bytes above what is in use now; what it was before, or None where that cannot be."""
    if sys.platform != "linux":
        return None
    before = resource.getrlimit(resource.RLIMIT_DATA)
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    wanted = used + room
    if before[0] == resource.RLIM_INFINITY or wanted < before[0]:
        _set((wanted, before[1]))
    return before


def _set(limits: tuple[int, int]) -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_DATA, limits)
