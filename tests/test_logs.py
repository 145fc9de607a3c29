"""The log as its readers meet it: one line a message, as text or JSON, with the request that it belongs to."""

import json
import logging
from collections.abc import Iterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from app import keys, logs
from app.config import Settings
from app.main import create_app


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What goes to standard error; the log is as it was afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield capsys
    root.handlers[:] = before
    root.setLevel(level)


def test_json_is_one_object_a_line_also_with_a_traceback_and_korean(written: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json", "INFO")
    token = logs.request_id.set("r-1")
    try:
        raise ValueError("두 줄\n짜리")
    except ValueError:
        logging.getLogger("app.x").exception("테이블 %s", "iv")
    logs.request_id.reset(token)
    logging.getLogger("app.x").debug("too fine")
    line = json.loads(written.readouterr().err)  # one line, or this fails
    assert (line["level"], line["logger"], line["message"], line["request_id"]) == (
        "ERROR",
        "app.x",
        "테이블 iv",
        "r-1",
    )
    assert line["traceback"].endswith("ValueError: 두 줄\n짜리")
    assert line["time"].endswith("+00:00")


async def test_an_error_and_its_log_line_carry_the_id_that_the_client_gave(
    settings: Settings, written: pytest.CaptureFixture[str]
) -> None:
    """Also where the trouble is in the warehouse's thread."""
    logs.set_up("text", "INFO")
    app = create_app(settings)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:

        async def broken() -> None:
            await app[keys.WAREHOUSE].call(lambda _: logging.getLogger("app.x").info("in the thread") or 1 / 0)

        app[keys.QUERY].tables = broken  # type: ignore[method-assign, assignment]
        answer = await client.get("/api/v1/tables", headers={"X-Request-ID": "mine-7"})
        assert (answer.status, (await answer.json())["request_id"]) == (500, "mine-7")
        forged = await client.get("/api/v1/tables", headers={"X-Request-ID": "x] all is well ["})
        assert len(forged.headers["X-Request-ID"]) == 16
    text = written.readouterr().err
    lines = [line for line in text.splitlines() if "[mine-7]" in line]
    assert [line.rpartition("] ")[2] for line in lines] == ["in the thread", "GET /api/v1/tables failed"]
    assert "ZeroDivisionError" in text
    assert "all is well" not in text
