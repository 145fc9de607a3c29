"""How long the event loop is held up while a full runs at full speed and 20 people look at pages.

    python -m bench.visitors [--rows 10000000] [--clients 20] [--pause 1]

Each of them asks for one page after another, with a pause of a second; they are a process of their own. The loop is
looked at every 5 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from pathlib import Path

from aiohttp import ClientSession, web

from app.demo import process as embedded
from app.main import create_app
from bench.doors import pin
from bench.sync_speed import MADE, prepare, settings_for, synced, watch

PAGES = ("/", "/tables", "/sync", "/sql", "/scheduler", "/sync/targets", "/tables/small", "/tables/small/columns")
WATCHED = 0.005  # seconds between two looks


def shares(values: list[float], unit: str) -> str:
    ordered = sorted(values)
    at = {f"p{share}": ordered[len(ordered) * share // 100] for share in (50, 99)}
    return ", ".join(f"{name} {value * 1000:.1f} {unit}" for name, value in {**at, "most": ordered[-1]}.items())


async def visit(client: ClientSession, number: int, clients: int, pause: float, took: list[float]) -> None:
    """Page after page, for ever, each client at a moment of its own; a page that is none ends it all."""
    await asyncio.sleep(pause * number / clients)
    for page in itertools.cycle(PAGES[number % len(PAGES) :] + PAGES[: number % len(PAGES)]):
        begun = time.perf_counter()
        async with client.get(page) as answer:
            await answer.read()
            answer.raise_for_status()
        took.append(time.perf_counter() - begun)
        await asyncio.sleep(pause)


async def visitors(url: str, clients: int, pause: float) -> None:
    """Until standard input ends; then what it took, as JSON."""
    took: list[float] = []
    async with ClientSession(url) as client, asyncio.TaskGroup() as group:
        tasks = [group.create_task(visit(client, number, clients, pause, took)) for number in range(clients)]
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
    print(json.dumps(took))


async def measure(app: web.Application, server: embedded.DemoServer, rows: int, clients: int, pause: float) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    await synced(app, "small")
    await asyncio.to_thread(pin, server, rows)
    command = [sys.executable, "-m", "bench.visitors", "--visit", f"http://{host}:{port}"]
    command += ["--clients", str(clients), "--pause", str(pause)]
    people = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    delays: list[float] = []
    watching = asyncio.create_task(watch(delays, WATCHED))
    run = await synced(app, "long")
    watching.cancel()
    took = json.loads((await people.communicate(b""))[0])
    await runner.cleanup()
    rate = run.progress.rows_per_second or 0
    print(f"{run.state}: {run.inserted:,} rows in {run.progress.elapsed_time:.2f} s, {rate:,.0f} rows/s")
    print(f"the loop was late by {shares(delays, 'ms')}")
    if took:
        print(f"{len(took)} pages for {clients} clients took {shares(took, 'ms')}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--clients", type=int, default=20)
    options.add_argument("--pause", type=float, default=1.0, help="seconds between a client's pages")
    options.add_argument("--visit", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.visit:
        asyncio.run(visitors(given.visit, given.clients, given.pause))
        return
    with tempfile.TemporaryDirectory() as folder, embedded.start(data="none") as server:
        prepare(server, MADE)
        own = {"dsn": server.dsn, "user": server.user, "password": server.password}
        app = create_app(settings_for(Path(folder), own, "1GB"))
        asyncio.run(measure(app, server, given.rows, given.clients, given.pause))


if __name__ == "__main__":
    main()
