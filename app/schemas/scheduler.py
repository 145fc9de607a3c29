"""The schedule as both doors show it: jobs, their next moments, what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from app.schemas.envelope import Model, Question
from app.schemas.sync import Columns, State, SyncType

Missed = Literal["run_once", "skip"]
Trigger = Literal["schedule", "missed", "manual"]
JobState = Literal["running", "succeeded", "failed", "interrupted", "missed"]
Cron = Annotated[
    str, Field(min_length=1, max_length=120, description="Five fields, or six with the seconds first: `0 2 * * *`.")
]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Targets = Annotated[
    Columns, Field(min_length=1, max_length=500, description="DuckDB names of targets; `*` is every enabled one.")
]


class JobNew(Question):
    """A new job: ``cron``, or ``hour`` and ``minute`` for once a day."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["cron"]}, {"required": ["hour"]}]})

    name: Name | None = None
    cron: Cron | SkipJsonSchema[None] = None
    hour: Annotated[int, Field(ge=0, le=23)] | SkipJsonSchema[None] = None
    minute: Annotated[int, Field(ge=0, le=59)] | SkipJsonSchema[None] = None
    timezone: str | None = None
    targets: Targets = ["*"]
    sync_type: SyncType = SyncType.INCREMENTAL
    enabled: bool = True
    missed: Missed = "run_once"

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> Self:
        if (self.cron is None) == (self.hour is None):
            raise ValueError("give either cron or hour and minute")
        if self.cron is not None and self.minute is not None:
            raise ValueError("minute belongs to hour, not to cron")
        return self


class JobFields(Question):
    """What of a job can be changed; what is left out stays."""

    name: Name | None = None
    cron: Cron | None = None
    timezone: str | None = None
    targets: Targets | None = None
    sync_type: SyncType | None = None
    enabled: bool | None = None
    missed: Missed | None = None


class JobStep(Model):
    """One table of a job's run."""

    target: str
    sync_id: str | None = None  # None: it could not be started
    state: State
    error: str | None = None


class JobRun(Model):
    """One execution of a job."""

    due_at: datetime
    started_at: datetime
    finished_at: datetime | None = None
    trigger: Trigger
    state: JobState
    steps: list[JobStep] = []


class Job(Model):
    """A stored job. ``next_runs`` are its next five moments, none while it is disabled."""

    id: str
    name: str
    cron: str
    timezone: str
    targets: list[str]
    sync_type: SyncType
    enabled: bool
    missed: Missed
    running: bool = False
    next_run: datetime | None = None
    next_runs: list[datetime] = []
    last_run: JobRun | None = None
    overlaps: int = 0  # times it was due while it still ran, and was left out
    misses: int = 0  # times it was due while nothing ran here
    created_at: datetime
    created_by: str


class SchedulerStatus(Model):
    running: bool
    timezone: str
    quiet_hours: str = ""
    jobs: list[Job]
