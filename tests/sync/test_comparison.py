"""`run.py check --types`: Oracle's own text of every value beside what a sync makes of it."""

import asyncio

import pytest

from app.errors import SourceNotFound
from app.oracle import Oracle
from app.sync.comparison import Compared, compare
from tests.sync.conftest import Place, Source

COLUMNS = {  # with values at the edges of each type
    "NUMBER(38)": ["9" * 38, "-9007199254740993"],
    "NUMBER(10,2)": ["-99999999.99", "0.1"],
    "NUMBER(5,7)": ["0.0012345", "NULL"],
    "NUMBER(5,-2)": ["12300", "-9999900"],
    "NUMBER": ["0.1", "12345678901234567890.5"],
    "FLOAT": ["1.5", "NULL"],
    "BINARY_FLOAT": ["BINARY_FLOAT_NAN", "0.1"],
    "BINARY_DOUBLE": ["-BINARY_DOUBLE_INFINITY", "0.1"],
    "VARCHAR2(2000)": ["RPAD('한', 1500, 'x')", "'x '"],
    "CHAR(10)": ["'가'", "NULL"],
    "NVARCHAR2(20)": ["N'가나다'", "N''"],
    "DATE": ["DATE '9999-12-31'", "DATE '0001-01-01'"],
    "TIMESTAMP(0)": ["TIMESTAMP '2026-11-23 12:34:56'", "NULL"],
    "TIMESTAMP(6)": ["TIMESTAMP '9999-12-31 23:59:59.999999'", "TIMESTAMP '0001-01-01 00:00:00'"],
    "TIMESTAMP(9)": ["TIMESTAMP '2026-11-23 12:34:56.123456789'", "NULL"],
    "TIMESTAMP WITH TIME ZONE": ["TIMESTAMP '2026-01-01 00:00:00.5 -05:30'", "TIMESTAMP '2026-01-01 00:00:00 +09:00'"],
    "TIMESTAMP WITH LOCAL TIME ZONE": ["TIMESTAMP '2026-11-23 12:34:56.5 +09:00'", "NULL"],
    "INTERVAL YEAR TO MONTH": ["INTERVAL '3-4' YEAR TO MONTH", "INTERVAL '-1-6' YEAR TO MONTH"],
    "INTERVAL DAY(3) TO SECOND(6)": [
        "INTERVAL '5 06:07:08.123456' DAY TO SECOND",
        "INTERVAL '-2 03:04:05.5' DAY TO SECOND",
    ],
    "RAW(16)": ["HEXTORAW('00FF10')", "NULL"],
    "CLOB": ["'긴 글'", "RPAD('글', 1500, 'y')"],
    "NCLOB": ["N'national'", "NULL"],
    "BLOB": ["HEXTORAW('CAFEBABE')", "NULL"],
}


def edges(source: Source) -> str:
    table = source.table(", ".join(f"c{place} {kind}" for place, kind in enumerate(COLUMNS)))
    for row in zip(*COLUMNS.values(), strict=True):
        source.run(f'INSERT INTO "{table}" VALUES ({", ".join(row)})')
    return table


async def compared(place: Place, table: str, rows: int = 1000) -> list[Compared]:
    return await asyncio.to_thread(compare, Oracle(place.settings), place.warehouse, table, rows)


async def test_every_type_is_equal_value_for_value_at_its_edges(place: Place, source: Source):
    found = await compared(place, edges(source))
    assert [(each.oracle_type, each.difference, each.reason) for each in found if each.difference or each.reason] == []
    assert [each.values for each in found] == [2] * len(COLUMNS)
    assert all(each.duckdb_type for each in found)


async def test_nothing_is_left_behind_and_no_more_rows_are_read_than_asked(place: Place, source: Source):
    found = await compared(place, edges(source), rows=1)
    assert {each.values for each in found} == {1}
    assert await place.value("SELECT count(*) FROM duckdb_tables() WHERE schema_name IN ('main', 'preview')") == 0


async def test_a_value_that_nothing_exact_holds_is_said_and_is_no_difference(place: Place, source: Source):
    table = source.table("n NUMBER, v VARCHAR2(5)")
    source.run(f"INSERT INTO \"{table}\" VALUES (1E-130, 'a')")
    number, text = await compared(place, table)
    assert (number.values, number.difference) == (0, None)
    assert "does not fit" in number.reason
    assert (text.values, text.difference) == (1, None)


async def test_a_type_without_a_text_of_its_own_is_named(place: Place, source: Source):
    table = source.table("id NUMBER(5), l LONG")
    source.insert(table, [(1, "long")])
    number, long = await compared(place, table)
    assert (number.values, long.values) == (1, 0)
    assert "no text" in long.reason


async def test_a_table_that_is_not_there_is_not_found(place: Place):
    with pytest.raises(SourceNotFound):
        await compared(place, "NO_SUCH_TABLE")
