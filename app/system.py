"""What the process and its machine have left: memory, disk, files, the event loop's delay."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from app.config import Settings
from app.metrics import Metrics

STARTED = time.monotonic()
OWN, DUCKDB = version("merganser"), version("duckdb")  # read once: it looks at the disk


class State(NamedTuple):
    """Sizes in bytes; None where the machine does not tell. ``delays`` are upper bounds in seconds."""

    version: str
    python: str
    duckdb: str
    uptime: float
    memory: int | None
    memory_total: int | None
    disk_free: int
    disk_total: int
    files: list[tuple[str, int]]
    delays: list[tuple[float, float]]  # share of all looks at the loop, and the delay they stayed under


async def look(settings: Settings, metrics: Metrics) -> State:
    """The state of this moment."""
    files, (memory, total), disk = await asyncio.to_thread(_from_disk, settings)
    return State(
        version=OWN,
        python=f"{platform.python_version()} ({sys.platform})",
        duckdb=DUCKDB,
        uptime=time.monotonic() - STARTED,
        memory=memory,
        memory_total=total,
        disk_free=disk.free,
        disk_total=disk.total,
        files=files,
        delays=_delays(metrics),
    )


def _from_disk(
    settings: Settings,
) -> tuple[list[tuple[str, int]], tuple[int | None, int | None], shutil._ntuple_diskusage]:
    own = [settings.warehouse_path, settings.store_path]
    files = [file for each in own for file in (each, each.with_name(f"{each.name}.wal"), Path(f"{each}-wal"))]
    sizes = [(str(file), file.stat().st_size) for file in files if file.is_file()]
    return sizes, _memory(), shutil.disk_usage(settings.data_dir)


def _memory() -> tuple[int | None, int | None]:
    """What the process holds, and what the machine has; Linux tells both in /proc."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        held = int(Path("/proc/self/statm").read_text("ascii").split()[1]) * page
        return held, os.sysconf("SC_PHYS_PAGES") * page
    except (OSError, ValueError, AttributeError):
        return None, None


def _delays(metrics: Metrics) -> list[tuple[float, float]]:
    """The delay that half, 99% and 99.9% of all looks stayed under, from the histogram's buckets."""
    samples = next(iter(metrics.loop_delay.collect())).samples
    buckets = [(float(s.labels["le"]), s.value) for s in samples if s.name.endswith("_bucket")]
    total = max((count for _, count in buckets), default=0)
    if not total:
        return []
    return [(share, next(le for le, count in buckets if count >= share * total)) for share in (0.5, 0.99, 0.999)]
