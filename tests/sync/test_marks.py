"""The watermark's ceiling when Oracle's own clock takes a step."""

from collections.abc import Iterator
from contextlib import contextmanager

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
