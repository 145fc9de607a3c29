"""NUMBER in Oracle's bytes: known values, round trips, order, and the driver's own opinion."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.boundary import OracleError
from app.demo.engine.codec import number

# The bytes that Oracle's manuals and DUMP() show.
KNOWN = [
    ("0", "80"),
    ("1", "c102"),
    ("-1", "3e6466"),
    ("100", "c202"),
    ("123.45", "c202182e"),
    ("-123.45", "3d644e3866"),
    ("0.01", "c002"),
    ("1E-130", "8002"),
    ("9.99E125", "ff645b"),
]
DIGITS = st.integers(min_value=-(10**38) + 1, max_value=10**38 - 1)
NUMBERS = st.builds(lambda digits, exponent: Decimal(digits).scaleb(exponent), DIGITS, st.integers(-90, 80))


@pytest.mark.parametrize(("text", "data"), KNOWN)
def test_known_numbers_have_oracles_bytes(text: str, data: str) -> None:
    assert number.encode(Decimal(text)).hex() == data
    assert number.decode(bytes.fromhex(data)) == Decimal(text)


@given(NUMBERS)
def test_a_number_of_38_digits_survives_the_bytes(value: Decimal) -> None:
    assert number.decode(number.encode(value)) == value


@given(NUMBERS, NUMBERS)
def test_the_bytes_order_as_the_numbers_do(a: Decimal, b: Decimal) -> None:
    assert (number.encode(a) < number.encode(b)) == (a < b)
    assert (number.encode(a) == number.encode(b)) == (a == b)


def test_forty_digits_are_kept_and_more_are_rounded() -> None:
    forty = Decimal("1234567890123456789012345678901234567890")
    assert number.decode(number.encode(forty)) == forty
    assert number.decode(number.encode(Decimal("9" * 41))) == Decimal(10) ** 41


def test_what_is_too_large_overflows_and_what_is_too_small_is_zero() -> None:
    with pytest.raises(OracleError, match="ORA-01426"):
        number.encode(Decimal("1E126"))
    assert number.encode(Decimal("1E-140")) == b"\x80"


@pytest.mark.parametrize(
    ("value", "precision", "scale", "stored"),
    [("123.456", 5, 2, "123.46"), ("12345", 3, -2, "12300"), ("0.00123", 2, 4, "0.0012"), ("5", None, 0, "5")],
)
def test_a_column_rounds_to_its_scale(value: str, precision: int | None, scale: int, stored: str) -> None:
    assert number.fitted(Decimal(value), precision, scale) == Decimal(stored)


def test_a_column_refuses_too_many_digits() -> None:
    with pytest.raises(OracleError, match="ORA-01438"):
        number.fitted(Decimal("1000"), 5, 2)


@pytest.mark.parametrize(
    ("value", "text"), [("0.5", ".5"), ("-0.10", "-.1"), ("1E+2", "100"), ("1E-130", "1E-130"), ("0", "0")]
)
def test_numbers_are_shown_as_to_char_shows_them(value: str, text: str) -> None:
    assert number.plain(Decimal(value)) == text
