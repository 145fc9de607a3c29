"""How fast a full is: driver alone, DuckDB alone, one after the other, and the product, in one run.

    python3 run.py bench [--rows 1000000 10000000] [--text factory random] [--memory-limit 110MB]
    python -m bench.sync_speed --rows 3000000 --columns 60 --memory-limit 1GB

Each part is a process of its own, so that its peak memory is its own. The server is the embedded one with a pinned
table: its rows are encoded once and replayed, so that the client is measured and not the server.

The four text columns are what a factory has (a code, a time, a lot of 25, a person) or, the worst case, random.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oracledb
from aiohttp import web
from arro3.core import DataType, RecordBatchReader, Schema
from arro3.core import Table as Arrow

from app import config, keys
from app.config import Settings
from app.demo import process as embedded
from app.guard import LOCAL
from app.main import create_app
from app.oracle import Oracle, Session
from app.schemas.sync import State, SyncRun, SyncStart, SyncType, Target
from app.sync import load, plan, sources, staging
from app.sync.columns import Plan
from app.sync.snapshot import ONE_CURSOR
from app.warehouse import Warehouse

TABLE = "BENCH"
COLUMNS = (
    "ID NUMBER(18) PRIMARY KEY, FACTORY VARCHAR2(10), TRAN_TIME VARCHAR2(14), LOT_ID VARCHAR2(20), QTY NUMBER(9), "
    "VALUE NUMBER(12,4), PRICE NUMBER(18,4), CREATED DATE, CHANGED TIMESTAMP(6), NAME VARCHAR2(40)"
)
MADE = 100_000  # rows that are encoded; the pin repeats them
FACTORY = """LEVEL, 'F' || MOD(LEVEL, 4),
    TO_CHAR(DATE '2026-01-01' + TRUNC(LEVEL / 4) * 37 / 86400, 'YYYYMMDDHH24MISS'),
    'LOT' || LPAD(TRUNC(LEVEL / 25), 8, '0'), MOD(LEVEL * 7919, 1000000), MOD(LEVEL * 104729, 99999999) / 10000,
    MOD(LEVEL * 1299709, 999999937) / 10000, DATE '2026-01-01' + LEVEL / 8640,
    TIMESTAMP '2026-01-01 00:00:00' + NUMTODSINTERVAL(LEVEL * 9.000001, 'SECOND'),
    'Operator ' || MOD(LEVEL * 31, 200)"""
MORE = (("NUMBER(9)", "MOD(LEVEL * {}, 1000003)"), ("VARCHAR2(10)", "'V' || MOD(LEVEL * {}, 500)"))
TEXTS = ("factory", "random")
WATCHED = 0.02  # seconds between two looks at the loop: looking every 5 ms cost the product itself some 5 %
PARTS = ("driver", "duckdb", "product")
MEMORY_LIMIT = "110MB"  # DuckDB's own; the process has some 170 MB besides


def prepare(server: embedded.DemoServer, rows: int, text: str = "factory", columns: int = 10) -> None:
    """The table, as long and as wide as it is asked for: beyond the ten, numbers and codes of 500 values by turns."""
    beyond = range(10, columns)
    more = [f"C{place} {MORE[place % 2][0]}" for place in beyond]
    values = [MORE[place % 2][1].format(place) for place in beyond]
    with oracledb.connect(dsn=server.dsn, user=server.user, password=server.password) as own, own.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} ({', '.join([COLUMNS, *more])})")
        if text == "factory":
            row = ", ".join([FACTORY, *values])
            cursor.execute(f"INSERT INTO {TABLE} SELECT {row} FROM DUAL CONNECT BY LEVEL <= {MADE}")
            own.commit()
    with (
        oracledb.connect(dsn=server.dsn, user=server.admin_user, password=server.admin_password) as admin,
        admin.cursor() as cursor,
    ):
        name = f"{server.user}.{TABLE}"
        if text == "random":
            cursor.execute("CALL DEMO.GENERATE(:1, :2)", [name, MADE])
        cursor.execute("CALL DEMO.PIN(:1, :2)", [name, rows])


def settings_for(folder: Path, server: dict[str, Any], memory_limit: str = MEMORY_LIMIT) -> Settings:
    return config.load(
        _env_file=None,
        data_dir=folder,
        oracle_dsn=server["dsn"],
        oracle_user=server["user"],
        oracle_password=server["password"],
        memory_limit=memory_limit,
        log_level="WARNING",
    )


def asked(session: Session) -> tuple[list[Plan], plan.Query]:
    """The columns and the query as a full reads them."""
    found = sources.find(session, TABLE)
    facts = sources.facts(session, found.owner, found.table)
    target = Target(owner=found.owner, table=found.table, duckdb_table="bench")
    plans, _ = plan.copied(target, facts.columns)
    return plans, plan.reading(plans, found, ONE_CURSOR, None)


def batches(session: Session, plans: list[Plan], query: plan.Query) -> Iterator[Any]:
    return session.batches(query.sql, query.binds, plan.batches(plans, {}).rows, DataType.struct(load.fields(plans)))


def driver(settings: Settings, rows: int) -> float:
    """Read everything and throw it away."""
    with Oracle(settings).session("bench") as session:
        plans, query = asked(session)
        begun = time.perf_counter()
        got = sum(int(batch.num_rows()) for batch in batches(session, plans, query))
        assert got == rows, got  # noqa: S101
        return time.perf_counter() - begun


def duck(settings: Settings, rows: int) -> float:
    """Write the same rows from memory: the ones that differ, over and over, as the pin repeats them."""
    with Oracle(settings).session("bench") as session:
        plans, query = asked(session)
        made = itertools.islice(batches(session, plans, query), MADE // plan.batches(plans, {}).rows)
        parts = [part for batch in made for part in Arrow.from_arrow(batch).to_batches()]
    return asyncio.run(_write(settings, plans, parts, rows))


async def _write(settings: Settings, plans: list[Plan], parts: list[Any], rows: int) -> float:
    warehouse = Warehouse(
        settings.warehouse_path, temp=settings.data_dir / "temp", memory_limit=settings.memory_limit, threads=2
    )
    await warehouse.open()

    def again() -> Iterator[Any]:
        for _ in range(rows // MADE):
            yield from parts

    def write(cursor: Any) -> float:
        table = staging.make(cursor, "bench", plans)
        cursor.execute(load.MAKE_NOTHING)
        begun = time.perf_counter()
        cursor.register(load.INCOMING, RecordBatchReader.from_batches(Schema(load.fields(plans)), again()))
        cursor.execute(load.insert(table, plans, ordered=False)).fetchall()
        cursor.execute("CHECKPOINT")
        return time.perf_counter() - begun

    seconds = await warehouse.call(write)
    await warehouse.close()
    return seconds


def product(settings: Settings, rows: int) -> dict[str, float]:
    """A full as anybody starts it, in the whole app, with the loop watched meanwhile."""
    return asyncio.run(_product(create_app(settings), rows))


async def _product(app: web.Application, rows: int) -> dict[str, float]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    delays: list[float] = []
    watching = asyncio.create_task(watch(delays, WATCHED))
    begun = time.perf_counter()
    run = await synced(app, TABLE.lower())
    seconds = time.perf_counter() - begun
    watching.cancel()
    await runner.cleanup()
    assert run.state is State.SUCCEEDED, run.error  # noqa: S101
    assert run.inserted == rows, run.inserted  # noqa: S101
    phases: dict[str, float] = {}
    for phase in run.phases:
        phases[f"phase {phase.name}"] = phases.get(f"phase {phase.name}", 0.0) + phase.seconds
    return {"seconds": seconds, "loop delay p99 ms": sorted(delays)[int(len(delays) * 0.99)] * 1000, **phases}


async def synced(app: web.Application, name: str) -> SyncRun:
    """A full of the table into ``name``, at its end."""
    body = SyncStart(oracle_table=TABLE, duckdb_table=name, sync_type=SyncType.FULL)
    run = await app[keys.SYNC].start(body, LOCAL)
    return await app[keys.SYNC].wait(run.sync_id)


async def watch(delays: list[float], every: float) -> None:
    """How late the loop is, each time it is looked at; seconds."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(every)
        delays.append(max(0.0, time.perf_counter() - begun - every))


def part(name: str, folder: Path, server: dict[str, Any], rows: int, memory_limit: str) -> None:
    """One part in this process; its figures as JSON on standard output."""
    settings = settings_for(folder, server, memory_limit)
    found = {"driver": driver, "duckdb": duck, "product": product}[name](settings, rows)
    figures = found if isinstance(found, dict) else {"seconds": found}
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({**figures, "peak MB": used.ru_maxrss / 1000, "cpu": used.ru_utime + used.ru_stime}))


def measured(
    server: embedded.DemoServer, rows: int, rounds: int, memory_limit: str = MEMORY_LIMIT
) -> dict[str, dict[str, float]]:
    """Each part's fastest round; the rounds of all parts alternate, so that a slow minute hits them all."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in PARTS}
    for _ in range(rounds):
        for name in PARTS:
            found[name].append(alone(name, server, rows, memory_limit))
    return {name: min(figures, key=lambda each: each["seconds"]) for name, figures in found.items()}


def alone(name: str, server: embedded.DemoServer, rows: int, memory_limit: str = MEMORY_LIMIT) -> dict[str, float]:
    own = {"dsn": server.dsn, "user": server.user, "password": server.password}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.sync_speed", "--part", name, "--folder", folder]
        command += ["--server", json.dumps(own), "--rows", str(rows), "--memory-limit", memory_limit]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def report(table: str, rounds: int, memory_limit: str, found: dict[str, dict[str, float]]) -> None:
    halves = [found[name]["seconds"] for name in ("driver", "duckdb")]
    mine = found["product"]["seconds"]
    print(f"\n{table}, best of {rounds}, DuckDB's memory_limit {memory_limit}")
    for name in PARTS:
        figures = found[name]
        print(f"  {name:<22}{figures['seconds']:8.2f} s {figures['peak MB']:6.0f} MB {figures['cpu']:6.2f} s CPU")
    print(f"  {'one after the other':<22}{sum(halves):8.2f} s")
    print(f"  product / slower half {mine / max(halves):.2f}, / one after the other {mine / sum(halves):.2f}")
    rest = {name: value for name, value in found["product"].items() if name.startswith(("phase", "loop"))}
    print("  " + ", ".join(f"{name} {value:.2f}" for name, value in rest.items()))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    options.add_argument("--text", nargs="+", choices=TEXTS, default=TEXTS[:1], help="what the text columns hold")
    options.add_argument("--columns", type=int, default=10, help="10 or more")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--memory-limit", default=MEMORY_LIMIT, help="DuckDB's own; the process has 170 MB besides")
    for name in ("--part", "--folder", "--server"):
        options.add_argument(name, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.part:
        part(given.part, Path(given.folder), json.loads(given.server), given.rows[0], given.memory_limit)
        return
    for text, rows in itertools.product(given.text, given.rows):
        with embedded.start(data="none") as server:
            prepare(server, rows, text, given.columns)
            figures = measured(server, rows, given.rounds, given.memory_limit)
            report(f"{rows:,} rows x {given.columns} columns, {text} text", given.rounds, given.memory_limit, figures)


if __name__ == "__main__":
    main()
