"""Transactions: their numbers on row versions, row locks, waiting, deadlocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.demo.engine.clock import UNCOMMITTED
from app.demo.engine.errors import ora
from app.demo.engine.objects import Table

STATEMENTS = 1 << 20  # statements that one transaction's numbers have room for


@dataclass
class Transaction:
    """An open transaction: its row versions carry ``low`` … ``high``."""

    number: int
    sid: int
    statement: int = 0
    tables: dict[int, Table] = field(default_factory=dict)
    savepoints: dict[str, int] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    waits_for: Transaction | None = None
    locked: set[int] = field(default_factory=set)
    lock_tables: set[int] = field(default_factory=set)

    @property
    def low(self) -> int:
        """The first number of its row versions."""
        return UNCOMMITTED + self.number * STATEMENTS

    @property
    def high(self) -> int:
        """The last."""
        return self.low + STATEMENTS - 1

    def mark(self) -> int:
        """A fresh number for one statement's row versions."""
        self.statement += 1
        return self.low + self.statement


class Transactions:
    """All open transactions and the rows they have locked without changing."""

    def __init__(self) -> None:
        self.open: dict[int, Transaction] = {}
        self.rows: dict[int, Transaction] = {}
        self._next = 0
        self._lock = threading.Lock()

    def begin(self, sid: int) -> Transaction:
        """A new transaction."""
        with self._lock:
            self._next += 1
            made = Transaction(self._next, sid)
            self.open[made.number] = made
            return made

    def end(self, done: Transaction) -> None:
        """It is over: who waits may go on."""
        with self._lock:
            self.open.pop(done.number, None)
            for row in done.locked:
                self.rows.pop(row, None)
        done.ended.set()

    def of(self, mark: int) -> Transaction | None:
        """Whose row version that is; None when it is committed."""
        return self.open.get((mark - UNCOMMITTED) // STATEMENTS) if mark >= UNCOMMITTED else None

    def blocker(self, mine: Transaction, marks: Iterable[int], rows: Iterable[int]) -> Transaction | None:
        """Another open transaction that holds one of these row versions or rows."""
        for mark in marks:
            other = self.of(mark)
            if other is not None and other is not mine:
                return other
        if self.rows:
            for row in rows:
                other = self.rows.get(row)
                if other is not None and other is not mine:
                    return other
        return None

    def wait(self, mine: Transaction, other: Transaction, seconds: float | None, cancelled: Callable[[], bool]) -> None:
        """Until ``other`` ends. Raises ORA-00060 in a circle, ORA-00054 / 30006 when time is up, ORA-01013."""
        if seconds == 0:
            raise ora(54)
        with self._lock:
            seen: Transaction | None = other
            while seen is not None:
                if seen is mine:
                    raise ora(60)
                seen = seen.waits_for
            mine.waits_for = other
        until = None if seconds is None else time.monotonic() + seconds
        try:
            while not other.ended.wait(0.05):
                if cancelled():
                    raise ora(1013)
                if until is not None and time.monotonic() > until:
                    raise ora(30006)
        finally:
            mine.waits_for = None
