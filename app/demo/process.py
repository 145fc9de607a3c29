"""Start the embedded server as a child process and stop it again: for tests and the command line.

    with start(face="19c", data="sample") as server:
        oracledb.connect(dsn=server.dsn, user=server.user, password=server.password)

The child ends when this process does, however that happens: it watches its standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from app.demo.boundary import ADMIN, LOGIN

ROOT = Path(__file__).resolve().parents[2]


class DemoFailed(RuntimeError):
    """The child process ended before it listened; its own words are on standard error."""


@dataclass
class DemoServer:
    """A running server. ``admin_user`` may call ``DEMO.FAULT`` and is not hit by faults; ``user`` owns a schema."""

    process: subprocess.Popen[str] = field(repr=False)
    port: int
    dsn: str
    face: str
    admin_user: str = ADMIN[0]
    admin_password: str = field(default=ADMIN[1], repr=False)
    user: str = LOGIN[0]
    password: str = field(default=LOGIN[1], repr=False)

    def stop(self, seconds: float = 10) -> int:
        """Ask it to end, wait, and make sure of it; the exit code (0 for a clean end)."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self._reap()

    def kill(self) -> int:
        """End it at once, as a crash would (SIGKILL)."""
        self.process.kill()
        return self._reap()

    def _reap(self) -> int:
        code = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe and not pipe.closed:
                pipe.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(face: str = "19c", data: str = "sample", port: int = 0, *arguments: str) -> DemoServer:
    """Start a server on 127.0.0.1 and return once it listens. ``port`` 0 takes a free one.

    ``data``: ``sample`` for the sample schemas, ``none`` for logins alone. More ``arguments`` go to
    ``python -m app.demo`` as they are. Raises DemoFailed.
    """
    command = [sys.executable, "-m", "app.demo", "--port", str(port), "--face", face, "--data", data, *arguments]
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    line = process.stdout.readline()
    if not line:
        server = DemoServer(process, 0, "", face)
        raise DemoFailed(f"the embedded server did not start (exit code {server.stop()})")
    words = json.loads(line)
    return DemoServer(process, words["port"], words["dsn"], face)
