"""What can be asked of the service, and what it refuses."""

from datetime import datetime

import pytest

from app.errors import (
    Invalid,
    NameTaken,
    NotAllowed,
    OracleNotConfigured,
    RunNotFound,
    SourceNotFound,
    TargetNotFound,
)
from app.schemas.sync import State, SyncReset, SyncStart, TargetFields, TargetNew
from tests.sync.conftest import ADMIN, USER, Place, Source


async def test_without_an_oracle_nothing_starts(unplugged):
    place = await unplugged()
    with pytest.raises(OracleNotConfigured):
        await place.service.start(SyncStart(oracle_table="T", sync_type="full"), ADMIN)
    assert (await place.service.status()).active == []
    await place.close()


async def test_neither_a_type_nor_a_target_is_refused(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    with pytest.raises(Invalid):
        await place.sync(table)


async def test_a_full_of_an_unregistered_table_is_for_admins(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    with pytest.raises(NotAllowed):
        await place.service.start(SyncStart(oracle_table=table, sync_type="full"), USER)
    await place.good(table, "full")
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), USER)
    assert (await place.service.wait(run.sync_id)).state is State.SUCCEEDED


async def test_a_test_is_for_users_and_makes_no_target(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="test"), USER)
    assert (await place.service.wait(run.sync_id)).state is State.SUCCEEDED
    assert await place.service.targets() == []


async def test_an_unknown_table_is_not_found(place: Place):
    with pytest.raises(SourceNotFound):
        await place.sync("NO_SUCH_TABLE", "full")
    with pytest.raises(TargetNotFound):
        await place.sync("NO_SUCH_TABLE", "incremental")


async def test_the_default_type_is_incremental_where_there_is_a_cursor(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    await place.target(table)
    assert (await place.good(table)).type == "full"
    await place.edit(table, cursor="id")
    assert (await place.good(table)).type == "incremental"


async def test_an_incremental_needs_a_cursor(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    await place.target(table)
    with pytest.raises(Invalid):
        await place.sync(table, "incremental")


async def test_values_in_the_body_hold_for_that_run_only(place: Place, source: Source):
    table = source.table("id NUMBER(10), other NUMBER(10)", [(1, 2)])
    await place.target(table, key=["id"])
    await place.good(table, "full", primary_key="other")
    assert (await place.service.target(table)).key == ["id"]


async def test_two_tables_cannot_have_one_duckdb_name(place: Place, source: Source):
    one, two = source.table("id NUMBER(10)", [(1,)]), source.table("id NUMBER(10)", [(2,)])
    await place.target(one, duckdb_table="Shared")
    with pytest.raises(NameTaken) as taken:
        await place.target(two, duckdb_table="SHARED")
    assert f"_{two}".lower() in taken.value.message()
    with pytest.raises(NameTaken):
        await place.sync(two, "full", duckdb_table="shared")


async def test_names_match_without_regard_to_case(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    await place.good(table.lower(), "full")
    assert (await place.service.target(table.upper())).table == table
    owner = place.settings.oracle_user.upper()
    assert (await place.service.target(f"{owner}.{table}")).table == table


NAMES = ("T$1#", "lower", "with space", "한글 표", "SELECT", "qualify", "a.b", "it's", ":low; --")


@pytest.mark.parametrize("name", NAMES)
async def test_any_name_works_on_both_sides_for_tables_columns_keys_and_cursors(
    place: Place, source: Source, name: str
):
    """Each of the names in turn is the table's, and the key's, the cursor's and other columns' in some table."""
    place_of = NAMES.index(name)
    key, second, cursor, value, left_out = (NAMES[(place_of + step) % len(NAMES)] for step in range(5))
    columns = (
        f'"{key}" NUMBER(10), "{second}" VARCHAR2(20), "{cursor}" TIMESTAMP(6), "{value}" NUMBER, "{left_out}" DATE'
    )
    table = source.table(f'{columns}, PRIMARY KEY ("{key}", "{second}")', name=name)
    rows = [(number, "값", datetime(2026, 1, 2, 12, number), number, None) for number in range(9)]
    source.insert(table, rows)
    chosen = {"columns_out": [left_out], "overrides": {value: "DECIMAL(9,2)"}, "where": f'"{key}" < 20'}
    await place.target(table, cursor=cursor, verify="checksum", deletes="soft", **chosen)
    assert (await place.service.target(table)).key == [key, second]
    assert len((await place.good(table, "full")).proof.columns) == 4
    source.insert(table, [(9, "값", datetime(2026, 1, 2, 13), 7, None)])
    assert (await place.good(table, "incremental")).notes == []
    source.run(f'DELETE FROM "{table}" WHERE "{key}" = 1')
    source.run(f'UPDATE "{table}" SET "{value}" = 5 WHERE "{key}" = 2')
    assert (await place.good(table, "reconcile")).deleted == 1
    wanted = {row[0]: row[3] for row in rows if row[0] != 1} | {2: 5, 9: 7}
    alive = f'SELECT "{key}", "{value}" FROM "{table.lower()}" WHERE _deleted_at IS NULL ORDER BY 1'
    assert await place.warehouse.rows(alive) == sorted(wanted.items())
    assert list(await place.types(table)) == [key, second, cursor, value, "_deleted_at"]


async def test_editing_what_the_rows_depend_on_clears_the_watermark(place: Place, source: Source):
    table = source.table("id NUMBER(10), v NUMBER(5)", [(1, 2)])
    for change in (
        {"key": ["id"]},
        {"cursor": "v"},
        {"where": "id > 0"},
        {"columns_out": ["v"]},
        {"columns_in": ["id"], "columns_out": []},
        {"trim_char": True},
        {"overrides": {"v": "VARCHAR"}},
    ):
        await place.target(table, cursor="id")
        await place.good(table, "full")
        await place.edit(table, note="nothing that matters", lag_seconds=5)
        assert await place.value("SELECT count(*) FROM _sync.watermarks") == 1
        await place.edit(table, **change)
        assert await place.value("SELECT count(*) FROM _sync.watermarks") == 0
        await place.service.drop_target(table, ADMIN, drop=True)


async def test_dropping_a_target_keeps_the_table_unless_asked(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    await place.good(table, "full")
    await place.service.drop_target(table, ADMIN)
    assert await place.rows(table) == [(1,)]
    await place.good(table, "full")
    await place.service.drop_target(table, ADMIN, drop=True)
    assert await place.types(table) == {}


async def test_a_reset_of_a_table_clears_its_watermark_and_keeps_its_rows(place: Place, source: Source):
    table, other = source.table("id NUMBER(10)", [(1,)]), source.table("id NUMBER(10)", [(1,)])
    for each in (table, other):
        await place.target(each, cursor="id")
        await place.good(each)
    done = await place.service.reset(SyncReset(oracle_table=table), ADMIN)
    assert done.watermarks == [table.lower()]
    assert await place.rows(table) == [(1,)]
    assert (await place.good(table)).notes[0].startswith("This was a full")
    assert (await place.good(other)).notes == []


async def test_a_reset_without_a_table_never_touches_a_watermark(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    await place.target(table, cursor="id")
    await place.good(table)
    await place.warehouse.call(lambda duck: duck.execute('CREATE TABLE "__staging__orphan" (a INTEGER)'))
    source.run(f'DELETE FROM "{table}"')
    failed = await place.sync(table, "full")
    assert failed.state is State.FAILED
    done = await place.service.reset(SyncReset(), ADMIN)
    assert (done.watermarks, done.staging, done.runs) == ([], ["__staging__orphan"], [failed.sync_id])
    assert await place.value("SELECT count(*) FROM _sync.watermarks") == 1


async def test_a_user_may_not_edit_or_reset(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    await place.target(table)
    with pytest.raises(NotAllowed):
        await place.service.add_target(TargetNew(oracle_table=table), USER)
    with pytest.raises(NotAllowed):
        await place.service.edit_target(table, TargetFields(note="x"), USER)
    with pytest.raises(NotAllowed):
        await place.service.drop_target(table, USER)
    with pytest.raises(NotAllowed):
        await place.service.reset(SyncReset(), USER)


async def test_sources_show_tables_with_their_target(place: Place, source: Source):
    table = source.table("id NUMBER(10) PRIMARY KEY, updated_at DATE, v VARCHAR2(5)", [(1, None, None)])
    await place.target(table)
    found, total = await place.service.sources(search=table)
    assert [(each.table, each.kind, each.target) for each in found] == [(table, "table", table.lower())]
    assert total == 1
    one = await place.service.source(found[0].owner, table)
    assert (one.key, one.cursors) == (["ID"], ["UPDATED_AT"])
    assert [(each.name, each.duckdb_type) for each in one.columns] == [
        ("ID", "BIGINT"),
        ("UPDATED_AT", "TIMESTAMP"),
        ("V", "VARCHAR"),
    ]


async def test_runs_are_listed_newest_first_and_counted(place: Place, source: Source):
    table = source.table("id NUMBER(10)", [(1,)])
    first, second = await place.good(table, "full"), await place.good(table, "test")
    found, total = await place.service.runs(target=table)
    assert ([run.sync_id for run in found], total) == ([second.sync_id, first.sync_id], 2)
    found, total = await place.service.runs(type="full", limit=1)
    assert ([run.sync_id for run in found], total) == ([first.sync_id], 1)
    assert [run.sync_id for run in (await place.service.status()).last] == [second.sync_id]
    with pytest.raises(RunNotFound):
        await place.service.run("nothing")
    with pytest.raises(RunNotFound):
        await place.service.log("nothing")
