"""The faults: what a run does when Oracle or the network goes wrong in the middle of it."""

import asyncio
import gc
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import oracledb
import pytest

from app.config import Settings
from app.errors import WarehouseAway
from app.hub import Hub
from app.oracle import Oracle, Session
from app.schemas.sync import State, SyncStart
from app.store import Store
from app.sync.control import Control
from app.sync.report import Report
from app.sync.service import SCHEMAS, SyncService
from app.warehouse import Warehouse
from tests.conftest import OracleAt
from tests.sync.conftest import ADMIN, Place, Source, opened
from tests.test_warehouse import damage

ROWS = [(number, f"row {number}") for number in range(25000)]
COLUMNS = "id NUMBER(10) PRIMARY KEY, v VARCHAR2(40)"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries as they are, a hundred times shorter."""
    monkeypatch.setattr("app.sync.work.BACKOFF", (0.02, 0.05, 0.1, 0.2))


@pytest.mark.parametrize(
    "fault",
    [
        ("drop_at_connect",),
        ("drop_at_execute",),
        ("drop_at_row", 12000),
        ("drop_at_last",),
        ("refuse",),
        ("drop_at_row", 12000, 3),
        ("ora_at_row", 12000, 3113, "end-of-file on communication channel"),
        ("ora_at_row", 12000, 28, "your session has been killed"),
    ],
    ids=lambda fault: " ".join(str(word) for word in fault),
)
async def test_after_a_network_fault_a_full_is_whole(place: Place, source: Source, oracle_at: OracleAt, fault):
    table = source.table(COLUMNS, ROWS)
    await place.good(table, "full")
    place.oracle.close()  # some faults hit the login
    oracle_at.fault(*fault)
    run = await place.good(table, "full")
    assert (run.inserted, run.progress.total_rows) == (25000, 25000)
    assert await place.value(f'SELECT sum(id) FROM "{table.lower()}"') == sum(range(25000))
    assert any("Trying again" in line.message for line in await place.service.log(run.sync_id))


async def test_a_fault_in_an_incremental_doubles_nothing(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table("id NUMBER(10), v VARCHAR2(40)", ROWS[:15000])
    await place.target(table, cursor="id")
    await place.good(table)
    source.insert(table, ROWS[15000:])
    oracle_at.fault("drop_at_row", 5000)
    await place.good(table)
    assert [row[0] for row in await place.rows(table)] == [row[0] for row in ROWS]


async def test_an_oracle_that_stays_away_fails_the_run_and_keeps_the_table(
    place: Place, source: Source, oracle_at: OracleAt
):
    table = source.table(COLUMNS, ROWS[:100])
    await place.good(table, "full")
    place.oracle.close()
    oracle_at.fault("refuse", 5)  # all five tries
    run = await place.sync(table, "full")
    assert (run.state, run.error.code) == (State.FAILED, "oracle_away")
    assert len(await place.rows(table)) == 100


async def test_an_oracle_that_falls_silent_in_the_middle_ends_the_run_and_keeps_the_table(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.sync.plan.BATCH_ROWS", 100)
    place = await opened(oracle_settings.model_copy(update={"oracle_call_timeout": 0.2}))
    table = source.table(COLUMNS, ROWS[:3000])
    await place.good(table, "full")
    count = Report.rows

    def stalled(report: Report, *batch: int) -> None:
        if not report.run.progress.total_rows:
            oracle_at.fault("stall", 60)
        count(report, *batch)

    monkeypatch.setattr(Report, "rows", stalled)
    monkeypatch.setattr(
        Control, "wait", lambda *_: oracle_at.fault("clear")
    )  # it answers logins, and falls silent again
    begun = time.monotonic()
    run = await place.sync(table, "full")
    assert time.monotonic() - begun < 6
    assert (run.state, run.error.code) == (State.FAILED, "oracle_silent")
    tries = [line for line in await place.service.log(run.sync_id) if "Trying again" in line.message]
    assert len(tries) == 2  # three times in all, where a lost connection is tried five times
    assert "ORACLE_CALL_TIMEOUT" in run.error.message
    assert 0 < run.progress.total_rows < 3000
    assert len(await place.rows(table)) == 3000
    assert await place.value("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%staging%'") == 0
    await place.close()


@pytest.fixture
def cursors() -> Iterator[Callable[[], int]]:
    """How many of the driver's cursors live, with the garbage collector held back."""
    gc.collect()
    gc.disable()
    yield lambda: sum(isinstance(each, oracledb.Cursor) for each in gc.get_objects())
    gc.enable()


@pytest.mark.parametrize("fault", [("ora_at_row", 12000, 1555, "snapshot too old"), ("drop_at_row", 12000)], ids=str)
async def test_a_failure_leaves_no_cursor_to_the_garbage_collector(
    place: Place, source: Source, oracle_at: OracleAt, cursors: Callable[[], int], fault: tuple[object, ...]
):
    """It would free it while the driver holds the lock that a cursor takes then: a run hung so, for ever."""
    table = source.table(COLUMNS, ROWS)
    oracle_at.fault(*fault)
    await place.good(table, "full")
    assert cursors() == 0


async def test_a_stop_leaves_no_cursor_to_the_garbage_collector(
    place: Place, source: Source, cursors: Callable[[], int], monkeypatch: pytest.MonkeyPatch
):
    table = source.table(COLUMNS, ROWS)
    check = Control.check

    def stopped(control: Control) -> None:
        if threading.current_thread().name == "read ahead":
            control.stop(State.CANCELLED)
        check(control)

    monkeypatch.setattr(Control, "check", stopped)
    assert (await place.sync(table, "full")).state is State.CANCELLED
    assert cursors() == 0


class Torn:
    """A batch whose columns disagree in length, as the driver has handed over before."""

    def column_arrays(self) -> list[range]:
        return [range(3), range(2)]


async def test_a_torn_batch_is_no_data_and_read_again(place: Place, source: Source, monkeypatch: pytest.MonkeyPatch):
    table, torn, following = source.table(COLUMNS, ROWS[:100]), [Torn()], Session._next
    monkeypatch.setattr(Session, "_next", lambda *each: torn.pop() if torn else following(*each))
    run = await place.good(table, "full")
    assert await place.rows(table) == ROWS[:100]
    assert any("Trying again" in line.message for line in await place.service.log(run.sync_id))


async def test_a_lost_snapshot_is_started_over_at_a_new_one(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table(COLUMNS, ROWS)
    await place.good(table, "full")
    oracle_at.fault("ora_at_row", 12000, 1555, "snapshot too old")
    run = await place.good(table, "full")
    assert run.inserted == 25000
    assert "Started over at a new moment." in run.notes[0]


async def test_a_snapshot_that_is_lost_again_and_again_fails(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table(COLUMNS, ROWS)
    oracle_at.fault("ora_at_row", 12000, 1555, "snapshot too old", 50)
    assert (await place.sync(table, "full")).error.code == "snapshot_lost"


async def test_a_wrong_password_is_said_once_and_not_tried_again(oracle_settings: Settings, source: Source):
    table = source.table(COLUMNS, ROWS[:10])
    place = await opened(oracle_settings)
    await place.target(table)
    await place.close()
    wrong = await opened(
        oracle_settings.model_copy(update={"oracle_password": type(oracle_settings.oracle_password)("x")})
    )
    run = await wrong.sync(table, "full")
    assert (run.state, run.error.code) == (State.FAILED, "oracle_refused")
    assert not any("Trying again" in line.message for line in await wrong.service.log(run.sync_id))
    await wrong.close()


async def test_a_table_that_is_gone_is_an_error_of_that_run_alone(place: Place, source: Source):
    table = source.table(COLUMNS, ROWS[:10])
    await place.good(table, "full")
    source.run(f'DROP TABLE "{table}"')
    source.made.clear()
    run = await place.sync(table, "full")
    assert run.error.code == "source_not_found"
    assert len(await place.rows(table)) == 10


async def test_a_privilege_that_is_missing_is_named(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table(COLUMNS, ROWS)
    oracle_at.fault("ora_at_row", 100, 1031, "insufficient privileges")
    run = await place.sync(table, "full")
    assert run.error.code == "oracle_denied"
    assert "ORA-01031" in run.error.message


async def test_any_other_error_of_oracle_fails_the_run_with_oracles_words(
    place: Place, source: Source, oracle_at: OracleAt
):
    table = source.table(COLUMNS, ROWS)
    oracle_at.fault("ora_at_row", 100, 1722, "invalid number")
    run = await place.sync(table, "full")
    assert (run.error.code, "ORA-01722" in run.error.message) == ("oracle_failed", True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of twelve megabytes; skips where none may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_keeps_the_old_table_and_says_so(oracle_settings: Settings, source: Source, small_disk: Path):
    table = source.table("id NUMBER(10), v VARCHAR2(400)", [(1, "a")])
    place = await opened(oracle_settings.model_copy(update={"duckdb_path": small_disk / "x.duckdb"}))
    await place.good(table, "full")
    source.insert(table, [(n, random.Random(n).randbytes(150).hex()) for n in range(60000)])
    run = await place.sync(table, "full")
    assert (run.state, run.error.code) == (State.FAILED, "disk_full"), run.error
    assert await place.rows(table) == [(1, "a")]
    await place.close()


async def test_a_file_that_is_no_warehouse_fails_runs_clearly_and_the_service_answers(
    oracle_settings: Settings, source: Source
):
    table = source.table(COLUMNS, ROWS[:10])
    oracle_settings.warehouse_path.parent.mkdir(parents=True)
    oracle_settings.warehouse_path.write_bytes(b"this is not a DuckDB file" * 1000)
    store, hub = Store(oracle_settings.store_path, SCHEMAS), Hub()
    warehouse = Warehouse(oracle_settings.warehouse_path, temp=oracle_settings.data_dir / "temp")
    await store.open()
    service = SyncService(oracle_settings, Oracle(oracle_settings), warehouse, store, hub)
    await service.open()
    run = await service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    run = await service.wait(run.sync_id)
    assert (run.state, run.error.code) == (State.FAILED, "warehouse_away")
    assert (await service.status()).last[0].sync_id == run.sync_id
    await service.close()
    await store.close()


async def test_a_damaged_block_fails_the_runs_that_need_it_and_a_full_mends_the_table(
    oracle_settings: Settings, source: Source
):
    rows = [(number, random.Random(number).randbytes(18).hex()) for number in range(20000)]
    bad, good = source.table(COLUMNS, rows), source.table(COLUMNS, rows[:10])
    place = await opened(oracle_settings)
    await place.target(bad, cursor="id", verify="checksum")
    await place.good(bad, "full")
    await place.close()
    damage(oracle_settings.warehouse_path, bad.lower())
    place = await opened(oracle_settings)
    for kind in ("verify", "reconcile"):
        run = await place.sync(bad, kind)
        assert (run.state, run.error.code) == (State.FAILED, "warehouse_away"), run.error
        assert "Corrupt database file" in run.error.message
    await place.good(good, "full")
    await place.good(bad, "full")
    assert await place.rows(bad) == rows
    await place.close()


async def test_a_file_held_by_another_process_is_an_error_that_names_it(oracle_settings: Settings, source: Source):
    table = source.table(COLUMNS, ROWS[:10])
    place = await opened(oracle_settings)
    await place.good(table, "full")
    await place.close()
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(oracle_settings.warehouse_path)]
    holder = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert await holder.stdout.readline() == b"held\n"
    warehouse = Warehouse(oracle_settings.warehouse_path, temp=oracle_settings.data_dir / "temp")
    with pytest.raises(WarehouseAway, match=str(holder.pid)):
        await warehouse.open()
    holder.stdin.close()
    await holder.wait()
    await warehouse.open()
    assert await warehouse.rows(f'SELECT count(*) FROM "{table.lower()}"') == [(10,)]
    await warehouse.close()


async def test_an_oracle_that_is_gone_for_a_while_is_waited_for(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table(COLUMNS, ROWS)
    await place.target(table)
    oracle_at.fault("drop_at_row", 12000)
    with pytest.MonkeyPatch.context() as patience:
        patience.setattr("app.sync.work.BACKOFF", (0.5, 1.0, 2.0, 4.0))
        oracle_at.fault("away", 1.5)
        run = await place.good(table, "full")
    assert await place.value(f'SELECT count(*) FROM "{table.lower()}"') == 25000
    assert sum("Trying again" in line.message for line in await place.service.log(run.sync_id)) >= 2


@pytest.mark.long
async def test_an_oracle_that_is_gone_for_ten_seconds_is_waited_for(
    place: Place, source: Source, oracle_at: OracleAt, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.sync.work.BACKOFF", (0.5, 2.0, 4.0, 8.0))
    table = source.table(COLUMNS, ROWS)
    await place.target(table)
    oracle_at.fault("away", 10)
    assert (await place.good(table, "full")).inserted == 25000
