"""Written dates in a sentence."""

from datetime import datetime

import pytest

from app.agent.dates import dates_in

NOW = datetime(2026, 11, 23, 14, 30)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-11-20", ["2026-11-20"]),
        ("2026년 11월 20일", ["2026-11-20"]),
        ("11월 1일부터 11월 3일까지", ["2026-11-01", "2026-11-03"]),
        ("11/18", ["2026-11-18"]),
        ("12월 24일", ["2025-12-24"]),
        ("since Nov 1st", ["2026-11-01"]),
        ("3 March 2025", ["2025-03-03"]),
        ("2026-02-31", []),
        ("1/2/3", []),
        ("10 markets", []),
    ],
)
def test_a_date_is_read_and_without_its_year_it_has_passed(text: str, days: list[str]) -> None:
    assert [date.day.date().isoformat() for date in dates_in(text, NOW)] == days
