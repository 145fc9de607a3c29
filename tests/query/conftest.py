"""A real warehouse with the kinds of tables people have, and the service on it."""

from collections.abc import AsyncIterator

import pytest

from app.config import Settings
from app.query.service import QueryService
from app.warehouse import Warehouse

TABLES = """
    CREATE SCHEMA IF NOT EXISTS preview; CREATE SCHEMA IF NOT EXISTS _sync;
    CREATE TABLE _sync.watermarks (t VARCHAR); INSERT INTO _sync.watermarks VALUES ('secret');
    CREATE TABLE preview.iv AS SELECT 1 AS a;
    CREATE TABLE iv AS SELECT 'F' || (i % 3) AS FACTORY,
        strftime(TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE, '%Y%m%d%H%M%S') AS TRAN_TIME,
        TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE AS ts,
        CAST(TIMESTAMP '2026-01-01' + INTERVAL (i) MINUTE AS TIMESTAMPTZ) AS tz,
        CAST(0.17 + (i % 10) * 0.001 AS DECIMAL(10, 4)) AS v, CAST(i % 10 AS VARCHAR) AS nt, i AS big,
        CAST(i % 7 AS INTEGER) AS small FROM range(3000) AS r(i);
    CREATE TABLE kinds (a BIGINT, b DECIMAL(38, 2), c DOUBLE, d BLOB, e TIMESTAMP, f TIMESTAMPTZ, g VARCHAR, h BOOLEAN,
        i DATE, j HUGEINT, k INTEGER, l INTERVAL, m TIMESTAMP_NS);
    INSERT INTO kinds VALUES
        (9007199254740993, 123456789012345678901234567890123456.78, 'NaN', 'ab'::BLOB, '2026-01-02 03:04:05.5',
         '2026-01-02 03:04:05+09', '00123', true, '2026-01-02', 170141183460469231731687303715884105727, 5,
         INTERVAL 1 DAY, '2026-01-02 03:04:05.123456789'),
        (1, -0.01, 'Infinity', NULL, '9999-12-31 23:59:59', '0001-01-01 00:00:00+00', '=cmd()', false, '0001-01-01', -1,
         -5, NULL, NULL),
        (NULL, NULL, '-Infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""


@pytest.fixture
async def warehouse(settings: Settings) -> AsyncIterator[Warehouse]:
    warehouse = Warehouse(settings.warehouse_path, temp=settings.data_dir / "temp", memory_limit="500MB")
    await warehouse.open()
    await warehouse.call(lambda cursor: cursor.execute(TABLES))
    yield warehouse
    await warehouse.close()


@pytest.fixture
def service(warehouse: Warehouse, settings: Settings) -> QueryService:
    return QueryService(warehouse, settings)
