"""A chart and its address, and the ways to zoom and move from there."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from yarl import URL

from app.errors import Invalid
from app.pages.chart_view import FUNCTIONS, PRESETS, RESOLUTIONS, ChartView, moves
from app.pages.plot import Plot, Series
from app.schemas.tables import Filter
from tests.pages.test_view import NAMES

MOMENTS = st.none() | st.datetimes().map(lambda moment: moment.isoformat())
NUMBERS = st.none() | st.floats(-1e9, 1e9).map(lambda n: float(f"{n:.12g}"))
VIEWS = st.builds(
    ChartView,
    filters=st.just(()) | st.just((Filter(column="F", op="in", value=["a,b", "c"]),)),
    time=st.none() | NAMES,
    values=st.lists(NAMES, unique=True, max_size=3).map(tuple),
    by=st.none() | NAMES,
    span=st.sampled_from(sorted(PRESETS)),
    start=MOMENTS,
    end=MOMENTS,
    every=st.sampled_from(RESOLUTIONS),
    function=st.sampled_from(FUNCTIONS),
    low=NUMBERS,
    high=NUMBERS,
    cut=st.booleans(),
    together=st.booleans(),
)


def plot(*seconds: float, naive: bool = True) -> Plot:
    some = [1.0] * len(seconds)
    return Plot(list(seconds), [Series("V", None, [*some], [*some], [*some], [1] * len(seconds))], naive)


@given(VIEWS)
def test_an_address_reads_back_as_the_chart_that_wrote_it(view: ChartView) -> None:
    assert ChartView.read(URL(str(view.at("/x"))).query) == view


def test_the_plain_chart_has_a_plain_address() -> None:
    assert str(ChartView().at("/tables/x/chart")) == "/tables/x/chart"


@pytest.mark.parametrize(
    ("field", "text"),
    [("span", "8d"), ("every", "1 fortnight"), ("function", "drop"), ("start", "soon"), ("low", "nan"), ("high", "x")],
)
def test_what_cannot_be_understood_is_refused_by_name(field: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        ChartView.read(MultiDict({field: text}))
    assert refused.value.details[0]["field"] == field


def test_a_preset_counts_back_from_the_newest_row() -> None:
    last = datetime.fromisoformat("2026-11-20T09:00:00")  # the data's own time, without zone
    assert ChartView(span="7d").question(last).start == "2026-11-13T09:00:00"
    assert ChartView(span="all").question(last).start is None


def test_a_zoom_wins_over_the_preset() -> None:
    question = ChartView(span="7d", start="2026-01-01T00:00:00").question(datetime.fromisoformat("2026-11-20"))
    assert (question.start, question.end) == ("2026-01-01T00:00:00", None)


def test_the_least_and_the_greatest_are_always_asked_for() -> None:
    assert {"min", "max"} <= set(ChartView().question(None).functions)
    assert ChartView(function="count").question(None).functions == ["max", "min"]


def test_the_buttons_move_zoom_and_open_a_bucket() -> None:
    hours = plot(*(hour * 3600.0 for hour in range(4)))  # 00:00 to 04:00 of 1970-01-01
    ways = moves(ChartView(), hours)
    assert ways is not None
    assert ways.nearer == {"start": "1970-01-01T01:00:00", "end": "1970-01-01T03:00:00"}
    assert ways.later == {"start": "1970-01-01T02:00:00", "end": "1970-01-01T06:00:00"}
    assert ways.farther["start"] == "1969-12-31T22:00:00"
    assert ways.buckets[1] == {"start": "1970-01-01T01:00:00", "end": "1970-01-01T02:00:00"}


def test_moments_with_a_zone_are_moved_with_their_offset() -> None:
    ways = moves(ChartView(start="1970-01-01T09:00:00+09:00", end="1970-01-01T13:00:00+09:00"), plot(0, naive=False))
    assert ways is not None
    assert ways.nearer["start"] == "1970-01-01T01:00:00+00:00"


def test_there_is_nowhere_to_go_from_nothing_and_no_way_past_the_calendar() -> None:
    assert moves(ChartView(), plot()) is None
    end = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
    assert moves(ChartView(), plot(end - 86400 * 365 * 4000, end)) is not None
