"""A process that syncs until it is killed: `python -m tests.sync.victim TABLE [CHUNK_ROWS]`, settings by environment.

It says each phase that begins, and what a reader sees meanwhile. With CHUNK_ROWS it does one full in chunks, or goes
on with one, and says which it has begun.
"""

import asyncio
import sys

from app import config
from app.schemas.sync import SyncStart
from app.sync.chunks import Chunks
from app.warehouse import Error
from tests.sync.conftest import ADMIN, Place, opened


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def main(table: str, chunk_rows: str = "") -> None:
    place = await opened(
        config.load(_env_file=None), **({"chunks": Chunks(int(chunk_rows), seconds=0)} if chunk_rows else {})
    )
    say("ready")
    if chunk_rows:
        await by_chunks(place, table)
    telling = asyncio.gather(tell_phases(place), look(place, table))
    for number in range(1000):
        await place.sync(table, ("incremental", "full", "reconcile")[number % 3])
    telling.cancel()


async def look(place: Place, table: str) -> None:
    """Polls the table as a page would, and says each picture of it that differs from the one before."""
    before = None
    while True:
        try:
            (seen,) = await place.warehouse.rows(f'SELECT count(*), max(id) FROM "{table.lower()}"')
        except Error as error:
            seen = ("no table", type(error).__name__)
        if seen != before:
            say("saw {} {}".format(*seen))
        before = seen


async def tell_phases(place: Place) -> None:
    with place.hub.listen("sync") as listener:
        while True:
            event = await listener.get()
            if event.kind == "progress":
                say(f"phase {event.data['phase']}")


async def by_chunks(place: Place, table: str) -> None:
    told = 0
    with place.hub.listen("sync") as listener:
        if not (await place.service.status()).active:
            await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
        while True:
            event = await listener.get()
            if (chunk := event.data.get("chunk") or 0) > told:
                told = chunk
                say(f"chunk {chunk}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
