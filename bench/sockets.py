"""Many programs watch one sync: do all get its end, how fast, and what does it cost the server?

    python -m bench.sockets [--sockets 500] [--table MESMGR.CRASIVTTST] [--url http://127.0.0.1:8000 --pid N]

Without --url it starts `app.cli demo` itself. Prints messages, the delay from the first to the last `complete`, and
the server's memory before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--table", default="MESMGR.CRASIVTTST")
    parser.add_argument("--url")
    parser.add_argument("--pid", type=int)
    return parser.parse_args()


@asynccontextmanager
async def demo() -> AsyncIterator[tuple[str, int]]:
    """The demo on a free port: its address and process id."""
    command = [sys.executable, "-m", "app.cli", "demo", "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATA_DIR": folder, "PYTHONUNBUFFERED": "1"}
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        try:
            yield (await process.stdout.readline()).decode().split()[-1], process.pid
        finally:
            process.terminate()
            await process.wait()


async def quiet(client: ClientSession) -> None:
    """Until no run is active."""
    while (await (await client.get("/api/v1/sync/status")).json())["data"]["active"]:  # noqa: ASYNC110 - it has no event for us
        await asyncio.sleep(0.2)


async def watch(socket: ClientWebSocketResponse, seen: Counter[str]) -> float | None:
    """When this socket heard the end, None when it never did."""
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            return None
        kind = json.loads(frame.data)["type"]
        seen[kind] += 1
        if kind in ("complete", "error"):
            return time.monotonic()
    return None


def megabytes(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status").read_text() if pid else ""
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


async def measure(url: str, pid: int | None, count: int, table: str) -> None:
    async with ClientSession(url, connector=TCPConnector(limit=0)) as client:
        await quiet(client)
        before = megabytes(pid)
        sockets = [await client.ws_connect("/ws/sync/progress") for _ in range(count)]
        for socket in sockets:
            await socket.receive()  # the snapshot
        connected, seen = megabytes(pid), Counter[str]()
        watching = [asyncio.create_task(watch(socket, seen)) for socket in sockets]
        began = time.monotonic()
        answer = await client.post("/api/v1/sync/start", json={"oracle_table": table, "sync_type": "full"})
        run = (await answer.json())["data"]
        ends = [end for end in await asyncio.wait_for(asyncio.gather(*watching), 600) if end is not None]
        after = megabytes(pid)
        final = (await (await client.get(f"/api/v1/sync/runs/{run['sync_id']}")).json())["data"]
        for socket in sockets:
            await socket.close()
    print(f"{final['state']}: {final['progress']['total_rows']} rows in {final['progress']['elapsed_time']} s")
    print(f"{len(ends)} of {count} sockets heard the end; messages: {dict(seen)}")
    if ends:
        print(
            f"last heard {max(ends) - min(ends):.3f} s after the first; median {statistics.median(ends) - began:.2f} s"
        )
    print(f"server memory: {before:.0f} MB, with sockets {connected:.0f} MB, at the end {after:.0f} MB")


async def main() -> None:
    own = options()
    if own.url:
        await measure(own.url, own.pid, own.sockets, own.table)
        return
    async with demo() as (url, pid):
        await measure(url, pid, own.sockets, own.table)


if __name__ == "__main__":
    asyncio.run(main())
