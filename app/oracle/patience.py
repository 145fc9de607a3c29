"""Waiting for Oracle without being held by it: a call that hangs in the network is left behind when one is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from app.errors import OracleAway, OracleCancelled

T = TypeVar("T")
GRACE = 0.3  # seconds a broken call gets to come back by itself


class Waited(Generic[T]):
    """One call in a thread of its own."""

    def __init__(self, work: Callable[[], T], late: Callable[[T], None]) -> None:
        self._work, self._late = work, late
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._left = False
        self._result: T | None = None
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name="oracle call", daemon=True).start()

    def over_within(self, seconds: float) -> bool:
        return self._done.wait(seconds)

    def _run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error
        with self._lock:
            self._done.set()
            left = self._left
        if left and self._error is None:
            self._late(self._result)  # type: ignore[arg-type]

    def result(self, gives_up: Callable[[], bool], seconds: float | None) -> T:
        begun = time.monotonic()
        while not self._done.wait(0.1):
            if gives_up() and not self._done.wait(GRACE) and self._leave():
                raise OracleCancelled()
            if seconds is not None and time.monotonic() - begun > seconds and self._leave():
                raise OracleAway(reason=f"no answer within {seconds:g} seconds")
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def _leave(self) -> bool:
        """Whether it is left behind; not when it has come back just now."""
        with self._lock:
            self._left = not self._done.is_set()
        return self._left


def patiently(
    work: Callable[[], T],
    gives_up: Callable[[], bool],
    late: Callable[[T], None] = lambda _: None,
    seconds: float | None = None,
) -> T:
    """``work()``, done in another thread; OracleCancelled as soon as ``gives_up()`` says so and it hangs.

    OracleAway after ``seconds``. A result that comes when nobody waits any more is given to ``late``.
    """
    return Waited(work, late).result(gives_up, seconds)
