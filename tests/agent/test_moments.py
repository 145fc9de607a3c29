"""Times in a sentence: ranges, steps, schedules, clocks."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.agent.moments import schedule_in, span_in, step_in

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("오늘", "2026-11-23T00:00:00", ""),
        ("어제 데이터", "2026-11-22T00:00:00", "2026-11-22"),
        ("지난주", "2026-11-16T00:00:00", "2026-11-22"),
        ("last month", "2026-10-01T00:00:00", "2026-10-31"),
        ("최근 30분", "2026-11-23T14:00:00", ""),
        ("past 2 weeks", "2026-11-09T14:30:00", ""),
        ("2026-11-20", "2026-11-20T00:00:00", "2026-11-20"),
        ("11월 1일부터 11월 3일까지", "2026-11-01T00:00:00", "2026-11-03"),
        ("since 2026-11-20", "2026-11-20T00:00:00", ""),
        ("어제 10시부터 12시까지", "2026-11-22T10:00:00", "2026-11-22T12:00:00"),
        ("오늘 오전 9시 이후", "2026-11-23T09:00:00", ""),
        ("2026-11-20 밤 10시부터", "2026-11-20T22:00:00", "2026-11-20"),
        ("2026-02-31", "", ""),
        ("최근 10건", "", ""),
    ],
)
def test_a_range_is_read(text: str, start: str, end: str) -> None:
    span, rest = span_in(text, NOW)
    assert (span.start, span.end) == (start, end)
    assert not start or len(rest.strip()) < len(text)


@pytest.mark.parametrize(
    ("text", "step"),
    [("시간별", "1 hour"), ("10분 단위", "10 minutes"), ("daily", "1 day"), ("every 2 hours", "2 hours"), ("평균", "")],
)
def test_a_step_is_read(text: str, step: str) -> None:
    assert step_in(text) == step


@pytest.mark.parametrize(
    ("text", "rhythm"),
    [
        ("매일 오후 6시 반", {"hour": 18, "minute": 30}),
        ("매일", {"hour": 0, "minute": 0}),
        ("매주 월요일과 목요일 9시", {"cron": "0 9 * * 1,4"}),
        ("평일 밤 11시", {"cron": "0 23 * * 1-5"}),
        ("매월 15일 새벽 1시", {"cron": "0 1 15 * *"}),
        ("every 15 minutes", {"cron": "*/15 * * * *"}),
        ("every friday at 17:05", {"cron": "5 17 * * 5"}),
        ("*/5 8-18 * * 1-5", {"cron": "*/5 8-18 * * 1-5"}),
        ("90분마다", {}),
        ("지금", {}),
    ],
)
def test_a_schedule_is_read(text: str, rhythm: dict[str, Any]) -> None:
    assert schedule_in(text) == rhythm
