"""Numbers, spans and moments as a reader sees them."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app import errors, formats

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [(0, "0 sec ago", "0초 전"), (59, "59 sec ago", "59초 전"),
     (60, "1 min ago", "1분 전"), (7200, "2 hr ago", "2시간 전"),
     (86400, "1 day ago", "1일 전"), (3 * 86400, "3 days ago", "3일 전")],
)  # fmt: skip
def test_a_span_is_said_in_its_largest_unit(seconds: int, english: str, korean: str) -> None:
    moment = NOW - timedelta(seconds=seconds)
    assert formats.ago(moment, NOW, "en") == english
    assert formats.ago(moment, NOW, "ko") == korean


def test_what_comes_is_said_as_what_comes_and_what_is_due_as_any_moment() -> None:
    assert formats.until(NOW + timedelta(minutes=5), NOW, "en") == "in 5 min"
    assert formats.until(NOW + timedelta(minutes=5), NOW, "ko") == "5분 후"
    assert formats.until(NOW, NOW, "ko") == "곧"


def test_an_exact_moment_names_its_zone() -> None:
    assert formats.exact(NOW, ZoneInfo("Asia/Seoul")) == "2026-11-23 21:00:00 Asia/Seoul"
    assert formats.exact(None, ZoneInfo("Asia/Seoul")) == ""


def test_an_anchor_tells_names_apart_and_needs_no_escaping() -> None:
    names = ["orders", "Orders", "a b", "a'b", "한글", "x6120"]
    assert len({formats.anchor(name) for name in names}) == len(names)
    assert all(formats.anchor(name).replace("-", "").replace("_", "").isalnum() for name in names)
    assert all(formats.anchor(name).isascii() for name in names)


def test_numbers_are_grouped_and_sizes_have_a_unit() -> None:
    assert formats.grouped(1234567) == "1,234,567"
    assert formats.grouped(0.1746) == "0.17"
    assert [formats.size(n) for n in (0, 999, 1500, 12_345_678)] == ["0 B", "999 B", "1.5 kB", "12 MB"]


def test_a_recorded_error_is_retold_in_korean_with_its_values() -> None:
    english = errors.Shrunk(before=1000, after=3).message()
    assert "1000행" in formats.retold(english, "ko")
    assert formats.retold(english, "en") == english
    assert formats.retold("ORA-00600: internal", "ko") == "ORA-00600: internal"


@pytest.mark.parametrize("error", list(errors.every_error()), ids=lambda e: e.code)
def test_every_error_can_be_retold(error: type[errors.AppError]) -> None:
    holes = re.findall(r"\{(\w+)\}", error.sentence)
    english = error(**{hole: f"<{hole}>" for hole in holes}).message()
    korean = formats.retold(english, "ko")
    assert all(f"<{hole}>" in korean for hole in holes)
    assert korean != english or error.sentence == "{reason}"


def test_a_log_line_is_retold_with_the_error_inside_it() -> None:
    english = f"{errors.OracleAway(reason='ORA-03113').message()} Trying again in 2 s."
    assert formats.retold(english, "ko") == "Oracle이 응답하지 않습니다: ORA-03113 2초 뒤에 다시 시도합니다."


@pytest.mark.parametrize(
    "told",
    [
        "MESMGR.CRASIVTTST: 14 columns, snapshot: AS OF SCN 4812340",
        "Column EXTRA was added.",
        "Column V was dropped.",
        "Column N was widened (DECIMAL(6,2) to DECIMAL(12,4)).",
        "Rows marked as deleted were left out: the columns have changed.",
        "Oracle no longer has SCN 4711: started over at a new moment.",
        "2 of 7 chunks are there already, at SCN 4711",
        "1 rows that Oracle no longer has are kept and no part of the proof.",
        "A number has more digits than its column: DPY-4042: 0.25 All numbers are read once more, as text.",
    ],
)
def test_what_a_run_says_of_columns_chunks_and_kept_rows_is_retold(told: str) -> None:
    korean = formats.retold(told, "ko")
    assert korean != told
    assert [word for word in re.findall(r"[A-Z0-9_-]{2,}", told) if word not in korean] == []


def test_resolutions_are_said_in_both_languages() -> None:
    said = [formats.spelt(*each) for each in (("10m", "en"), ("1h", "en"), ("1h", "ko"), ("1mo", "ko"), ("auto", "ko"))]
    assert said == ["10 minutes", "1 hour", "1시간", "1개월", "자동"]
