"""The warehouse: a file that DuckDB cannot use is told by its name and left as it is; a call whose caller goes away."""

import asyncio
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from aiohttp.test_utils import TestClient, TestServer

from app import config, keys
from app.config import Settings
from app.errors import WarehouseAway
from app.main import create_app
from app.query.memory import MemoryGuard
from app.warehouse import Cursor, Warehouse

HEADER = 4096  # bytes of the file's main header: a checksum, DUCK, the format's number, and what does not matter here


def made(path: Path) -> bytes:
    """A warehouse with two tables of a million bytes each; the file."""
    path.parent.mkdir(exist_ok=True)
    with duckdb.connect(str(path)) as root:
        for name in ("a", "b"):
            root.execute(f"CREATE TABLE {name} AS SELECT md5(i::VARCHAR) AS v FROM range(30000) t(i)")
    return path.read_bytes()


def of_a_newer_duckdb(file: bytes) -> bytes:
    """The same file as a DuckDB that is still to come would write it: a format number of its own, rightly summed."""
    body = file[8:12] + struct.pack("<Q", 500) + file[20:HEADER]
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", body):
        checksum ^= word * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    return struct.pack("<Q", checksum) + body + file[HEADER:]


def damage(path: Path, table: str) -> None:
    """One byte of the table's values turned over, as a bad disk does it."""
    with duckdb.connect(str(path)) as root:
        sql = f"SELECT min(block_id) FROM pragma_storage_info('{table}') WHERE block_id >= 0"
        (block,) = root.execute(sql).fetchone() or (0,)
    file, place = path.read_bytes(), 3 * HEADER + block * 262144 + 1000
    path.write_bytes(file[:place] + bytes([file[place] ^ 0x5A]) + file[place + 1 :])


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        (of_a_newer_duckdb, "version number 500.* update the package duckdb"),
        (lambda _: b"no database at all " * 1000, "not a valid DuckDB database"),
        (lambda file: file[:8] + b"\0" * 100 + file[108:], "not a valid DuckDB database"),
        (lambda file: file[: 2 * HEADER], "Could not read"),
    ],
    ids=["of a newer DuckDB", "no database", "a header of zeros", "cut off"],
)
async def test_a_file_that_cannot_be_opened_is_said_and_left_as_it_is(tmp_path: Path, spoiled, said: str) -> None:
    path = tmp_path / "merganser.duckdb"
    path.write_bytes(spoiled(made(path)))
    before = path.read_bytes()
    warehouse = Warehouse(path, temp=tmp_path / "temp")
    with pytest.raises(WarehouseAway, match=said):
        await warehouse.open()
    await warehouse.close()
    assert path.read_bytes() == before


async def test_a_damaged_block_is_said_and_the_other_tables_are_still_shown(tmp_path: Path) -> None:
    path = tmp_path / "merganser.duckdb"
    made(path)
    damage(path, "b")
    settings = config.load(_env_file=None, data_dir=tmp_path, oracle_dsn="", oracle_user="")
    async with TestClient(TestServer(create_app(settings), host="127.0.0.1")) as client:
        answers = [await client.post(f"/api/v1/tables/{name}/query", json={}) for name in ("a", "b")]
        bodies = [await answer.json() for answer in answers]
        assert [answer.status for answer in answers] == [200, 503], bodies
        assert bodies[1]["error"]["code"] == "warehouse_away"
        assert "Corrupt database file" in bodies[1]["error"]["message"]
        assert (await client.get("/health")).status == 200


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder with a warehouse that nobody may write to, root neither: its file system is mounted read-only."""
    folder = tmp_path / "fixed"
    folder.mkdir()
    if os.geteuid():
        made(folder / "merganser.duckdb")
        folder.chmod(0o555)
        (folder / "merganser.duckdb").chmod(0o444)
        yield folder
        folder.chmod(0o755)
        return
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        made(folder / "merganser.duckdb")
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


async def test_in_a_read_only_folder_the_app_says_so_and_answers(tmp_path: Path, read_only: Path) -> None:
    path = read_only / "merganser.duckdb"
    settings = config.load(_env_file=None, data_dir=tmp_path, duckdb_path=path, oracle_dsn="", oracle_user="")
    before = path.read_bytes()
    async with TestClient(TestServer(create_app(settings), host="127.0.0.1")) as client:
        health = await client.get("/health")
        assert (health.status, (await health.json())["checks"]["warehouse"]) == (503, "failed")
        answer = await client.get("/api/v1/tables")
        error = (await answer.json())["error"]
        assert (answer.status, error["code"]) == (503, "warehouse_away")
        assert str(path) in error["message"]
        assert "read-only" in error["message"].lower() or "permission" in error["message"].lower()
        assert (await client.get("/")).status in (200, 503)
        assert client.app[keys.SYNC]._desk.active() == []
    assert path.read_bytes() == before


async def test_a_caller_that_leaves_in_the_last_moment_is_no_error(settings: Settings) -> None:
    """The thread has closed its cursor and is about to be done: there is nothing left to interrupt."""
    warehouse = Warehouse(settings.warehouse_path, temp=settings.data_dir / "temp")
    closed, left = threading.Event(), threading.Event()

    def work(cursor: Cursor) -> None:
        cursor.close()
        closed.set()
        left.wait(10)

    call = asyncio.create_task(warehouse.call(work))
    await asyncio.to_thread(closed.wait, 10)
    call.cancel()
    asyncio.get_running_loop().call_later(0.1, left.set)
    with pytest.raises(asyncio.CancelledError):
        await call
    await warehouse.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the ceiling holds on Linux")
async def test_a_database_that_duckdb_has_given_up_is_opened_anew(settings: Settings) -> None:
    """An allocation that fails at a bad place makes DuckDB refuse everything until the database is opened again."""
    warehouse = Warehouse(settings.warehouse_path, temp=settings.data_dir / "temp", memory_limit="200MB")
    await warehouse.call(lambda cursor: cursor.execute("CREATE TABLE kept AS SELECT 42 AS a"))
    at_once = [warehouse.rows("SELECT count(*) FROM range(100000000) AS r(i) WHERE i % 7 = 0") for _ in range(2)]
    others = [asyncio.ensure_future(each) for each in at_once]
    with MemoryGuard("200MB").held(), pytest.raises((duckdb.Error, MemoryError)):
        await warehouse.rows("SELECT reservoir_quantile(i, 0.5, 200000000) FROM range(1000) AS r(i)")
    await asyncio.gather(*others, return_exceptions=True)
    assert await warehouse.rows("SELECT a FROM kept") == [(42,)]
    with pytest.raises(duckdb.Error, match="configuration has been locked"):
        await warehouse.rows("SET threads = 1")
    await warehouse.close()
