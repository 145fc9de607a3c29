"""Charts, profiles, pages and exports on 10 million rows, timed: ``python -m bench.aggregate [rows] [folder]``."""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from app import config
from app.query.service import QueryService
from app.schemas.tables import Aggregate, Filter, TableQuery
from app.warehouse import Warehouse

TABLE = """CREATE TABLE iv AS SELECT 'F' || (i % 5) AS factory, strftime(t, '%Y%m%d%H%M%S') AS tran_time, t AS ts,
    CAST(t AS TIMESTAMPTZ) AS tz, CAST(0.1746 + random() / 100 AS DECIMAL(12, 6)) AS v, i % 977 / 7 AS d,
    CAST(i % 9973 AS VARCHAR) AS nt, i AS id, md5(CAST(i AS VARCHAR)) AS code
    FROM (SELECT i, TIMESTAMP '2025-01-01' + INTERVAL (i * 3) SECOND AS t FROM range(?) AS r(i))"""


async def timed(what: str, asked: Awaitable[object]) -> None:
    begun = time.perf_counter()
    answer = await asked
    rows = len(getattr(answer, "rows", []) or []) if not isinstance(getattr(answer, "rows", None), int) else 1
    print(f"{time.perf_counter() - begun:7.3f} s  {what}" + (f"  ({rows} rows)" if rows else ""), flush=True)


async def drained(service: QueryService, query: TableQuery) -> None:
    async for _ in await service.export("iv", query):
        pass


async def bench(rows: int, folder: Path) -> None:
    settings = config.load(_env_file=None, data_dir=folder, timezone="Asia/Seoul")
    warehouse = Warehouse(settings.warehouse_path, temp=folder / "temp", memory_limit="1GB", threads=2)
    await warehouse.open()
    service = QueryService(warehouse, settings)
    if not any(table.name == "iv" for table in await service.tables()):
        await timed(f"making {rows} rows", warehouse.call(lambda cursor: cursor.execute(TABLE, [rows])))
        await warehouse.checkpoint()
    for time_column in ("ts", "tz", "tran_time"):
        for values in (["v"], ["v", "d"], ["nt"]):
            asked = Aggregate(time_column=time_column, value_columns=values)
            await timed(f"aggregate {time_column} {values}", service.aggregate("iv", asked))
    zoom = Aggregate(time_column="ts", value_columns=["v"], start="2025-03-01", end="2025-03-02")
    await timed("aggregate ts, one day", service.aggregate("iv", zoom))
    zoom = zoom.model_copy(update={"time_column": "tran_time"})
    await timed("aggregate tran_time, one day", service.aggregate("iv", zoom))
    await timed(
        "aggregate by factory",
        service.aggregate("iv", Aggregate(time_column="ts", value_columns=["v"], group_by="factory")),
    )
    for column in ("factory", "tran_time", "ts", "v", "d", "id", "code"):
        await timed(f"profile {column}", service.profile("iv", column))
    await timed("facets factory", service.facets("iv", "factory"))
    await timed("stats", service.stats("iv"))
    await timed("tables", service.tables())
    await timed("first page", service.rows("iv", TableQuery()))
    await timed("page at 9 million", service.rows("iv", TableQuery(offset=rows * 9 // 10)))
    await timed("page by v", service.rows("iv", TableQuery(order_by=["-v"])))
    await timed(
        "page by code, filtered",
        service.rows("iv", TableQuery(order_by=["code"], filters=[Filter(column="factory", value="F1")])),
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for format_ in ("csv", "parquet"):
        query = TableQuery(format=format_, limit=1_000_000)  # type: ignore[arg-type]
        await timed(f"export 1M rows {format_}", drained(service, query))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory {peak} MB before the exports, {after} MB after")
    await warehouse.close()


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    if len(sys.argv) > 2:
        asyncio.run(bench(rows, Path(sys.argv[2])))
    else:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(bench(rows, Path(folder)))


if __name__ == "__main__":
    main()
