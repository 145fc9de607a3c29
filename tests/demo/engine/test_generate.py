"""Rows made by DuckDB carry the very bytes that Python would have written."""

import random
from decimal import Decimal
from typing import Any

import pytest

from app.demo.engine import generate, open_database
from app.demo.engine.codec import moment, number

DIGITS = [(1, 0), (2, 0), (4, 0), (9, 0), (10, 2), (12, 4), (5, 4), (18, 0), (18, 6), (3, 3), (16, 2)]


@pytest.fixture(scope="module")
def storage() -> Any:
    database = open_database(data="none")
    generate.install(database.storage)
    return database.storage


@pytest.mark.parametrize(("precision", "scale"), DIGITS)
def test_numbers_are_encoded_alike_in_sql_and_in_python(storage: Any, precision: int, scale: int) -> None:
    dice = random.Random(precision * 100 + scale)
    most = 10**precision - 1
    values = [
        Decimal(digits).scaleb(-scale)
        for digits in (0, 1, -1, most, -most, *(dice.randint(-most, most) for _ in range(40)))
    ]
    typed = f"unnest(?::VARCHAR[])::DECIMAL({precision},{scale})"
    rows = storage.run(f"SELECT {generate.number_sql('v', precision, scale)} FROM (SELECT {typed} AS v)",
                       [[format(value, "f") for value in values]])  # fmt: skip
    assert [row[0][1:] for row in rows] == [number.encode(value) for value in values]
    assert all(row[0][0] == len(row[0]) - 1 for row in rows)


@pytest.mark.parametrize("parts", [(2026, 11, 23, 12, 34, 56), (1, 1, 1), (9999, 12, 31, 23, 59, 59, 500_000_000)])
def test_moments_are_encoded_alike_in_sql_and_in_python(storage: Any, parts: tuple[int, ...]) -> None:
    nanos = moment.join(*parts)
    row = storage.run("SELECT stamp_wire(make_timestamp(?::BIGINT))", [nanos // 1000])[0]
    assert row[0][1:] == moment.encode_stamp(nanos)


def test_generated_rows_are_as_many_as_asked_and_have_keys(engine: Any) -> None:
    cursor = engine.admin().cursor()
    cursor.execute("CREATE TABLE MADE (ID NUMBER(9) PRIMARY KEY, NAME VARCHAR2(10), AT DATE, V NUMBER(8,3))")
    cursor.execute("CALL DEMO.GENERATE('DEMO.MADE', 5000)")
    cursor.execute("CALL DEMO.GENERATE('DEMO.MADE', 5000)")
    assert cursor.execute("SELECT COUNT(*), COUNT(DISTINCT ID), MAX(ID) FROM MADE").fetchone() == (10000, 10000, 9999)
    assert cursor.execute("SELECT NUM_ROWS FROM USER_TABLES WHERE TABLE_NAME = 'MADE'").fetchone() == (5000,)
    cursor.execute("DROP TABLE MADE")
