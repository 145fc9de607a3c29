"""The fault switches: what shall go wrong on the wire, set by SQL and obeyed by the server.

The database half calls ``faults.set(name, *arguments)`` for ``CALL DEMO.FAULT(name, …)``; the wire half asks
at each place where something can break. Sessions of an exempt user (the admin) are never hit, except by a kill.

| name | arguments | what a client sees |
|---|---|---|
| refuse | [times=1, code=12516] | the listener refuses the connection |
| drop_at_connect | [times=1] | the connection is cut while it signs in |
| drop_at_execute | [times=1] | the connection is cut before a statement answers |
| drop_at_row | row, [times=1] | the connection is cut after that many rows of one statement |
| drop_at_last | [times=1] | the connection is cut inside the last packet of a query's rows |
| ora_at_row | row, code, text, [times=1] | ORA-code in the middle of a fetch |
| stall | [seconds] | nothing is sent for so long, or until cleared |
| crawl | bytes per second | everything is sent slowly until cleared |
| kill | sid | ORA-00028 at the session's next step, then the connection is closed |
| away | seconds | no listener and no connections for so long, then back |
| clear | | all of the above is over |
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from app.demo.boundary import OracleError

# The least and the most arguments of each fault.
ARGUMENTS = {
    "refuse": (0, 2),
    "drop_at_connect": (0, 1),
    "drop_at_execute": (0, 1),
    "drop_at_row": (1, 2),
    "drop_at_last": (0, 1),
    "ora_at_row": (3, 4),
    "stall": (0, 1),
    "crawl": (1, 1),
    "kill": (1, 1),
    "away": (1, 1),
    "clear": (0, 0),
}
ROW_FAULTS = ("drop_at_row", "ora_at_row")


class Dropped(ConnectionError):
    """A fault says that this connection ends here, without another byte."""


class Faults:
    """What is armed. Shared by all threads of the server.

    ``kill`` and ``away`` are done by the server, which puts its own functions there when it starts:
    ``kill(sid)`` answers whether there was such a session, ``away(seconds)`` returns at once.
    """

    def __init__(self, exempt: Iterable[str] = ()) -> None:
        self.exempt = {user.upper() for user in exempt}
        self.kill: Callable[[int], bool] = lambda _sid: False
        self.away: Callable[[float], None] = lambda _seconds: None
        self._armed: dict[str, list[str]] = {}
        self._left: dict[str, int] = {}
        self._changed = threading.Condition()
        self._stalled_until = 0.0

    def set(self, name: str, *arguments: object) -> None:
        """Arm one fault, or ``clear`` all. Arguments may be numbers or text.

        Raises OracleError 20000 for an unknown name, a wrong number of arguments or one that is no number.
        """
        name, words = name.lower(), [str(argument) for argument in arguments]
        least, most = ARGUMENTS.get(name, (-1, -1))
        if not least <= len(words) <= most:
            known = ", ".join(f"{each} ({low} to {high} arguments)" for each, (low, high) in ARGUMENTS.items())
            raise OracleError(20000, f"no fault '{name}' with {len(words)} arguments; there are: {known}")
        try:
            self._arm(name, words)
        except ValueError as error:
            raise OracleError(20000, f"fault '{name}': {error}") from error

    def _arm(self, name: str, words: list[str]) -> None:
        if name == "clear":
            self._clear()
        elif name == "kill":
            if not self.kill(int(words[0])):
                raise OracleError(30, "User session ID does not exist.")
        elif name == "away":
            self.away(_positive(words[0]))
        elif name == "stall":
            self._stall(_positive(words[0]) if words else float("inf"))
        else:
            self._switch_on(name, words)

    def _clear(self) -> None:
        with self._changed:
            self._armed.clear()
            self._left.clear()
            self._stalled_until = 0.0
            self._changed.notify_all()

    def _stall(self, seconds: float) -> None:
        with self._changed:
            self._stalled_until = time.monotonic() + seconds
            self._changed.notify_all()

    def _switch_on(self, name: str, words: list[str]) -> None:
        place = {"drop_at_row": 1, "ora_at_row": 3}.get(name, 0)
        times = 1 if len(words) <= place or name == "crawl" else int(words[place])
        if name in ROW_FAULTS or name == "crawl":
            _positive(words[0])
        if name == "ora_at_row":
            int(words[1])
        with self._changed:
            self._armed[name], self._left[name] = words, times

    def _hits(self, name: str, user: str | None) -> bool:
        return name in self._armed and (user is None or user.upper() not in self.exempt)

    def take(self, name: str, user: str | None = None) -> list[str] | None:
        """The arguments of an armed fault, which counts as done once; None when it is not armed for this user."""
        with self._changed:
            if not self._hits(name, user):
                return None
            self._left[name] -= 1
            return self._armed[name] if self._left[name] > 0 else self._armed.pop(name)

    def drop(self, name: str, user: str | None = None) -> None:
        """Raise Dropped when that fault is armed for this user."""
        if self.take(name, user) is not None:
            raise Dropped(name)

    def rows_until(self, user: str) -> int | None:
        """After how many rows of a statement a row fault strikes; None when none is armed for this user."""
        with self._changed:
            rows = [int(self._armed[name][0]) for name in ROW_FAULTS if self._hits(name, user)]
            return min(rows, default=None)

    def strike_at_row(self, sent: int, user: str) -> None:
        """Raise the row fault that is due once ``sent`` rows of a statement have gone out: Dropped or OracleError."""
        for name in ROW_FAULTS:
            with self._changed:
                due = self._hits(name, user) and int(self._armed[name][0]) <= sent
            words = self.take(name, user) if due else None
            if words is not None:
                raise Dropped(name) if name == "drop_at_row" else OracleError(int(words[1]), words[2])

    def pause(self, user: str, is_gone: Callable[[], bool]) -> None:
        """Return when nothing is stalled for this user any more, or its connection is gone."""
        if user.upper() in self.exempt:
            return
        with self._changed:
            while not is_gone() and (left := self._stalled_until - time.monotonic()) > 0:
                self._changed.wait(min(left, 0.2))

    def rate(self, user: str) -> float | None:
        """Bytes per second this user's connections may be sent; None for as fast as it goes."""
        with self._changed:
            return float(self._armed["crawl"][0]) if self._hits("crawl", user) else None


def _positive(word: str) -> float:
    number = float(word)
    if not number > 0:
        raise ValueError(f"{word} is not above 0")
    return number
