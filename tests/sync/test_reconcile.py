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


async def test_a_new_target_removes_what_oracle_has_deleted(place: Place, source: Source):
    table = await begun(place, source)
    assert (await place.service.target(table)).deletes == "hard"


async def test_rows_that_oracle_no_longer_has_are_kept_and_counted_where_asked(place: Place, source: Source):
    table = await begun(place, source, deletes="ignore")
    run = await place.good(table, "reconcile")
    assert await place.rows(table) == sorted([*WANTED, (3, "v3")])
    assert (run.inserted, run.deleted) == (2, 0)
    assert "1 rows that Oracle no longer has were kept." in run.notes
    assert (run.proof.ok, run.proof.oracle_rows, run.proof.duckdb_rows) == (True, 10, 10)


async def test_what_is_kept_is_no_shrinking(place: Place, source: Source):
    table = await begun(place, source, deletes="ignore")
    source.run(f'DELETE FROM "{table}" WHERE id <> 20')
    run = await place.good(table, "reconcile")
    assert "10 rows that Oracle no longer has were kept." in run.notes
    assert len(await place.rows(table)) == 11


async def test_a_row_that_stands_here_twice_is_still_noticed_beside_kept_ones(place: Place, source: Source):
    table = await begun(place, source, deletes="ignore")
    await place.warehouse.call(lambda duck: duck.execute(f"INSERT INTO \"{table.lower()}\" VALUES (5, 'v5')"))
    assert (await place.sync(table, "reconcile")).error.code == "proof_failed"


async def test_a_kept_row_that_comes_back_to_oracle_is_there_once(place: Place, source: Source):
    table = await begun(place, source, deletes="ignore")
    await place.good(table, "reconcile")
    source.insert(table, [(3, "again")])
    run = await place.good(table, "reconcile")
    assert run.notes == []
    assert await place.rows(table) == sorted([*WANTED, (3, "again")])


async def test_an_incremental_does_not_advise_a_reconcile_for_rows_that_are_kept(place: Place, source: Source):
    table = await begun(place, source, deletes="ignore", cursor="id")
    await place.good(table, "reconcile")
    run = await place.good(table, "incremental")
    assert run.notes == ["1 rows more than in Oracle are here; deleted rows are kept."]


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
