"""Publish and listen inside the process: a bounded queue per listener that keeps the newest."""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """``topic`` is a feature ("sync", "jobs"), ``kind`` the message's type, ``data`` a schema or plain dict."""

    topic: str
    kind: str
    data: Any


class Listener:
    """One reader's queue. Iterate it; when ``lagged`` is set, events were lost: read a fresh snapshot and clear it."""

    def __init__(self, topics: frozenset[str], limit: int) -> None:
        self.topics, self.limit, self.lagged = topics, limit, False
        self._pending: OrderedDict[Hashable, Event] = OrderedDict()
        self._serial = itertools.count()
        self._wake = asyncio.Event()

    def put(self, event: Event, key: Hashable | None) -> None:
        slot = next(self._serial) if key is None else (event.topic, key)
        self._pending.pop(slot, None)  # a newer message of the same key takes a place at the end
        self._pending[slot] = event
        if len(self._pending) > self.limit:
            self._pending.popitem(last=False)
            self.lagged = True
        self._wake.set()

    async def get(self) -> Event:
        while not self._pending:
            self._wake.clear()
            await self._wake.wait()
        return self._pending.popitem(last=False)[1]

    def drain(self) -> list[Event]:
        """What is waiting now, oldest first."""
        waiting, self._pending = list(self._pending.values()), OrderedDict()
        return waiting

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            yield await self.get()


class Hub:
    """Everything that happens, told to whoever listens. ``publish`` never waits and never fails for a slow reader."""

    def __init__(self, limit: int = 256) -> None:
        self._limit = limit
        self._listeners: set[Listener] = set()

    def publish(self, event: Event, key: Hashable | None = None) -> None:
        """Tell all listeners, on the loop's thread. With ``key`` an unread older event of that key is replaced."""
        for listener in self._listeners:
            if event.topic in listener.topics:
                listener.put(event, key)

    @contextmanager
    def listen(self, *topics: str) -> Iterator[Listener]:
        listener = Listener(frozenset(topics), self._limit)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def __len__(self) -> int:
        return len(self._listeners)
