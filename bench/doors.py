"""How fast the JSON API answers, at rest and while a sync runs at full speed: needs wrk.

    python -m bench.doors [--rows 20000000] [--table-rows 1000000] [--seconds 5] [--connections 8]

One server, one pinned table of the embedded Oracle. First the table's short copy is synced, which is what the
questions are asked of; then each question is measured at rest and again while the long copy is synced.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import oracledb
from aiohttp import ClientSession

from app.demo import process as embedded
from bench.sockets import megabytes
from bench.sync_speed import TABLE, prepare

QUERY = f"/api/v1/tables/{TABLE.lower()}/query"
ASKED: dict[str, tuple[str, dict[str, Any] | None]] = {
    "tables": ("/api/v1/tables", None),
    "query, first page": (QUERY, {}),
    "query, ordered": (QUERY, {"order_by": ["-VALUE"]}),
    "query, ordered and filtered": (QUERY, {"order_by": ["LOT_ID"], "filters": [{"column": "FACTORY", "value": "X"}]}),
    "query, one row by its key": (QUERY, {"filters": [{"column": "ID", "value": 4711}]}),
}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--table-rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    return parser.parse_args()


@asynccontextmanager
async def serving(folder: str, server: embedded.DemoServer) -> AsyncIterator[tuple[str, int]]:
    """The product on a free port: its address and process id."""
    known = {"ORACLE_DSN": server.dsn, "ORACLE_USER": server.user, "ORACLE_PASSWORD": server.password}
    environment = {**os.environ, **known, "DATA_DIR": folder, "PYTHONUNBUFFERED": "1", "LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE)
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    try:
        yield (await process.stdout.readline()).decode().split()[-1], process.pid
    finally:
        process.terminate()
        await process.wait()


def pin(server: embedded.DemoServer, rows: int) -> None:
    """How long the table is from now on."""
    admin = {"user": server.admin_user, "password": server.admin_password}
    with oracledb.connect(dsn=server.dsn, **admin) as connection, connection.cursor() as cursor:
        cursor.execute("CALL DEMO.PIN(:1, :2)", [f"{server.user}.{TABLE}", rows])


async def synced(client: ClientSession, name: str) -> str:
    """Start a full of the table into ``name``; the run's id."""
    body = {"oracle_table": TABLE, "duckdb_table": name, "sync_type": "full"}
    async with client.post("/api/v1/sync/start", json=body) as answer:
        return str((await answer.json())["data"]["sync_id"])


async def run_of(client: ClientSession, sync_id: str) -> dict[str, Any]:
    async with client.get(f"/api/v1/sync/runs/{sync_id}") as answer:
        found: dict[str, Any] = (await answer.json())["data"]
    return found


async def over(client: ClientSession, sync_id: str) -> dict[str, Any]:
    while (run := await run_of(client, sync_id))["state"] in ("queued", "running"):  # noqa: ASYNC110 - it has no event for us
        await asyncio.sleep(0.2)
    return run


def script(folder: str, name: str, body: dict[str, Any] | None) -> str:
    """What wrk sends, and that it counts answers that are no answer."""
    method = "GET" if body is None else "POST"
    lines = [f'wrk.method = "{method}"', 'wrk.headers["Content-Type"] = "application/json"']
    lines += [] if body is None else [f"wrk.body = [[{json.dumps(body)}]]"]
    file = Path(folder) / f"{re.sub('[^a-z]+', '_', name)}.lua"
    file.write_text("\n".join(lines))
    return str(file)


async def measured(url: str, folder: str, name: str, own: argparse.Namespace) -> str:
    path, body = ASKED[name]
    command = ["wrk", "-t1", f"-c{own.connections}", f"-d{own.seconds}s", "--timeout", "30s", "--latency"]
    command += ["-s", script(folder, name, body), url + path]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    said = (await process.communicate())[0].decode()
    found = {key: re.search(rf"{key}:?\s+([\d.]+\w*)", said) for key in ("Requests/sec", "50%", "99%")}
    bad = re.search(r"(Non-2xx[^\n]*|Socket errors[^\n]*)", said)
    figures = [match[1] if match else "?" for match in found.values()]
    return f"{figures[0]:>9} requests/s  p50 {figures[1]:>9}  p99 {figures[2]:>9}  {bad[0] if bad else ''}"


async def measure(url: str, pid: int, folder: str, server: embedded.DemoServer, own: argparse.Namespace) -> None:
    async with ClientSession(url) as client:
        first = await over(client, await synced(client, TABLE.lower()))
        print(f"{first['state']}: {first['inserted']:,} rows at {first['progress']['rows_per_second']:,.0f} rows/s")
        for name in ASKED:
            print(f"at rest    {name:28} {await measured(url, folder, name, own)}", flush=True)
        pin(server, own.rows)
        for name in ASKED:
            sync_id = await synced(client, "long")
            print(f"syncing    {name:28} {await measured(url, folder, name, own)}", flush=True)
            run = await run_of(client, sync_id)
            print(f"           the sync meanwhile: {run['state']}, {run['progress']['rows_per_second']:,.0f} rows/s")
            await (await client.post(f"/api/v1/sync/{sync_id}/cancel")).read()
            await over(client, sync_id)
    print(f"server memory at the end {megabytes(pid):.0f} MB")


async def main() -> None:
    own = options()
    with tempfile.TemporaryDirectory() as folder, embedded.start(data="none") as server:
        prepare(server, own.table_rows)
        async with serving(folder, server) as (url, pid):
            await measure(url, pid, folder, server, own)


if __name__ == "__main__":
    asyncio.run(main())
