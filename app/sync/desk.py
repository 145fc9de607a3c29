"""The runs that are alive: their queue, their threads, and who may tell them what."""

from __future__ import annotations

import asyncio
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from app.config import Settings
from app.errors import AppError, NotPossibleNow, RunInterrupted, TableBusy
from app.hub import Event, Hub
from app.oracle import Oracle
from app.schemas.names import folded
from app.schemas.sync import ACTIVE, LogLine, RunError, State, SyncRun, SyncStart, SyncType, Target
from app.sync import chunks, ledger
from app.sync.attempt import Job
from app.sync.chunks import Chunks
from app.sync.control import Control, Reason, Stopped
from app.sync.report import Report
from app.sync.runs import Runs, now
from app.sync.work import perform
from app.warehouse import Cursor, Error, Warehouse

RESUMES = 3  # times a run goes on by itself after a restart
CLOSING = 10  # seconds a run gets to stop when the app ends
log = logging.getLogger(__name__)


@dataclass
class Live:
    """One run that is not finished."""

    job: Job
    over: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    writes: set[asyncio.Task[None]] = field(default_factory=set)
    task: asyncio.Task[None] | None = None

    @property
    def run(self) -> SyncRun:
        return self.job.report.run


class Desk:
    """Starts runs, at most ``parallel_syncs`` at once and one a table; everything here is for the loop's thread."""

    def __init__(
        self, settings: Settings, oracle: Oracle, warehouse: Warehouse, history: Runs, hub: Hub, chunks: Chunks
    ) -> None:
        self._chunks = chunks
        self._oracle, self._warehouse, self._runs, self._hub = oracle, warehouse, history, hub
        self._places = asyncio.Semaphore(settings.parallel_syncs)
        self._threads = ThreadPoolExecutor(settings.parallel_syncs, thread_name_prefix="sync")
        self._live: dict[str, Live] = {}
        self._by_table: dict[str, str] = {}
        self.ended = 0  # runs that have ended here: what was gathered of the past is old when this grows

    async def open(self) -> list[SyncRun]:
        """Judge the runs that the last process left unfinished: by what DuckDB holds, not by what was noted.

        Returns those that left chunks behind and may go on by themselves.
        """
        left = await self._runs.unfinished()
        try:
            done, cuts = await self._warehouse.call(lambda duck: _left_behind(duck, [run.sync_id for run in left]))
        except (AppError, Error) as error:  # the app serves on, whatever is wrong with the file
            log.warning("cannot judge unfinished runs: %s", error)
            return []
        for run in left:
            await self._runs.save(_judged(run, done.get(run.sync_id)))
        return await self._runs.some([sync_id for sync_id, resumed in cuts if resumed < RESUMES])

    async def close(self) -> None:
        """Interrupt every run and wait for it, at most ten seconds in all."""
        for live in list(self._live.values()):
            self._stop(live, State.INTERRUPTED)
        tasks = [live.task for live in self._live.values() if live.task]
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSING)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def active(self) -> list[SyncRun]:
        return [live.run for live in self._live.values()]

    def live(self, sync_id: str) -> SyncRun | None:
        found = self._live.get(sync_id)
        return found.run if found else None

    def busy(self, table: str) -> str | None:
        """The run that works on the table, if any."""
        return self._by_table.get(folded(table))

    async def start(
        self, target: Target, kind: SyncType, body: SyncStart, actor: str, trigger: Any, by_itself: bool = False
    ) -> SyncRun:
        """``by_itself``: nobody asked, so it may go on where it stopped but not begin anew. Raises TableBusy."""
        table = folded(target.duckdb_table)
        if table in self._by_table:
            raise TableBusy(table=target.duckdb_table, sync_id=self._by_table[table])
        run = SyncRun(
            sync_id=secrets.token_hex(8),
            target=target.duckdb_table,
            oracle_table=f"{target.owner}.{target.table}",
            type=kind,
            trigger=trigger,
            actor=actor,
            state=State.QUEUED,
            queued_at=now(),
        )
        live = Live(self._job(run, target, body, by_itself))
        self._live[run.sync_id], self._by_table[table] = live, run.sync_id
        try:
            await self._runs.save(run)
        except BaseException:
            del self._live[run.sync_id], self._by_table[table]
            raise
        self._publish("state", run)
        live.task = asyncio.create_task(self._follow(live))
        return run

    def _job(self, run: SyncRun, target: Target, body: SyncStart, by_itself: bool) -> Job:
        loop = asyncio.get_running_loop()
        report = Report(
            run,
            lambda told, kind: _from_thread(loop, self._publish, kind, told),
            lambda sync_id, line: _from_thread(loop, self._write, sync_id, line),
        )
        return Job(target, body, report, Control(), self._oracle, self._warehouse, self._chunks, by_itself)

    async def _follow(self, live: Live) -> None:
        """A run from the queue to its end. Whatever happens, it ends in a final state."""
        try:
            await self._enter(live)
            try:
                await self._begin(live)
                await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, perform, live.job)
            finally:
                self._places.release()
            outcome: dict[str, Any] = {"state": State.SUCCEEDED}
        except Exception as error:  # this is where a run's errors end
            outcome = _outcome(error, live.job.control.reason)
            if outcome["state"] is State.CANCELLED:
                live.job.report.note("Nothing was written: the table is as it was before this run.")
        await self._end(live, outcome)

    async def _enter(self, live: Live) -> None:
        """Return with a place among those that run. Raises Stopped when the run is stopped while it waits."""
        place, stop = asyncio.ensure_future(self._places.acquire()), asyncio.ensure_future(live.stopped.wait())
        await asyncio.wait({place, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not place.done():
            place.cancel()
            live.job.control.check()

    async def _begin(self, live: Live) -> None:
        live.job.control.check()
        run = live.job.report.change(state=State.RUNNING, started_at=now())
        live.job.report.begin()
        await self._runs.save(run)
        self._publish("state", run)

    async def _end(self, live: Live, outcome: dict[str, Any]) -> None:
        await asyncio.sleep(0)  # lets the lines arrive that the thread wrote last
        run = live.job.report.change(finished_at=now(), **outcome)
        if run.error:
            self._write(run.sync_id, LogLine(at=now(), level="error", message=run.error.message))
        try:
            await asyncio.gather(*live.writes)
            await self._runs.save(run)
        finally:  # a ledger that cannot be written must not keep the table busy
            self.ended += 1
            del self._live[run.sync_id], self._by_table[folded(run.target)]
            self._publish("state", run)
            self._publish("complete" if run.state is State.SUCCEEDED else "error", run)
            live.over.set()

    async def wait(self, sync_id: str) -> None:
        """Return when the run is over, at once for one that is not alive."""
        live = self._live.get(sync_id)
        if live:
            await live.over.wait()

    async def pause(self, run: SyncRun, actor: str) -> SyncRun:
        live = self._in_state(run, State.RUNNING)
        live.job.control.pause()
        return await self._turn(live, State.PAUSED, f"paused by {actor}")

    async def unpause(self, run: SyncRun, actor: str) -> SyncRun:
        live = self._in_state(run, State.PAUSED)
        live.job.control.resume()
        return await self._turn(live, State.RUNNING, f"resumed by {actor}")

    async def cancel(self, run: SyncRun, actor: str) -> SyncRun:
        """Answers when the run has stopped, or after a few seconds when Oracle does not let go of it."""
        live = self._in_state(run, *ACTIVE)
        self._write(run.sync_id, LogLine(at=now(), level="info", message=f"cancelled by {actor}"))
        self._stop(live, State.CANCELLED)
        await asyncio.wait([asyncio.ensure_future(live.over.wait())], timeout=5)
        return live.run

    def _stop(self, live: Live, reason: Reason) -> None:
        """In a thread: breaking a call may wait for the network."""
        stop = asyncio.get_running_loop().run_in_executor(None, live.job.control.stop, reason)
        stop.add_done_callback(lambda _: live.stopped.set())

    def _in_state(self, run: SyncRun, *states: State) -> Live:
        live = self._live.get(run.sync_id)
        if live is None or live.run.state not in states:
            raise NotPossibleNow(state=run.state)
        return live

    async def _turn(self, live: Live, state: State, line: str) -> SyncRun:
        run = live.job.report.change(state=state)
        self._write(run.sync_id, LogLine(at=now(), level="info", message=line))
        await self._runs.save(run)
        self._publish("state", run)
        return run

    def _write(self, sync_id: str, line: LogLine) -> None:
        live = self._live.get(sync_id)
        if live is None:
            return
        task = asyncio.ensure_future(self._runs.write(sync_id, line))
        live.writes.add(task)
        task.add_done_callback(live.writes.discard)
        data = {"sync_id": sync_id, "table": live.run.target, **line.model_dump(mode="json")}
        self._hub.publish(Event("sync", "log", data))

    def _publish(self, kind: str, run: SyncRun) -> None:
        key = ("progress", run.sync_id) if kind == "progress" else None
        self._hub.publish(Event("sync", kind, message(kind, run)), key)


def message(kind: str, run: SyncRun) -> dict[str, Any]:
    """The data of one message about a run, as the contract words it."""
    head = {"sync_id": run.sync_id, "table": run.target}
    if kind == "progress":
        return head | run.progress.model_dump(mode="json")
    if kind == "complete":
        done = {"total_rows": run.progress.total_rows, "elapsed_time": run.progress.elapsed_time}
        proof = run.proof.model_dump(mode="json") if run.proof else None
        return head | done | {"inserted": run.inserted, "deleted": run.deleted, "proof": proof}
    if kind == "error":
        error = run.error or RunError(code=run.state.value, message=f"The run was {run.state.value}.")
        return head | error.model_dump(mode="json")
    return head | run.model_dump(mode="json")


def _from_thread(loop: asyncio.AbstractEventLoop, call: Any, *values: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *values)


def _outcome(error: Exception, reason: Reason | None) -> dict[str, Any]:
    """What a run that ended with this error is: stopped, if somebody asked for that, else failed."""
    if isinstance(error, Stopped) or reason is not None:
        state = error.state if isinstance(error, Stopped) else reason
        return {"state": state, "resumable": state is State.INTERRUPTED}
    if isinstance(error, RunInterrupted):
        told = RunError(code=error.code, message=error.message())
        return {"state": State.INTERRUPTED, "resumable": True, "error": told}
    if isinstance(error, AppError):
        return {"state": State.FAILED, "error": RunError(code=error.code, message=error.message())}
    log.error("a sync run failed unexpectedly", exc_info=error)
    return {"state": State.FAILED, "error": RunError(code=AppError.code, message=AppError.sentence)}


def _left_behind(duck: Cursor, sync_ids: list[str]) -> tuple[dict[str, ledger.Finished], list[tuple[str, int]]]:
    ledger.prepare(duck)
    found = [ledger.finished(duck, sync_id) for sync_id in sync_ids]
    return {each.sync_id: each for each in found if each}, chunks.interrupted(duck)


def _judged(run: SyncRun, done: ledger.Finished | None) -> SyncRun:
    if done is None:
        error = RunError(code="interrupted", message="Merganser ended while this ran; the old table is kept.")
        return run.model_copy(
            update={"state": State.INTERRUPTED, "finished_at": now(), "error": error, "resumable": True}
        )
    counts = {"inserted": done.inserted, "deleted": done.deleted, "watermark": done.watermark}
    return run.model_copy(update={"state": State.SUCCEEDED, "finished_at": now(), **counts})
