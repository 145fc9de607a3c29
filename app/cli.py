"""The command line: serve (default), demo, sync, check, user, test, bench."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from app import config, keys, logs, members, terminal
from app.caller import WILDCARDS
from app.config import Settings
from app.demo import process as embedded
from app.errors import AppError, SettingsError
from app.gate import Runner
from app.guard import LOCAL
from app.main import create_app
from app.oracle import Oracle
from app.schemas.sync import SyncStart, SyncType, TargetNew

ROOT = Path(__file__).parent.parent
DEMO_TABLES = (  # with their names in DuckDB and their cursor columns
    ("MESMGR.CRASIVTTST", "iv", "TRAN_TIME"),
    ("SALES.ORDERS", "orders", "MODIFIED_AT"),
    ("TEST_TABLE", "test_table", "UPDATED_AT"),
)


def parser() -> argparse.ArgumentParser:
    main = argparse.ArgumentParser(prog="run.py", description="Merganser: Oracle tables in DuckDB.")
    commands = main.add_subparsers(dest="command")
    for name, run, words in (
        ("serve", serve, "serve the pages and the API (default)"),
        ("demo", demo, "the same on an embedded Oracle-speaking server with sample data"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("--port", type=int)
        command.add_argument("--host")
        command.add_argument("--reload", action="store_true", help="start again when a source file changes")
        command.set_defaults(run=run)
    command.add_argument("--oracle-only", action="store_true", help="only the Oracle-speaking server, on port 1521")
    command.add_argument("--face", choices=["11g", "19c", "23ai"], default="19c", help="which Oracle it pretends to be")
    command.add_argument("--script", type=Path, help="your own tables instead of the sample data; with --oracle-only")
    command.add_argument("--feed", action="store_true", help="with --oracle-only: write sample rows, as demo does")
    sync_ = commands.add_parser("sync", help="sync one table and show how it goes")
    sync_.add_argument("table", help="OWNER.TABLE, TABLE or a target's name")
    sync_.add_argument("--type", choices=[str(kind) for kind in SyncType], help="the target's own type by default")
    sync_.set_defaults(run=sync)
    check_ = commands.add_parser("check", help="connect to Oracle and say what is missing")
    check_.add_argument("--types", metavar="OWNER.TABLE", help="compare a table's values with Oracle's own text")
    check_.add_argument("--rows", type=int, default=1000, help="how many rows to compare (1000)")
    check_.set_defaults(run=check)
    members.add_parser(commands, user)
    bench_ = commands.add_parser("bench", help="time a full sync against the driver alone and DuckDB alone")
    bench_.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    bench_.add_argument("--text", nargs="+", choices=("factory", "random"), default=["factory"], help="text columns")
    bench_.add_argument("--peers", metavar="FOLDER", help="then others, each in a virtual environment there")
    bench_.add_argument("--rounds", type=int, default=3, help="how often; the fastest counts (3)")
    bench_.add_argument("--memory-limit", help="of DuckDB (110MB)")
    bench_.set_defaults(run=bench)
    test_ = commands.add_parser("test", help="run the tests")
    test_.add_argument("--long", action="store_true", help="with the campaigns that take minutes")
    test_.set_defaults(run=test)
    return main


def serve(options: argparse.Namespace) -> int:
    given = {name: getattr(options, name) for name in ("host", "port") if getattr(options, name) is not None}
    settings = config.load(**given)
    logs.set_up(settings.log_format, settings.log_level)
    for name in config.unknown_names():
        print(f"{name} in .env is no setting of Merganser.", file=sys.stderr)
    terminal.refuse_second(settings.data_dir)
    app = create_app(settings)
    app.on_startup.append(_keep_older_target)
    asyncio.run(_serve(app, settings, options.reload))
    return 0


async def _keep_older_target(app: web.Application) -> None:
    """The table that the replaced dashboard's settings name becomes the first target."""
    settings, syncs = app[keys.SETTINGS], app[keys.SYNC]
    if not settings.sync_oracle_table or await syncs.targets():
        return
    owner = f"{settings.sync_oracle_schema}." if settings.sync_oracle_schema else ""
    given = {
        "oracle_table": owner + settings.sync_oracle_table,
        "duckdb_table": settings.sync_duckdb_table,
        "key": settings.sync_primary_key,
        "cursor": settings.sync_time_column or settings.duckdb_time_column,
    }
    try:
        await syncs.add_target(TargetNew.model_validate({name: value for name, value in given.items() if value}), LOCAL)
    except AppError as error:
        print(f"SYNC_ORACLE_TABLE could not be made a target: {error}", file=sys.stderr)


def demo(options: argparse.Namespace) -> int:
    """Serve the embedded server's sample data from a data folder made anew."""
    if options.oracle_only:
        return _oracle_only(options)
    folder = config.load().data_dir / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    given = {name: getattr(options, name) for name in ("host", "port") if getattr(options, name) is not None}
    with embedded.start("19c", "sample", 0, "--feed") as server:
        settings = config.load(
            **given,
            data_dir=folder,
            duckdb_path=None,
            oracle_dsn=server.dsn,
            oracle_user=server.user,
            oracle_password=server.password,
            oracle_mode="thin",
        )
        logs.set_up(settings.log_format, settings.log_level)
        app = create_app(settings)
        app.on_startup.append(_sync_samples)
        asyncio.run(_serve(app, settings, options.reload))
    return 0


def _oracle_only(options: argparse.Namespace) -> int:
    """The embedded Oracle alone, for other people's clients."""
    script = ["--script", str(options.script.resolve())] if options.script else []
    port = 1521 if options.port is None else options.port
    for asked_to_stop in (signal.SIGINT, signal.SIGTERM):  # in a script's background SIGINT would be ignored
        signal.signal(asked_to_stop, signal.default_int_handler)
    where = [*(["--host", options.host] if options.host else []), *(["--feed"] if options.feed else [])]
    with embedded.start(options.face, "none" if script else "sample", port, *where, *script) as server:
        print(f"An Oracle-speaking server ({server.face}) answers on {server.dsn}", flush=True)
        print(f"Logins: {server.user}/{server.password}, and {server.admin_user}/{server.admin_password} for faults")
        with contextlib.suppress(KeyboardInterrupt):
            server.process.wait()
    return 0


async def _sync_samples(app: web.Application) -> None:
    for table, name, cursor in DEMO_TABLES:
        body = SyncStart(oracle_table=table, duckdb_table=name, time_column=cursor, sync_type=SyncType.FULL)
        await app[keys.SYNC].start(body, LOCAL)


async def _serve(app: web.Application, settings: Settings, reload: bool) -> None:
    """Serve until a signal. A client that goes away cancels its handler, and so its query."""
    tls = _tls(settings)
    runner = Runner(app, settings)
    over = _on_signal()
    await runner.setup()
    try:
        accounts = app[keys.ACCOUNTS]
        if not settings.on_loopback and not await accounts.exist():
            raise SettingsError(
                reason=f"HOST is {settings.host}: first make an account (run.py user add NAME --admin)."
            )
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=tls)
        await _listen(site, settings)
        port = runner.addresses[0][1]
        with terminal.announced(settings.data_dir, _address(settings, port, "127.0.0.1"), accounts.own_token):
            print(f"Merganser answers on {_address(settings, port, 'localhost')}", flush=True)
            if code := await accounts.first_code():
                print(f"No accounts yet: everyone on this machine may do everything. The first admin's code: {code}")
            sys.stdout.flush()
            await _until(over, reload)
    finally:
        await runner.cleanup()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """From TLS_CERT and TLS_KEY; None without them. Raises SettingsError."""
    if settings.tls_cert is None and settings.tls_key is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        raise SettingsError(reason="TLS_CERT and TLS_KEY: give both or none.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(reason=f"TLS_CERT and TLS_KEY cannot be used: {error.strerror or error}.") from None
    return context


def _address(settings: Settings, port: int, here: str) -> str:
    """Where the server answers; ``here`` is the name of this machine itself."""
    own = here if settings.on_loopback or settings.host in WILDCARDS else settings.host
    name = f"[{own}]" if ":" in own else own
    return f"{'https' if settings.tls_cert else 'http'}://{name}:{port}"


async def _listen(site: web.TCPSite, settings: Settings) -> None:
    try:
        await site.start()
    except OSError as error:
        reason = f"Port {settings.port} on {settings.host} cannot be used: {os.strerror(error.errno or 0)}."
        raise SettingsError(reason=reason) from error


def _on_signal() -> asyncio.Event:
    """Set when the process is asked to end."""
    over = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt ends asyncio.run instead
            asyncio.get_running_loop().add_signal_handler(each, over.set)
    return over


async def _until(over: asyncio.Event, reload: bool) -> None:
    before = await asyncio.to_thread(_newest)
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 1 if reload else None)
        if reload and await asyncio.to_thread(_newest) != before:
            os.execv(sys.executable, [sys.executable, "-m", "app.cli", *sys.argv[1:]])


def _newest() -> float:
    folders = (ROOT / "app", ROOT / "templates", ROOT / "static")
    return max(file.stat().st_mtime for folder in folders for file in folder.rglob("*") if file.is_file())


def sync(options: argparse.Namespace) -> int:
    body = SyncStart(oracle_table=options.table, sync_type=options.type)
    settings = config.load()
    logs.set_up(settings.log_format, "WARNING")
    return asyncio.run(terminal.sync(settings, body))


def user(options: argparse.Namespace) -> int:
    return members.run(config.load(), options)


def check(options: argparse.Namespace) -> int:
    """Connect, and print version, mode and the privileges that matter, with the grant for each that is missing."""
    if options.types:
        return asyncio.run(terminal.types(config.load(), options.types, options.rows))
    with contextlib.closing(Oracle(config.load())) as oracle:
        found = oracle.check()
    print(f"{found.banner}\nversion {found.version}, {found.mode} mode, {found.charset}, as {found.user}")
    for privilege in found.privileges:
        print(f"{'ok     ' if privilege.held else 'MISSING'} {privilege.name}: {privilege.need}")
        if not privilege.held:
            print(f"        {privilege.grant};")
    return 0


def test(options: argparse.Namespace) -> int:
    """The whole suite but for the browser tests; in a process of its own, as only `run.py test` installs pytest."""
    chosen = "not browser" if options.long else "not browser and not long"
    workers = str(min(4, os.cpu_count() or 1))
    return subprocess.call([sys.executable, "-m", "pytest", "-q", "-n", workers, "--dist", "worksteal", "-m", chosen])


def bench(options: argparse.Namespace) -> int:
    rows, rounds = ["--rows", *map(str, options.rows)], ["--rounds", str(options.rounds), "--text", *options.text]
    limit = ["--memory-limit", options.memory_limit] if options.memory_limit else []
    ended = subprocess.call([sys.executable, "-m", "bench.sync_speed", *rows, *rounds, *limit], cwd=ROOT)
    if options.peers and not ended:
        peers = [sys.executable, "-m", "bench.peers", str(Path(options.peers).resolve()), *rows]
        ended = subprocess.call(peers, cwd=ROOT)
    return ended


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    alone = not given or (given[0].startswith("-") and given[0] not in {"-h", "--help"})
    options = parser().parse_args(["serve", *given] if alone else given)
    try:
        return int(options.run(options))
    except (AppError, embedded.DemoFailed) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
