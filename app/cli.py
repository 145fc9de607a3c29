"""The command line: serve (default), demo, sync, check, user, test, bench."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from aiohttp import web

from app import config, logs
from app.errors import AppError, SettingsError
from app.main import create_app


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(prog="run.py", description="Merganser: Oracle tables in DuckDB.")
    commands = main.add_subparsers(dest="command")
    serve_ = commands.add_parser("serve", help="serve the pages and the API (default)")
    serve_.add_argument("--port", type=int)
    serve_.add_argument("--host")
    serve_.set_defaults(run=serve)
    test_ = commands.add_parser("test", help="run the tests")
    test_.add_argument("--long", action="store_true", help="with the campaigns that take minutes")
    test_.set_defaults(run=test)
    return main


def serve(options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in ("host", "port") if getattr(options, name, None) is not None}
    settings = config.load(**given)
    logs.set_up(settings.log_format, settings.log_level)
    if not settings.on_loopback:
        raise SettingsError(reason=f"HOST is {settings.host}: make an account first (run.py user add NAME --admin).")
    try:
        web.run_app(create_app(settings), host=settings.host, port=settings.port, access_log=None)
    except OSError as error:
        raise SettingsError(reason=f"Port {settings.port} cannot be used: {error.strerror}.") from error
    return 0


def test(options: argparse.Namespace) -> int:
    """The whole suite but for the browser tests; in a process of its own, as only `run.py test` installs pytest."""
    chosen = "not browser" if options.long else "not browser and not long"
    return subprocess.call([sys.executable, "-m", "pytest", "-q", "-m", chosen])


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(arguments or ["serve"])
    try:
        return int(options.run(options))
    except AppError as error:
        print(error.message(), file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
