"""A process that syncs until it is killed: `python -m tests.sync.victim TABLE`, settings by environment."""

import asyncio
import sys

from app import config
from tests.sync.conftest import opened


async def main(table: str) -> None:
    place = await opened(config.load(_env_file=None))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for number in range(1000):
        await place.sync(table, ("incremental", "full", "reconcile")[number % 3])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
