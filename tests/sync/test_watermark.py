"""Bounds, lag, formats and clocks of cursor columns, without a database."""

from datetime import datetime

import pytest

from app.errors import ColumnNotFound, CursorNotPossible
from app.schemas.sync import Target
from app.sync.columns import OracleColumn
from app.sync.watermark import clock_for, cursor_of, earlier, format_of, python_format

COLUMNS = [
    OracleColumn("D", "DATE"),
    OracleColumn("TS", "TIMESTAMP(6)", scale=6),
    OracleColumn("TZ", "TIMESTAMP(6) WITH TIME ZONE", scale=6),
    OracleColumn("T", "VARCHAR2", 14),
    OracleColumn("N", "NUMBER", precision=10, scale=0),
    OracleColumn("B", "BLOB"),
]


def cursor(name: str, **fields: object):
    target = Target(owner="O", table="T", duckdb_table="t", cursor=name, **fields)
    return cursor_of(target, COLUMNS, {column.name: column.name for column in COLUMNS})


def test_a_watermark_is_bound_in_the_columns_own_database_type():
    assert cursor("D").bind("2026-01-02 03:04:05.600000").kind == "date"
    bound = cursor("TS").bind("2026-01-02 03:04:05.600000")
    assert (bound.kind, bound.value.microsecond) == ("timestamp", 600000)
    assert cursor("T").bind("20260102").kind == "text"
    assert cursor("N").bind("12").kind == "number"


def test_the_bound_of_a_date_is_cut_to_the_second_and_never_rounded_up():
    assert cursor("D").bind("2026-01-02 03:04:05.600000").value == datetime(2026, 1, 2, 3, 4, 5)
    assert cursor("D").floored("2026-01-02 03:04:05.600000") == "2026-01-02 03:04:05.000000"


def test_the_lag_is_taken_off_times_only():
    assert cursor("TS").lowered("2026-01-02 00:05:00.000001", 600) == "2026-01-01 23:55:00.000001"
    assert cursor("T", cursor_format="YYYYMMDDHH24MISS").lowered("20260102000500", 600) == "20260101235500"
    assert cursor("T", cursor_format="YYYYMMDD").lowered("20260102", 600) == "20260101"
    assert cursor("T").lowered("LOT-17", 600) == "LOT-17"
    assert cursor("N").lowered("12", 600) == "12"


def test_the_lag_does_not_reach_before_the_first_year():
    assert cursor("TS").lowered("0001-01-01 00:00:01.000000", 600) == "0001-01-01 00:00:00.000000"


def test_a_bound_of_the_first_year_can_be_bound():
    low = cursor("TS").lowered("0001-01-01 00:00:01.000000", 600)
    assert cursor("TS").bind(low).value == datetime(1, 1, 1)
    assert format_of("00010101000000") == "YYYYMMDDHH24MISS"


def test_an_instant_is_compared_in_utc():
    assert cursor("TZ").oracle == 'SYS_EXTRACT_UTC("TZ")'
    wall, utc = datetime(2026, 1, 1, 9), datetime(2026, 1, 1, 0)
    assert clock_for(cursor("TZ"), wall, utc, "Asia/Seoul") == utc
    assert clock_for(cursor("TS"), wall, utc, None) == wall
    assert clock_for(cursor("TS"), utc, utc, "Asia/Seoul") == wall


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("20260102030405", "YYYYMMDDHH24MISS"),
        ("20260102", "YYYYMMDD"),
        ("2026-01-02 03:04:05", "YYYY-MM-DD HH24:MI:SS"),
        ("2026/01/02", "YYYY/MM/DD"),
        ("20261302", None),
        ("LOT-17", None),
        ("", None),
    ],
)
def test_a_text_time_is_known_by_its_form(value, wanted):
    assert format_of(value) == wanted


def test_oracles_words_become_pythons():
    assert python_format("YYYYMMDDHH24MISS") == "%Y%m%d%H%M%S"
    assert python_format('YYYY-MM-DD"T"HH24:MI') == "%Y-%m-%dT%H:%M"


def test_last_value_may_only_lower_the_bound():
    assert earlier(cursor("N"), "9", "10") == "9"
    assert earlier(cursor("T"), "20260102", "20260101") == "20260101"
    assert earlier(cursor("T"), None, "20260101") is None


def test_an_scn_cursor_needs_no_column():
    assert cursor("ORA_ROWSCN").kind == "scn"
    assert cursor("anything", cursor_kind="scn").oracle == "ORA_ROWSCN"


def test_a_column_without_an_order_cannot_be_the_cursor():
    with pytest.raises(CursorNotPossible):
        cursor("B")
    with pytest.raises(ColumnNotFound):
        cursor("GONE")


def test_a_column_with_an_override_cannot_be_the_cursor():
    with pytest.raises(CursorNotPossible):
        cursor("N", overrides={"N": "VARCHAR"})
