"""The watermark of each kind of cursor, and its ceiling when Oracle's own clock takes a step."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import OracleAt
from tests.sync.conftest import Place, Source


@contextmanager
def clock_off(oracle_at: OracleAt, seconds: int) -> Iterator[None]:
    """Oracle's clock so many seconds away from the right time."""
    with oracle_at.admin() as admin:
        admin.cursor().execute(f"CALL DEMO.CLOCK({seconds})")
        try:
            yield
        finally:
            admin.cursor().execute("CALL DEMO.CLOCK(0)")


NOW = "CAST(SYSTIMESTAMP AS TIMESTAMP(6))"


async def test_after_oracles_clock_went_back_nothing_is_lost(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table("id NUMBER(10) PRIMARY KEY, ts TIMESTAMP(6)")
    await place.target(table, cursor="ts")
    with clock_off(oracle_at, 3600):
        source.run(f'INSERT INTO "{table}" VALUES (1, {NOW})')
    run = await place.good(table, "full")  # the row is an hour ahead now
    assert "after Oracle's clock" in run.notes[0]
    source.run(f'INSERT INTO "{table}" VALUES (2, {NOW})')
    await place.good(table, "incremental")
    assert [row[0] for row in await place.rows(table)] == [1, 2]


async def test_a_watermark_from_a_clock_that_was_ahead_hides_no_difference(
    place: Place, source: Source, oracle_at: OracleAt
):
    """It was right by Oracle's clock when it was read; what comes after the clock is set back lies before it."""
    table = source.table("id NUMBER(10) PRIMARY KEY, ts TIMESTAMP(6)")
    await place.target(table, cursor="ts")
    with clock_off(oracle_at, 3600):
        source.run(f'INSERT INTO "{table}" VALUES (1, {NOW})')
        await place.good(table, "full")
    source.run(f'INSERT INTO "{table}" VALUES (2, {NOW})')
    run = await place.good(table, "incremental")
    assert run.notes[-1] == "1 rows differ: reconcile."
    await place.good(table, "reconcile")
    assert [row[0] for row in await place.rows(table)] == [1, 2]


ZONED = "TO_TIMESTAMP_TZ('{}+09:00', 'YYYYMMDDHH24MISSTZH:TZM')"
CURSORS = {  # how a cursor column of each kind holds a time that is written YYYYMMDDHH24MISS
    "DATE": "TO_DATE('{}', 'YYYYMMDDHH24MISS')",
    "TIMESTAMP(0)": "TO_TIMESTAMP('{}', 'YYYYMMDDHH24MISS')",
    "TIMESTAMP(9)": "TO_TIMESTAMP('{}.123456789', 'YYYYMMDDHH24MISS.FF9')",
    "TIMESTAMP(6) WITH TIME ZONE": ZONED,
    "TIMESTAMP(9) WITH TIME ZONE": ZONED,
    "TIMESTAMP(6) WITH LOCAL TIME ZONE": ZONED,
    "CHAR(14)": "'{}'",
    "NVARCHAR2(20)": "N'{}'",
    "VARCHAR2(19)": "TO_CHAR(TO_DATE('{}', 'YYYYMMDDHH24MISS'), 'YYYY-MM-DD HH24:MI:SS')",
    "NUMBER": "{} / 1000",
    "NUMBER(20,4)": "{} + 0.0001",
    "FLOAT(126)": "{}",
}


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, ["id"] if place % 2 else []) for place, kind in enumerate(CURSORS)], ids=str
)
async def test_a_cursor_of_any_kind_finds_what_is_new_tied_or_late_and_doubles_nothing(
    place: Place, source: Source, kind: str, key: list[str]
):
    table = source.table(f"id NUMBER(10), c {kind}")

    def insert(number: int, time: str) -> None:
        source.run(f'INSERT INTO "{table}" VALUES ({number}, {CURSORS[kind].format("20260102" + time)})')

    insert(1, "113000")
    insert(2, "120000")
    await place.target(table, cursor="c", key=key)
    first = await place.good(table, "full")
    insert(3, "120000")
    insert(4, "120500")
    late = not kind.startswith(("NUMBER", "FLOAT"))  # numbers have no lag
    if late:
        insert(5, "115500")
    for _ in range(2):
        run = await place.good(table, "incremental")
        assert [row[0] for row in await place.rows(table, '"ID"')] == [1, 2, 3, 4, *([5] if late else [])]
    assert run.notes == []
    assert run.watermark > first.watermark
    assert run.inserted == (4 if late else 1)


async def test_nanoseconds_are_cut_and_never_rounded_up(place: Place, source: Source):
    """A watermark that was rounded up would lie after the row it came from, and its tie be lost."""
    table = source.table("id NUMBER(10), ts TIMESTAMP(9)")
    fine = "TIMESTAMP '2026-01-02 12:00:00.%s'"
    source.run(f'INSERT INTO "{table}" VALUES (1, {fine % "123455999"})')
    source.run(f'INSERT INTO "{table}" VALUES (2, {fine % "123456789"})')
    await place.target(table, cursor="ts", lag_seconds=0)
    assert (await place.good(table)).watermark == "2026-01-02 12:00:00.123456"
    source.run(f'INSERT INTO "{table}" VALUES (3, {fine % "123456789"})')
    for _ in range(2):
        run = await place.good(table)
        assert (run.inserted, run.notes) == (2, [])
        assert [row[0] for row in await place.rows(table)] == [1, 2, 3]
    assert (await place.good(table, last_value="0001-01-01T00:00:00")).inserted == 3
