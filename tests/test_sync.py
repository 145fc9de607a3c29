"""Random histories: whatever happens in Oracle and on the way, what the sync promises holds after every run."""

import asyncio
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app import config
from app.schemas.sync import State
from tests.conftest import OracleAt
from tests.sync.conftest import Place, Source, opened

NOON = datetime(2026, 1, 2, 12)
LAG = 10
MINUTES = st.integers(-60, 60)
IDS = st.integers(1, 12)
STEP = st.one_of(
    st.tuples(st.just("insert"), MINUTES),
    st.tuples(st.just("insert"), st.none()),  # a row without a cursor value
    st.tuples(st.just("update"), IDS, MINUTES),
    st.tuples(st.just("delete"), IDS),
    st.tuples(st.just("column")),
    st.tuples(st.just("fault"), st.sampled_from(["drop_at_execute", "drop_at_connect", "drop_at_last"])),
    st.tuples(st.just("run"), st.sampled_from(["incremental", "incremental", "full", "reconcile"])),
)


class History:
    """One table, its changes in Oracle and the runs that follow them."""

    def __init__(self, source: Source, oracle_at: OracleAt, place: Place, keyed: bool) -> None:
        self.source, self.oracle_at, self.place, self.keyed = source, oracle_at, place, keyed
        key = " PRIMARY KEY" if keyed else ""
        self.table = source.table(f"id NUMBER(10){key}, v NUMBER, ts TIMESTAMP(6)", [(0, 1, NOON)])
        self.next, self.columns, self.fate = 1, 0, "clear"

    def there(self, condition: str = "1 = 1") -> list[tuple[Any, ...]]:
        with self.source.connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{self.table}" WHERE {condition} ORDER BY 1', fetch_decimals=True)
            return sorted(cursor.fetchall(), key=repr)

    async def here(self, condition: str = "true") -> list[tuple[Any, ...]]:
        rows = await self.place.warehouse.rows(f'SELECT * FROM "{self.table.lower()}" WHERE {condition}')
        return sorted(rows, key=repr)

    def insert(self, minutes: int | None) -> None:
        moment = None if minutes is None else NOON + timedelta(minutes=minutes)
        more = ", NULL" * self.columns
        self.source.run(f'INSERT INTO "{self.table}" VALUES (:1, :2, :3{more})', self.next, self.next / 4, moment)
        self.next += 1

    def update(self, number: int, minutes: int) -> None:
        moment = NOON + timedelta(minutes=minutes)
        self.source.run(f'UPDATE "{self.table}" SET v = v + 0.001, ts = :1 WHERE id = :2', moment, number)

    def delete(self, number: int) -> None:
        self.source.run(f'DELETE FROM "{self.table}" WHERE id = :1', number)

    def column(self) -> None:
        self.columns += 1
        self.source.run(f'ALTER TABLE "{self.table}" ADD c{self.columns} NUMBER(5)')

    def fault(self, name: str) -> None:
        """For the next run: our own connection must not be the one that is hit."""
        self.fate = name

    async def run(self, kind: str) -> None:
        if kind == "reconcile" and not self.keyed:
            kind = "full"
        before = await self.place.warehouse.rows(
            "SELECT value FROM _sync.watermarks WHERE name = ?", self.table.lower()
        )
        await asyncio.to_thread(self.oracle_at.fault, self.fate)
        run = await self.place.sync(self.table, kind, allow_shrink=True)
        await asyncio.to_thread(self.oracle_at.fault, "clear")
        self.fate = "clear"
        if run.state is not State.SUCCEEDED:
            assert not self.keyed, run.error
            assert run.error.code == "row_moved_back"
            return
        there, here = self.there(), await self.here()
        assert (run.proof.oracle_rows, run.proof.duckdb_rows) == (len(there), len(here))
        if kind != "incremental" or any("This was a full" in note for note in run.notes):
            assert sorted(map(_row, here), key=repr) == sorted(map(_row, there), key=repr)
        else:
            low = datetime.fromisoformat(before[0][0]) - timedelta(minutes=LAG)
            self.window_holds(low, here)
            assert (len(there) != len(here)) == any("rows differ" in note for note in run.notes)

    def window_holds(self, low: datetime, here: list[tuple[Any, ...]]) -> None:
        """Every row of the window is here, exactly, and once."""
        inside = [_row(row) for row in self.there() if row[2] is not None and row[2] >= low]
        ours = [_row(row) for row in here]
        assert [row for row in inside if ours.count(row) != inside.count(row)] == []


def _row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row as both sides write it; columns that are only here, or NULL, count alike."""
    values = [float(value) if hasattr(value, "as_tuple") or isinstance(value, int) else value for value in row]
    while values and values[-1] is None:
        values.pop()
    return tuple(values)


async def live_through(oracle_at: OracleAt, keyed: bool, steps: list[tuple[Any, ...]]) -> None:
    source = Source(oracle_at.connect())
    known = {"oracle_dsn": oracle_at.dsn, "oracle_user": oracle_at.user, "oracle_password": oracle_at.password}
    with tempfile.TemporaryDirectory() as folder:
        place = await opened(config.load(_env_file=None, data_dir=Path(folder), timezone="UTC", **known))
        try:
            history = History(source, oracle_at, place, keyed)
            await place.target(history.table, cursor="ts", lag_seconds=LAG * 60)
            await place.good(history.table, "full")
            for name, *values in [*steps, ("run", "full")]:
                outcome = getattr(history, name)(*values)
                if asyncio.iscoroutine(outcome):
                    await outcome
        finally:
            oracle_at.fault("clear")
            await place.close()
            source.close()


def histories(examples: int) -> Any:
    """Settings for so many histories: the same ones each time, so that a red run can be repeated."""
    checks = list(HealthCheck)
    phases = [Phase.explicit, Phase.generate, Phase.shrink] if examples > 20 else [Phase.explicit, Phase.generate]
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=checks,
        phases=phases,
        database=None,
    )


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.work.BACKOFF", (0.02, 0.05, 0.1, 0.2))


@histories(4)
@given(keyed=st.booleans(), steps=st.lists(STEP, min_size=3, max_size=10))
def test_the_promise_holds_after_every_run_of_any_history(oracle_at, keyed, steps):
    asyncio.run(live_through(oracle_at, keyed, steps))


@pytest.mark.long
@histories(1000)
@given(keyed=st.booleans(), steps=st.lists(STEP, min_size=3, max_size=20))
def test_the_promise_holds_in_a_thousand_histories(oracle_at, keyed, steps):
    asyncio.run(live_through(oracle_at, keyed, steps))
