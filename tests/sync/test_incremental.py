"""Incrementals: every rule of the watermark as a row that would otherwise be lost, doubled or stale."""

from datetime import datetime, timedelta

import oracledb

from app.schemas.sync import State, SyncRun
from tests.conftest import OracleAt
from tests.sync.conftest import Place, Source

COLUMNS = "id NUMBER(10) PRIMARY KEY, v VARCHAR2(10), ts TIMESTAMP(6)"
NO_KEY = "id NUMBER(10), v VARCHAR2(10), ts TIMESTAMP(6)"
NOON = datetime(2026, 1, 2, 12)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


async def begun(place: Place, source: Source, columns: str = COLUMNS, **fields: object) -> str:
    """A table of three rows at 11:58, 11:59 and 12:00, after its first full."""
    table = source.table(columns, [(1, "a", at(-2)), (2, "b", at(-1)), (3, "c", at(0))])
    await place.target(table, cursor="ts", **fields)
    run = await place.good(table)
    assert run.notes == ["This was a full: there was none before."]
    return table


async def test_without_an_earlier_full_an_incremental_is_a_full_and_says_so(place: Place, source: Source):
    table = await begun(place, source)
    assert len(await place.rows(table)) == 3


async def test_the_watermark_is_the_greatest_value_read(place: Place, source: Source):
    table = await begun(place, source)
    source.insert(table, [(4, "d", at(7.5))])
    run = await place.good(table)
    assert run.watermark == "2026-01-02 12:07:30.000000"
    assert await place.value("SELECT value FROM _sync.watermarks") == run.watermark


async def test_no_new_row_leaves_the_watermark_as_it_is(place: Place, source: Source):
    table = await begun(place, source, lag_seconds=0)
    source.run(f'DELETE FROM "{table}" WHERE id = 3')
    run = await place.good(table)
    assert run.watermark == "2026-01-02 12:00:00.000000"


async def test_a_tie_with_the_watermark_is_not_lost(place: Place, source: Source):
    table = await begun(place, source, lag_seconds=0)
    source.insert(table, [(4, "tie", at(0))])
    await place.good(table)
    assert [row[0] for row in await place.rows(table)] == [1, 2, 3, 4]


async def test_an_updated_row_replaces_the_old_one(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f"UPDATE \"{table}\" SET v = 'new', ts = :1 WHERE id = 1", at(5))
    run = await place.good(table)
    assert [row[:2] for row in await place.rows(table)] == [(1, "new"), (2, "b"), (3, "c")]
    assert run.proof.oracle_rows == run.proof.duckdb_rows == 3


async def test_a_late_row_within_the_lag_is_found(place: Place, source: Source):
    table = await begun(place, source)
    source.insert(table, [(4, "late", at(-9))])
    await place.good(table)
    assert (4, "late", at(-9)) in await place.rows(table)


async def test_a_late_row_beyond_the_lag_is_said_and_found_by_a_reconcile(place: Place, source: Source):
    table = await begun(place, source)
    source.insert(table, [(4, "too late", at(-11))])
    run = await place.good(table)
    assert len(await place.rows(table)) == 3
    assert run.notes == ["1 rows differ: reconcile."]
    assert (run.proof.oracle_rows, run.proof.duckdb_rows) == (4, 3)
    await place.good(table, "reconcile")
    assert len(await place.rows(table)) == 4


async def late_commit(place: Place, source: Source, oracle_at: OracleAt, table: str, minutes: float) -> SyncRun:
    """A row of an open transaction, committed after a run has passed its cursor value; the run after that."""
    with oracle_at.connect() as other:
        kinds = {"ts": oracledb.DB_TYPE_TIMESTAMP}
        with other.cursor() as cursor:
            cursor.setinputsizes(**kinds)
            cursor.execute(f"INSERT INTO \"{table}\" VALUES (9, 'open', :ts)", {"ts": at(minutes)})
        source.insert(table, [(4, "d", at(1))])
        await place.good(table)
        other.commit()
    return await place.good(table)


async def test_a_transaction_open_for_less_than_the_lag_is_found(place: Place, source: Source, oracle_at: OracleAt):
    table = await begun(place, source)
    run = await late_commit(place, source, oracle_at, table, -8)
    assert [row[0] for row in await place.rows(table)] == [1, 2, 3, 4, 9]
    assert run.notes == []


async def test_a_transaction_open_for_longer_than_the_lag_is_said(place: Place, source: Source, oracle_at: OracleAt):
    table = await begun(place, source)
    run = await late_commit(place, source, oracle_at, table, -10)
    assert [row[0] for row in await place.rows(table)] == [1, 2, 3, 4]
    assert run.notes == ["1 rows differ: reconcile."]


async def test_an_scn_cursor_finds_a_transaction_however_long_it_was_open(
    place: Place, source: Source, oracle_at: OracleAt
):
    table = source.table(COLUMNS, [(1, "a", at(-2))])
    await place.target(table, cursor="ORA_ROWSCN")
    await place.good(table)
    run = await late_commit(place, source, oracle_at, table, -5000)
    assert [row[0] for row in await place.rows(table)] == [1, 4, 9]
    assert run.notes == []


async def test_without_a_key_the_window_is_replaced_and_nothing_is_doubled(place: Place, source: Source):
    table = await begun(place, source, NO_KEY)
    source.insert(table, [(3, "c", at(0)), (4, "d", at(1))])
    await place.good(table)
    await place.good(table)
    assert [row[0] for row in await place.rows(table)] == [1, 2, 3, 3, 4]


async def test_fewer_rows_there_than_here_without_a_key_fails_and_changes_nothing(place: Place, source: Source):
    """An old row that was changed would stand here twice; one that was deleted, once too often."""
    for change in (f"SET ts = TIMESTAMP '{at(5)}' WHERE id = 1", None):
        table = await begun(place, source, NO_KEY, lag_seconds=0)
        source.run(f'UPDATE "{table}" {change}' if change else f'DELETE FROM "{table}" WHERE id = 1')
        before = await place.rows(table)
        run = await place.sync(table)
        assert (run.state, run.error.code) == (State.FAILED, "row_moved_back")
        assert await place.rows(table) == before


async def test_a_row_moved_back_without_a_key_is_said(place: Place, source: Source):
    table = await begun(place, source, NO_KEY, lag_seconds=0)
    source.run(f'UPDATE "{table}" SET ts = :1 WHERE id = 3', at(-60))
    run = await place.good(table)
    assert run.notes == ["1 rows differ: reconcile."]


async def test_a_row_moved_back_with_a_key_is_stale_until_reconcile(place: Place, source: Source):
    table = await begun(place, source, lag_seconds=0)
    source.run(f"UPDATE \"{table}\" SET v = 'moved', ts = :1 WHERE id = 3", at(-60))
    await place.good(table)
    assert (3, "c", at(0)) in await place.rows(table)
    await place.good(table, "reconcile")
    assert (3, "moved", at(-60)) in await place.rows(table)


async def test_rows_without_a_cursor_value_are_counted(place: Place, source: Source):
    table = await begun(place, source)
    source.insert(table, [(4, "null", None)])
    run = await place.good(table)
    assert "1 rows have no TS and are not read by an incremental." in run.notes
    assert len(await place.rows(table)) == 3


async def test_rows_without_a_cursor_value_are_read_again_where_the_target_says_so(place: Place, source: Source):
    for columns in (COLUMNS, NO_KEY):
        table = await begun(place, source, columns, reread_null_cursor=True)
        source.insert(table, [(4, "null", None)])
        await place.good(table)
        await place.good(table)
        assert [row[0] for row in await place.rows(table)] == [1, 2, 3, 4]


async def test_a_future_value_is_reported_and_cannot_poison_the_watermark(place: Place, source: Source):
    table = await begun(place, source)
    source.insert(table, [(4, "future", datetime(2999, 1, 1))])
    run = await place.good(table)
    assert run.watermark < "2999"
    assert "after Oracle's clock" in run.notes[0]
    source.insert(table, [(5, "now", at(5))])
    await place.good(table)
    assert len(await place.rows(table)) == 5


async def test_fractions_of_a_second_are_not_dropped(place: Place, source: Source):
    table = source.table(NO_KEY, [(1, "a", NOON.replace(microsecond=900000))])
    await place.target(table, cursor="ts", lag_seconds=0)
    await place.good(table)
    source.insert(table, [(2, "before", NOON.replace(microsecond=100000)), (3, "b", NOON.replace(microsecond=900001))])
    run = await place.good(table)
    assert [row[0] for row in await place.rows(table)] == [1, 3]
    assert run.notes == ["1 rows differ: reconcile."]


async def test_a_date_cursor_compares_whole_seconds_on_both_sides(place: Place, source: Source):
    table = source.table("id NUMBER(10), d DATE", [(1, NOON), (2, NOON)])
    await place.target(table, cursor="d", lag_seconds=0)
    await place.good(table)
    source.insert(table, [(3, NOON), (4, at(1))])
    await place.good(table)
    assert [row[0] for row in await place.rows(table)] == [1, 2, 3, 4]
    run = await place.good(table, last_value="2026-01-02T12:00:00.500")
    assert [row[0] for row in await place.rows(table)] == [1, 2, 3, 4]
    assert run.inserted == 4


async def test_text_times_are_read_by_their_format_with_lag(place: Place, source: Source):
    rows = [("F1", "20260102120000", 1), ("F1", "20260102120100", 2)]
    table = source.table("factory VARCHAR2(10), tran_time VARCHAR2(14), v NUMBER(10)", rows)
    await place.target(table, cursor="tran_time", key=["factory", "tran_time"])
    await place.good(table)
    source.insert(table, [("F2", "20260102115500", 3), ("F1", "20260102120200", 4)])
    run = await place.good(table)
    assert run.watermark == "20260102120200"
    assert [row[2] for row in await place.rows(table, order="3")] == [1, 2, 3, 4]


async def test_garbage_in_a_text_time_is_said_and_does_not_become_the_watermark(place: Place, source: Source):
    table = source.table("id NUMBER(10), t VARCHAR2(14)", [(1, "20260102120000"), (2, "ZZZZ"), (3, "99999999999999")])
    await place.target(table, cursor="t")
    run = await place.good(table)
    assert run.watermark == "20260102120000"
    assert any("2 rows have a T that is not YYYYMMDDHH24MISS" in note for note in run.notes)


async def test_eight_digit_dates_have_a_lag_of_at_least_a_day(place: Place, source: Source):
    table = source.table("id NUMBER(10), t VARCHAR2(8)", [(1, "20260102")])
    await place.target(table, cursor="t", key=["id"])
    await place.good(table)
    source.insert(table, [(2, "20260101"), (3, "20260103")])
    run = await place.good(table)
    assert run.watermark == "20260103"
    assert [row[0] for row in await place.rows(table)] == [1, 2, 3]


async def test_a_number_cursor_has_no_lag(place: Place, source: Source):
    table = source.table("id NUMBER(10), v VARCHAR2(5)", [(1, "a"), (2, "b")])
    await place.target(table, cursor="id", key=["id"])
    await place.good(table)
    source.insert(table, [(3, "c"), (11, "d")])
    run = await place.good(table)
    assert (run.watermark, run.inserted) == ("11", 3)


async def test_a_cursor_beyond_two_to_the_53_is_exact(place: Place, source: Source):
    big = 2**53 + 1
    table = source.table("id NUMBER(19)", [(big,)])
    await place.target(table, cursor="id")
    await place.good(table)
    source.insert(table, [(big + 2,)])
    run = await place.good(table)
    assert (run.watermark, await place.rows(table)) == (str(big + 2), [(big,), (big + 2,)])


async def test_last_value_may_only_lower_the_bound(place: Place, source: Source):
    table = await begun(place, source)
    source.insert(table, [(4, "old", at(-600))])
    run = await place.good(table, last_value="2026-01-02T20:00:00")
    assert run.inserted == 3  # from 11:50 on, as without it
    run = await place.good(table, last_value="2026-01-01T00:00:00")
    assert run.inserted == 4
    assert run.watermark == "2026-01-02 12:00:00.000000"


async def test_last_value_may_name_its_zone(place: Place, source: Source):
    table = source.table("id NUMBER(10), c TIMESTAMP(6) WITH TIME ZONE")
    for hour in (10, 12):
        source.run(f"INSERT INTO \"{table}\" VALUES ({hour}, TIMESTAMP '2026-01-02 {hour}:00:00 +09:00')")
    await place.target(table, cursor="c")
    await place.good(table)
    for asked, rows in (("2026-01-02T10:00:01+09:00", 1), ("2026-01-02T10:00:00+09:00", 2), ("2026-01-02T01:00:00", 2)):
        assert (await place.good(table, last_value=asked)).inserted == rows


async def test_a_key_that_is_not_unique_fails_an_incremental_before_it_writes(place: Place, source: Source):
    table = await begun(place, source, NO_KEY, key=["v"])
    source.insert(table, [(4, "x", at(1)), (5, "x", at(1))])
    run = await place.sync(table)
    assert run.error.code == "key_not_unique"
    assert len(await place.rows(table)) == 3


async def test_a_null_in_a_key_is_a_value(place: Place, source: Source):
    table = source.table("a VARCHAR2(5), b VARCHAR2(5), ts TIMESTAMP(6)", [("x", None, at(0)), (None, "y", at(0))])
    await place.target(table, cursor="ts", key=["a", "b"])
    await place.good(table)
    await place.good(table)
    assert len(await place.rows(table)) == 2


async def test_another_cursor_than_last_time_makes_it_a_full(place: Place, source: Source):
    table = await begun(place, source)
    run = await place.good(table, "incremental", time_column="id")
    assert run.notes[0].startswith("This was a full: the last one had TS as its cursor")


async def test_editing_the_key_makes_the_next_run_a_full(place: Place, source: Source):
    table = await begun(place, source)
    await place.edit(table, key=["v"])
    assert (await place.good(table)).notes[0].startswith("This was a full")


async def test_rows_and_watermark_are_one_transaction(place: Place, source: Source):
    """A run that fails at its very end leaves neither."""
    table = await begun(place, source, NO_KEY, lag_seconds=0)
    source.insert(table, [(4, "d", at(5))])
    source.run(f'DELETE FROM "{table}" WHERE id = 1')
    run = await place.sync(table)
    assert run.error.code == "row_moved_back"
    assert await place.value("SELECT value FROM _sync.watermarks") == "2026-01-02 12:00:00.000000"
    assert await place.value("SELECT count(*) FROM _sync.finished") == 1
