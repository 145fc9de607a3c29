"""The session that was given back last, kept a while for whoever asks next: a login costs Oracle a process."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.errors import OracleCancelled
from app.oracle.patience import patiently
from app.oracle.session import Session

KEPT = 30.0  # seconds: a line of tables logs in once, and a database at rest is left alone
ANSWER = 2.0  # seconds it gets to show that it is still there; a new login is tried then


class Spare:
    """At most one idle session. Any thread may call; every session that is not kept is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._expiry: threading.Timer | None = None

    def take(self, gives_up: Callable[[], bool]) -> Session | None:
        """The kept session, if there is one and Oracle answers on it. Raises OracleCancelled."""
        session = self._replace(None)
        if session is None:
            return None
        session = session.handed_over(gives_up)
        try:
            patiently(session.ping, gives_up, seconds=ANSWER)
        except OracleCancelled:
            session.close()
            raise
        except Exception:  # cut while it was idle; a new login tells what is wrong, if something is
            session.close()
            return None
        return session

    def put(self, session: Session) -> None:
        """Keep the session in place of an older one, unless it cannot be used again."""
        kept = session if _at_rest(session) else None
        older = self._replace(kept) if kept else session
        if older is not None:
            older.close()

    def close(self) -> None:
        """Close the session that is kept."""
        session = self._replace(None)
        if session is not None:
            session.close()

    def _replace(self, session: Session | None) -> Session | None:
        """Keep this one from now on; what was kept until now."""
        with self._lock:
            older, self._session = self._session, session
            if self._expiry:
                self._expiry.cancel()
            self._expiry = self._close_later(session) if session else None
        return older

    def _close_later(self, session: Session) -> threading.Timer:
        timer = threading.Timer(KEPT, self._expire, [session])
        timer.daemon = True
        timer.start()
        return timer

    def _expire(self, session: Session) -> None:
        with self._lock:
            if self._session is not session:  # it was taken meanwhile
                return
            self._session = None
        session.close()


def _at_rest(session: Session) -> bool:
    try:
        return patiently(session.rest, lambda: False, seconds=ANSWER)
    except Exception:  # whatever it is: its user has done with it, and must not fail for it
        return False
