"""Connections to Oracle: thin or thick, at most so many at once, each set up the same way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import oracledb

from app.config import Settings
from app.errors import AppError, OracleCancelled, OracleNotConfigured, OracleThickFailed
from app.oracle.check import Check, look
from app.oracle.failures import first_line, translated
from app.oracle.patience import patiently
from app.oracle.session import Session
from app.oracle.spare import Spare

LOGIN_SECONDS = 60  # the driver waits for a login without end; Oracle itself gives one so long
_mode = threading.Lock()  # the driver's mode belongs to the process


class Oracle:
    """The Oracle of the settings. Everything here blocks: call it in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._slots = threading.BoundedSemaphore(settings.oracle_sessions)
        self._spare = Spare()

    @property
    def configured(self) -> bool:
        return self._settings.oracle_configured

    @contextmanager
    def session(self, action: str = "", gives_up: Callable[[], bool] = lambda: False) -> Iterator[Session]:
        """A connection of one's own; waits while all allowed sessions are in use.

        It may be the one that somebody gave back less than half a minute ago. ``action`` is what a DBA sees in
        V$SESSION; ``gives_up`` is asked while waiting. Raises OracleNotConfigured, OracleAway, OracleRefused,
        OracleNeedsThick, OracleThickFailed, OracleCancelled.
        """
        if not self.configured:
            raise OracleNotConfigured()
        while not self._slots.acquire(timeout=0.2):
            if gives_up():
                raise OracleCancelled()
        try:
            with self._connection(action, gives_up) as session:
                yield session
        finally:
            self._slots.release()

    @contextmanager
    def _connection(self, action: str, gives_up: Callable[[], bool]) -> Iterator[Session]:
        session = self._spare.take(gives_up) or self._log_in(gives_up)
        try:
            session.name(action)
            yield session
        except BaseException:
            session.close()
            raise
        self._spare.put(session)

    def answers(self, seconds: float) -> bool:
        """Whether Oracle lets us in within so many seconds; where every allowed session is at work it does."""
        if not self._slots.acquire(blocking=False):
            return True
        begun = time.monotonic()
        try:
            with self._connection("health", lambda: time.monotonic() - begun > seconds):
                return True
        except AppError:
            return False
        finally:
            self._slots.release()

    def close(self) -> None:
        """Log off where nobody works; a session that is in use is left to its user."""
        self._spare.close()

    def check(self) -> Check:
        """What this Oracle is and what the login may do there. Raises as ``session`` does."""
        with self.session("check") as session:
            return look(session, self._settings.oracle_user)

    def _log_in(self, gives_up: Callable[[], bool]) -> Session:
        limit = min(LOGIN_SECONDS, self._settings.oracle_call_timeout)
        session = patiently(lambda: self._connect(gives_up), gives_up, Session.close, limit)
        try:
            session.set_up()
        except BaseException:
            session.close()
            raise
        return session

    def _connect(self, gives_up: Callable[[], bool]) -> Session:
        self._choose_mode()
        settings = self._settings
        try:
            connection = oracledb.connect(
                user=settings.oracle_user,
                password=settings.oracle_password.get_secret_value(),
                dsn=settings.dsn,
                config_dir=str(settings.tns_admin) if settings.tns_admin else None,
                sdu=65535,
                tcp_connect_timeout=min(20.0, float(settings.oracle_call_timeout)),
                stmtcachesize=0,  # a cached statement keeps the types of its first fetch, whatever is asked later
                program="merganser",
            )
        except (oracledb.Error, OSError) as error:
            raise translated(error, settings.oracle_user) from error
        return Session(connection, settings.oracle_user, gives_up, settings.oracle_call_timeout)

    def _choose_mode(self) -> None:
        """Thick mode must be chosen before the process's first connection (python-oracledb: "Enabling Thick mode")."""
        if self._settings.oracle_mode == "thin":
            return
        folder = self._settings.oracle_client_lib_dir
        with _mode:
            try:
                oracledb.init_oracle_client(lib_dir=str(folder) if folder else None)
            except oracledb.Error as error:
                raise OracleThickFailed(reason=first_line(error)) from error
