"""`run.py user …`: a process of its own beside a server or without one."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PASSWORD = "correct horse 7"


def user(folder: Path, *arguments: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"HOST", "PORT", "DUCKDB_PATH"}}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "user", *arguments],
        cwd=ROOT,
        env=environment | {"DATA_DIR": str(folder)},
        input=f"{password}\n",
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_accounts_are_made_listed_changed_and_removed(tmp_path: Path) -> None:
    assert "boss is admin" in user(tmp_path, "add", "boss", "--admin").stdout
    assert "kim is viewer" in user(tmp_path, "add", "kim").stdout
    assert user(tmp_path, "add", "lee", "--role", "user").returncode == 0
    for deed in (("role", "kim", "user"), ("passwd", "kim"), ("deactivate", "kim"), ("remove", "lee")):
        assert user(tmp_path, *deed).returncode == 0, deed
    listed = [line.split("\t")[:3] for line in user(tmp_path, "list").stdout.splitlines()]
    assert listed == [["boss", "admin", "active"], ["kim", "user", "deactivated"]]
    assert stat.S_IMODE((tmp_path / "merganser.sqlite").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "password", "sentence"),
    [
        (("add", "kim"), PASSWORD, "first admin"),
        (("add", "boss", "--admin"), "short", "10 to 256 characters"),
        (("add", "a b", "--admin"), PASSWORD, "letters, digits"),
        (("deactivate", "nobody"), PASSWORD, "no account named"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_status_2(
    tmp_path: Path, arguments: tuple[str, ...], password: str, sentence: str
) -> None:
    done = user(tmp_path, *arguments, password=password)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert password not in done.stderr


def test_a_server_for_other_machines_does_not_start_without_an_account(tmp_path: Path) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), "HOST": "0.0.0.0", "PORT": "0"}
    command = [sys.executable, "-m", "app.cli"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "run.py user add NAME --admin" in done.stderr
