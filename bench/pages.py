"""How long the server takes for each page, and what a first visit weighs, with many tables and a long history.

    python -m bench.pages [--tables 200] [--runs 10000]

No Oracle: the records are written straight into the store. Each figure is the best of seven requests on loopback,
after one that warms up; the weight is what a browser fetches for the page and everything it names, gzipped.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient

from app import config, keys
from app.main import create_app
from app.schemas.sync import Progress, Proof, State, SyncRun, SyncType, Target
from app.sync.runs import Runs
from app.sync.targets import Targets

PAGES = (
    *("/", "/tables", "/tables/t_7", "/tables/t_7/columns", "/tables/t_7/chart", "/sql", "/sync", "/sync?state=failed"),
    *("/sync/targets", "/sync/targets/of/t_7", "/scheduler", "/agent", "/admin", "/admin/audit", "/admin/settings"),
    *("/admin/system", "/login"),
)
ROUNDS = 7
NAMED = re.compile(r'(?:src|href)="(/static/[^"]+)"')
IMPORTED = re.compile(r'(?:from|import) ?"\./([^"]+)"|@import url\("([^"]+)"\)')


async def fill(app: web.Application, tables: int, runs: int) -> None:
    """Tables of a thousand rows, each a target, and their runs over the last days."""
    made = "SELECT i AS id, TIMESTAMP '2026-11-01' + to_minutes(i) AS at, i * 0.5 AS v FROM range(1000) t(i)"
    targets, ledger, now = Targets(app[keys.STORE]), Runs(app[keys.STORE]), datetime.now(UTC)
    for number in range(tables):
        await app[keys.WAREHOUSE].rows(f"CREATE TABLE t_{number} AS {made}")
        await targets.add(Target(owner="MES", table=f"T_{number}", duckdb_table=f"t_{number}", key=["id"]))
    for number in range(runs):
        await ledger.save(past(number, f"t_{number % tables}", now - timedelta(minutes=number)))


def past(number: int, target: str, ended: datetime) -> SyncRun:
    state = State.FAILED if number % 17 == 0 else State.SUCCEEDED
    return SyncRun(
        sync_id=f"r{number}", target=target, oracle_table=f"MES.{target.upper()}", type=SyncType.FULL, state=state,
        trigger="schedule", actor="schedule", queued_at=ended - timedelta(seconds=9), finished_at=ended,
        started_at=ended - timedelta(seconds=8), inserted=1000, progress=Progress(total_rows=1000, elapsed_time=8.0),
        proof=Proof(method="count", ok=True, oracle_rows=1000, duckdb_rows=1000),
    )  # fmt: skip


async def timed(session: ClientSession, page: str) -> tuple[float, int]:
    """(milliseconds, status), the best of some."""
    times: list[float] = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        async with session.get(page) as answer:
            await answer.read()
        times.append((time.perf_counter() - begun) * 1000)
    return min(times[1:]), answer.status


async def weight(session: ClientSession | TestClient, page: str) -> int:
    """Bytes over the wire of the page, what it names, and the modules that those import."""
    waiting, size, seen = [page], 0, set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        async with session.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
            size += len(await answer.read())
            packed = answer.headers.get("Content-Encoding") == "gzip"
        async with session.get(address, headers={"Accept-Encoding": "identity"}) as answer:
            text = (await answer.read()).decode("utf-8", "replace")
        assert packed or len(text) < 2000, address  # noqa: S101
        waiting += NAMED.findall(text) if address == page else [f"/static/{a or b}" for a, b in IMPORTED.findall(text)]
    return size


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tables", type=int, default=200)
    options.add_argument("--runs", type=int, default=10_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = config.load(_env_file=None, data_dir=Path(folder), oracle_dsn="", oracle_user="", log_level="ERROR")
        runner = web.AppRunner(create_app(settings), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        await fill(runner.app, given.tables, given.runs)
        async with ClientSession(f"http://{host}:{port}", auto_decompress=False) as session:
            for page in PAGES:
                took, status = await timed(session, page)
                print(f"  {page:<24}{took:7.1f} ms  {status}  first visit {await weight(session, page) / 1000:6.0f} kB")
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
