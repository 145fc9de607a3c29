"""The embedded server's process: ``python -m app.demo --port 0 --face 19c --data sample``.

Says on standard output, as one line of JSON, where it listens; ends when its standard input is closed (so it never
outlives the process that started it) or on SIGTERM.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from app.demo import feed, script
from app.demo.boundary import ADMIN
from app.demo.engine import open_database
from app.demo.faces import FACES
from app.demo.faults import Faults
from app.demo.wire.server import Server


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.demo", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--face", choices=sorted(FACES), default="19c")
    parser.add_argument("--data", choices=["sample", "none"], default="sample")
    parser.add_argument("--script", type=Path, help="a SQL script of tables of your own, run as APP at the start")
    parser.add_argument("--feed", action="store_true", help="insert and update a few sample rows a second")
    parser.add_argument("--verbose", action="store_true", help="log every connection on standard error")
    return parser.parse_args(arguments)


def serve(chosen: argparse.Namespace) -> None:
    """Listen until standard input ends or a signal asks to stop."""
    faults, face = Faults(exempt=[ADMIN[0]]), FACES[chosen.face]
    database = open_database(face, faults.set, chosen.data)
    if chosen.script:
        script.run(database, chosen.script.read_text("utf-8"))
    sys.setswitchinterval(0.001)  # a session that computes must not make the others wait
    gc.freeze()  # the data is here to stay
    gc.set_threshold(100_000, 20, 20)  # rows and binds are many, short-lived and without cycles
    server = Server(database, face, faults, chosen.host, chosen.port)
    where = {"port": server.port, "dsn": f"{chosen.host}:{server.port}/FREEPDB1", "face": face.name}
    sys.stdout.write(json.dumps(where) + "\n")
    sys.stdout.flush()
    over = threading.Event()
    if chosen.feed and chosen.data == "sample":
        threading.Thread(target=feed.run, args=(database, over), name="feed", daemon=True).start()
    try:
        while sys.stdin.buffer.read(4096):
            pass
    finally:
        over.set()
        server.stop()


def main(arguments: list[str] | None = None) -> int:
    chosen = options(arguments)
    level = logging.INFO if chosen.verbose else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="demo %(levelname)s %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        serve(chosen)
    except KeyboardInterrupt:
        pass  # asked to stop
    except (script.ScriptFailed, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # all is in memory: nothing to put away, and no thread to wait for
