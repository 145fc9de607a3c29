"""An app that knows the test's Oracle, with a table there to sync."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from app.config import Settings
from app.main import create_app
from tests.conftest import OracleAt


@dataclass
class Api:
    """The API of an app as a script uses it."""

    client: TestClient[Any, Any]

    async def ask(self, method: str, path: str, status: int = 200, headers: Any = None, **body: Any) -> Any:
        """The answer's data, or its error."""
        answer = await self.client.request(method, f"/api/v1{path}", json=body or None, headers=headers)
        found = await answer.json()
        assert answer.status == status, found
        return found["data"] if status < 400 else found["error"]

    async def synced(self, **body: Any) -> dict[str, Any]:
        """Start a sync and follow it to its end over the socket."""
        async with self.client.ws_connect("/ws/sync/progress") as socket:
            await socket.receive_json()
            run = await self.ask("POST", "/sync/start", 202, **body)
            while True:
                message = await socket.receive_json(timeout=30)
                ended = message["type"] in ("complete", "error")
                if ended and message["data"]["sync_id"] == run["sync_id"]:
                    return dict(await self.ask("GET", f"/sync/runs/{run['sync_id']}"))


@pytest.fixture
async def api(oracle_settings: Settings) -> AsyncIterator[Api]:
    async with TestClient(TestServer(create_app(oracle_settings), host="127.0.0.1")) as client:
        yield Api(client)


@pytest.fixture
def source(oracle_at: OracleAt) -> Iterator[str]:
    """A table of 500 rows in Oracle; its name."""
    name = f"API{os.getpid()}"
    with oracle_at.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (ID NUMBER(9) PRIMARY KEY, NAME VARCHAR2(20), MADE DATE, AT DATE)")
        rows = [(n, f"이름{n}") for n in range(500)]
        cursor.executemany(f"INSERT INTO {name} VALUES (:1, :2, NULL, SYSDATE)", rows)
        connection.commit()
        yield name
        cursor.execute(f"DROP TABLE {name}")
