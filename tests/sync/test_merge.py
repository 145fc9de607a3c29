"""Columns that change in Oracle between two runs: followed where that loses nothing, else refused before a write."""

from decimal import Decimal

from app.schemas.sync import State
from tests.sync.conftest import Place, Source
from tests.sync.test_comparison import edges


async def begun(place: Place, source: Source, columns: str = "id NUMBER(4) PRIMARY KEY, v VARCHAR2(10), n NUMBER(6,2)"):
    table = source.table(columns, [(1, "a", Decimal("1.25"))])
    await place.target(table, cursor="id")
    await place.good(table)
    return table


async def history(place: Place, table: str) -> list[tuple[str, str]]:
    return await place.warehouse.rows(
        "SELECT column_name, change FROM _sync.schema_history WHERE name = ? ORDER BY seen_at", table.lower()
    )


async def test_a_new_column_is_added_and_null_for_old_rows_until_the_next_full(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'ALTER TABLE "{table}" ADD extra NUMBER(10)')
    source.run(f'UPDATE "{table}" SET extra = 7')
    source.run(f"INSERT INTO \"{table}\" VALUES (2, 'b', 2, 8)")
    run = await place.good(table, last_value="2")
    assert await place.rows(table, '"ID", "EXTRA"') == [(1, 7), (2, 8)]
    assert run.notes == ["Column EXTRA was added."]
    assert await history(place, table) == [("EXTRA", "added")]


async def test_old_rows_of_a_new_column_are_filled_by_a_full(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f"INSERT INTO \"{table}\" VALUES (2, 'b', 2)")
    await place.good(table)
    source.run(f'ALTER TABLE "{table}" ADD extra NUMBER(10)')
    source.run(f'UPDATE "{table}" SET extra = 7')
    await place.good(table)
    assert await place.rows(table, '"ID", "EXTRA"') == [(1, None), (2, 7)]
    await place.good(table, "full")
    assert await place.rows(table, '"ID", "EXTRA"') == [(1, 7), (2, 7)]


async def test_a_widened_column_is_followed(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'ALTER TABLE "{table}" MODIFY (n NUMBER(12,4))')
    source.run(f"INSERT INTO \"{table}\" VALUES (2, 'b', 12345678.1234)")
    await place.good(table)
    assert (await place.types(table))["N"] == "DECIMAL(12,4)"
    assert await place.rows(table, '"N"') == [(Decimal("1.2500"),), (Decimal("12345678.1234"),)]
    assert await history(place, table) == [("N", "widened")]


async def test_a_dropped_column_is_kept_and_reported_once(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'ALTER TABLE "{table}" DROP COLUMN v')
    source.insert(table, [(2, 5)])
    run = await place.good(table)
    assert await place.rows(table) == [(1, "a", Decimal("1.25")), (2, None, Decimal("5.00"))]
    assert run.notes[0] == "Column V was dropped."
    await place.good(table)
    assert await history(place, table) == [("V", "dropped")]


async def test_a_renamed_column_fails_before_it_writes_and_a_full_mends_it(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'ALTER TABLE "{table}" RENAME COLUMN v TO w')
    source.insert(table, [(2, "b", 2)])
    run = await place.sync(table)
    assert (run.state, run.error.code) == (State.FAILED, "schema_changed")
    assert "full" in run.error.message
    assert len(await place.rows(table)) == 1
    await place.good(table, "full")
    assert list(await place.types(table)) == ["ID", "W", "N"]


async def test_a_column_of_another_type_fails_before_it_writes(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'ALTER TABLE "{table}" DROP COLUMN n')
    source.run(f'ALTER TABLE "{table}" ADD n VARCHAR2(5)')
    run = await place.sync(table)
    assert run.error.code == "schema_changed"
    assert (await place.types(table))["N"] == "DECIMAL(6,2)"


async def test_a_reconcile_follows_the_columns_too(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'ALTER TABLE "{table}" ADD extra NUMBER(10)')
    source.run(f'UPDATE "{table}" SET extra = 7')
    await place.good(table, "reconcile")
    assert await place.rows(table, '"ID", "EXTRA"') == [(1, 7)]


async def test_a_table_of_every_type_is_followed_by_incrementals_and_reconciles(place: Place, source: Source):
    table = edges(source)  # each type with two values at its edges
    await place.target(table, cursor="c0", key=["c0"])
    await place.good(table, "full")
    for kind in ("incremental", "reconcile"):
        source.run(f"UPDATE \"{table}\" SET c9 = '{kind[:3]}' WHERE c0 > 0")
        await place.good(table, kind)
        assert (await place.good(table, "verify")).proof.oracle_rows == 2
    assert await history(place, table) == []


async def test_a_narrowed_number_stays_as_wide_as_it_was(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'UPDATE "{table}" SET n = NULL')  # Oracle narrows an empty column only
    source.run(f'ALTER TABLE "{table}" MODIFY (n NUMBER(5,2))')
    await place.good(table)
    assert (await place.types(table))["N"] == "DECIMAL(6,2)"
