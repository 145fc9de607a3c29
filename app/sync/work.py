"""One run, from its first question to Oracle to its last CHECKPOINT, in one thread."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import RunInterrupted
from app.oracle import Oracle
from app.schemas.sync import SyncStart, Target
from app.sync.control import Control
from app.sync.report import Report
from app.warehouse import Warehouse


@dataclass(frozen=True)
class Job:
    """All a run needs. ``target`` holds the request's values already."""

    target: Target
    body: SyncStart
    report: Report
    control: Control
    oracle: Oracle
    warehouse: Warehouse


def perform(job: Job) -> None:
    """Do the run; its rows are committed, or nothing is. Raises AppError or Stopped."""
    job.control.check()
    raise RunInterrupted(reason="this step is being built")
