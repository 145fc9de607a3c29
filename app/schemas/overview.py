"""The words of the overview: what the history is asked, and what the dashboard shows of a table."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator

from app.schemas.envelope import Model, Offset, Question
from app.schemas.sync import Proof, State, SyncRun, SyncType

Day = Literal["none", "ok", "warn", "bad"]  # what a table's runs of one day came to: the worst of them
Standing = Literal["late", "failed", "never", "fresh", "off", "loose"]  # loose: nobody syncs it


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


class RunsAsked(Question):
    """The history's filters, as the address carries them; a form sends what was not chosen as an empty text."""

    target: Annotated[str | None, BeforeValidator(_none_if_empty)] = None
    state: Annotated[State | None, BeforeValidator(_none_if_empty)] = None
    type: Annotated[SyncType | None, BeforeValidator(_none_if_empty)] = None
    offset: Offset = 0
    table: str = ""  # chosen in the start form

    @property
    def filtered(self) -> bool:
        return any((self.target, self.state, self.type, self.offset))


class Past(Model):
    """What a table's runs of the last days came to."""

    days: list[Day]  # the oldest first, today last
    rates: list[float] = []  # rows a second of the newest succeeded runs, the oldest first


class TableLine(Model):
    """One table on the dashboard."""

    name: str
    source: str | None = None
    target: bool  # whether it is synced, or only lies in the file
    keyed: bool = False  # whether it can be reconciled
    rows: int | None = None  # None: it is not there yet
    bytes: int | None = None
    synced_at: datetime | None = None
    late_after_seconds: int | None = None
    standing: Standing
    last: SyncRun | None = None  # the newest finished run, tests left out
    running: bool = False
    proof: Proof | None = None
    past: Past

    @property
    def differs(self) -> bool:
        """Its last good run found other totals in Oracle."""
        return self.standing not in {"failed", "never"} and self.proof is not None and self.proof.differs

    @property
    def needs_care(self) -> bool:
        return self.standing in {"late", "failed", "never"} or self.differs
