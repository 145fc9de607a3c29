#!/usr/bin/env python3
"""Start Merganser: `python3 run.py [serve|demo|sync|check|user|test|bench]`.

The first use makes `.venv`, installs what setup.cfg names and hands over to `app.cli`; later
ones hand over at once. Standard library only: a bare Debian 12 has neither pip nor venv's
pip, so pip comes from the wheel in `.bootstrap` (and, unlike a download of our own, obeys
the pip.conf, proxy and certificates of the place). Windows' `.venv/Scripts` is known here
but has not been tried.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.txt"
NEEDS = {"demo": ["demo"], "bench": ["demo"], "test": ["demo", "test"]}


def fingerprint() -> str:
    """Changes whenever what must be installed changes: the requirements, the interpreter, the folder."""
    parts = [(ROOT / "setup.cfg").read_bytes(), sys.version.encode(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def installed() -> set[str]:
    """The extras of an up-to-date installation; nothing when there is none or it is outdated."""
    lines = STAMP.read_text().split() if STAMP.is_file() and PYTHON.is_file() else []
    return set(lines[1:]) | {"base"} if lines[:1] == [fingerprint()] else set()


def make_venv() -> None:
    if not PYTHON.is_file():
        print("Merganser: making .venv", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], check=True)


def install(extras: set[str]) -> None:
    make_venv()
    print("Merganser: installing packages (once; about a minute)", flush=True)
    STAMP.unlink(missing_ok=True)  # an interrupted installation must not look finished
    pip = str(next((ROOT / ".bootstrap").glob("pip-*.whl")) / "pip")
    names = ",".join(sorted(extras - {"base"}))
    target = f"{ROOT}[{names}]" if names else str(ROOT)
    quiet = ["-qq", "--disable-pip-version-check", "--no-warn-script-location"]
    subprocess.run([str(PYTHON), pip, "install", *quiet, "--editable", target], check=True, cwd=ROOT)
    STAMP.write_text("\n".join([fingerprint(), *sorted(extras - {"base"})]))


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):
        print(f"Merganser needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    have, wanted = installed(), {"base", *NEEDS.get((arguments or ["serve"])[0], [])}
    try:
        if not wanted <= have:
            install(wanted | have)
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"Merganser could not be installed: {error}", file=sys.stderr)
        return 1
    command = [str(PYTHON), "-m", "app.cli", *arguments]
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
