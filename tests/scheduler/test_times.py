"""When a cron expression is due."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.errors import BadSchedule
from app.scheduler.times import Quiet, checked, missed, upcoming

NONE = Quiet("", ZoneInfo("UTC"))
NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def local(moments: list[datetime], zone: str) -> list[str]:
    return [moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") for moment in moments]


def test_two_in_the_morning_in_seoul_is_seventeen_hours_utc_the_day_before() -> None:
    found = upcoming("0 2 * * *", "Asia/Seoul", at("2026-11-23T00:00+00:00"), NONE, 2)
    assert found == [at("2026-11-23T17:00+00:00"), at("2026-11-24T17:00+00:00")]


def test_six_fields_have_the_seconds_first() -> None:
    found = upcoming("*/20 5 * * * *", "UTC", at("2026-11-23T00:00+00:00"), NONE, 4)
    assert [moment.strftime("%H:%M:%S") for moment in found] == ["00:05:00", "00:05:20", "00:05:40", "01:05:00"]


@pytest.mark.parametrize("cron", ["30 2 * * *", "0 30 2 * * *"])
def test_a_time_that_the_clock_jumps_over_is_taken_when_it_has_jumped(cron: str) -> None:
    found = upcoming(cron, NEW_YORK, at("2026-03-07T12:00-05:00"), NONE, 2)
    assert local(found, NEW_YORK) == ["2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"]


@pytest.mark.parametrize("cron", ["30 1 * * *", "0 30 1 * * *"])
def test_a_time_that_comes_twice_is_taken_once(cron: str) -> None:
    found = upcoming(cron, NEW_YORK, at("2026-10-31T12:00-04:00"), NONE, 2)
    assert local(found, NEW_YORK) == ["2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"]
    assert upcoming(cron, NEW_YORK, at("2026-11-01T01:10-05:00"), NONE, 1) == [at("2026-11-02T01:30-05:00")]


def test_every_half_hour_goes_on_through_the_hour_that_comes_twice() -> None:
    found = upcoming("*/30 * * * *", NEW_YORK, at("2026-11-01T01:15-04:00"), NONE, 4)
    assert local(found, NEW_YORK) == [
        "2026-11-01T01:30-04:00",
        "2026-11-01T01:00-05:00",
        "2026-11-01T01:30-05:00",
        "2026-11-01T02:00-05:00",
    ]


def test_moments_in_quiet_hours_become_one_at_their_end() -> None:
    quiet = Quiet("08:00-09:30", ZoneInfo("Asia/Seoul"))
    found = upcoming("*/30 * * * *", "Asia/Seoul", at("2026-11-23T07:15+09:00"), quiet, 4)
    assert [moment[11:16] for moment in local(found, "Asia/Seoul")] == ["07:30", "09:30", "10:00", "10:30"]


def test_quiet_hours_may_cross_midnight() -> None:
    quiet = Quiet("23:00-01:00, 12:00-13:00", ZoneInfo("UTC"))
    assert quiet.end(at("2026-11-23T23:30+00:00")) == at("2026-11-24T01:00+00:00")
    assert quiet.end(at("2026-11-24T00:30+00:00")) == at("2026-11-24T01:00+00:00")
    assert quiet.end(at("2026-11-24T01:00+00:00")) == at("2026-11-24T01:00+00:00")
    assert quiet.end(at("2026-11-24T12:59+00:00")) == at("2026-11-24T13:00+00:00")


@pytest.mark.parametrize("text", ["8-9", "25:00-26:00", "08:00", "08:00-09:61"])
def test_quiet_hours_that_cannot_be_read_are_named(text: str) -> None:
    with pytest.raises(BadSchedule, match="span of hours"):
        Quiet(text, ZoneInfo("UTC")).spans()


@pytest.mark.parametrize(
    ("cron", "reason"),
    [
        ("61 * * * *", "Bad minute"),
        ("* * * *", "Wrong number of fields"),
        ("* * * * * * *", "Wrong number of fields"),
        ("0 0 30 2 *", "Bad day-of-month"),
        ("@daily", "five fields"),
        ("0 2 * * 9", "Bad day-of-week"),
        ("0 2 * * MON#7", "Bad day-of-week"),
        ("", "Wrong number of fields"),
        ("x", "Wrong number of fields"),
    ],
)
def test_a_bad_expression_is_refused_with_its_reason(cron: str, reason: str) -> None:
    with pytest.raises(BadSchedule, match=reason):
        checked(cron, "UTC", at("2026-11-23T00:00+00:00"))


def test_an_expression_is_kept_in_its_plain_form() -> None:
    assert checked("  0   2 * *   MON-FRI ", "UTC", at("2026-11-23T00:00+00:00")) == "0 2 * * MON-FRI"


def test_misses_are_counted_with_the_first() -> None:
    assert missed("0 * * * *", "UTC", at("2026-11-23T01:00+00:00"), at("2026-11-23T04:30+00:00")) == 4
    assert missed("0 * * * *", "UTC", at("2026-11-23T01:00+00:00"), at("2026-11-23T01:00+00:00")) == 1
    assert missed("* * * * * *", "UTC", at("2026-11-23T01:00+00:00"), at("2027-11-23T01:00+00:00")) == 1001
