"""What survives `kill -9` at any moment: rows and watermark agree, no half table, no state stuck in running."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from app.config import Settings
from app.schemas.sync import ACTIVE, State
from app.sync.chunks import Chunks
from app.warehouse import Warehouse
from tests.conftest import OracleAt
from tests.sync.conftest import Place, Source, opened

ROOT = Path(__file__).parents[2]


async def killed(settings: Settings, table: str, after: float) -> set[str]:
    """A process that syncs the table, killed so many seconds after it began; what a reader in it saw."""
    child = await victim(settings, table)
    await asyncio.sleep(after)
    child.send_signal(signal.SIGKILL)
    said, _ = await child.communicate()
    return {line[4:] for line in said.decode().split("\n")[:-1] if line.startswith("saw ")}


async def victim(settings: Settings, *arguments: str) -> asyncio.subprocess.Process:
    """A process of its own that syncs, once it says that it is ready."""
    environment = {
        **os.environ,
        "DATA_DIR": str(settings.data_dir),
        "ORACLE_DSN": settings.oracle_dsn,
        "ORACLE_USER": settings.oracle_user,
        "ORACLE_PASSWORD": settings.oracle_password.get_secret_value(),
        "TIMEZONE": "UTC",
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.sync.victim", *arguments, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert await child.stdout.readline() == b"ready\n"
    return child


async def whole(place: Place, table: str) -> int:
    """The rows are the first so many of Oracle's, none lost or doubled, as far as the watermark says; how many."""
    name = table.lower()
    count, distinct, top = (
        await place.warehouse.rows(f'SELECT count(*), count(DISTINCT "ID"), coalesce(max("ID"), 0) FROM "{name}"')
    )[0]
    assert count == distinct == top
    mark = await place.warehouse.rows("SELECT value FROM _sync.watermarks WHERE name = ?", name)
    assert mark == [(str(top),)]
    return count


async def begun(settings: Settings, source: Source) -> tuple[str, int]:
    """A table of 20,000 rows after its first full; its name, and how many rows."""
    table = source.table("id NUMBER(10) PRIMARY KEY, v VARCHAR2(40)", [(n, "x" * 30) for n in range(1, 20001)])
    place = await opened(settings)
    await place.target(table, cursor="id")
    await place.good(table)
    await place.close()
    return table, 20000


async def campaign(settings: Settings, source: Source, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    table, top = await begun(settings, source)
    last, looks = top, 0
    for _ in range(rounds):
        source.insert(table, [(top + n, "y" * 30) for n in range(1, 2001)])
        top += 2000
        seen = await killed(settings, table, chance.uniform(0.0, 0.8))
        assert seen <= {f"{last} {last}", f"{top} {top}"}
        looks += len(seen)
        place = await opened(settings)
        assert [run for run in await place.service._runs.unfinished() if run.state in ACTIVE] == []
        count = await whole(place, table)
        assert last <= count <= top
        last = count
        await place.close()
    assert looks
    place = await opened(settings)
    await place.good(table, "full")
    assert await whole(place, table) == top
    await place.close()


async def test_kill_9_loses_and_doubles_nothing(oracle_settings: Settings, source: Source):
    await campaign(oracle_settings, source, rounds=4, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
async def test_kill_9_a_hundred_times(oracle_settings: Settings, source: Source, seed: int):
    await campaign(oracle_settings, source, rounds=10, seed=seed)


@pytest.mark.parametrize(
    "phase",
    [
        "swap",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("read", "prove", "merge", "checkpoint", "done")),
    ],
)
async def test_kill_9_in_each_phase(oracle_settings: Settings, source: Source, phase: str):
    table, top = await begun(oracle_settings, source)
    source.insert(table, [(top + n, "y" * 30) for n in range(1, 2001)])
    child = await victim(oracle_settings, table)
    while await asyncio.wait_for(child.stdout.readline(), 30) != f"phase {phase}\n".encode():
        assert child.returncode is None
    child.send_signal(signal.SIGKILL)
    await child.wait()
    place = await opened(oracle_settings)
    assert await place.service._runs.unfinished() == []
    assert await whole(place, table) in (top, top + 2000)
    await place.good(table, "incremental")
    assert await whole(place, table) == top + 2000
    await place.close()


async def test_a_run_whose_rows_are_in_the_file_has_succeeded_whatever_was_noted(
    oracle_settings: Settings, source: Source
):
    table = source.table("id NUMBER(10)", [(1,)])
    place = await opened(oracle_settings)
    done = await place.good(table, "full")
    lost = done.model_copy(update={"sync_id": "lost", "state": State.RUNNING, "finished_at": None})
    stuck = done.model_copy(update={"state": State.RUNNING, "finished_at": None, "inserted": 0})
    for run in (lost, stuck):
        await place.service._runs.save(run)
    await place.close()
    place = await opened(oracle_settings)
    judged = await place.service.run(done.sync_id)
    assert (judged.state, judged.inserted) == ("succeeded", 1)
    interrupted = await place.service.run("lost")
    assert (interrupted.state, interrupted.resumable) == ("interrupted", True)
    await place.close()


async def chunks_in(settings: Settings) -> int:
    """How many chunks a killed process has left in the file."""
    warehouse = Warehouse(settings.warehouse_path, temp=settings.data_dir / "temp")
    await warehouse.open()
    ((count,),) = await warehouse.rows("SELECT count(*) FROM _sync.chunks")
    await warehouse.close()
    return count


async def killed_in_chunks(settings: Settings, source: Source, oracle_at: OracleAt, *chunks: int) -> None:
    """A full is killed in the first of these chunks, and each process that goes on with it in the next one.

    The last goes on at the moment of the first, whatever has changed in Oracle; no half table is ever seen.
    """
    rows = [(number, "x" * 20) for number in range(30000)]
    table = source.table("id NUMBER(10) PRIMARY KEY, v VARCHAR2(40)", rows)
    source.run(f"BEGIN DBMS_STATS.GATHER_TABLE_STATS(USER, '{table}'); END;")
    place = await opened(settings)
    await place.target(table)
    await place.close()
    for killed_before, chunk in enumerate(chunks):
        oracle_at.fault("crawl", 150_000)
        child = await victim(settings, table, "10000")
        while await asyncio.wait_for(child.stdout.readline(), 30) != f"chunk {chunk}\n".encode():
            assert child.returncode is None
        child.send_signal(signal.SIGKILL)
        await child.wait()
        oracle_at.fault("clear")
        source.run(f'DELETE FROM "{table}" WHERE id BETWEEN {killed_before * 100} AND {killed_before * 100 + 99}')
    done = await chunks_in(settings)
    place = await opened(settings, chunks=Chunks(10000, seconds=0))
    assert await place.types(table) == {}
    (again,) = (await place.service.status()).active
    again = await place.service.wait(again.sync_id)
    assert again.state is State.SUCCEEDED, again.error
    lines = [line.message for line in await place.service.log(again.sync_id)]
    assert chunks[-1] - 1 <= done < 6  # the one that began may have been whole when the signal came
    assert any(line.startswith(f"{done} of ") for line in lines), lines
    assert await place.rows(table) == rows
    assert await place.value("SELECT count(*) FROM _sync.cuts") == 0
    runs, _ = await place.service.runs(type="full")
    assert [run.state for run in runs] == [State.SUCCEEDED] + [State.INTERRUPTED] * len(chunks)
    await place.close()


async def test_a_run_that_is_killed_three_times_goes_on_each_time_and_ends_exact(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt
):
    await killed_in_chunks(oracle_settings, source, oracle_at, 2, 3, 5)


@pytest.mark.long
@pytest.mark.parametrize("chunk", [2, 3, 4, 5])
async def test_kill_9_in_any_chunk_keeps_those_that_are_done(
    oracle_settings: Settings, source: Source, oracle_at: OracleAt, chunk: int
):
    await killed_in_chunks(oracle_settings, source, oracle_at, chunk)
