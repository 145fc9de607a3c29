"""What the process counts and measures, in Prometheus' form."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
RUN_SECONDS = (0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600)
DELAYS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
LOOK = 0.25  # seconds between two looks at the loop's delay


class Metrics:
    """Every figure of one process, in a registry of its own. Cheap to feed; ``text`` is for the scraper."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self.runs = Counter("merganser_runs", "Finished sync runs.", ("type", "state"), registry=own)
        self.rows = Counter("merganser_rows", "Rows read from Oracle.", ("table",), registry=own)
        self.run_seconds = Histogram(
            "merganser_run_seconds", "How long a sync run took.", ("type",), buckets=RUN_SECONDS, registry=own
        )
        self.queued = Gauge("merganser_runs_queued", "Sync runs that wait for a place.", registry=own)
        self.active = Gauge("merganser_runs_active", "Sync runs that read, write or are paused.", registry=own)
        self.freshness = Gauge(
            "merganser_table_freshness_seconds", "Age of a table's newest data.", ("table",), registry=own
        )
        self.late = Gauge("merganser_table_late", "1 when a table is past its limit.", ("table",), registry=own)
        self.table_rows = Gauge("merganser_table_rows", "Rows of a table.", ("table",), registry=own)
        self.sockets = Gauge("merganser_sockets", "Open WebSockets.", registry=own)
        self.loop_delay = Histogram(
            "merganser_loop_delay_seconds", "How late the event loop is.", buckets=DELAYS, registry=own
        )
        self.http = Counter("merganser_http_requests", "Answers.", ("method", "route", "status"), registry=own)
        self.http_seconds = Histogram(
            "merganser_http_seconds", "Time to an answer.", ("method", "route"), buckets=HTTP_SECONDS, registry=own
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """One HTTP answer; ``route`` is the pattern, never the address, so that names cannot flood the registry."""
        self.http.labels(method, route, str(status)).inc()
        self.http_seconds.labels(method, route).observe(seconds)

    def finished(self, kind: str, state: str, table: str, rows: int, seconds: float) -> None:
        """One finished run."""
        self.runs.labels(kind, state).inc()
        self.rows.labels(table).inc(rows)
        self.run_seconds.labels(kind).observe(seconds)

    def tables(self, found: Iterable[tuple[str, int, float | None, bool]]) -> None:
        """Every table there is now: name, rows, seconds since its newest data, whether it is late."""
        for gauge in (self.table_rows, self.freshness, self.late):
            gauge.clear()
        for name, rows, seconds, late in found:
            self.table_rows.labels(name).set(rows)
            self.late.labels(name).set(late)
            if seconds is not None:
                self.freshness.labels(name).set(seconds)

    async def watch_loop(self) -> None:
        """Measure how late the running loop wakes us, until cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK)
            self.loop_delay.observe(max(0.0, time.monotonic() - before - LOOK))

    def text(self) -> bytes:
        """The exposition format, version 0.0.4."""
        return generate_latest(self._registry)
