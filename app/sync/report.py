"""What a run tells the world while its thread works: phases, rows, notes, log lines."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from app.schemas.sync import LogLine, Phase, Progress, SyncRun
from app.sync.runs import now

EVERY = 0.1  # seconds between two progress messages of one run


class Report:
    """The run as it stands now. Written by the run's thread, read by anyone; ``tell`` is called in that thread."""

    def __init__(
        self, run: SyncRun, tell_run: Callable[[SyncRun, str], None], tell_line: Callable[[str, LogLine], None]
    ) -> None:
        self._run, self._tell_run, self._tell_line = run, tell_run, tell_line
        self._lock = threading.Lock()
        self._begun = self._phase_begun = time.monotonic()
        self._told = 0.0

    @property
    def run(self) -> SyncRun:
        return self._run

    def change(self, **fields: Any) -> SyncRun:
        with self._lock:
            self._run = self._run.model_copy(update=fields)
            return self._run

    def begin(self) -> None:
        self._begun = self._phase_begun = time.monotonic()

    def phase(self, name: str) -> None:
        """A new phase begins; the one before is over."""
        seconds, self._phase_begun = time.monotonic() - self._phase_begun, time.monotonic()
        before = self._run.progress.phase
        phases = self._run.phases
        if before != "queued":
            phases = [*phases, Phase(name=before, seconds=round(seconds, 4))]
        self._progress(phase=name)
        self.change(phases=phases)
        self._tell()

    def rows(self, count: int, size: int = 0) -> None:
        """``count`` more rows have been read, ``size`` bytes."""
        was = self._run.progress
        self._progress(total_rows=was.total_rows + count, batch_rows=count, bytes=was.bytes + size)
        if time.monotonic() - self._told >= EVERY:
            self._tell()

    def restart(self) -> None:
        """Reading starts over: what was read does not count."""
        self._progress(total_rows=0, batch_rows=0, bytes=0)

    def expect(self, rows: int | None, chunks: int | None = None) -> None:
        self._progress(expected_rows=rows, chunks=chunks)

    def chunk(self, number: int) -> None:
        self._progress(chunk=number)

    def note(self, text: str) -> None:
        """A warning that stays with the run."""
        self.change(notes=[*self._run.notes, text])
        self.log(text, "warning")

    def log(self, message: str, level: Literal["info", "warning", "error"] = "info") -> None:
        self._tell_line(self._run.sync_id, LogLine(at=now(), level=level, message=message))

    def finish(self) -> None:
        """The last phase is over and everything has been read."""
        self.phase("done")
        self.change(progress=self._run.progress.model_copy(update={"percentage": 1.0, "eta": 0.0}))

    def _progress(self, **fields: Any) -> None:
        known = self._run.progress.model_copy(update=fields)
        self.change(progress=_timed(known, time.monotonic() - self._begun))

    def _tell(self) -> None:
        self._told = time.monotonic()
        self._tell_run(self._run, "progress")


def _timed(progress: Progress, elapsed: float) -> Progress:
    """With the figures that follow from rows and time; the percentage stays below 1 until the run is done."""
    rate = progress.total_rows / elapsed if elapsed > 0 else 0.0
    expected = progress.expected_rows
    share = min(0.99, progress.total_rows / expected) if expected else None
    eta = max(0.0, (expected - progress.total_rows) / rate) if expected and rate else None
    figures = {"elapsed_time": round(elapsed, 3), "rows_per_second": round(rate, 1), "percentage": share, "eta": eta}
    return progress.model_copy(update=figures)
