"""Fulls and tests, from the real driver to the swapped table."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.schemas.sync import State
from app.sync import ledger, sources
from app.sync.columns import OracleColumn
from tests.sync.conftest import Place, Source


async def test_a_full_brings_the_table_over_and_makes_its_target(place: Place, source: Source):
    table = source.table("id NUMBER(10) PRIMARY KEY, name VARCHAR2(40), price NUMBER(10,2), made DATE")
    source.insert(table, [(1, "가나다", Decimal("0.1"), datetime(2026, 1, 2, 3, 4, 5)), (2, None, None, None)])
    run = await place.good(table, "full")
    assert await place.rows(table) == [
        (1, "가나다", Decimal("0.10"), datetime(2026, 1, 2, 3, 4, 5)),
        (2, None, None, None),
    ]
    assert (run.inserted, run.proof.ok, run.proof.oracle_rows, run.proof.duckdb_rows) == (2, True, 2, 2)
    assert run.progress.percentage == 1.0
    assert (await place.service.target(table)).key == ["ID"]
    assert [phase.name for phase in run.phases] == ["plan", "read", "settle", "prove", "swap", "checkpoint"]


async def test_a_full_of_an_empty_table_is_an_empty_table(place: Place, source: Source):
    table = source.table("id NUMBER(10), name VARCHAR2(40)")
    await place.good(table, "full")
    assert await place.rows(table) == []


async def test_a_second_full_replaces_the_first(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,), (2,)])
    await place.good(table, "full")
    source.run(f'DELETE FROM "{table}" WHERE id = 1')
    source.insert(table, [(3,)])
    run = await place.good(table, "full")
    assert await place.rows(table) == [(2,), (3,)]
    assert (run.inserted, run.deleted) == (2, 2)


async def test_a_table_that_would_shrink_by_more_than_half_is_kept(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(number,) for number in range(10)])
    await place.good(table, "full")
    source.run(f'DELETE FROM "{table}" WHERE id > 3')
    run = await place.sync(table, "full")
    assert (run.state, run.error.code) == (State.FAILED, "shrunk")
    assert len(await place.rows(table)) == 10
    await place.good(table, "full", allow_shrink=True)
    assert len(await place.rows(table)) == 4


async def test_an_emptied_table_is_kept_too(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    await place.good(table, "full")
    source.run(f'DELETE FROM "{table}"')
    assert (await place.sync(table, "full")).error.code == "shrunk"
    assert await place.rows(table) == [(1,)]


async def test_half_of_the_rows_may_go(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,), (2,)])
    await place.good(table, "full")
    source.run(f'DELETE FROM "{table}" WHERE id = 1')
    await place.good(table, "full")
    assert await place.rows(table) == [(2,)]


async def test_staging_is_gone_after_a_run_however_it_ended(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(number,) for number in range(10)])
    await place.good(table, "full")
    source.run(f'DELETE FROM "{table}"')
    await place.sync(table, "full")
    tables = [row[0] for row in await place.warehouse.rows("SELECT table_name FROM duckdb_tables()")]
    assert [name for name in tables if name.startswith("__staging__")] == []


async def test_a_test_reads_some_rows_into_preview_and_touches_nothing_else(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(number,) for number in range(300)])
    run = await place.good(table, "test")
    assert await place.value(f'SELECT count(*) FROM preview."{table.lower()}"') == 100
    assert run.inserted == 100
    assert await place.service.targets() == []
    assert await place.types(table) == {}


async def test_the_next_test_replaces_the_last(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(number,) for number in range(300)])
    await place.good(table, "test")
    await place.good(table, "test", row_limit=7)
    assert await place.value(f'SELECT count(*) FROM preview."{table.lower()}"') == 7


async def test_a_preview_goes_after_seven_days(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    other = source.table("id NUMBER(10)", [(1,)])
    await place.good(table, "test")
    await place.warehouse.rows("UPDATE _sync.previews SET made_at = now()::TIMESTAMP - INTERVAL 8 DAY RETURNING name")
    await place.good(other, "test")
    left = await place.warehouse.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'preview'")
    assert left == [(other.lower(),)]


async def test_a_test_leaves_the_real_table_alone(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,), (2,), (3,)])
    await place.good(table, "full")
    await place.good(table, "test", row_limit=1)
    assert len(await place.rows(table)) == 3


async def test_twelve_fulls_do_not_let_the_file_grow_beyond_two_tables(place: Place, source: Source):
    rows = [(number, f"row {number} " + "x" * 40) for number in range(20000)]
    table = source.table("id NUMBER(10), name VARCHAR2(60)", rows)
    await place.good(table, "full")
    one = place.settings.warehouse_path.stat().st_size
    for _ in range(11):
        await place.good(table, "full")
    assert place.settings.warehouse_path.stat().st_size <= 2 * one


async def test_a_reader_in_a_transaction_fails_no_run_and_the_file_is_folded_when_it_leaves(
    place: Place, source: Source
):
    table = source.table("id NUMBER(10)", [(number,) for number in range(1000)])
    await place.good(table, "full")
    log = place.settings.warehouse_path.with_name(place.settings.warehouse_path.name + ".wal")
    with place.warehouse.cursor() as reader:
        reader.execute("BEGIN TRANSACTION READ ONLY")
        count = f'SELECT count(*) FROM "{table.lower()}"'
        assert reader.execute(count).fetchone() == (1000,)
        source.insert(table, [(1000,)])
        await place.good(table, "full")
        assert reader.execute(count).fetchone() == (1000,)
        assert log.stat().st_size > 0
    assert not log.exists() or log.stat().st_size == 0
    assert await place.value(count) == 1001


async def test_a_where_of_the_target_holds_for_rows_and_proof(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(number,) for number in range(10)])
    await place.target(table, where="id < 4")
    run = await place.good(table, "full")
    assert len(await place.rows(table)) == 4
    assert run.proof.oracle_rows == 4


async def test_columns_can_be_chosen(place: Place, source: Source):
    table = source.table("id NUMBER(10), a VARCHAR2(5), b VARCHAR2(5)", [(1, "a", "b")])
    await place.target(table, columns_out=["a"])
    await place.good(table, "full")
    assert list(await place.types(table)) == ["ID", "B"]
    await place.edit(table, columns_in=["id", "a"], columns_out=[])
    await place.good(table, "full")
    assert list(await place.types(table)) == ["ID", "A"]


async def test_what_cannot_be_copied_is_named_in_the_run_and_on_the_tables_page(
    place: Place, source: Source, monkeypatch: pytest.MonkeyPatch
):
    """The embedded server makes no such columns, so its dictionary is given two."""
    known, odd = sources.facts, [OracleColumn("PICTURE", "BFILE"), OracleColumn("SHAPE", "SDO_GEOMETRY")]

    def facts(*asked: object) -> sources.Facts:
        found = known(*asked)
        return replace(found, columns=[*found.columns, *odd])

    monkeypatch.setattr(sources, "facts", facts)
    table = source.table("id NUMBER(10)", [(1,)])
    run = await place.good(table, "full")
    assert run.notes == ["PICTURE: BFILE is not copied", "SHAPE: SDO_GEOMETRY is not copied"]
    assert await place.rows(table) == [(1,)]
    shown = (await place.service.source(run.oracle_table.partition(".")[0], table)).columns
    assert [(each.duckdb_type, each.note) for each in shown[1:]] == [
        (None, "BFILE is not copied"),
        (None, "SDO_GEOMETRY is not copied"),
    ]


async def test_a_key_that_is_not_unique_is_said(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,), (1,)])
    run = await place.good(table, "full", primary_key="ID")
    assert "not unique" in run.notes[0]


FAR = 10**37


@pytest.mark.parametrize(
    ("kind", "keys", "doubled"),
    [
        ("NUMBER(4)", [-9999, 9999, 0], 0),
        ("NUMBER(4)", [-9999, 9999, -9999], 1),
        ("NUMBER(10)", [5, 7, 5, 9, 9], 2),
        ("NUMBER(18)", [10**18 - 1, 10**18 - 2, 10**18 - 4], 0),
        ("NUMBER(18)", [10**18 - 1, 10**18 - 4, 10**18 - 4], 1),
        ("NUMBER(18)", [10**18 - 1, 1 - 10**18], 0),
        ("NUMBER(38)", [FAR, FAR + 3, FAR + 1], 0),
        ("NUMBER(38)", [FAR, FAR + 3, FAR + 3], 1),
        ("NUMBER(38)", [FAR, -FAR, FAR], 1),
        ("NUMBER(10)", [1, 2, None], 0),
        ("NUMBER(10)", [1, 3, None, None], 1),
        ("NUMBER(6,1)", [1.5, 1.0, 1.5, 2.0], 1),
        ("VARCHAR2(10)", ["a", "b", "a"], 1),
    ],
)
async def test_what_is_said_of_doubled_keys_is_true(
    place: Place, source: Source, kind: str, keys: list[Any], doubled: int
):
    run = await place.good(source.table(f"id {kind}", [(key,) for key in keys]), "full", primary_key="ID")
    said = [f"not unique in Oracle: {doubled} keys" in note for note in run.notes]
    assert said == ([True] if doubled else [])


async def test_times_are_in_utc(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    run = await place.good(table, "full")
    assert run.finished_at.tzinfo == UTC or run.finished_at.utcoffset().total_seconds() == 0


async def test_a_reader_never_sees_half_a_table(place: Place, source: Source):
    """It polls through refreshes that each add a row: it sees the old count or the new one, and never no table."""
    table = source.table("id NUMBER(10)", [(number,) for number in range(20000)])
    await place.good(table, "full")
    seen: list[int] = []
    over = asyncio.Event()

    async def look() -> None:
        while not over.is_set() or seen[-1] < 20003:
            seen.append(await place.value(f'SELECT count(*) FROM "{table.lower()}"'))

    reader = asyncio.create_task(look())
    for number in range(3):
        source.insert(table, [(20000 + number,)])
        await place.good(table, "full")
    over.set()
    await asyncio.wait_for(reader, 5)
    assert seen == sorted(seen)
    assert {20000, 20003} <= set(seen) <= {20000, 20001, 20002, 20003}


@pytest.mark.parametrize("kind", ["full", "incremental", "reconcile"])
async def test_while_a_run_replaces_rows_a_reader_sees_the_old_table_whole(
    place: Place, source: Source, monkeypatch: pytest.MonkeyPatch, kind: str
):
    """Looked at where the new rows are written and nothing but the commit is missing."""
    table = source.table("id NUMBER(10) PRIMARY KEY", [(number,) for number in range(100)])
    await place.target(table, cursor="id", deletes="hard")
    await place.good(table, "full")
    source.run(f'DELETE FROM "{table}" WHERE id = 5')
    source.insert(table, [(100,), (101,)])
    finish, seen = ledger.finish, []

    def looked(*known: object) -> None:
        finish(*known)
        with place.warehouse.cursor() as reader:
            row = reader.execute(f'SELECT count(*), max(id) FROM "{table.lower()}"').fetchone()
            mark = reader.execute("SELECT value FROM _sync.watermarks").fetchone()
            done = reader.execute("SELECT count(*) FROM _sync.finished").fetchone()
            seen.append((*row, *mark, *done))

    monkeypatch.setattr(ledger, "finish", looked)
    await place.good(table, kind)
    assert seen == [(100, 99, "99", 1)]
    assert (101,) in await place.rows(table)
    assert await place.value("SELECT count(*) FROM duckdb_constraints() WHERE schema_name = 'main'") == 0
    assert await place.value("SELECT count(*) FROM duckdb_indexes()") == 0
