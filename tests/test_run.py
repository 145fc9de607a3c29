"""run.py: when it installs again, and what an interrupted installation leaves."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py as it would be in a folder of its own, with an installation that looks finished."""
    spec = importlib.util.spec_from_file_location("run_py", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "setup.cfg").write_text("[options]")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "installed.txt")
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    module.STAMP.write_text(f"{module.fingerprint()}\ntest\ndemo")
    return module


def test_a_finished_installation_is_used_as_it_is(run: ModuleType) -> None:
    assert run.installed() == {"base", "demo", "test"}


def test_a_changed_setup_cfg_installs_again(run: ModuleType) -> None:
    (run.ROOT / "setup.cfg").write_text("[options]\n# one more package")
    assert run.installed() == set()


def test_an_installation_that_fails_does_not_look_finished(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "VENV", run.ROOT / ".venv")
    with pytest.raises((subprocess.CalledProcessError, StopIteration)):
        run.install({"base"})  # this folder has no pip to install with
    assert run.installed() == set()


def test_a_failure_is_said_in_one_line_without_a_traceback(run: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    run.STAMP.unlink()
    (run.ROOT / ".bootstrap").mkdir()
    (run.ROOT / ".bootstrap" / "pip-0.whl").write_text("no wheel")
    assert run.main(["serve"]) == 1
    assert "Traceback" not in capfd.readouterr().err
