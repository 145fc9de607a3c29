"""When a cron expression is due: time zones, daylight saving, quiet hours. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from app.errors import BadSchedule

COUNTED = 1000  # misses beyond this are not told apart


@dataclass(frozen=True)
class Quiet:
    """Hours that scheduled syncs leave alone, on the wall clock of ``zone``: ``08:00-09:30, 23:00-01:00``."""

    text: str
    zone: ZoneInfo

    def spans(self) -> list[tuple[time, time]]:
        """The spans as (from, to); raises BadSchedule that says what is wrong."""
        found = []
        for part in filter(None, map(str.strip, self.text.split(","))):
            match = re.fullmatch(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", part)
            try:
                hours = [int(n) for n in match.groups()] if match else []
                found.append((time(hours[0], hours[1]), time(hours[2], hours[3])))
            except (ValueError, IndexError):
                raise BadSchedule(reason=f"{part!r} is no span of hours such as 08:00-09:30") from None
        return found

    def end(self, moment: datetime) -> datetime:
        """``moment``, or the end of the quiet hours it falls into."""
        local = moment.astimezone(self.zone)
        for since, until in self.spans():
            days = _quiet_days(local.time(), since, until)
            if days is not None:
                over = datetime.combine(local.date() + timedelta(days=days), until, tzinfo=self.zone)
                return over.astimezone(UTC)
        return moment


def _quiet_days(at: time, since: time, until: time) -> int | None:
    """Days from the day of ``at`` to the end of the span it falls into, None when it falls into none."""
    if since <= until:
        return 0 if since <= at < until else None
    return 1 if at >= since else 0 if at < until else None  # past midnight


def checked(cron: str, zone: str, now: datetime) -> str:
    """``cron`` in its plain form. Raises BadSchedule with the reason when it cannot be read or never comes."""
    if cron.startswith("@"):
        raise BadSchedule(reason=f"{cron} is not understood here; write five fields, such as 0 2 * * *")
    plain = " ".join(cron.split())
    if next(_moments(plain, zone, now), None) is None:
        raise BadSchedule(reason=f"{plain} never comes")
    return plain


def upcoming(cron: str, zone: str, after: datetime, quiet: Quiet, count: int = 5) -> list[datetime]:
    """The next ``count`` moments after ``after``, in UTC.

    A moment in the quiet hours moves to their end; several that move there are one. On the day the clocks go forward
    a time that does not exist is taken when the clock passes it; on the day they go back a time that comes twice is
    taken once (five fields, and six whose seconds are 0; as Debian's cron).
    """
    return list(islice(_distinct(quiet.end(due) for due in _moments(cron, zone, after)), count))


def missed(cron: str, zone: str, due: datetime, now: datetime) -> int:
    """How often it was due from ``due`` up to ``now``, ``due`` itself included (counted up to 1000)."""
    later = islice(_moments(cron, zone, due), COUNTED)
    return 1 + sum(1 for _ in takewhile(lambda moment: moment <= now, later))


def _moments(cron: str, zone: str, after: datetime) -> Iterator[datetime]:
    # Seconds of 0 mean the same as five fields, but CronSim treats daylight saving well for five alone.
    fields = cron.split()
    spec = " ".join(fields[1:]) if len(fields) == 6 and fields[0] == "0" else cron
    try:
        ticks = CronSim(spec, after.astimezone(ZoneInfo(zone)))
    except (CronSimError, ValueError, AssertionError) as error:
        raise BadSchedule(reason=f"{cron}: {error or 'a field cannot be read'}") from None
    last = after
    for tick in ticks:
        due = tick.astimezone(UTC)
        if due > last:  # where clocks go back CronSim may step behind the moment it was asked about
            last = due
            yield due


def _distinct(moments: Iterator[datetime]) -> Iterator[datetime]:
    last = None
    for moment in moments:
        if moment != last:
            yield moment
        last = moment
