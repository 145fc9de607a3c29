"""The picture of a chart: nothing of the buckets is lost on the way, least of all a spike."""

from typing import Any

from app.pages.plot import MOST_SERIES, Plot, Series, number, parse_moment, plot_of, shapes, y_range
from app.schemas.tables import Buckets


def buckets(rows: list[dict[str, Any]], columns: list[str] | None = None) -> Buckets:
    return Buckets(
        rows=rows,
        resolution="1 hour",
        skipped=0,
        time_column="T",
        value_columns=columns or ["V"],
        timezone="Asia/Seoul",
    )


def row(hour: int, avg: float, low: Any = None, high: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "time_bucket": f"2026-11-01T{hour:02}:00:00",
        "point_count": 10,
        "V_avg": avg,
        "V_min": avg if low is None else low,
        "V_max": avg if high is None else high,
        **more,
    }


def test_a_bucket_becomes_a_point_with_its_least_and_greatest() -> None:
    plot = plot_of(buckets([row(0, 1, 0.5, "5.0"), row(1, 2)]), "avg", None)
    assert plot.naive
    assert plot.step() == 3600
    (line,) = plot.series
    assert (line.value, line.low, line.high) == ([1, 2], [0.5, 2], [5, 2])
    assert plot.rows == 20


def test_times_with_a_zone_are_moments() -> None:
    given = row(0, 1) | {"time_bucket": "2026-11-01T09:00:00+09:00"}
    plot = plot_of(buckets([given]), "avg", None)
    assert not plot.naive
    assert plot.moments()[0].isoformat() == "2026-11-01T00:00:00+00:00"


def test_groups_share_one_time_axis_and_the_largest_come_first() -> None:
    rows = [row(0, 1, F="F1"), row(1, 2, F="F2", point_count=99), row(2, 3, F=None)]
    plot = plot_of(buckets(rows), "avg", "F")
    assert [one.label for one in plot.series] == ["V · F2", "V · F1", "V · NULL"]
    assert plot.series[1].value == [1, None, None]


def test_groups_beyond_the_limit_are_counted_not_hidden() -> None:
    plot = plot_of(buckets([row(0, 1, F=f"F{i:03}") for i in range(40)]), "avg", "F")
    assert len(plot.series) == MOST_SERIES
    assert plot.left_out == 40 - MOST_SERIES


def test_a_total_has_no_band() -> None:
    plot = plot_of(buckets([row(0, 1) | {"V_sum": 10}]), "sum", None)
    assert plot.series[0].value == [10]
    assert plot.series[0].high == [None]


def test_a_spike_keeps_its_height_when_many_buckets_share_a_pixel() -> None:
    n = 100_000
    high: list[float | None] = [1.0] * n
    high[54_321] = 5.0
    plot = Plot([float(i) for i in range(n)], [Series("V", None, [0.9] * n, [0.8] * n, high, [1] * n)], naive=True)
    span = y_range(plot, None, None, cut=False)
    (shape,) = shapes(plot, span)
    top = min(float(point.split(",")[1]) for point in shape.band.split())
    assert top < 320 * 0.1  # drawn in the top tenth of the picture
    assert len(shape.band.split()) < 2_100


def test_the_cut_leaves_outliers_out_of_the_range_and_keeps_the_rest() -> None:
    rows = [row(i % 24, 0.17 + i % 3 / 1000, 0.16, 5.0 if i in {7, 9} else 0.19) for i in range(24)]
    plot = plot_of(buckets(rows), "avg", None)
    whole, cut = y_range(plot, None, None, cut=False), y_range(plot, None, None, cut=True)
    assert whole[1] > 5
    assert 0.19 <= cut[1] < 0.3
    assert cut[0] <= 0.16


def test_a_range_that_was_asked_for_is_kept_exactly() -> None:
    plot = plot_of(buckets([row(0, 1), row(1, 2)]), "avg", None)
    assert y_range(plot, -1.5, 10, cut=True) == (-1.5, 10)


def test_an_empty_answer_is_an_empty_picture() -> None:
    plot = plot_of(buckets([]), "avg", None)
    assert (plot.x, shapes(plot, (0, 1)), y_range(plot, None, None, cut=True)) == ([], [], (0.0, 1.0))


def test_what_cannot_be_drawn_is_no_number() -> None:
    assert [number(value) for value in ("NaN", "Infinity", None, "x", "12.50")] == [None, None, None, None, 12.5]


def test_moments_are_read_as_iso_or_digits() -> None:
    assert [str(parse_moment(text)) for text in ("20251101093000", "20251101", "2025-11-01 09:30:00", "garbage")] == [
        "2025-11-01 09:30:00",
        "2025-11-01 00:00:00",
        "2025-11-01 09:30:00",
        "None",
    ]
    assert parse_moment("99999999") is None
