"""What a run's thread obeys: pause, resume, and being stopped within a second wherever it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from app.schemas.sync import State

Reason = Literal[State.CANCELLED, State.INTERRUPTED]


class Stopped(Exception):
    """The run was told to stop; ``state`` is what it becomes."""

    def __init__(self, state: Reason) -> None:
        super().__init__(state)
        self.state = state


class Control:
    """Asked by the run's threads at every step and between batches; told by the loop's thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._reason: Reason | None = None
        self._paused = False
        self._breaks: list[Callable[[], None]] = []

    @property
    def stopped(self) -> bool:
        return self._reason is not None

    @property
    def free(self) -> bool:
        """Whether the run may go on this moment."""
        return self._reason is None and not self._paused

    @property
    def reason(self) -> Reason | None:
        """What the run was told to become, if it was told to stop."""
        return self._reason

    def check(self) -> None:
        """Return when the run may go on; wait while it is paused. Raises Stopped."""
        with self._changed:
            while self._paused and self._reason is None:
                self._changed.wait()
            if self._reason is not None:
                raise Stopped(self._reason)

    def wait(self, seconds: float) -> None:
        """A pause before another try. Raises Stopped at once when told to."""
        with self._changed:
            self._changed.wait_for(lambda: self._reason is not None, seconds)
        self.check()

    def pause(self) -> None:
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def stop(self, reason: Reason) -> None:
        """Make the run end: break the call to Oracle and the SQL in DuckDB that it waits for."""
        with self._changed:
            self._reason = self._reason or reason
            self._changed.notify_all()
            breaks = list(self._breaks)
        for each in breaks:
            each()

    @contextmanager
    def insisting(self, how: Callable[[], None]) -> Iterator[None]:
        """While inside, ``stop`` also calls ``how``, again and again until this is left, and never after.

        DuckDB forgets an interrupt that comes between two statements.
        """
        left = threading.Event()
        thread = threading.Thread(target=self._insist, args=(how, left), name="stop", daemon=True)
        thread.start()
        try:
            self.check()
            yield
        finally:
            left.set()
            with self._changed:
                self._changed.notify_all()
            thread.join()

    def _insist(self, how: Callable[[], None], left: threading.Event) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._reason is not None or left.is_set())
        while not left.wait(0.05):
            how()

    @contextmanager
    def breaking(self, how: Callable[[], None]) -> Iterator[None]:
        """While inside, ``stop`` also calls ``how``."""
        with self._changed:
            self._breaks.append(how)
        try:
            self.check()
            yield
        finally:
            with self._changed:
                self._breaks.remove(how)
