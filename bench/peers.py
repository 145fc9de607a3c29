"""What others take for the same table from the same server: seconds, peak memory, and whether their rows are right.

    python3 run.py bench --peers FOLDER [--rows 1000000]

FOLDER holds a virtual environment for each, made by hand; what is not there is left out:

    dlt       pip install 'dlt[duckdb]' oracledb sqlalchemy pyarrow numpy
    ingestr   pip install ingestr==0.14.2 oracledb     (its cx_Oracle is oracledb in thin mode)
    adbc      pip install 'adbc-replicate[oracle,duckdb]'
    sling     pip install sling-linux-amd64==1.4.11 duckdb-cli

Each runs twice, and the second run counts: the server has encoded the rows of that query by then, as for ourselves.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from app.demo import process as embedded
from bench.sync_speed import TABLE, prepare, product, settings_for

LIMIT = 900  # seconds a peer may take
LOCAL = {"TZ": "Asia/Seoul", "DLT_TELEMETRY": "false", "RUNTIME__DLTHUB_TELEMETRY": "false"}
QUIET = {"SLING_DISABLE_TELEMETRY": "TRUE", "INGESTR_DISABLE_TELEMETRY": "true"}
DLT = """
import sys, dlt
from dlt.sources.sql_database import sql_table
url, table, file = sys.argv[1:]
there = {"destination": dlt.destinations.duckdb(file), "dataset_name": "main", "pipelines_dir": file + "d"}
source = sql_table(url, table=table, backend="pyarrow", reflection_level="full_with_precision")
dlt.pipeline("bench", **there).run(source, write_disposition="replace")
"""
INGESTR = """
import sys, oracledb
oracledb.version, sys.modules["cx_Oracle"] = "8.3.0", oracledb
from ingestr.main import app
app()
"""


@dataclass(frozen=True)
class Place:
    """Where a peer finds its program, reads from and writes to."""

    home: Path
    server: embedded.DemoServer
    file: Path

    @property
    def login(self) -> str:
        return f"{self.server.user}:{self.server.password}@127.0.0.1:{self.server.port}"

    @property
    def service(self) -> str:
        return self.server.dsn.rpartition("/")[2]

    def python(self, code: str, *arguments: str) -> list[str]:
        return [str(self.home / "bin" / "python"), "-c", code, *arguments]

    def found(self, pattern: str) -> str:
        return str(next(self.home.glob(f"lib/python*/site-packages/{pattern}"), pattern))


def dlt(place: Place) -> list[str]:
    url = f"oracle+oracledb://{place.login}/?service_name={place.service}"
    return place.python(DLT, url, TABLE.lower(), str(place.file))


def ingestr(place: Place) -> list[str]:
    url = f"oracle://{place.login}/?service_name={place.service}"
    table = f"{place.server.user}.{TABLE}".lower()
    to = ["--dest-uri", f"duckdb:///{place.file}", "--dest-table", "main.bench"]
    return place.python(INGESTR, "ingest", "--yes", "--source-uri", url, "--source-table", table, *to)


def adbc(place: Place) -> list[str]:
    uri = f"oracle://127.0.0.1:{place.server.port}/{place.service}"
    login = {"username": place.server.user, "password": place.server.password}
    asked = {
        "version": 1,
        "source": {"type": "oracle", "uri": uri, **login, "consistency": "none"},
        "target": {"type": "duckdb", "path": str(place.file)},
        "objects": [{"db_schemas": [place.server.user.upper()], "tables": [TABLE], "target_db_schema": "main"}],
        "refresh": {"mode": "full"},
    }
    config = place.file.with_suffix(".yaml")
    config.write_text(json.dumps(asked))  # JSON is YAML
    return [str(place.home / "bin" / "adbc-replicate"), "run", "--config", str(config)]


def sling(place: Place) -> list[str]:
    way = {
        "BENCH_FROM": f"oracle://{place.login}/{place.service}",
        "BENCH_TO": f"duckdb://{place.file}",
        "DUCKDB_PATH": place.found("duckdb_cli/duckdb"),
    }
    binary = place.found("sling_linux_amd64/bin/sling-linux-amd64")
    stream = ["--src-conn", "BENCH_FROM", "--src-stream", f"{place.server.user}.{TABLE}".upper()]
    to = ["--tgt-conn", "BENCH_TO", "--tgt-object", "main.bench", "--mode", "full-refresh"]
    return ["env", *(f"{name}={value}" for name, value in way.items()), binary, "run", *stream, *to]


PEERS: dict[str, Callable[[Place], list[str]]] = {"dlt": dlt, "ingestr": ingestr, "adbc": adbc, "sling": sling}


def timed(command: list[str]) -> tuple[float, float, str]:
    """Seconds, peak megabytes of the largest of its processes, and what went wrong: its last words, or nothing."""
    with tempfile.TemporaryFile() as words:
        begun = time.perf_counter()
        own = {**os.environ, **LOCAL, **QUIET}
        child = subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT, env=own)
        watch = threading.Timer(LIMIT, child.kill)
        watch.start()
        _, status, used = os.wait4(child.pid, 0)
        watch.cancel()
        seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        words.seek(0)
        said = [line for line in words.read().decode(errors="replace").splitlines() if line.strip()]
    return seconds, used.ru_maxrss / 1000, "" if child.returncode == 0 else " / ".join(said[-3:])


def told(ours: Path, theirs: Path) -> str:
    """Whether the table in ``theirs`` has the rows of ours, value for value, whatever the types it keeps them in."""
    with duckdb.connect() as root:
        root.execute(f"ATTACH '{ours}' AS ours (READ_ONLY)")
        root.execute(f"ATTACH '{theirs}' AS theirs (READ_ONLY)")
        columns = dict(_columns(root, "ours"))
        kept = {name.lower(): kind for name, kind in _columns(root, "theirs")}
        if missing := [name for name in columns if name.lower() not in kept]:
            return f"columns missing: {', '.join(missing)}"
        values = ", ".join(f'CAST("{name}" AS {kind})' for name, kind in columns.items())
        count = f"SELECT count(*), sum(hash({values})::HUGEINT) FROM"
        (mine,), (other,) = (root.execute(f"{count} {side}.main.bench").fetchall() for side in ("ours", "theirs"))
    inexact = [f"{name} is {kept[name.lower()]}" for name, kind in columns.items() if _worse(kind, kept[name.lower()])]
    rows = "rows right" if mine == other else f"{other[0]:,} rows for {mine[0]:,}, values differ"
    return "; ".join([rows, *inexact])


def _columns(root: duckdb.DuckDBPyConnection, side: str) -> list[tuple[str, str]]:
    sql = (
        "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND lower(table_name) = 'bench'"
        " AND schema_name = 'main' AND NOT starts_with(column_name, '_dlt') ORDER BY column_index"
    )
    return root.execute(sql, [side]).fetchall()


def _worse(exact: str, kept: str) -> bool:
    """A type that holds these values, and would not hold all that Oracle's column may."""
    return kept in ("DOUBLE", "FLOAT", "VARCHAR") and kept != exact


def report(rows: int, folder: Path) -> None:
    with embedded.start(data="none") as server, tempfile.TemporaryDirectory() as scratch:
        prepare(server, rows)
        own = Path(scratch) / "own"
        own.mkdir()
        settings = settings_for(own, {"dsn": server.dsn, "user": server.user, "password": server.password})
        product(settings, rows)
        print(f"\n{rows:,} rows x 10 columns, read by others")
        for name, command in PEERS.items():
            place = Place(folder / name, server, Path(scratch) / f"{name}.duckdb")
            if not place.home.is_dir():
                print(f"  {name:<10} not in {folder}")
                continue
            print(f"  {name:<10} {_line(place, command(place), settings.warehouse_path)}", flush=True)


def _line(place: Place, command: list[str], ours: Path) -> str:
    for _ in range(2):
        place.file.unlink(missing_ok=True)
        seconds, peak, wrong = timed(command)
        if wrong:
            return f"failed: {wrong}"
    return f"{seconds:8.2f} s {peak:6.0f} MB  {told(ours, place.file)}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    given = options.parse_args()
    for rows in given.rows:
        report(rows, given.folder)


if __name__ == "__main__":
    main()
