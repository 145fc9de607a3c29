"""What Oracle is asked: an 11g understands every statement, from the first look at a table to its last proof."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import oracledb
import pytest

from app import config
from app.config import Settings
from app.demo.boundary import LOGIN, Face
from app.demo.engine import open_database
from app.demo.engine.session import EngineSession
from app.demo.faces import FACES
from app.demo.faults import Faults
from app.demo.wire.server import Server
from app.errors import SourceNotFound
from app.oracle import Oracle
from app.sync.chunks import Chunks
from app.sync.columns import OracleColumn, planned
from app.sync.comparison import compare
from app.sync.plan import batches
from tests.sync.conftest import Place, Source, opened
from tests.sync.test_comparison import edges

# The thin driver speaks to no 11g, so this one answers at the network level as a 19c: what it is asked is the same.
ELEVEN = replace(FACES["19c"], name="11g", version=FACES["11g"].version, banner=FACES["11g"].banner)
LATER = re.compile(
    r"""\b(FETCH\s+(FIRST|NEXT) | OFFSET\s | LATERAL | (CROSS|OUTER)\s+APPLY | IDENTITY | WITH\s+(FUNCTION|PROCEDURE)
    | STANDARD_HASH | TO_UTC_TIMESTAMP_TZ | VALIDATE_CONVERSION | ON\s+CONVERSION\s+ERROR | ON\s+OVERFLOW | COLLAT\w*
    | APPROX_\w+ | JSON_\w+ | JSON | MATCH_RECOGNIZE | ANY_VALUE | BIT_AND_AGG | CHECKSUM | IF\s+(NOT\s+)?EXISTS
    | BOOLEAN | TRUE | FALSE | VALUES | EXCEPT | CON_ID | CDB_\w+ | \w+_IDENTITY_COLS | VIRTUAL_COLUMN
    | ORACLE_MAINTAINED | LAST_LOGIN | HAS_IDENTITY | DEFAULT_ON_NULL)\b""",
    re.IGNORECASE | re.VERBOSE,
)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that reaches the server."""
    statements: list[str] = []
    execute = EngineSession.execute

    def heard(session: EngineSession, sql: str, *binds: object) -> object:
        statements.append(sql)
        return execute(session, sql, *binds)

    monkeypatch.setattr(EngineSession, "execute", heard)
    return statements


@asynccontextmanager
async def facing(settings: Settings, face: Face) -> AsyncIterator[tuple[Place, Source]]:
    """A place whose Oracle has that face, and a login that makes tables there."""
    faults = Faults()
    server = Server(open_database(face, faults.set, "none"), face, faults)
    dsn = f"127.0.0.1:{server.port}/FREEPDB1"
    known = {"oracle_dsn": dsn, "oracle_user": LOGIN[0], "oracle_password": LOGIN[1]}
    place = await opened(
        config.load(**{**settings.model_dump(), **known}, _env_file=None), chunks=Chunks(100, seconds=0)
    )
    source = Source(oracledb.connect(dsn=dsn, user=LOGIN[0], password=LOGIN[1]))
    yield place, source
    await place.close()
    source.close()
    server.stop()


@pytest.fixture
async def old(settings: Settings) -> AsyncIterator[tuple[Place, Source]]:
    async with facing(settings, ELEVEN) as both:
        yield both


async def asked(place: Place, source: Source) -> None:
    """All that the product ever asks an Oracle: each type of run, chunks, proofs, lists of tables, comparisons."""
    columns = "id NUMBER(10) PRIMARY KEY, ts TIMESTAMP(6) WITH TIME ZONE, n NUMBER, c CLOB, v VARCHAR2(9)"
    table = source.table(columns)
    more = f'INSERT INTO "{table}" SELECT LEVEL + %s, SYSTIMESTAMP, LEVEL, %s FROM dual CONNECT BY LEVEL <= 300'
    source.run(more % (0, "'c', 'v'"))
    source.run(f"BEGIN DBMS_STATS.GATHER_TABLE_STATS(USER, '{table}'); END;")
    await place.target(table, cursor="ts", verify="checksum", reread_null_cursor=True, trim_char=True)
    await place.good(table, "test")
    run = await place.good(table, "full")
    assert run.progress.chunks > 1
    assert [each.method for each in run.proof.columns][-1] == "count, length"
    source.run(more % (300, "NULL, NULL"))
    for kind in ("incremental", "reconcile", "verify"):
        await place.good(table, kind)
    await place.target(table, cursor="ORA_ROWSCN")
    for kind in ("full", "incremental"):
        await place.good(table, kind)
    await asyncio.to_thread(compare, Oracle(place.settings), place.warehouse, edges(source), 100)
    await place.service.sources()
    with pytest.raises(SourceNotFound):
        await place.good("NO_SUCH_TABLE", "full")
    assert (await asyncio.to_thread(Oracle(place.settings).check)).version == "11.2.0.4.0"


async def test_a_boolean_of_23ai_is_a_boolean(settings: Settings):
    async with facing(settings, FACES["23ai"]) as (place, source):
        table = source.table("id NUMBER(5) PRIMARY KEY, b BOOLEAN", [(1, True), (2, False), (3, None)])
        await place.target(table, verify="checksum", cursor="id")
        for kind in ("full", "incremental", "reconcile"):
            proof = (await place.good(table, kind)).proof
            assert await place.rows(table) == [(1, True), (2, False), (3, None)]
        assert proof.counted_only == ["B"]
        assert (await place.types(table))["B"] == "BOOLEAN"


async def test_no_run_looks_for_the_greatest_value_or_counts_for_a_bar(old: tuple[Place, Source], sent: list[str]):
    place, source = old
    table = source.table("id NUMBER(10), ts TIMESTAMP(6)", [(1, datetime(2026, 1, 2))])
    await place.target(table, cursor="ts", verify="off")
    for kind in ("full", "incremental"):
        await place.good(table, kind)
    asked = [sql for sql in sent if table in sql and sql.startswith("SELECT")]
    assert len(asked) > 2
    assert [sql for sql in asked if "MAX(" in sql or "COUNT(" in sql] == []
    await place.edit(table, verify="count")
    await place.good(table, "incremental")
    assert [sql for sql in sent if "MAX(" in sql] == []


def test_a_batch_is_twenty_thousand_rows_at_most_and_64_mb_by_the_width_of_its_rows():
    narrow, text = planned(OracleColumn("N", "NUMBER", precision=9, scale=0)), planned(OracleColumn("C", "CLOB"))
    assert batches([narrow], {}) == (20_000, 12)
    assert batches([narrow] * 200, {}) == (10_000, 2)  # many bytes are many rows' work at once
    assert batches([narrow, text], {}).rows < 2_000  # not measured yet
    assert batches([narrow, text], {"C": 6_400_000}) == (9, 2)
    assert batches([narrow, text], {"C": 10**9}) == (1, 2)


async def test_an_11g_understands_every_statement(old: tuple[Place, Source], sent: list[str]):
    place, source = old
    await asked(place, source)
    ours = [sql for sql in sent if not sql.startswith(("CREATE", "INSERT", "BEGIN"))]
    for part in (
        "AS OF SCN",
        "SAMPLE BLOCK",
        "CHARTOROWID",
        "ORA_ROWSCN",
        "'TM9'",
        "SUM(MOD(",
        "all_synonyms",
        "RAWTOHEX",
    ):
        assert any(part in sql for sql in ours), part
    assert [sql for sql in ours if LATER.search(sql)] == []
    assert [sql for sql in ours if any(len(name) > 30 for name in re.findall(r'"([^"]*)"', sql))] == []
