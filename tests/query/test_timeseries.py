"""Time buckets: steps, zones, and what is understood as a time or a number."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Invalid
from app.query import timeseries
from app.query.service import QueryService
from app.schemas.tables import Aggregate, Filter
from app.warehouse import Warehouse


@pytest.mark.parametrize(
    ("text", "name"),
    [("1 minute", "1m"), ("10 minutes", "10m"), ("1h", "1h"), ("1 hour", "1h"), ("1d", "1d"), ("day", "1d"),
     ("3 MONTHS", "3mo"), ("250ms", "250ms"), ("2 weeks", "2w")],
)  # fmt: skip
def test_resolutions_are_read(text: str, name: str) -> None:
    assert timeseries.resolution(text).name == name


@pytest.mark.parametrize("text", ["", "0h", "-1d", "1 parsec", "h1", "99999d", "1.5h", "9999y"])
def test_a_wrong_resolution_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        timeseries.resolution(text)


@given(st.integers(0, 10**17), st.integers(2, 10_000))
def test_the_step_that_fits_gives_no_more_points_than_asked(span: int, points: int) -> None:
    step = timeseries.fitting(span, points)
    assert span // step.width + 1 <= points or step is timeseries.LADDER[-1]


@given(
    st.sampled_from(
        ["Asia/Seoul", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC", "Asia/Pyongyang"]
    ),
    st.lists(st.datetimes(datetime(1980, 1, 1), datetime(2037, 1, 1)), min_size=2, max_size=8),
)
@settings(max_examples=25, deadline=None)
def test_offsets_are_those_of_the_zone(zone: str, moments: list[datetime]) -> None:
    instants = sorted(m.replace(tzinfo=UTC) for m in moments)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    low, high = ((m - epoch) // timedelta(microseconds=1) for m in (instants[0], instants[-1]))
    changes = timeseries._changes(ZoneInfo(zone), low, high)
    for moment in instants:
        instant = (moment - epoch) // timedelta(microseconds=1)
        offset = [o for begins, o in changes if begins <= instant or begins == changes[0][0]][-1]
        assert timedelta(microseconds=offset) == moment.astimezone(ZoneInfo(zone)).utcoffset()


async def test_every_kind_of_time_gives_the_same_buckets(service: QueryService) -> None:
    expected = None
    for column in ("ts", "TRAN_TIME"):
        answer = await service.aggregate("iv", Aggregate(time_column=column, value_columns=["v"], resolution="1 hour"))
        expected = expected or answer.rows
        assert answer.rows == expected
        assert answer.skipped == 0
    assert expected
    first = {"time_bucket": "2026-01-01T00:00:00", "point_count": 60, "v_avg": 0.1745, "v_min": 0.17, "v_max": 0.179}
    assert expected[0] == pytest.approx(first)
    assert sum(row["point_count"] for row in expected) == 3000


async def test_days_of_a_time_with_offset_begin_in_the_zone(service: QueryService) -> None:
    answer = await service.aggregate(
        "iv", Aggregate(time_column="tz", value_columns=[], resolution="1d", functions=["count"])
    )
    assert [(r["time_bucket"], r["point_count"]) for r in answer.rows] == [
        ("2026-01-01T00:00:00+09:00", 900), ("2026-01-02T00:00:00+09:00", 1440), ("2026-01-03T00:00:00+09:00", 660),
    ]  # fmt: skip


async def test_the_hour_that_autumn_repeats_is_two_buckets_and_its_day_one(
    service: QueryService, warehouse: Warehouse
) -> None:
    sql = (
        "CREATE TABLE dst AS SELECT TIMESTAMPTZ '2025-10-25 22:00+00' + INTERVAL (i) MINUTE AS t FROM range(1500) r(i)"
    )
    await warehouse.call(lambda cursor: cursor.execute(sql))
    hours = await service.aggregate("dst", Aggregate(resolution="1h", timezone="Europe/Berlin", value_columns=[]))
    assert [r["time_bucket"] for r in hours.rows][2:4] == ["2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00"]
    assert {r["point_count"] for r in hours.rows} == {60}
    days = await service.aggregate("dst", Aggregate(resolution="1d", timezone="Europe/Berlin", value_columns=[]))
    assert [r["point_count"] for r in days.rows] == [1500]


async def test_text_times_of_every_form_are_read_and_bad_ones_counted(
    service: QueryService, warehouse: Warehouse
) -> None:
    times = ["20260105123000", "20260105", "2026-01-05 12:30:00", "2026-01-05T12:30:00.5", "2026/01/05 12:30:00",
             "2026/1/5",
             "202601051230", "2026010512", "20260105123000500", "2026-01-05", None,
             "20261305000000", "20260230", "garbage", "infinity", "99999999999999", "1"]  # fmt: skip
    numbers = ["1"] * 9 + ["x", "1"] + ["1"] * 6
    sql = "CREATE TABLE texts AS SELECT unnest(?::VARCHAR[]) AS t, unnest(?::VARCHAR[]) AS n"
    await warehouse.call(lambda cursor: cursor.execute(sql, [times, numbers]))
    answer = await service.aggregate(
        "texts", Aggregate(time_column="t", value_columns=["n"], resolution="1d", functions=["sum"])
    )
    assert answer.rows == [{"time_bucket": "2026-01-05T00:00:00", "point_count": 10, "n_sum": 9.0}]
    assert answer.skipped == 7


async def test_groups_are_series_of_their_own(service: QueryService) -> None:
    asked = Aggregate(
        time_column="ts", value_columns=["v", "nt"], group_by="factory", resolution="1d", functions=["max"]
    )
    rows = (await service.aggregate("iv", asked)).rows
    assert [(r["FACTORY"], r["nt_max"]) for r in rows][:3] == [("F0", 9.0), ("F1", 9.0), ("F2", 9.0)]
    assert sum(r["point_count"] for r in rows) == 3000


async def test_only_the_biggest_groups_come_and_the_rest_is_counted(service: QueryService) -> None:
    answer = await service.aggregate("iv", Aggregate(time_column="ts", value_columns=[], group_by="big"))
    assert answer.groups_left_out == 2980


@pytest.mark.parametrize("column", ["ts", "TRAN_TIME", "tz"])
async def test_start_and_end_and_filters_narrow_the_chart(service: QueryService, column: str) -> None:
    bounds = {"start": "2026-01-01T01:00:00+00:00", "end": "2026-01-01T01:59:59+00:00"} if column == "tz" else {
        "start": "2026-01-01T01:00:00", "end": "2026-01-01T01:59:59"}  # fmt: skip
    asked = Aggregate(time_column=column, value_columns=["v"], filters=[Filter(column="FACTORY", value="F0")], **bounds)
    answer = await service.aggregate("iv", asked)
    assert sum(r["point_count"] for r in answer.rows) == 20
    assert len(answer.rows) <= 2000


async def test_one_outlier_stays_visible_at_any_step(service: QueryService, warehouse: Warehouse) -> None:
    await warehouse.call(lambda cursor: cursor.execute("UPDATE iv SET v = 5.0 WHERE big = 1234"))
    for points in (1, 10, 100, 2000):
        answer = await service.aggregate("iv", Aggregate(time_column="ts", value_columns=["v"], max_points=points))
        assert max(r["v_max"] for r in answer.rows) == 5.0
        assert len(answer.rows) <= points + 1


async def test_what_is_not_named_is_found(service: QueryService) -> None:
    answer = await service.aggregate("iv", Aggregate())
    assert answer.time_column == "ts"
    assert answer.value_columns == ["v", "big", "small"]


async def test_times_before_1970_and_nan_do_not_disturb(service: QueryService, warehouse: Warehouse) -> None:
    sql = """CREATE TABLE old AS SELECT TIMESTAMP '1969-12-31 23:30' AS t, 'NaN'::DOUBLE AS v
        UNION ALL SELECT TIMESTAMP 'infinity', 1"""
    await warehouse.call(lambda cursor: cursor.execute(sql))
    answer = await service.aggregate("old", Aggregate(resolution="1h"))
    assert answer.rows == [
        {"time_bucket": "1969-12-31T23:00:00", "point_count": 1, "v_avg": None, "v_min": None, "v_max": None}
    ]
    assert answer.skipped == 2


async def test_an_empty_table_has_no_buckets(service: QueryService, warehouse: Warehouse) -> None:
    await warehouse.call(lambda cursor: cursor.execute("CREATE TABLE empty (t TIMESTAMP, v DOUBLE)"))
    assert (await service.aggregate("empty", Aggregate())).rows == []
    assert (await service.profile("empty", "v")).histogram == []
    assert (await service.stats("empty")).time_range is None
