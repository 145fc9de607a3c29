"""Oracle's own words for values, read without a database."""

from decimal import Decimal

import pytest

from app.sync.columns import OracleColumn
from app.sync.rendering import HEAD, difference, rendering


def there(kind: str, text: str, codec: str | None = "utf-8", national: str = "utf-16-be"):
    return rendering(OracleColumn("C", kind), codec, national).there(text)


def test_a_text_is_known_by_its_bytes_in_the_databases_own_character_set():
    assert there("VARCHAR2", "2:" + "한글".encode("cp949").hex(), "cp949") == "한글"
    assert there("NVARCHAR2", "1:" + "한".encode("utf-16-be").hex()) == "한"
    assert rendering(OracleColumn("C", "VARCHAR2"), None, "utf-16-be") is None


def test_of_a_long_text_the_beginning_counts_and_of_a_short_one_its_end_too():
    assert there("VARCHAR2", "1:61") == "a"
    assert there("VARCHAR2", "1:61") != "a "
    assert there("VARCHAR2", f"{HEAD + 1}:" + "61" * HEAD) == "a" * HEAD + "?"


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("TIMESTAMP(6) WITH TIME ZONE", " 2026-01-01 00:00:00.500000000 +09:00", " 2025-12-31 15:00:00.5 +00:00"),
        ("DATE", " 2026-01-01 00:00:00", " 2026-01-01 00:00:00.000"),
        ("NUMBER", ".10", "1.0E-001"),
        ("BINARY_FLOAT", "1.00000001E-001", "1.0E-001"),
        ("BINARY_DOUBLE", "Nan", "nan"),
        ("INTERVAL DAY(2) TO SECOND(6)", "+05 06:07:08.5", "+05 06:07:08.500000000"),
    ],
)
def test_values_are_compared_and_not_their_spelling(kind, one, other):
    assert there(kind, one) == there(kind, other)


def test_a_date_before_the_first_year_is_no_other_date():
    assert there("DATE", "-0044-03-15 00:00:00") != there("DATE", " 0044-03-15 00:00:00")


@pytest.mark.parametrize(
    ("kind", "text", "right", "wrong"),
    [
        ("NUMBER", ".1", Decimal("0.10"), 0.1000001),
        ("BINARY_DOUBLE", "1.0000000000000001E-001", 0.1, 0.1 + 1e-16),
        ("VARCHAR2", "2:6120", "a ", "a"),
        ("DATE", " 2026-01-01 00:00:00", "2026-01-01 00:00:00", "2026-01-01 00:00:01"),
        ("TIMESTAMP(6)", " 2026-01-01 00:00:00.000001000", "2026-01-01 00:00:00.000001", "2026-01-01 00:00:00"),
        ("TIMESTAMP WITH TIME ZONE", " 2026-01-01 09:00:00 +09:00", "2026-01-01 00:00:00+00", "2026-01-01 09:00:00+00"),
        ("INTERVAL YEAR(2) TO MONTH", "-01-06", -18, 18),
        ("RAW", "00FF", "00FF", "00FE"),
        ("BLOB", "2:00FF", "2:00FF", "3:00FF"),
        ("VARCHAR2", "1:61", "a", None),
    ],
)  # fmt: skip
def test_a_value_that_came_out_wrong_is_shown_beside_oracles(kind, text, right, wrong):
    how = rendering(OracleColumn("C", kind), "utf-8", "utf-16-be")
    assert difference(how, text, right) is None
    assert difference(how, text, wrong) == f"Oracle {text}, DuckDB {wrong}"
    assert difference(how, None, None) is None
    assert difference(how, None, right) is not None
