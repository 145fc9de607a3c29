"""Random histories: whatever happens in Oracle and on the way, what the sync promises holds after every run."""

import asyncio
import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracledb
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from app import config
from app.schemas.names import quoted
from app.schemas.sync import State, SyncRun
from tests.conftest import OracleAt
from tests.sync.conftest import Place, Source, opened

NOON = datetime(2026, 1, 2, 12)
LAG = 10
MINUTES = st.integers(-60, 60)
IDS = st.integers(1, 12)
FAULTS = [
    ("drop_at_execute",),
    ("drop_at_connect",),
    ("drop_at_last",),
    ("drop_at_row", 2),
    ("ora_at_row", 2, 1555, "snapshot too old"),
    ("refuse",),
]
AT_LOGIN = ("drop_at_connect", "refuse")  # a run that goes on where the last one logged in does not meet them
STEP = st.one_of(
    st.tuples(st.just("insert"), MINUTES),
    st.tuples(st.just("insert"), st.none()),  # a row without a cursor value
    st.tuples(st.just("update"), IDS, MINUTES),
    st.tuples(st.just("delete"), IDS),
    st.tuples(st.just("open"), MINUTES),  # a row of a transaction that commits later
    st.tuples(st.just("commit")),
    st.tuples(st.just("schema"), st.sampled_from(["add", "drop", "widen"])),
    st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
    st.tuples(st.just("run"), st.sampled_from(["incremental", "incremental", "full", "reconcile"])),
)
LIFE = {"keyed": st.booleans(), "deletes": st.sampled_from(["hard", "soft"])}
Rows = list[tuple[Any, ...]]


class History:
    """One table, its changes in Oracle and the runs that follow them."""

    def __init__(self, source: Source, oracle_at: OracleAt, place: Place, keyed: bool) -> None:
        self.source, self.oracle_at, self.place, self.keyed = source, oracle_at, place, keyed
        key = " PRIMARY KEY" if keyed else ""
        columns = f"id NUMBER(10){key}, v NUMBER, ts TIMESTAMP(6), w NUMBER(4)"
        self.table = source.table(columns, [(0, 1, NOON, 1)])
        self.late = oracle_at.connect()
        self.next, self.added, self.digits, self.fate = 1, 0, 4, ("clear",)
        self.extra: list[str] = []  # columns that were added and not dropped
        self.renamed = False  # what follows cannot tell from a rename: one column gone, one like it come

    async def close(self) -> None:
        await asyncio.to_thread(self.late.close)

    @property
    def names(self) -> list[str]:
        return ["ID", "V", "TS", "W", *self.extra]

    def there(self) -> Rows:
        with self.source.connection.cursor() as cursor:
            wanted = ", ".join(map(quoted, self.names))
            cursor.execute(f'SELECT {wanted} FROM "{self.table}"', fetch_decimals=True)
            return sorted(map(_row, cursor.fetchall()), key=repr)

    async def here(self) -> Rows:
        """The rows that are not marked as deleted; columns not brought over yet are left out on both sides."""
        known = await self.place.types(self.table)
        alive = '"_deleted_at" IS NULL' if "_deleted_at" in known else "true"
        wanted = ", ".join(quoted(name) if name in known else "NULL" for name in self.names)
        rows = await self.place.warehouse.rows(f'SELECT {wanted} FROM "{self.table.lower()}" WHERE {alive}')
        return sorted(map(_row, rows), key=repr)

    def insert(self, minutes: int | None) -> None:
        self._insert(self.source.connection, minutes)
        self.source.connection.commit()

    def open(self, minutes: int) -> None:
        self._insert(self.late, minutes)

    def _insert(self, connection: oracledb.Connection, minutes: int | None) -> None:
        moment = None if minutes is None else NOON + timedelta(minutes=minutes)
        with connection.cursor() as cursor:
            sql = f'INSERT INTO "{self.table}" (id, v, ts, w) VALUES (:1, :2, :3, :4)'
            cursor.execute(sql, [self.next, Decimal(self.next) / 4, moment, 10**self.digits - 1])
        self.next += 1

    def commit(self) -> None:
        self.late.commit()

    def update(self, number: int, minutes: int) -> None:
        moment = NOON + timedelta(minutes=minutes)
        self.commit()  # or we would wait for a row of it for ever
        self.source.run(f'UPDATE "{self.table}" SET v = v + 0.001, ts = :1 WHERE id = :2', moment, number)

    def delete(self, number: int) -> None:
        self.commit()
        self.source.run(f'DELETE FROM "{self.table}" WHERE id = :1', number)

    def schema(self, change: str) -> None:
        self.commit()  # Oracle does it too
        if change == "add":
            self.added += 1
            self.extra.append(f"C{self.added}")
            self._alter(f"ADD C{self.added} NUMBER(5)")
            self.source.run(f'UPDATE "{self.table}" SET C{self.added} = 7 WHERE id = 1')
        elif change == "drop" and self.extra:
            self._alter(f"DROP COLUMN {self.extra.pop(0)}")
            self.renamed = True
        elif change == "widen" and self.digits < 36:
            self.digits += 8
            self._alter(f"MODIFY (w NUMBER({self.digits}))")

    def _alter(self, clause: str) -> None:
        self.source.run(f'ALTER TABLE "{self.table}" {clause}')

    def fault(self, words: tuple[Any, ...]) -> None:
        """For the next run: our own connection must not be the one that is hit."""
        self.fate = words

    async def run(self, kind: str) -> None:
        if kind == "reconcile" and not self.keyed:
            kind = "full"
        sql = "SELECT value FROM _sync.watermarks WHERE name = ?"
        before, rows = await self.place.warehouse.rows(sql, self.table.lower()), await self.here()
        if self.fate[0] in AT_LOGIN:
            await asyncio.to_thread(self.place.oracle.close)
        await asyncio.to_thread(self.oracle_at.fault, *self.fate)
        run = await self.place.sync(self.table, kind, allow_shrink=True)
        await asyncio.to_thread(self.oracle_at.fault, "clear")
        self.fate = ("clear",)
        if run.state is not State.SUCCEEDED:
            self.may_fail(run, kind)
            assert await self.here() == rows
            return
        if kind == "full":
            self.renamed = False
        await self.holds(run, kind, before[0][0])

    def may_fail(self, run: SyncRun, kind: str) -> None:
        """Only what the design says cannot be told from something worse."""
        moved = not self.keyed and kind == "incremental" and run.error.code == "row_moved_back"
        renamed = self.renamed and kind != "full" and run.error.code == "schema_changed"
        assert moved or renamed, run.error

    async def holds(self, run: SyncRun, kind: str, mark: str) -> None:
        there, here = self.there(), await self.here()
        assert (run.proof.oracle_rows, run.proof.duckdb_rows) == (len(there), len(here))
        if kind != "incremental" or any("This was a full" in note for note in run.notes):
            assert here == there
        else:
            self.window_holds(datetime.fromisoformat(mark) - timedelta(minutes=LAG), there, here)
            assert (len(there) != len(here)) == any("rows differ" in note for note in run.notes)

    def window_holds(self, low: datetime, there: Rows, here: Rows) -> None:
        """Every row of the window is here, exactly, and once."""
        inside = [row for row in there if row[2] is not None and row[2] >= low]
        assert [row for row in inside if here.count(row) != inside.count(row)] == []


def _row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row as both sides write it: numbers by their value, whatever their scale."""
    return tuple(Decimal(value).normalize() if isinstance(value, int | Decimal) else value for value in row)


async def live_through(oracle_at: OracleAt, keyed: bool, deletes: str, steps: list[tuple[Any, ...]]) -> None:
    source = Source(oracle_at.connect())
    known = {"oracle_dsn": oracle_at.dsn, "oracle_user": oracle_at.user, "oracle_password": oracle_at.password}
    with tempfile.TemporaryDirectory() as folder:
        place = await opened(config.load(_env_file=None, data_dir=Path(folder), timezone="UTC", **known))
        history = History(source, oracle_at, place, keyed)
        try:
            await place.target(history.table, cursor="ts", lag_seconds=LAG * 60, deletes=deletes)
            await place.good(history.table, "full")
            for name, *values in [*steps, ("commit",), ("run", "full")]:
                outcome = getattr(history, name)(*values)
                if asyncio.iscoroutine(outcome):
                    await outcome
        finally:
            oracle_at.fault("clear")
            await history.close()
            await place.close()
            source.close()


def histories(examples: int) -> Any:
    """Settings for so many histories."""
    phases = [Phase.explicit, Phase.generate, Phase.shrink] if examples > 20 else [Phase.explicit, Phase.generate]
    checks = list(HealthCheck)
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks, phases=phases, database=None)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sync.work.BACKOFF", (0.02, 0.05, 0.1, 0.2))


@seed(1)  # the same ones each time, so that a red run can be repeated
@histories(4)
@given(**LIFE, steps=st.lists(STEP, min_size=3, max_size=10))
def test_the_promise_holds_after_every_run_of_any_history(oracle_at, keyed, deletes, steps):
    asyncio.run(live_through(oracle_at, keyed, deletes, steps))


@pytest.mark.long
@pytest.mark.parametrize("part", range(20))
def test_the_promise_holds_in_a_thousand_histories(oracle_at, part):
    @seed(part)
    @histories(50)
    @given(**LIFE, steps=st.lists(STEP, min_size=3, max_size=20))
    def lived(keyed: bool, deletes: str, steps: list[tuple[Any, ...]]) -> None:
        asyncio.run(live_through(oracle_at, keyed, deletes, steps))

    lived()
