"""GET /health through the socket."""

from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from app import config
from app.main import create_app


async def test_a_fresh_start_without_oracle_is_degraded_but_answers_200(client: TestClient) -> None:
    answer = await client.get("/health")
    body = await answer.json()
    assert answer.status == 200
    assert body["status"] == "degraded"
    assert body["checks"] == {"warehouse": "ok", "store": "ok", "oracle": "degraded", "scheduler": "ok"}


async def test_a_corrupt_warehouse_is_503_and_the_app_still_answers(tmp_path: Path) -> None:
    (tmp_path / "merganser.duckdb").write_bytes(b"no database" * 1000)
    settings = config.load(_env_file=None, data_dir=tmp_path, oracle_dsn="", oracle_user="")
    async with TestClient(TestServer(create_app(settings), host="127.0.0.1")) as client:
        answer = await client.get("/health")
        assert answer.status == 503
        assert (await answer.json())["checks"]["warehouse"] == "failed"


async def test_a_foreign_host_name_is_refused(client: TestClient) -> None:
    answer = await client.get("/health", headers={"Host": "evil.example"})
    assert answer.status == 403
    assert (await answer.json())["error"]["code"] == "unknown_host"
