"""Cron expressions in words."""

import pytest

from app.scheduler.spoken import spoken


@pytest.mark.parametrize(
    ("cron", "english", "korean"),
    [
        ("* * * * *", "every minute", "1분마다"),
        ("*/10 * * * *", "every 10 minutes", "10분마다"),
        ("0 */10 * * * *", "every 10 minutes", "10분마다"),
        ("5 * * * *", "every hour at minute 5", "매시 5분"),
        ("0 */6 * * *", "every 6 hours at minute 0", "6시간마다 0분"),
        ("0 2 * * *", "every day at 02:00", "매일 02:00"),
        ("30 7 * * 1-5", "on weekdays at 07:30", "평일 07:30"),
        ("0 9 * * 7", "every Sunday at 09:00", "매주 일요일 09:00"),
        ("15 0 1 * *", "on day 1 of each month at 00:15", "매월 1일 00:15"),
    ],
)
def test_what_people_use_is_said_in_words(cron: str, english: str, korean: str) -> None:
    assert spoken(cron, "en") == english
    assert spoken(cron, "ko") == korean


@pytest.mark.parametrize("cron", ["0 2 1-7 * 1", "15 10 * * 1#2", "30 0 2 * * *", "0 2,14 * * *"])
def test_what_has_no_words_is_shown_as_it_is(cron: str) -> None:
    assert spoken(cron, "ko") == cron
