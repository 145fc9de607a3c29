"""The command line as a person uses it: a process of its own, what it prints, how it ends."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import oracledb
import pytest

from app import terminal
from app.demo import process as embedded
from app.sync.comparison import Compared
from tests.conftest import OracleAt

ROOT = Path(__file__).parent.parent
QUIET = ("ORACLE_DSN", "ORACLE_USER", "ORACLE_PASSWORD", "ORACLE_HOST", "HOST", "PORT", "DATA_DIR")


def environment(folder: Path, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in QUIET}
    return {**own, "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1", **more}


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(folder, **more), capture_output=True, text=True, timeout=60
    )


@contextmanager
def serving(folder: Path, *arguments: str, more: dict[str, str] | None = None) -> Iterator[str]:
    """The address of a server that runs as a person would start it; it is asked to end as Ctrl+C does."""
    command = [sys.executable, "-m", "app.cli", *arguments, "--port", "0"]
    own = environment(folder, **(more or {}))
    with subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            address = re.search(r"https?://\S+", line)
            assert address is not None, line
            yield address.group()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def test_without_settings_it_serves_and_health_says_degraded(tmp_path: Path) -> None:
    with serving(tmp_path) as address, urllib.request.urlopen(f"{address}/health") as answer:
        assert json.load(answer)["status"] == "degraded"


def test_options_alone_mean_serve(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "127.0.0.1") as address:
        assert urllib.request.urlopen(f"{address}/health").status == 200


def test_a_running_server_tells_only_its_owner_where_it_is(tmp_path: Path) -> None:
    with serving(tmp_path) as address:
        file = tmp_path / "server.json"
        assert json.loads(file.read_text())["url"].endswith(address.rpartition(":")[2])
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.exists()


def test_a_taken_port_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "serve", "--port", port)
    assert done.returncode == 2
    assert port in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_setting_is_named_with_its_rule(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", PORT="http")
    assert done.returncode == 2
    assert "PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_public_address_without_accounts_is_refused_and_says_how(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert "run.py user add" in done.stderr


@pytest.mark.parametrize("command", [["check"], ["sync", "ORDERS", "--type", "full"]])
def test_what_needs_oracle_says_that_none_is_set_up(tmp_path: Path, command: list[str]) -> None:
    done = run(tmp_path, *command)
    assert done.returncode == 2
    assert "No Oracle is set up yet" in done.stderr
    assert "Traceback" not in done.stderr


def test_records_that_cannot_be_opened_are_one_sentence_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "merganser.sqlite").write_bytes(b"no records at all" * 1000)
    for folder, reason in ((tmp_path, "not a database"), (tmp_path / "merganser.sqlite" / "sub", "Not a directory")):
        done = run(folder, "serve", "--port", "0")
        assert done.returncode == 2
        assert reason in done.stderr
        assert "merganser.sqlite" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_embedded_server_runs_alone_with_ones_own_tables(tmp_path: Path) -> None:
    script = tmp_path / "my.sql"
    script.write_text("create table mine (a number); insert into mine values (7);")
    command = [sys.executable, "-m", "app.cli", "demo", "--oracle-only", "--port", "0", "--script", str(script)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        where = process.stdout.readline().split()[-1]
        with oracledb.connect(dsn=where, user="app", password="app") as connection:
            assert connection.cursor().execute("select a from mine").fetchone() == (7,)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_check_types_compares_a_table_value_by_value(tmp_path: Path, oracle_at: OracleAt) -> None:
    known = {"ORACLE_DSN": oracle_at.dsn, "ORACLE_USER": oracle_at.user, "ORACLE_PASSWORD": oracle_at.password}
    with oracle_at.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE CLI_TYPES (id NUMBER(10), v VARCHAR2(20), l LONG)")
        cursor.execute("INSERT INTO CLI_TYPES VALUES (1, '한글', 'long')")
        connection.commit()
        done = run(tmp_path, "check", "--types", "cli_types", "--rows", "10", **known)
        cursor.execute("DROP TABLE CLI_TYPES")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["ID", "NUMBER(10)", "BIGINT", "1", "values", "equal"]
    assert lines[1] == ["V", "VARCHAR2(20)", "VARCHAR", "1", "values", "equal"]
    assert lines[2][:3] == ["L", "LONG", "-"]
    assert run(tmp_path, "check", "--types", "no_such_table", **known).returncode == 2


def test_check_types_ends_with_1_when_a_value_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.told([Compared("C", "NUMBER(5,2)", "DECIMAL(5,2)", 3, "Oracle .1, DuckDB 0.10001")]) == 1
    assert "3 values  Oracle .1, DuckDB 0.10001" in capsys.readouterr().out


def test_a_second_server_on_the_same_data_is_refused_and_names_the_first(tmp_path: Path) -> None:
    with serving(tmp_path) as address:
        done = run(tmp_path, "serve", "--port", "0")
        assert done.returncode == 2
        assert address.rpartition(":")[2] in done.stderr
        assert re.search(r"process \d+", done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1


def test_what_a_killed_server_left_does_not_stop_the_next(tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text('{"url": "http://127.0.0.1:1", "token": "x", "process": 99999999}')
    with serving(tmp_path) as address, urllib.request.urlopen(f"{address}/health") as answer:
        assert answer.status == 200


def test_the_older_settings_make_the_first_target(tmp_path: Path) -> None:
    with embedded.start() as oracle:
        older = {
            "ORACLE_DSN": oracle.dsn,
            "ORACLE_USER": oracle.user,
            "ORACLE_PASSWORD": oracle.password,
            "SYNC_ORACLE_SCHEMA": "MESMGR",
            "SYNC_ORACLE_TABLE": "CRASIVTTST",
            "SYNC_PRIMARY_KEY": "FACTORY, TRAN_TIME",
            "SYNC_TIME_COLUMN": "TRAN_TIME",
            "SYNC_DUCKDB_TABLE": "iv_data",
        }
        with serving(tmp_path, more=older) as address, urllib.request.urlopen(f"{address}/api/v1/targets") as answer:
            target = json.load(answer)["data"][0]
    assert (target["duckdb_table"], target["key"], target["cursor"]) == (
        "iv_data",
        ["FACTORY", "TRAN_TIME"],
        "TRAN_TIME",
    )


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate of its own with openssl")
def test_with_a_certificate_it_speaks_https_and_the_session_travels_by_nothing_else(tmp_path: Path) -> None:
    cert, key, folder = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "data"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    made = ["openssl", "req", "-x509", "-nodes", *kind, *names, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    command = [sys.executable, "-m", "app.cli", "user", "add", "boss", "--admin"]
    subprocess.run(command, cwd=ROOT, env=environment(folder), input="correct horse 7\n", text=True, check=True)
    with serving(folder, more={"TLS_CERT": str(cert), "TLS_KEY": str(key)}) as address:
        body = json.dumps({"name": "boss", "password": "correct horse 7"}).encode()
        asked = urllib.request.Request(f"{address}/api/v1/account/login", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, context=ssl.create_default_context(cafile=str(cert))) as answer:
            assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(answer.headers["Set-Cookie"].split("; "))
        with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
            urllib.request.urlopen(f"http{address.removeprefix('https')}/health", timeout=5)
