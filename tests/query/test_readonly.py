"""The guarded reader against statements that mean harm, and against those people really write."""

import asyncio
import resource
import sys
import time
from pathlib import Path

import pytest

from app.errors import AppError, QueryFailed, QueryTimeout, SqlRefused
from app.query.service import QueryService
from app.warehouse import Warehouse
from tests.query.built import BUILT

TEXT = (Path(__file__).parent / "hostile.txt").read_text("utf-8")
LINES = [line.split("\t", 1) for line in TEXT.split("\n") if line and line[0] != "#"]
HOSTILE = [(wanted, BUILT.get(sql, sql.replace("\\n", "\n").replace("\\0", "\0"))) for wanted, sql in LINES]
LIMIT = 0.4


async def fingerprint(warehouse: Warehouse) -> list[object]:
    tables = await warehouse.rows("SELECT schema_name, table_name, sql FROM duckdb_tables() ORDER BY ALL")
    settings = await warehouse.rows("SELECT name, value FROM duckdb_settings() ORDER BY ALL")
    databases = await warehouse.rows("SELECT database_name, path FROM duckdb_databases() ORDER BY ALL")
    return [tables, settings, databases, await warehouse.rows("SELECT count(*), sum(hash(iv)) FROM iv")]


async def run(service: QueryService, sql: str, seconds: float) -> AppError | None:
    try:
        await service.sql(sql, 100, "mallory", seconds=seconds)
    except AppError as error:
        return error
    return None


class Heartbeat:
    """The longest time the loop did not come round."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def beat(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.worst = max(self.worst, time.perf_counter() - before)


def test_there_are_at_least_150_hostile_statements() -> None:
    assert len(HOSTILE) >= 150


async def test_hostile_sql_is_refused_or_harmless(service: QueryService, warehouse: Warehouse) -> None:
    """All in one warehouse: what one statement broke, the next would show."""
    before = await fingerprint(warehouse)
    heart = Heartbeat()
    beating = asyncio.ensure_future(heart.beat())
    times, wrong = [], []
    for wanted, sql in HOSTILE:
        begun = time.perf_counter()
        error = await run(service, sql, LIMIT)
        times.append((time.perf_counter() - begun, sql[:80]))
        if wanted == "refused" and isinstance(error, QueryTimeout):  # a busy machine may be slow to say no
            error = await run(service, sql, 10 * LIMIT)
        if wanted == "refused" and not isinstance(error, SqlRefused | QueryFailed):
            wrong.append((sql[:100], repr(error)))
    beating.cancel()
    slowest = sorted(times, reverse=True)[:5]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    said = f"{len(HOSTILE)} statements, peak {peak} MB, loop stood at most {heart.worst * 1000:.0f} ms"
    sys.stdout.write("\n".join([said, *(f"{seconds:.2f} s {sql}" for seconds, sql in slowest), ""]))
    assert wrong == []
    assert slowest[0][0] < LIMIT + 3
    assert heart.worst < 0.5
    assert await fingerprint(warehouse) == before
    assert peak < 4000


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT FACTORY, count(*) AS n FROM iv GROUP BY 1 ORDER BY 1 LIMIT 1", [{"FACTORY": "F0", "n": "1000"}]),
        ("WITH a AS (SELECT max(v) AS m FROM iv) SELECT m FROM a -- the end", [{"m": "0.1790"}]),
        ("SELECT 1 AS a, 2 AS a;", [{"a": 1, "a_1": 2}]),
        ("SELECT string_agg(DISTINCT FACTORY, ',' ORDER BY FACTORY) AS s FROM iv", [{"s": "F0,F1,F2"}]),
        ("SELECT a FROM preview.iv", [{"a": 1}]),
        ("SELECT FACTORY || '-' || small || '/' || nt AS k FROM iv LIMIT 1", [{"k": "F0-0/0"}]),
        ("SELECT date_trunc('day', ts) AS d, avg(v) > 0 AS p FROM iv GROUP BY ALL ORDER BY 1 LIMIT 1",
         [{"d": "2026-01-01T00:00:00", "p": True}]),
        ("SELECT row_number() OVER (PARTITION BY FACTORY ORDER BY big DESC) AS r FROM iv QUALIFY r = 1 LIMIT 1",
         [{"r": "1"}]),
        ("SELECT CASE WHEN g IS NULL THEN 'x' ELSE upper(g) END AS u FROM kinds ORDER BY a NULLS LAST LIMIT 1",
         [{"u": "=CMD()"}]),
        ("WITH a AS (SELECT 1 AS x), b AS (FROM a UNION ALL FROM a) SELECT x AS y, y + y AS z FROM b JOIN a USING (x)",
         [{"y": 1, "z": 2}, {"y": 1, "z": 2}]),
        ("SELECT hex(FACTORY), hex(FACTORY), bin(small), bin(big), bin(1), bin(2), bin(3) FROM iv LIMIT 0", []),
        ("/* ; */ ; SELECT ';' AS a, 'EXPLAIN' AS b /* ; */ ; ; -- ; the end", [{"a": ";", "b": "EXPLAIN"}]),
        (("SELECT CASE small WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE CASE nt WHEN '0' THEN 'c' END END AS k"
         " FROM iv LIMIT 3"),
         [{"k": "c"}, {"k": "a"}, {"k": "b"}]),
        ("SELECT max(COLUMNS(*)) FROM (SELECT big, small FROM iv)", [{"big": "2999", "small": 6}]),
        (("WITH a AS (SELECT *, big + 1 AS n FROM iv), b AS (SELECT *, n * 2 AS m FROM a), c AS (SELECT *, m - n AS d"
         " FROM b) SELECT d, count(*) AS k FROM c JOIN b USING (big) WHERE d > 2999 GROUP BY ALL"),
         [{"d": "3000", "k": "1"}]),
        ("SELECT q FROM (SELECT small AS a, nt AS b FROM iv LIMIT 1) AS q", [{"q": "{'a': 0, 'b': 0}"}]),
        ("VALUES (1), (2)", [{"col0": 1}, {"col0": 2}]),
        ("FROM range(2)", [{"range": "0"}, {"range": "1"}]),
        ("SELECT c FROM kinds ORDER BY rowid", [{"c": "NaN"}, {"c": "Infinity"}, {"c": "-Infinity"}]),
        ("SELECT big FROM iv ORDER BY big DESC LIMIT 2", [{"big": "2999"}, {"big": "2998"}]),
        (r"SELECT regexp_replace(TRAN_TIME, '^(\d{4})(\d{2})(\d{2})\d{6}$', '\1-\2-\3') AS d FROM iv LIMIT 1",
         [{"d": "2026-01-01"}]),
        ("SELECT regexp_extract(FACTORY, '[0-9]') AS x, g.FACTORY LIKE 'F%' AS y FROM iv AS g LIMIT 1",
         [{"x": "0", "y": True}]),
        ("SELECT ts AT TIME ZONE 'Asia/Seoul' AS z, extract(hour FROM ts) AS h FROM iv LIMIT 1",
         [{"z": "2025-12-31T15:00:00+00:00", "h": "0"}]),
        ("SELECT count(*) FILTER (WHERE v > 0.175) AS n, round(stddev(v), 3) AS s FROM iv",
         [{"n": "1200", "s": 0.003}]),
    ],
)  # fmt: skip
async def test_what_people_write_works(service: QueryService, sql: str, rows: list[dict[str, object]]) -> None:
    assert (await service.sql(sql, 100, "kim")).rows == rows


async def test_the_order_of_a_big_result_is_kept(service: QueryService) -> None:
    rows = (await service.sql("SELECT i FROM range(300000) AS r(i) ORDER BY i % 1000, i DESC", 10_000, "kim")).rows
    found = [int(row["i"]) for row in rows]
    assert found == sorted(range(300_000), key=lambda i: (i % 1000, -i))[:10_000]


async def test_more_rows_than_the_limit_are_said_to_be_cut(service: QueryService) -> None:
    answer = await service.sql("SELECT big FROM iv", 10, "kim")
    assert (answer.row_count, answer.truncated) == (10, True)
    assert not (await service.sql("SELECT big FROM iv LIMIT 10", 10, "kim")).truncated


async def test_explain_shows_a_plan(service: QueryService) -> None:
    assert any(
        "small" in row["plan"]
        for row in (await service.sql("EXPLAIN SELECT v FROM iv WHERE small = 3", 10, "kim")).rows
    )
    assert (await service.sql("explain analyze SELECT sum(small) FROM iv;", 10, "kim")).row_count > 3


async def test_a_mistake_is_told_in_duckdbs_words(service: QueryService) -> None:
    with pytest.raises(QueryFailed, match="nope"):
        await service.sql("SELECT nope FROM iv", 10, "kim")


async def test_the_memory_ceiling_is_lifted_afterwards(service: QueryService) -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    await service.sql("SELECT 1", 10, "kim")
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
