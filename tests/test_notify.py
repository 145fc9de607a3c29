"""Webhooks, to a receiver on this machine."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app import config, keys
from app.config import Settings
from app.hub import Event, Hub
from app.main import create_app
from app.notify import Notifier
from app.schemas.sync import State, SyncRun, SyncStatus, SyncType
from app.schemas.tables import Table


class Receiver:
    """Keeps what it is sent; ``answers`` are the statuses of the next answers, then 204."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answers: list[int] = []
        self.tries = 0

    async def take(self, request: web.Request) -> web.Response:
        self.tries += 1
        status = self.answers.pop(0) if self.answers else 204
        if status < 400:
            self.got.put_nowait(await request.json())
        return web.Response(status=status)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(3):
            return await self.got.get()


@pytest.fixture
async def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def address(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/hook"))


class House:
    """A hub, what the tables look like, how the last runs ended."""

    def __init__(self) -> None:
        self.hub, self.tables, self.last = Hub(), [], []
        self.looked = asyncio.Event()

    async def status(self) -> SyncStatus:
        return SyncStatus(active=[], last=self.last)

    async def all_tables(self) -> list[Table]:
        self.looked.set()
        return list(self.tables)

    def tell(self, kind: str, table: str = "iv", **data: Any) -> None:
        self.hub.publish(Event("sync", kind, {"sync_id": "a1", "table": table, **data}))

    def fail(self, table: str = "iv", code: str = "oracle_away") -> None:
        self.tell("error", table, code=code, message="Oracle does not answer.")

    def succeed(self, table: str = "iv") -> None:
        self.tell("complete", table, total_rows=10)


@pytest.fixture
async def house(address: str) -> AsyncIterator[House]:
    house = House()
    async for each in _running(house, address):
        yield each


async def _running(house: House, address: str) -> AsyncIterator[House]:
    notifier = Notifier(
        address, house.hub, status=house.status, tables=house.all_tables, waits=(0.01, 0.01, 0.01), look=0.02
    )
    task = asyncio.create_task(notifier.run())
    await house.looked.wait()
    yield house
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def table(name: str, late: bool) -> Table:
    return Table(name=name, rows=1, columns=1, bytes=1, freshness_seconds=7200.0, late=late)


async def test_a_failure_is_told_with_its_code(house: House, receiver: Receiver) -> None:
    house.fail()
    told = await receiver.next()
    assert (told["event"], told["table"], told["code"]) == ("sync_failed", "iv", "oracle_away")


async def test_a_recovery_is_told_once_and_a_plain_success_never(house: House, receiver: Receiver) -> None:
    house.succeed("orders")
    house.fail()
    house.succeed()
    house.succeed()
    house.fail("last")
    events = [(await receiver.next())["event"] for _ in range(3)]
    assert events == ["sync_failed", "sync_recovered", "sync_failed"]


async def test_what_a_person_cancelled_is_no_failure(house: House, receiver: Receiver) -> None:
    house.fail(code="cancelled")
    house.fail("orders")
    assert (await receiver.next())["table"] == "orders"


async def test_a_failure_before_the_restart_can_recover_after_it(address: str, receiver: Receiver) -> None:
    house = House()
    house.last = [
        SyncRun(
            sync_id="a0",
            target="iv",
            oracle_table="MES.IV",
            type=SyncType.FULL,
            trigger="api",
            actor="kim",
            state=State.FAILED,
            queued_at=datetime.now(UTC),
        )
    ]
    async for running in _running(house, address):
        running.succeed()
        assert (await receiver.next())["event"] == "sync_recovered"


async def test_a_table_past_its_limit_is_told_once_and_when_it_is_on_time_again(
    house: House, receiver: Receiver
) -> None:
    house.tables = [table("iv", True), table("orders", False)]
    first = await receiver.next()
    assert (first["event"], first["table"], first["freshness_seconds"]) == ("table_late", "iv", 7200.0)
    house.tables = [table("iv", False)]
    assert (await receiver.next())["event"] == "table_on_time"
    assert receiver.tries == 2


async def test_a_receiver_that_stumbles_is_tried_again(house: House, receiver: Receiver) -> None:
    receiver.answers = [500, 429, 503]
    house.fail()
    assert (await receiver.next())["event"] == "sync_failed"
    assert receiver.tries == 4


async def test_a_receiver_that_says_no_or_never_answers_well_does_not_stop_the_next_message(
    house: House, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = [404, 500, 500, 500, 500]
    for name in ("one", "two", "three"):
        house.fail(name)
    assert (await receiver.next())["table"] == "three"
    assert "did not take sync_failed of two: status 500" in caplog.text
    assert "/hook" not in caplog.text


async def test_the_setting_alone_makes_the_app_tell(settings: Settings, address: str, receiver: Receiver) -> None:
    told = config.load(**{**settings.model_dump(), "webhook_url": address}, _env_file=None)
    app = create_app(told)
    async with TestServer(app, host="127.0.0.1"):
        data = {"sync_id": "a1", "table": "iv", "code": "oracle_away", "message": "Oracle does not answer."}
        async with asyncio.timeout(3):
            while receiver.got.empty():  # the notifier begins to listen a moment after the start
                app[keys.HUB].publish(Event("sync", "error", data))
                await asyncio.sleep(0.02)
        assert (await receiver.next())["event"] == "sync_failed"
    assert address not in repr(told)
