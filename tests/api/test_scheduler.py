"""The schedule through the socket, with the real clock."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer

from app import keys
from app.config import Settings
from app.hub import Listener
from app.main import create_app

JOBS = "/api/v1/scheduler/jobs"


async def made(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = await client.post(JOBS, json={"cron": "0 2 * * *"} | body)
    assert answer.status == 201, await answer.text()
    return dict((await answer.json())["data"])


async def test_a_job_is_made_shown_changed_and_dropped(client: TestClient) -> None:
    job = await made(client, name="nightly")
    assert (job["timezone"], job["targets"], job["sync_type"]) == ("Asia/Seoul", ["*"], "incremental")
    assert len(job["next_runs"]) == 5
    assert job["next_runs"][0].endswith("T17:00:00Z")
    answer = await client.patch(f"{JOBS}/{job['id']}", json={"enabled": False})
    assert (await answer.json())["data"]["next_run"] is None
    status = (await (await client.get("/api/v1/scheduler/status")).json())["data"]
    assert (status["running"], status["timezone"], status["jobs"][0]["name"]) == (True, "Asia/Seoul", "nightly")
    assert (await client.delete(f"{JOBS}/{job['id']}")).status == 200
    gone = await client.get(f"{JOBS}/{job['id']}")
    assert (gone.status, (await gone.json())["error"]["code"]) == (404, "job_not_found")


async def test_the_missions_hour_and_minute_are_understood(client: TestClient) -> None:
    answer = await client.post(JOBS, json={"hour": 2, "minute": 0})
    assert (await answer.json())["data"]["cron"] == "0 2 * * *"


async def test_a_bad_expression_is_422_with_its_reason(client: TestClient) -> None:
    answer = await client.post(JOBS, json={"cron": "0 25 * * *"})
    error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (422, "bad_schedule")
    assert "Bad hour" in error["message"]


async def test_run_now_answers_at_once_and_the_run_is_kept(client: TestClient) -> None:
    job = await made(client)
    answer = await client.post(f"{JOBS}/{job['id']}/run")
    assert answer.status == 202
    runs = (await (await client.get(f"{JOBS}/{job['id']}/runs")).json())["data"]
    assert (len(runs), runs[0]["trigger"]) == (1, "manual")


async def _changed(events: Listener, client: TestClient, address: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(4):
        while True:
            runs = (await (await client.get(address)).json())["data"]
            if runs and runs[0]["finished_at"]:
                return list(runs)
            await events.get()


async def test_the_clock_starts_a_job_by_itself(client: TestClient) -> None:
    assert client.app is not None
    with client.app[keys.HUB].listen("jobs") as events:
        job = await made(client, cron="* * * * * *")
        runs = await _changed(events, client, f"{JOBS}/{job['id']}/runs")
    assert (runs[0]["trigger"], runs[0]["state"]) == ("schedule", "succeeded")  # there are no targets


async def test_jobs_survive_a_restart(settings: Settings, tmp_path: Path) -> None:
    async with TestClient(TestServer(create_app(settings), host="127.0.0.1")) as client:
        job = await made(client, name="kept")
    async with TestClient(TestServer(create_app(settings), host="127.0.0.1")) as client:
        again = (await (await client.get(f"{JOBS}/{job['id']}")).json())["data"]
    assert again == job


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[tuple[ClientSession, asyncio.subprocess.Process]]:
    """A server in a process of its own, which the test may kill."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    environment = {**os.environ, "DATA_DIR": str(folder), "ORACLE_DSN": "", "PYTHONUNBUFFERED": "1"}
    own = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    assert own.stdout is not None
    line = (await own.stdout.readline()).decode()
    async with ClientSession(line.split()[-1]) as client:
        yield client, own
    if own.returncode is None:
        own.kill()
    await own.wait()


async def _runs(client: ClientSession, job: str, more_than: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(10):
        while True:
            runs = (await (await client.get(f"{JOBS}/{job}/runs")).json())["data"]
            if len(runs) > more_than:
                return list(runs)
            await asyncio.sleep(0.1)


async def test_jobs_survive_a_kill_and_no_moment_is_taken_twice(tmp_path: Path) -> None:
    async with process(tmp_path) as (client, server):
        made_ = await client.post(JOBS, json={"cron": "* * * * * *", "name": "each second"})
        job = (await made_.json())["data"]["id"]
        before = await _runs(client, job, 0)
        server.kill()
    async with process(tmp_path) as (client, _):
        after = await _runs(client, job, len(before) + 1)
    due = [run["due_at"] for run in after if run["trigger"] == "schedule"]
    assert len(set(due)) == len(due)
    assert {run["state"] for run in after[1:]} <= {"succeeded", "interrupted"}
