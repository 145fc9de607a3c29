"""What the runs of the last days came to, table by table: a state a day, and how fast the newest were."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.schemas.overview import Day, Past
from app.schemas.sync import State
from app.store import Row, Store

DAYS = 14
RATES = 12  # points of a sparkline
# The state beside max() is that of the row with the maximum: SQLite promises so for a lone min or max.
BY_DAY = """
SELECT target, CAST(julianday(?1) - julianday(date(queued_at, ?2)) AS INTEGER) AS ago,
    max(queued_at) AS newest, state, sum(state IN ('failed', 'interrupted')) AS broken
FROM runs WHERE queued_at >= ?3 AND finished_at IS NOT NULL AND type <> 'test' GROUP BY target, ago
"""
FASTEST = """
SELECT target, json_extract(body, '$.progress.rows_per_second') AS rate FROM runs WHERE sync_id IN (
    SELECT sync_id FROM (
        SELECT sync_id, row_number() OVER (PARTITION BY target ORDER BY queued_at DESC) AS place
        FROM runs WHERE queued_at >= ? AND state = 'succeeded' AND type NOT IN ('test', 'verify')
    ) WHERE place <= ?
) ORDER BY queued_at
"""


async def of_tables(store: Store, now: datetime, zone: ZoneInfo) -> dict[str, Past]:
    """By the table's folded name; days begin where ``zone`` says."""
    here = now.astimezone(zone)
    since = (here - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    offset = f"{round((here.utcoffset() or timedelta()).total_seconds()):+d} seconds"
    first = since.astimezone(now.tzinfo).isoformat()
    days: dict[str, list[Day]] = defaultdict(lambda: ["none"] * DAYS)
    for row in await store.rows(BY_DAY, here.date().isoformat(), offset, first):
        if 0 <= row["ago"] < DAYS:
            days[row["target"]][DAYS - 1 - row["ago"]] = _day(row)
    rates: dict[str, list[float]] = defaultdict(list)
    for row in await store.rows(FASTEST, first, RATES):
        rates[row["target"]].append(float(row["rate"] or 0))
    return {target: Past(days=days[target], rates=rates[target]) for target in days.keys() | rates.keys()}


def _day(row: Row) -> Day:
    """Good when all was well; a warning when it got well again; bad when the day's last run failed."""
    if row["state"] in (State.FAILED, State.INTERRUPTED):
        return "bad"
    return "warn" if row["broken"] or row["state"] == State.CANCELLED else "ok"
