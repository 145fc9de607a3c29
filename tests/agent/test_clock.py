"""Times of day in a sentence, and parts of a day."""

import pytest

from app.agent.clock import clock_in, hours_in


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("밤 12시", (0, 0)),
        ("낮 12시", (12, 0)),
        ("12am", (0, 0)),
        ("12:30 pm", (12, 30)),
        ("새벽 두시", (2, 0)),
        ("정오", (12, 0)),
    ],
)
def test_a_time_of_day_is_read(text: str, clock: tuple[int, int]) -> None:
    assert clock_in(text) == clock


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("10시부터 12시까지", 10, 12),
        ("오후 2시부터 4시까지", 14, 16),
        ("9~11시", 9, 11),
        ("오전 9시 이후", 9, None),
        ("18:00 이전", None, 18),
        ("between 9 and 11 am", 9, 11),
        ("from 10:00 to 12:00", 10, 12),
        ("after 3 pm", 15, None),
        ("오후", 12, None),
    ],
)
def test_a_part_of_a_day_is_read(text: str, low: int | None, high: int | None) -> None:
    found = hours_in(text)
    assert found is not None
    hours = [None if bound is None else bound.total_seconds() / 3600 for bound in (found.low, found.high)]
    assert (hours, found.rest.strip()) == ([low, high], "")


@pytest.mark.parametrize("text", ["between 5 and 9", "밤 11시부터 새벽 1시까지 아님", "최근 3시간", "12건"])
def test_what_is_no_part_of_one_day_is_left(text: str) -> None:
    found = hours_in(text)
    assert found is None or (found.low is not None and found.high is None)
