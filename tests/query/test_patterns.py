"""What a regular expression repeats, counted."""

import pytest

from app.query.patterns import repeated


@pytest.mark.parametrize(
    ("pattern", "times"),
    [
        ("A001|A002|B003", 0),
        (r"\d{4}-\d{2}-\d{2} [A-Z]{3}", 11),
        (r"^(\w+)\s*=\s*(.*)$", 4),
        ("[ab]{1,900}[^ab]", 900),
        ("[ab]{900,}", 900),
        ("((a{10}){10}){10}", 1000),
        ("(a{2}b?){3}", 9),
        ("[ab]?" * 300, 300),
        (r"\{5}[{9}]x{a}", 0),
        ("[](){5}]{7}", 7),
    ],
)
def test_counts_multiply_and_stand_side_by_side(pattern: str, times: int) -> None:
    assert repeated(pattern) == times


@pytest.mark.parametrize("broken", ["(" * 9000, "[a" * 9000, "a{1" * 6000, "a{" + "9" * 9000 + "}", ")" * 9, "*"])
def test_what_is_no_pattern_is_read_without_harm(broken: str) -> None:
    assert repeated(broken) >= 0
