"""Reconciles: both sides equal afterwards, and what Oracle deleted goes or is marked."""

import pytest

from app.errors import KeyNeeded
from app.schemas.sync import State
from tests.sync.conftest import Place, Source

ROWS = [(number, f"v{number}") for number in range(10)]


async def begun(place: Place, source: Source, **fields: object) -> str:
    table = source.table("id NUMBER(10) PRIMARY KEY, v VARCHAR2(10)", ROWS)
    await place.target(table, **fields)
    await place.good(table, "full")
    source.run(f'DELETE FROM "{table}" WHERE id = 3')
    source.run(f"UPDATE \"{table}\" SET v = 'changed' WHERE id = 4")
    source.insert(table, [(20, "new")])
    return table


WANTED = [*(row for row in ROWS if row[0] not in (3, 4)), (4, "changed"), (20, "new")]


async def test_after_a_reconcile_both_sides_are_equal(place: Place, source: Source):
    table = await begun(place, source)
    run = await place.good(table, "reconcile")
    assert await place.rows(table) == sorted(WANTED)
    assert (run.inserted, run.deleted) == (2, 1)


async def test_a_soft_delete_marks_the_row(place: Place, source: Source):
    table = await begun(place, source, deletes="soft")
    run = await place.good(table, "reconcile")
    alive = await place.warehouse.rows(f'SELECT id, v FROM "{table.lower()}" WHERE _deleted_at IS NULL ORDER BY 1')
    assert alive == sorted(WANTED)
    assert await place.value(f'SELECT id FROM "{table.lower()}" WHERE _deleted_at IS NOT NULL') == 3
    assert run.proof.duckdb_rows == 10


async def test_a_marked_row_that_comes_back_is_alive_again(place: Place, source: Source):
    table = await begun(place, source, deletes="soft")
    await place.good(table, "reconcile")
    source.insert(table, [(3, "again")])
    await place.good(table, "reconcile")
    assert await place.value(f'SELECT count(*) FROM "{table.lower()}" WHERE id = 3 AND _deleted_at IS NULL') == 1
    assert await place.value(f'SELECT count(*) FROM "{table.lower()}"') == 11


async def test_a_marked_row_outlives_a_full(place: Place, source: Source):
    table = await begun(place, source, deletes="soft")
    await place.good(table, "reconcile")
    run = await place.good(table, "full")
    assert run.proof.duckdb_rows == 10
    assert await place.value(f'SELECT id FROM "{table.lower()}" WHERE _deleted_at IS NOT NULL') == 3
    assert await place.value(f'SELECT count(*) FROM "{table.lower()}"') == 11


async def test_a_reconcile_that_would_remove_more_than_half_stops(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'DELETE FROM "{table}" WHERE id < 9')
    run = await place.sync(table, "reconcile")
    assert (run.state, run.error.code) == (State.FAILED, "shrunk")
    assert await place.rows(table) == ROWS


async def test_a_reconcile_needs_a_key(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    await place.good(table, "full")
    with pytest.raises(KeyNeeded):
        await place.sync(table, "reconcile")


async def test_a_reconcile_without_an_earlier_full_is_a_full(place: Place, source: Source):
    table = source.table("id NUMBER(10) PRIMARY KEY", [(1,)])
    await place.target(table)
    run = await place.good(table, "reconcile")
    assert run.notes == ["This was a full: there was none before."]
    assert await place.rows(table) == [(1,)]


async def test_nothing_is_written_where_nothing_differs(place: Place, source: Source):
    table = source.table("id NUMBER(10) PRIMARY KEY, d BINARY_DOUBLE", [(1, None), (2, 0.5)])
    source.run(f'UPDATE "{table}" SET d = BINARY_DOUBLE_NAN WHERE id = 1')
    await place.good(table, "full")
    run = await place.good(table, "reconcile")
    assert (run.inserted, run.deleted) == (0, 0)
