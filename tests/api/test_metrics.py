"""GET /metrics through the socket."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app import keys
from app.hub import Event


async def figures(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = await client.get("/metrics")
    assert answer.status == 200
    assert answer.content_type == "text/plain"
    families = text_string_to_metric_families(await answer.text())
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def sample(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


async def test_answers_are_counted_by_pattern_and_status_never_by_address(client: TestClient) -> None:
    for name in ("a", "b"):
        await client.get(f"/api/v1/sync/runs/{name}")
    await client.get("/nowhere/at/all")
    found = await figures(client)
    counted = "merganser_http_requests_total"
    assert found[sample(counted, method="GET", route="/api/v1/sync/runs/{sync_id}", status="404")] == 2
    assert found[sample(counted, method="GET", route="unknown", status="404")] == 1


@pytest.mark.parametrize("state", ["succeeded", "failed"])
async def test_a_finished_run_is_counted_with_its_rows_and_time(
    client: TestClient, app: web.Application, state: str
) -> None:
    run: dict[str, Any] = {
        "sync_id": "a1",
        "table": "iv",
        "target": "iv",
        "type": "full",
        "state": "running",
        "progress": {"total_rows": 1000, "elapsed_time": 2.0},
    }
    for now in ("running", state):
        app[keys.HUB].publish(Event("sync", "state", run | {"state": now}))
    found = await figures(client)
    assert found[sample("merganser_runs_total", type="full", state=state)] == 1
    assert found[sample("merganser_rows_total", table="iv")] == 1000
    assert found[sample("merganser_run_seconds_sum", type="full")] == 2.0


async def test_the_queue_and_the_loop_are_there_from_the_start(client: TestClient) -> None:
    found = await figures(client)
    assert found[sample("merganser_runs_queued")] == 0
    assert sample("merganser_loop_delay_seconds_count") in found


async def test_every_table_is_there_with_its_rows(client: TestClient, app: web.Application) -> None:
    await app[keys.WAREHOUSE].rows("CREATE TABLE iv AS SELECT * FROM range(1000)")
    found = await figures(client)
    assert found[sample("merganser_table_rows", table="iv")] == 1000
    assert found[sample("merganser_table_late", table="iv")] == 0
    await app[keys.WAREHOUSE].rows("DROP TABLE iv")
    assert sample("merganser_table_rows", table="iv") not in await figures(client)
