"""A process that syncs until it is killed: `python -m tests.sync.victim TABLE [CHUNK_ROWS]`, settings by environment.

It says each phase that begins. With CHUNK_ROWS it does one full in chunks, and says which it has begun.
"""

import asyncio
import sys

from app import config
from app.schemas.sync import SyncStart
from tests.sync.conftest import ADMIN, Place, opened


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def main(table: str, chunk_rows: str = "") -> None:
    place = await opened(config.load(_env_file=None), **({"chunk_rows": int(chunk_rows)} if chunk_rows else {}))
    say("ready")
    if chunk_rows:
        await by_chunks(place, table)
    telling = asyncio.create_task(tell_phases(place))
    for number in range(1000):
        await place.sync(table, ("incremental", "full", "reconcile")[number % 3])
    telling.cancel()


async def tell_phases(place: Place) -> None:
    with place.hub.listen("sync") as listener:
        while True:
            event = await listener.get()
            if event.kind == "progress":
                say(f"phase {event.data['phase']}")


async def by_chunks(place: Place, table: str) -> None:
    told = 0
    with place.hub.listen("sync") as listener:
        await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
        while True:
            event = await listener.get()
            if (chunk := event.data.get("chunk") or 0) > told:
                told = chunk
                say(f"chunk {chunk}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
