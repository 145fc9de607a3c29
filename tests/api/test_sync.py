"""Syncs over the API, against an Oracle."""

import asyncio
from typing import Any

import pytest

from tests.api.conftest import Api


async def test_a_sync_is_started_followed_and_looked_back_on(api: Api, source: str) -> None:
    run = await api.synced(oracle_table=source, sync_type="full")
    assert (run["state"], run["inserted"], run["trigger"], run["proof"]["ok"]) == ("succeeded", 500, "api", True)
    status = await api.ask("GET", "/sync/status")
    assert (status["active"], [last["sync_id"] for last in status["last"]]) == ([], [run["sync_id"]])
    assert (await api.ask("GET", f"/sync/status?sync_id={run['sync_id']}"))["state"] == "succeeded"
    assert [r["sync_id"] for r in await api.ask("GET", "/sync/runs?state=succeeded&type=full")] == [run["sync_id"]]
    assert await api.ask("GET", "/sync/runs?state=failed") == []
    log = await api.ask("GET", f"/sync/runs/{run['sync_id']}/log")
    assert log
    assert all(line.keys() == {"at", "level", "message"} for line in log)
    table = next(t for t in await api.ask("GET", "/tables") if t["name"] == source.lower())
    assert (table["rows"], table["last_sync"]["sync_id"]) == (500, run["sync_id"])
    assert table["freshness_seconds"] < 60
    assert table["source"].endswith(f".{source}")


async def test_the_missions_own_line_tests_a_table(api: Api, source: str) -> None:
    run = await api.synced(oracle_table=source, sync_type="test", row_limit=100)
    assert (run["state"], run["progress"]["total_rows"]) == ("succeeded", 100)
    assert await api.ask("GET", "/targets") == []


async def test_the_same_key_starts_one_run_and_another_body_is_refused(api: Api, source: str) -> None:
    body = {"oracle_table": source, "sync_type": "test", "row_limit": 10}
    key = {"Idempotency-Key": "retry-1"}
    asked = [api.ask("POST", "/sync/start", 202, headers=key, **body) for _ in range(3)]
    runs = await asyncio.gather(*asked)
    assert len({run["sync_id"] for run in runs}) == 1
    assert (await api.ask("POST", "/sync/start", 422, headers=key, **body | {"row_limit": 11}))["code"] == "key_reused"
    again = await api.ask("POST", "/sync/start", 202, headers=key, **body)
    assert again["sync_id"] == runs[0]["sync_id"]


async def test_a_busy_table_is_409_and_names_the_run(api: Api, source: str) -> None:
    started: list[dict[str, Any]] = []
    for _ in range(2):
        answer = await api.client.post("/api/v1/sync/start", json={"oracle_table": source, "sync_type": "full"})
        started.append(await answer.json())
    first, second = started
    assert second["error"]["code"] == "table_busy"
    assert first["data"]["sync_id"] in second["error"]["message"]


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
async def test_a_finished_run_cannot_be_steered(api: Api, source: str, verb: str) -> None:
    run = await api.synced(oracle_table=source, sync_type="full")
    error = await api.ask("POST", f"/sync/{run['sync_id']}/{verb}", 409)
    assert error["code"] == "not_possible_now"
    assert (await api.ask("POST", f"/sync/nothing/{verb}", 404))["code"] == "run_not_found"


async def test_a_reset_clears_the_watermark_and_says_so(api: Api, source: str) -> None:
    await api.synced(oracle_table=source, sync_type="full")
    done = await api.ask("POST", "/sync/reset", oracle_table=source)
    assert done["watermarks"] == [source.lower()]
    table = next(t for t in await api.ask("GET", "/tables") if t["name"] == source.lower())
    assert (table["rows"], table["watermark"]) == (500, None)


async def test_what_the_syncs_know_of_a_table_is_shown_as_soon_as_they_know_it(api: Api, source: str) -> None:
    async def shown() -> tuple[Any, Any, dict[str, str]]:
        table = next((t for t in await api.ask("GET", "/tables") if t["name"] == source.lower()), {})
        page = await api.ask("POST", f"/tables/{source}/query", limit=1) if table else {"columns": []}
        return (
            table.get("watermark"),
            (table.get("last_sync") or {}).get("sync_id"),
            {c["name"]: c["oracle_type"] for c in page["columns"]},
        )

    assert await shown() == (None, None, {})
    types = {"ID": "NUMBER(9)", "NAME": "VARCHAR2(20)", "MADE": "DATE", "AT": "DATE"}
    first = await api.synced(oracle_table=source, sync_type="full", time_column="AT")
    assert await shown() == (first["watermark"], first["sync_id"], types)
    assert first["watermark"]
    await api.ask("POST", "/sync/reset", oracle_table=source)
    assert await shown() == (None, first["sync_id"], types)
    again = await api.synced(oracle_table=source, sync_type="full")
    assert await shown() == (again["watermark"], again["sync_id"], types)
    stats = await api.ask("GET", f"/tables/{source}/stats")  # its time is the cursor, not the first date
    assert stats["time_range"] == [column["min"] for column in stats["columns"] if column["name"] == "AT"] * 2


async def test_a_table_that_oracle_does_not_have_is_404(api: Api) -> None:
    error = await api.ask("POST", "/sync/start", 404, oracle_table="NO_SUCH_TABLE", sync_type="full")
    assert error["code"] == "source_not_found"


async def test_a_finished_run_is_the_snapshot_of_who_comes_back_for_it(api: Api, source: str) -> None:
    run = await api.synced(oracle_table=source, sync_type="full")
    async with api.client.ws_connect(f"/ws/sync/progress?sync_id={run['sync_id']}") as socket:
        snapshot = await socket.receive_json()
    assert [(r["sync_id"], r["state"]) for r in snapshot["data"]["runs"]] == [(run["sync_id"], "succeeded")]


async def test_a_scheduled_job_syncs_its_tables(api: Api, source: str) -> None:
    await api.synced(oracle_table=source, sync_type="full")
    job = await api.ask("POST", "/scheduler/jobs", 201, cron="0 2 * * *", targets=[source.lower()], sync_type="full")
    async with api.client.ws_connect("/ws/sync/progress") as socket:
        await socket.receive_json()
        await api.ask("POST", f"/scheduler/jobs/{job['id']}/run", 202)
        while (await socket.receive_json(timeout=30))["type"] != "complete":
            pass
    run = (await api.ask("GET", "/sync/runs?limit=1"))[0]
    assert (run["trigger"], run["state"]) == ("schedule", "succeeded")
