"""The words of the overview: what the history is asked, and what the dashboard shows of a table."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from app.schemas.envelope import Model, Question
from app.schemas.sync import Proof, State, SyncRun, SyncType

Day = Literal["none", "ok", "warn", "bad"]  # what a table's runs of one day came to: the worst of them
Standing = Literal["late", "failed", "never", "fresh"]


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class RunsAsked(Question):
    """The history's filters, as the address carries them; a form sends what was not chosen as an empty text."""

    target: Annotated[str | None, BeforeValidator(_none_if_empty)] = None
    state: Annotated[State | None, BeforeValidator(_none_if_empty)] = None
    type: Annotated[SyncType | None, BeforeValidator(_none_if_empty)] = None
    offset: int = Field(0, ge=0)
    table: str = ""  # chosen in the start form

    @property
    def filtered(self) -> bool:
        return any((self.target, self.state, self.type, self.offset))


class Past(Model):
    """What a table's runs of the last days came to."""

    days: list[Day]  # the oldest first, today last
    rates: list[float]  # rows a second of the newest succeeded runs, the oldest first


class TableLine(Model):
    """One table on the dashboard."""

    name: str
    source: str | None
    target: bool  # whether it is synced, or only lies in the file
    enabled: bool = True
    rows: int | None = None  # None: it has never been synced
    bytes: int | None = None
    synced_at: datetime | None = None
    standing: Standing
    last: SyncRun | None = None  # the newest finished run
    running: bool = False
    proof: Proof | None = None
    past: Past


class Overview(Model):
    """The dashboard's tables, those that need care first."""

    tables: list[TableLine]
