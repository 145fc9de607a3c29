"""/ws/panes through the socket: the pages' own parts, once for many readers, at most twice a second."""

import asyncio
import contextlib
import re
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient

from app import keys
from app.hub import Event, Hub
from app.live.panes import PANES, Pane, Panes, PaneView, Part
from app.schemas.accounts import Role
from app.schemas.sync import LogLine, State
from app.sync.runs import Runs
from tests.samples import NOW, run

ADDRESS = "/ws/panes"


@pytest.fixture
def hub(app: web.Application) -> Hub:
    return app[keys.HUB]


@pytest.fixture
def panes(app: web.Application) -> Panes:
    return app[PANES]


@pytest.fixture
async def runs(client: TestClient, app: web.Application) -> Runs:
    """The store's ledger, once the app is open."""
    return Runs(app[keys.STORE])


def tell(hub: Hub, kind: str, sync_id: str = "a1") -> None:
    key = ("progress", sync_id) if kind == "progress" else None
    hub.publish(Event("sync", kind, {"sync_id": sync_id, "table": "orders"}), key)


async def heard(socket: ClientWebSocketResponse, text: str) -> str:
    """The next message that holds ``text``."""
    async with asyncio.timeout(5):
        while True:
            message = str(await socket.receive_str())
            if text in message:
                return message


async def test_a_page_gets_all_its_parts_on_connect(client: TestClient, runs: Runs) -> None:
    await runs.save(run("a1"))
    async with client.ws_connect(f"{ADDRESS}?view=sync") as socket:
        text = await heard(socket, "_sync_runs")
    for part in ("_shell_running", "_sync_active", "_sync_runs"):
        assert f'<hx-partial hx-target="#{part}" hx-swap="outerMorph">' in text
    assert "/sync/runs/a1" in text


async def test_what_is_pushed_is_what_the_page_shows(client: TestClient, runs: Runs) -> None:
    await runs.save(run("a1"))
    whole = await (await client.get("/sync/runs/a1")).text()
    async with client.ws_connect(f"{ADDRESS}?view=run&sync_id=a1") as socket:
        text = await heard(socket, "_sync_report")
    for part in ("_sync_run", "_sync_log", "_sync_report"):
        begin = f'<hx-partial hx-target="#{part}-a1" hx-swap="outerMorph">'
        pushed = text.split(begin)[1].split("</hx-partial>")[0]
        assert pushed.strip() in whole


async def test_a_run_that_moves_is_pushed_to_who_shows_it_and_to_nobody_else(
    client: TestClient, runs: Runs, hub: Hub
) -> None:
    await runs.save(run("a1", state=State.RUNNING, finished_at=None))
    async with AsyncExitStack() as stack:
        open_ = [
            await stack.enter_async_context(client.ws_connect(f"{ADDRESS}?{q}"))
            for q in ("view=run&sync_id=a1", "view=run&sync_id=b2", "")
        ]
        for socket in open_:
            await heard(socket, "_shell_running")
        tell(hub, "progress")
        assert "42%" in await heard(open_[0], "_sync_run-a1")
        for other in open_[1:]:
            with pytest.raises(TimeoutError):
                await other.receive_str(timeout=0.3)


async def test_a_new_log_line_reaches_the_runs_page(client: TestClient, runs: Runs, hub: Hub) -> None:
    await runs.save(run("a1", state=State.RUNNING))
    async with client.ws_connect(f"{ADDRESS}?view=run&sync_id=a1") as socket:
        await heard(socket, "_sync_log")
        await runs.write("a1", LogLine(at=NOW, level="warning", message="Trying again in 2 s."))
        tell(hub, "log")
        assert "Trying again in 2 s." in await heard(socket, "Trying")


async def test_a_part_is_rendered_once_for_each_language_however_many_read(
    client: TestClient, runs: Runs, hub: Hub, panes: Panes
) -> None:
    await runs.save(run("a1", state=State.RUNNING))
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(
                client.ws_connect(f"{ADDRESS}?view=sync", headers={"Accept-Language": ("ko", "en")[place % 2]})
            )
            for place in range(20)
        ]
        for socket in sockets:
            await heard(socket, "_sync_runs")
        before = panes.rendered
        tell(hub, "progress")
        texts = [await heard(socket, "_sync_run-a1") for socket in sockets]
        assert panes.rendered - before == 2
    assert "남은 시간" in texts[0]
    assert "Time left" in texts[1]


async def test_a_part_is_rendered_once_for_each_role(runs: Runs, hub: Hub, panes: Panes) -> None:
    await runs.save(run("a1", state=State.RUNNING))
    readers = [Pane("en", role, PaneView(view="sync")) for role in (Role.ADMIN, Role.ADMIN, Role.VIEWER, Role.VIEWER)]
    for pane in readers:
        await panes.welcome(pane)
        await pane.take()
    panes.open.update(readers)
    before = panes.rendered
    tell(hub, "progress")
    admin, _, viewer, _ = [await asyncio.wait_for(pane.take(), 5) for pane in readers]
    assert panes.rendered - before == 2
    assert ("/pause" in admin, "/pause" in viewer) == (True, False)


async def test_a_run_is_rendered_at_most_twice_a_second(client: TestClient, runs: Runs, hub: Hub, panes: Panes) -> None:
    await runs.save(run("a1", state=State.RUNNING))
    async with client.ws_connect(f"{ADDRESS}?view=sync") as socket:
        await heard(socket, "_sync_runs")
        before, began = panes.rendered, time.monotonic()
        while time.monotonic() - began < 1.2:
            tell(hub, "progress")
            await asyncio.sleep(0.01)
        assert 2 <= panes.rendered - before <= 3


async def test_the_end_of_a_run_brings_the_history_up_to_date(client: TestClient, runs: Runs, hub: Hub) -> None:
    async with client.ws_connect(f"{ADDRESS}?view=sync") as socket:
        await heard(socket, "_sync_runs")
        await runs.save(run("a1"))
        tell(hub, "complete")
        assert "/sync/runs/a1" in await heard(socket, "_sync_runs")


async def test_a_filtered_history_is_left_alone(client: TestClient, runs: Runs, hub: Hub) -> None:
    await runs.save(run("a1"))
    async with client.ws_connect(f"{ADDRESS}?view=sync&filtered=true") as socket:
        await heard(socket, "_sync_active")
        tell(hub, "complete")
        assert "_sync_runs" not in await heard(socket, "_sync_active")


async def test_who_comes_back_gets_the_present_state_not_a_remembered_one(
    client: TestClient, runs: Runs, hub: Hub
) -> None:
    await runs.save(run("a1", state=State.RUNNING))
    async with client.ws_connect(f"{ADDRESS}?view=run&sync_id=a1") as socket:
        await heard(socket, "_sync_run")
    await runs.save(run("a1"))
    tell(hub, "complete")
    await asyncio.sleep(0)
    async with client.ws_connect(f"{ADDRESS}?view=run&sync_id=a1") as socket:
        assert "Succeeded" in await heard(socket, "_sync_run")


async def test_news_during_a_welcome_come_after_it(
    client: TestClient, runs: Runs, hub: Hub, panes: Panes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await runs.save(run("a1", state=State.RUNNING, finished_at=None))
    asked, go = asyncio.Event(), asyncio.Event()
    prompt = panes._context

    async def slowly(part: Part) -> dict[str, Any]:
        context = await prompt(part)
        if part[0] == "_sync_report" and not asked.is_set():  # the run itself has been rendered by now
            asked.set()
            await go.wait()
        return context

    monkeypatch.setattr(panes, "_context", slowly)
    async with client.ws_connect(f"{ADDRESS}?view=run&sync_id=a1") as socket:
        await asked.wait()
        await runs.save(run("a1"))
        tell(hub, "complete")
        with contextlib.suppress(TimeoutError):  # time enough for the news to overtake what is still on its way
            await socket.receive_str(timeout=0.3)
        go.set()
        states = []
        with contextlib.suppress(TimeoutError):
            while text := str(await socket.receive_str(timeout=1)):
                states += re.findall('data-state="(\\w+)"', text)
    assert states[-1] == "succeeded"


async def test_a_run_that_is_gone_breaks_nothing(client: TestClient, hub: Hub) -> None:
    async with client.ws_connect(f"{ADDRESS}?view=run&sync_id=gone") as socket:
        await heard(socket, "_shell_running")
        tell(hub, "complete", "gone")
        await heard(socket, "_shell_running")


async def test_a_reader_that_has_gone_is_forgotten(client: TestClient, panes: Panes) -> None:
    async with client.ws_connect(ADDRESS) as socket:
        await heard(socket, "_shell_running")
        assert len(panes.open) == 1
    async with asyncio.timeout(3):
        while panes.open:  # noqa: ASYNC110 - the server hears of it through the socket alone
            await asyncio.sleep(0.01)


async def test_a_foreign_page_gets_no_socket(client: TestClient) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(ADDRESS, headers={"Origin": "https://evil.example"})
    assert refused.value.status == 403


async def test_a_tables_page_hears_of_its_table_whatever_its_name(client: TestClient, app: web.Application) -> None:
    name = '이력 $1"<b>'
    await app[keys.WAREHOUSE].rows('CREATE TABLE "이력 $1""<b>" AS SELECT 1 AS a')
    async with client.ws_connect(ADDRESS, params={"view": "table", "table": name}) as socket:
        text = await heard(socket, "_table_head")
    (target,) = re.findall(r'hx-target="#(_table_head-[^"]+)"', text)
    assert re.fullmatch(r"[\w-]+", target, re.ASCII)
    assert f'id="{target}"' in text
    async with client.ws_connect(ADDRESS, params={"view": "table", "table": "none"}) as socket:
        assert "_table_head" not in await heard(socket, "_shell_running")
