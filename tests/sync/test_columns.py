"""The table of exact types, row for row, without a database."""

import pytest

from app.errors import Invalid
from app.sync.columns import OracleColumn, names, planned
from app.sync.exact import joined, narrowest


def plan(data_type: str, precision: int | None = None, scale: int | None = None, **more: object):
    return planned(OracleColumn("C", data_type, 20, precision, scale), **more)


@pytest.mark.parametrize(
    ("precision", "scale", "kind"),
    [
        (1, 0, "SMALLINT"),
        (4, 0, "SMALLINT"),
        (5, 0, "INTEGER"),
        (9, 0, "INTEGER"),
        (10, 0, "BIGINT"),
        (18, 0, "BIGINT"),
        (19, 0, "DECIMAL(19,0)"),
        (38, 0, "DECIMAL(38,0)"),
        (None, 0, "DECIMAL(38,0)"),  # INTEGER is NUMBER(*,0)
        (10, 2, "DECIMAL(10,2)"),
        (38, 38, "DECIMAL(38,38)"),
        (2, 5, "DECIMAL(5,5)"),  # s > p: 0.00012
        (3, -2, "INTEGER"),  # 12300: five digits
        (16, -4, "DECIMAL(20,0)"),
    ],
)
def test_a_number_with_declared_digits_has_its_exact_type(precision, scale, kind):
    assert plan("NUMBER", precision, scale).final == kind


@pytest.mark.parametrize(
    ("precision", "scale"), [(None, None), (38, -2), (5, 40), (None, 127)], ids=["free", "40 digits", "s=40", "s=127"]
)
def test_a_number_that_needs_its_values_to_be_typed_travels_as_text(precision, scale):
    found = plan("NUMBER", precision, scale)
    assert (found.final, found.stage, found.settle) == (None, "VARCHAR", "number")
    assert found.select.startswith("TO_CHAR(")


def test_a_float_is_an_exact_decimal_and_no_double():
    assert plan("FLOAT", 126).final is None


@pytest.mark.parametrize(
    ("data_type", "kind"),
    [
        ("BINARY_FLOAT", "FLOAT"),
        ("BINARY_DOUBLE", "DOUBLE"),
        *[(text, "VARCHAR") for text in ("CHAR", "VARCHAR2", "NCHAR", "NVARCHAR2", "LONG", "CLOB", "NCLOB", "ROWID")],
        *[(raw, "BLOB") for raw in ("RAW", "LONG RAW", "BLOB")],
        ("DATE", "TIMESTAMP"),
        ("BOOLEAN", "BOOLEAN"),
        ("INTERVAL YEAR(2) TO MONTH", "INTERVAL"),
    ],
)
def test_every_other_type_has_one_place(data_type, kind):
    assert plan(data_type).final == kind


@pytest.mark.parametrize(
    ("data_type", "digits", "kind", "settle"),
    [
        ("TIMESTAMP(0)", 0, "TIMESTAMP", ""),
        ("TIMESTAMP(6)", 6, "TIMESTAMP", ""),
        ("TIMESTAMP(7)", 7, "TIMESTAMP_NS", "nanoseconds"),
        ("TIMESTAMP(9)", 9, "TIMESTAMP_NS", "nanoseconds"),
        ("TIMESTAMP(6) WITH TIME ZONE", 6, "TIMESTAMPTZ", ""),
        ("TIMESTAMP(9) WITH TIME ZONE", 9, "TIMESTAMPTZ", "utc"),
        ("TIMESTAMP(6) WITH LOCAL TIME ZONE", 6, "TIMESTAMPTZ", ""),
        ("INTERVAL DAY(2) TO SECOND(6)", 6, "INTERVAL", "interval"),
        ("INTERVAL DAY(2) TO SECOND(9)", 9, "INTERVAL", "interval"),
    ],
)
def test_times_finer_than_the_driver_carries_are_read_as_text(data_type, digits, kind, settle):
    found = plan(data_type, None, digits)
    assert (found.final, found.settle) == (kind, settle)


def test_a_time_zone_is_resolved_by_oracle():
    assert plan("TIMESTAMP(6) WITH TIME ZONE", None, 6).select == 'SYS_EXTRACT_UTC("C")'


@pytest.mark.parametrize("data_type", ["BFILE", "SDO_GEOMETRY", "REF CURSOR"])
def test_what_cannot_be_copied_is_named(data_type):
    found = plan(data_type)
    assert not found.copied
    assert data_type in found.note


def test_the_padding_of_char_is_kept_unless_the_target_trims():
    assert plan("CHAR").select == '"C"'
    assert plan("CHAR", trim=True).select == 'RTRIM("C")'
    assert plan("VARCHAR2", trim=True).select == '"C"'


def test_an_override_that_cannot_hold_the_type_is_refused():
    assert plan("NUMBER", override="DOUBLE").final == "DOUBLE"
    assert plan("NUMBER", override="decimal(20, 4)").final == "DECIMAL(20,4)"
    assert plan("TIMESTAMP(9)", None, 9, override="TIMESTAMP").final == "TIMESTAMP"
    with pytest.raises(Invalid):
        plan("DATE", override="DOUBLE")
    with pytest.raises(Invalid):
        plan("NUMBER", override="INTEGER); DROP TABLE x; --")


@pytest.mark.parametrize(
    ("whole", "fraction", "fits", "kind"),
    [
        (3, 0, True, "BIGINT"),
        (19, 0, True, "BIGINT"),
        (19, 0, False, "DECIMAL(38,0)"),
        (1, 4, False, "DECIMAL(18,4)"),
        (14, 4, False, "DECIMAL(18,4)"),
        (15, 4, False, "DECIMAL(38,4)"),
        (0, 38, False, "DECIMAL(38,38)"),
        (38, 0, False, "DECIMAL(38,0)"),
        (39, 0, False, None),
        (20, 20, False, None),
    ],
)
def test_the_narrowest_exact_type_is_chosen(whole, fraction, fits, kind):
    assert narrowest(whole, fraction, fits) == kind


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        ("SMALLINT", "SMALLINT", "SMALLINT"),
        ("SMALLINT", "INTEGER", "INTEGER"),
        ("BIGINT", "SMALLINT", "BIGINT"),
        ("BIGINT", "DECIMAL(18,4)", "DECIMAL(23,4)"),
        ("DECIMAL(10,2)", "DECIMAL(12,4)", "DECIMAL(12,4)"),
        ("DECIMAL(38,0)", "DECIMAL(18,4)", None),
        ("FLOAT", "DOUBLE", "DOUBLE"),
        ("VARCHAR", "BIGINT", None),
        ("TIMESTAMP", "VARCHAR", None),
    ],
)
def test_two_types_are_joined_by_one_that_holds_both_or_not_at_all(left, right, both):
    assert joined(left, right) == both


def test_names_that_duckdb_would_take_for_one_are_told_apart():
    plans = [planned(OracleColumn(name, "DATE")) for name in ("Ab", "AB", "ab", "_deleted_at")]
    assert [each.name for each in names(plans)] == ["Ab", "AB_1", "ab_2", "_deleted_at_1"]
