"""Dates, timestamps and intervals in Oracle's bytes."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.boundary import OracleError
from app.demo.engine.codec import moment

NANOS = st.integers(moment.join(1, 1, 1), moment.join(9999, 12, 31, 23, 59, 59, 999_999_999))


@given(NANOS)
def test_a_timestamp_survives_the_bytes(nanos: int) -> None:
    assert moment.decode(moment.encode_stamp(nanos)) == nanos


@given(NANOS, NANOS)
def test_timestamps_order_as_their_bytes(a: int, b: int) -> None:
    assert (moment.encode_stamp(a) < moment.encode_stamp(b)) == (a < b)


@given(NANOS, st.integers(-14 * 60, 14 * 60))
def test_a_zoned_timestamp_keeps_instant_and_offset(nanos: int, offset: int) -> None:
    assert moment.decode_zoned(moment.encode_zoned(nanos, offset)) == (nanos, offset)


@given(st.integers(-999_999_999 * moment.DAY, 999_999_999 * moment.DAY))
def test_an_interval_survives_the_bytes(nanos: int) -> None:
    assert moment.decode_span(moment.encode_span(nanos)) == nanos


@given(st.integers(-(10**9), 10**9))
def test_months_survive_the_bytes(months: int) -> None:
    assert moment.decode_months(moment.encode_months(months)) == months


@given(st.dates())
def test_days_are_counted_as_python_counts_them(day: datetime.date) -> None:
    assert moment.days_of(day.year, day.month, day.day) == (day - datetime.date(1970, 1, 1)).days
    assert moment.civil((day - datetime.date(1970, 1, 1)).days) == (day.year, day.month, day.day)


def test_a_date_before_christ_has_oracles_bytes() -> None:
    assert moment.encode_date(moment.join(-4712, 1, 1)).hex() == "3558" + "0101010101"


@pytest.mark.parametrize(
    ("parts", "code"),
    [((2026, 2, 30), "01839"), ((2026, 13, 1), "01843"), ((2026, 1, 32), "01847"), ((0, 1, 1), "01841")],
)
def test_days_that_are_none_are_refused(parts: tuple[int, int, int], code: str) -> None:
    with pytest.raises(OracleError, match=f"ORA-{code}"):
        moment.join(*parts)
