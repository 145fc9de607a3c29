"""What the command line does with a running server: find it, ask it, and show a run as a progress bar."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from app import keys
from app.config import Settings
from app.errors import AppError, SettingsError
from app.guard import LOCAL
from app.main import create_app
from app.oracle import Oracle
from app.schemas.sync import ACTIVE, State, SyncRun, SyncStart
from app.sync.comparison import Compared, compare
from app.warehouse import Warehouse

ADDRESS = "server.json"


class ServerRefused(AppError):
    status, code, sentence = 502, "server_refused", "{reason}"


@contextlib.contextmanager
def announced(folder: Path, url: str, token: str) -> Iterator[None]:
    """While inside, ``server.json`` in the data folder tells our own command line where the server is."""
    file = folder / ADDRESS
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        json.dump({"url": url, "token": token, "process": os.getpid()}, handle)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def refuse_second(folder: Path) -> None:
    """Raises SettingsError that names the Merganser which already serves this data folder."""
    try:
        other = json.loads((folder / ADDRESS).read_text("utf-8"))
        os.kill(other["process"], 0)  # asks whether it is there; sends nothing
    except (OSError, ValueError, KeyError):
        return  # none, or one that was killed and left its file
    where = f"process {other['process']} on {other['url']}"
    raise SettingsError(reason=f"DATA_DIR {folder} is in use by another Merganser: {where}. Stop it first.")


async def sync(settings: Settings, body: SyncStart) -> int:
    """Run one sync by the running server, else in this process; 0 when it succeeded."""
    async with _server(settings.data_dir) as server:
        run = await (_by_server(server, body) if server else _here(create_app(settings), body))
    _show(run)
    print()
    if run.error is not None:
        print(f"{run.error.code}: {run.error.message}", file=sys.stderr)
    for note in run.notes:
        print(note)
    return 0 if run.state is State.SUCCEEDED else 1


async def types(settings: Settings, table: str, rows: int) -> int:
    """Print how each column of the table comes out of a sync, beside Oracle's own text; 1 when a value differs.

    In a file of its own: a running server's stays alone.
    """
    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(Path(folder) / "types.duckdb", temp=Path(folder))
        try:
            with contextlib.closing(Oracle(settings)) as oracle:
                found = await asyncio.to_thread(compare, oracle, warehouse, table, rows)
        finally:
            await warehouse.close()
    return told(found)


def told(found: list[Compared]) -> int:
    """Print a line per column; 1 when a value differs."""
    widths = [max(map(len, column)) for column in zip(*map(_words, found), strict=True)]
    for each in found:
        words = [f"{word:<{width}}" for word, width in zip(_words(each), widths, strict=True)]
        print("  ".join([*words, each.difference or each.reason or "equal"]))
    return 1 if any(each.difference for each in found) else 0


def _words(column: Compared) -> tuple[str, str, str, str]:
    return column.column, column.oracle_type, column.duckdb_type or "-", f"{column.values:,} values"


@contextlib.asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[aiohttp.ClientSession | None]:
    """A session to the server of this data folder; None when none answers."""
    try:
        found = json.loads((folder / ADDRESS).read_text("utf-8"))
    except (OSError, ValueError):
        yield None
        return
    headers = {"Authorization": f"Bearer {found['token']}"} if found["token"] else {}
    own = aiohttp.TCPConnector(ssl=False)  # on this machine the certificate's name does not match
    async with aiohttp.ClientSession(found["url"], headers=headers, connector=own) as session:
        try:
            await session.get("/health", timeout=aiohttp.ClientTimeout(5))
        except (aiohttp.ClientError, TimeoutError):
            yield None
            return
        yield session


async def _by_server(server: aiohttp.ClientSession, body: SyncStart) -> SyncRun:
    run = await _ask(server, "POST", "/api/v1/sync/start", json=body.model_dump(mode="json", exclude_none=True))
    while run.state in ACTIVE:
        _show(run)
        await asyncio.sleep(0.3)
        run = await _ask(server, "GET", f"/api/v1/sync/runs/{run.sync_id}")
    return run


async def _ask(server: aiohttp.ClientSession, method: str, path: str, **more: Any) -> SyncRun:
    async with server.request(method, path, **more) as answer:
        body = await answer.json()
        if not body["success"]:
            raise ServerRefused(reason=body["error"]["message"])
        return SyncRun.model_validate(body["data"])


async def _here(app: web.Application, body: SyncStart) -> SyncRun:
    """No server runs: open the files, as it would."""
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        with app[keys.HUB].listen("sync") as listener:
            run = await app[keys.SYNC].start(body, LOCAL, "cli")
            finished = asyncio.ensure_future(app[keys.SYNC].wait(run.sync_id))
            while not finished.done():
                heard = asyncio.ensure_future(listener.get())
                await asyncio.wait({finished, heard}, return_when=asyncio.FIRST_COMPLETED)
                heard.cancel()
                _show(await app[keys.SYNC].run(run.sync_id))
            return finished.result()
    finally:
        await runner.cleanup()


def _show(run: SyncRun) -> None:
    """One line that overwrites itself: a bar where the size is known, rows, rows a second, phase or state."""
    progress = run.progress
    share = 1.0 if run.state is State.SUCCEEDED else progress.percentage
    filled = round((share or 0) * 30)
    bar = f"[{'#' * filled}{'.' * (30 - filled)}] {share:4.0%}" if share is not None else "[" + "?" * 30 + "]  ..."
    word = progress.phase if run.state is State.RUNNING else run.state
    line = f"{run.target} {bar} {progress.total_rows:,} rows, {progress.rows_per_second:,.0f}/s, {word}"
    print(f"\r{line[: _width()]:<{_width()}}", end="", flush=True)


def _width() -> int:
    return min(os.get_terminal_size().columns - 1, 120) if sys.stdout.isatty() else 110
