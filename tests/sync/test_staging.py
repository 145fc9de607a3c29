"""The exact types with their boundary values, from Oracle to DuckDB: equal, or a failure that says what to do."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.schemas.sync import State
from tests.sync.conftest import Place, Source


async def kept(place: Place, source: Source, kind: str, literals: list[str], **target: object) -> tuple[list, str]:
    """The values as DuckDB has them, in order, and the type they have there."""
    table = source.table(f"i NUMBER(5) PRIMARY KEY, c {kind}")
    for number, literal in enumerate(literals):
        source.run(f'INSERT INTO "{table}" VALUES ({number}, {literal})')
    await place.target(table, verify="checksum", **target)
    await place.good(table, "full")
    return [row[1] for row in await place.rows(table)], (await place.types(table))["C"]


async def refused(place: Place, source: Source, kind: str, literals: list[str]) -> str:
    """What a full of such values says when it refuses them."""
    table = source.table(f"i NUMBER(5) PRIMARY KEY, c {kind}")
    for number, literal in enumerate(literals):
        source.run(f'INSERT INTO "{table}" VALUES ({number}, {literal})')
    run = await place.sync(table, "full")
    assert (run.state, run.error.code) == (State.FAILED, "does_not_fit"), run.error
    assert await place.types(table) == {}
    return run.error.message


@pytest.mark.parametrize(
    ("kind", "literals", "wanted", "here"),
    [
        ("NUMBER(4)", ["9999", "-9999", "NULL"], [9999, -9999, None], "SMALLINT"),
        ("NUMBER(9)", ["999999999"], [999999999], "INTEGER"),
        ("NUMBER(18)", ["999999999999999999"], [999999999999999999], "BIGINT"),
        (
            "NUMBER(19)",
            [str(2**53 + 1), "-" + "9" * 19],
            [Decimal(2**53 + 1), Decimal("-" + "9" * 19)],
            "DECIMAL(19,0)",
        ),
        ("NUMBER(38)", ["9" * 38], [Decimal("9" * 38)], "DECIMAL(38,0)"),
        ("INTEGER", ["1" * 30], [Decimal("1" * 30)], "DECIMAL(38,0)"),
        ("NUMBER(10,2)", ["0.1", "-99999999.99"], [Decimal("0.10"), Decimal("-99999999.99")], "DECIMAL(10,2)"),
        ("NUMBER(2,5)", ["0.00099", "-0.00001"], [Decimal("0.00099"), Decimal("-0.00001")], "DECIMAL(5,5)"),
        ("NUMBER(3,-2)", ["12300", "-99900"], [12300, -99900], "INTEGER"),
        ("NUMBER", ["1", "2"], [1, 2], "BIGINT"),
        ("NUMBER", [str(2**63 - 1)], [2**63 - 1], "BIGINT"),
        ("NUMBER", [str(2**63)], [Decimal(2**63)], "DECIMAL(38,0)"),
        ("NUMBER", ["0.1746", "5", "-.5"], [Decimal("0.1746"), Decimal("5.0000"), Decimal("-0.5000")], "DECIMAL(18,4)"),
        ("NUMBER", ["1E-30", "12345678"], [Decimal("1E-30"), Decimal("12345678")], "DECIMAL(38,30)"),
        ("NUMBER", ["9" * 38], [Decimal("9" * 38)], "DECIMAL(38,0)"),
        ("NUMBER", ["NULL"], [None], "BIGINT"),
        ("FLOAT(126)", ["0.1", "12.25"], [Decimal("0.10"), Decimal("12.25")], "DECIMAL(18,2)"),
    ],
)
async def test_numbers_are_exact(place: Place, source: Source, kind, literals, wanted, here):
    assert await kept(place, source, kind, literals) == (wanted, here)


@pytest.mark.parametrize("literals", [["1E-130"], ["9" * 39], ["1E125"], ["1E30", "1E-20"]])
async def test_a_number_that_nothing_exact_holds_is_refused_with_column_value_and_override(
    place: Place, source: Source, literals
):
    said = await refused(place, source, "NUMBER", literals)
    assert "Column C" in said
    assert "VARCHAR/DOUBLE" in said


async def test_an_override_takes_what_was_refused(place: Place, source: Source):
    text, kind = await kept(place, source, "NUMBER", ["1E30", "1E-20"], overrides={"c": "VARCHAR"})
    assert ([Decimal(value) for value in text], kind) == ([Decimal("1E30"), Decimal("1E-20")], "VARCHAR")
    assert await kept(place, source, "NUMBER", ["1E30", "0.5"], overrides={"c": "DOUBLE"}) == ([1e30, 0.5], "DOUBLE")


async def test_an_override_that_would_round_is_refused(place: Place, source: Source):
    table = source.table("c NUMBER")
    source.run(f'INSERT INTO "{table}" VALUES (1.25)')
    await place.target(table, overrides={"c": "DECIMAL(10,1)"})
    assert (await place.sync(table, "full")).error.code == "does_not_fit"


async def test_a_value_that_does_not_fit_widens_the_column_in_the_same_run(place: Place, source: Source):
    table = source.table("i NUMBER(5) PRIMARY KEY, c NUMBER")
    source.run(f'INSERT INTO "{table}" VALUES (1, 5)')
    await place.target(table, cursor="i")
    await place.good(table)
    source.run(f'INSERT INTO "{table}" VALUES (2, 0.25)')
    await place.good(table)
    assert await place.rows(table) == [(1, Decimal("5.00")), (2, Decimal("0.25"))]
    assert await place.value("SELECT change FROM _sync.schema_history") == "widened"


@pytest.mark.parametrize(
    ("kind", "literals", "wanted", "here"),
    [
        ("DATE", ["DATE '9999-12-31'", "DATE '0001-01-01'"], [datetime(9999, 12, 31), datetime(1, 1, 1)], "TIMESTAMP"),
        (
            "DATE",
            ["TO_DATE('2026-01-02 03:04:05', 'YYYY-MM-DD HH24:MI:SS')"],
            [datetime(2026, 1, 2, 3, 4, 5)],
            "TIMESTAMP",
        ),
        (
            "TIMESTAMP(6)",
            ["TIMESTAMP '2026-01-02 03:04:05.000006'", "TIMESTAMP '9999-12-31 23:59:59.999999'"],
            [datetime(2026, 1, 2, 3, 4, 5, 6), datetime(9999, 12, 31, 23, 59, 59, 999999)],
            "TIMESTAMP",
        ),
        ("TIMESTAMP(0)", ["TIMESTAMP '2026-01-02 03:04:05'"], [datetime(2026, 1, 2, 3, 4, 5)], "TIMESTAMP"),
        (
            "TIMESTAMP(6) WITH TIME ZONE",
            ["TIMESTAMP '2026-01-02 09:00:00.5 +09:00'", "TIMESTAMP '2026-01-02 00:00:00.5 +00:00'"],
            [datetime(2026, 1, 2, 0, 0, 0, 500000, UTC)] * 2,
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            "TIMESTAMP(9) WITH TIME ZONE",
            ["TIMESTAMP '2026-01-02 09:00:00.123456000 +09:00'"],
            [datetime(2026, 1, 2, 0, 0, 0, 123456, UTC)],
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            "INTERVAL DAY(4) TO SECOND(6)",
            ["INTERVAL '-2 03:04:05.5' DAY TO SECOND"],
            [-timedelta(2, 11045.5)],
            "INTERVAL",
        ),
        ("INTERVAL YEAR TO MONTH", ["INTERVAL '1-6' YEAR TO MONTH"], [timedelta(days=540)], "INTERVAL"),
    ],
)
async def test_times_are_exact(place: Place, source: Source, kind, literals, wanted, here):
    found, type_here = await kept(place, source, kind, literals)
    assert ([_utc(value) for value in found], type_here) == (wanted, here)


def _utc(value):
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


async def test_nanoseconds_are_kept(place: Place, source: Source):
    table = source.table("c TIMESTAMP(9)")
    source.run(f"INSERT INTO \"{table}\" VALUES (TIMESTAMP '2026-01-02 03:04:05.123456789')")
    await place.good(table, "full")
    assert (await place.types(table))["C"] == "TIMESTAMP_NS"
    assert await place.value(f'SELECT CAST(c AS VARCHAR) FROM "{table.lower()}"') == "2026-01-02 03:04:05.123456789"


async def test_nanoseconds_beyond_the_year_2262_are_refused_and_can_be_overridden(place: Place, source: Source):
    values = ["TIMESTAMP '9999-12-31 00:00:00.000000001'"]
    assert "TIMESTAMP or VARCHAR" in await refused(place, source, "TIMESTAMP(9)", values)
    found, _ = await kept(place, source, "TIMESTAMP(9)", values, overrides={"c": "TIMESTAMP"})
    assert found == [datetime(9999, 12, 31)]


async def test_an_instant_finer_than_a_microsecond_is_refused(place: Place, source: Source):
    values = ["TIMESTAMP '2026-01-02 09:00:00.123456789 +09:00'"]
    assert "VARCHAR" in await refused(place, source, "TIMESTAMP(9) WITH TIME ZONE", values)


async def test_an_interval_finer_than_a_microsecond_is_refused(place: Place, source: Source):
    kind = "INTERVAL DAY(2) TO SECOND(9)"
    assert "VARCHAR" in await refused(place, source, kind, ["INTERVAL '1 00:00:00.000000001' DAY TO SECOND(9)"])
    found, _ = await kept(place, source, kind, ["INTERVAL '-1 02:00:00.5' DAY TO SECOND(9)"])
    assert found == [-timedelta(1, 7200.5)]


@pytest.mark.parametrize(
    ("kind", "literals", "wanted"),
    [
        ("CHAR(5)", ["'ab'", "'가'"], ["ab   ", "가  "]),
        ("VARCHAR2(20)", ["'00123'", "''", "NULL", "'\\N'", "'x '"], ["00123", None, None, "\\N", "x "]),
        ("NVARCHAR2(20)", ["N'가나다'", "N'😀'"], ["가나다", "😀"]),
        ("NCHAR(3)", ["N'가'"], ["가  "]),
        ("RAW(4)", ["HEXTORAW('00FF10')"], [b"\x00\xff\x10"]),
    ],
)
async def test_texts_are_as_they_were(place: Place, source: Source, kind, literals, wanted):
    found, _ = await kept(place, source, kind, literals)
    assert found == wanted


async def test_the_padding_of_char_goes_where_the_target_trims(place: Place, source: Source):
    assert (await kept(place, source, "CHAR(5)", ["'ab'"], trim_char=True))[0] == ["ab"]


@pytest.mark.parametrize("kind", ["BINARY_DOUBLE", "BINARY_FLOAT"])
async def test_nan_and_infinities_are_kept(place: Place, source: Source, kind: str):
    names = [f"{kind}_NAN", f"{kind}_INFINITY", f"-{kind}_INFINITY", "0.5"]
    found, here = await kept(place, source, kind, names)
    assert [str(value) for value in found] == ["nan", "inf", "-inf", "0.5"]
    assert here == {"BINARY_DOUBLE": "DOUBLE", "BINARY_FLOAT": "FLOAT"}[kind]


async def test_an_empty_large_object_is_null_here_and_proven_as_that(place: Place, source: Source):
    """The driver's data frames make no difference between the two; the table's page says so."""
    columns = "i NUMBER(5) PRIMARY KEY, c CLOB, b BLOB, n NCLOB"
    for rows in (["EMPTY_CLOB(), EMPTY_BLOB(), EMPTY_CLOB()"], ["EMPTY_CLOB(), EMPTY_BLOB(), 'n'", "'c', NULL, NULL"]):
        table = source.table(columns)
        for number, row in enumerate(rows):
            source.run(f'INSERT INTO "{table}" VALUES ({number}, {row})')
        await place.target(table, verify="checksum")
        assert (await place.good(table, "full")).proof.counted_only == []
    assert await place.rows(table) == [(0, None, None, "n"), (1, "c", None, None)]
    source.run(f"UPDATE \"{table}\" SET c = 'x' WHERE i = 0")
    assert (await place.sync(table, "verify")).error.message.startswith("The proof failed (C: ")
    (found,), _ = await place.service.sources(search=table)
    notes = [column.note for column in (await place.service.source(found.owner, table)).columns]
    assert notes == [None, *["an empty LOB is kept as NULL"] * 3]


async def test_large_objects_are_whole(place: Place, source: Source):
    table = source.table("i NUMBER(5), c CLOB, b BLOB, n NCLOB")
    text, data = "가나다라마바사" * 15000, bytes(range(256)) * 20480  # 105,000 characters, 5 MB
    source.insert(table, [(1, text, data, "짧다"), (2, None, None, None)])
    await place.target(table, verify="checksum")
    await place.good(table, "full")
    assert await place.rows(table) == [(1, text, data, "짧다"), (2, None, None, None)]
