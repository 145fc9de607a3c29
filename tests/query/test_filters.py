"""Filters and order as SQL: typed by column, exact, bound."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.query.filters import Columns, order, where
from app.query.service import QueryService
from app.schemas.tables import Filter, Order, TableQuery
from app.warehouse import Warehouse

TYPES = {
    "n": "INTEGER", "d": "DECIMAL(10,2)", "t": "VARCHAR", "ts": "TIMESTAMP", "tz": "TIMESTAMP WITH TIME ZONE",
    "b": "BOOLEAN", "x": "BLOB", "f": "DOUBLE",
}  # fmt: skip
COLUMNS = Columns("t", TYPES)
BAD = [
    ("n", "=", "x"), ("n", "=", True), ("n", "=", None), ("n", "=", "NaN"), ("n", "in", []), ("n", "between", [1]),
    ("n", "in", 5), ("d", "<", "1,5"), ("f", "=", {}), ("ts", ">", "yesterday"), ("ts", "=", "2026-02-30"),
    ("ts", ">", "2026-01-01T00:00:00+09:00"), ("tz", ">", 5), ("b", "=", "maybe"), ("x", "=", "?"), ("t", "=", None),
    ("t", "like", None), ("t", "is null", 1), ("t", "=", "x" * 10_001), ("n", "=", "1e999999"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "op", "value"), BAD)
def test_a_value_that_is_not_of_the_columns_type_is_refused(column: str, op: str, value: object) -> None:
    with pytest.raises(Invalid) as caught:
        where(COLUMNS, [Filter(column=column, op=op, value=value)])
    assert caught.value.details[0]["field"] == "filters.0.value"


@given(st.sampled_from(["=", "like", "contains", "in", "between", "<"]), st.text(max_size=30), st.text(max_size=30))
def test_no_value_and_no_column_name_gets_into_the_sql(op: str, name: str, value: str) -> None:
    name, marked = f"c{name.replace(chr(0), '')}", f"§{value}§"
    columns = Columns("t", {name: "VARCHAR"})
    values = [marked, marked] if op == "between" else [marked] if op == "in" else marked
    found = where(columns, [Filter(column=name, op=op, value=values)])
    assert "§" not in found.sql.replace('"' + name.replace('"', '""') + '"', "")
    assert found.sql.count("?") - name.count("?") * found.sql.count('"' + name.replace('"', '""') + '"') == len(
        found.values
    )


def test_order_ends_with_the_rowid_and_takes_a_minus() -> None:
    assert order(COLUMNS, ["-N", Order(column="t")]) == 'ORDER BY "n" DESC NULLS LAST, "t" ASC NULLS LAST, rowid'
    assert order(Columns("t", {"-n": "INTEGER"}), ["-n"]) == 'ORDER BY "-n" ASC NULLS LAST, rowid'


@pytest.fixture
async def numbers(service: QueryService, warehouse: Warehouse) -> QueryService:
    sql = """
        CREATE TABLE numbers (
            i INTEGER, b BIGINT, d DECIMAL(38, 2), h HUGEINT, f DOUBLE, ts TIMESTAMP, tz TIMESTAMPTZ, t VARCHAR);
        INSERT INTO numbers VALUES (1, 9007199254740993, '0.29', '-170141183460469231731687303715884105727', 0.5,
            '2026-01-01 09:00', '2026-01-01 09:00+09', '10');
        INSERT INTO numbers VALUES (-2147483648, -1, '999999999999999999999999999999999999.99', 0, -1,
            '2026-01-02', '2026-01-02', '9');
        INSERT INTO numbers (i) VALUES (NULL)"""
    await warehouse.call(lambda cursor: cursor.execute(sql))
    return service


@pytest.mark.parametrize(
    ("column", "op", "value", "found"),
    [
        ("b", "=", "9007199254740993", 1), ("b", "=", "9007199254740992", 0), ("b", "=", 9007199254740993, 1),
        ("d", "=", "0.29", 1), ("d", "=", 0.29, 1), ("d", "=", "0.291", 0), ("d", "!=", "0.291", 2),
        ("d", "<", "0.291", 1),
        ("d", ">=", "0.289", 2), ("d", ">", "999999999999999999999999999999999999.98", 1), ("d", "<", "1e50", 2),
        ("d", "=", "1e50", 0), ("i", "<", "1e30", 2), ("i", ">", -2147483649, 2), ("i", "=", "1.0", 1),
        ("i", "=", "1.5", 0),
        ("i", ">", "0.5", 1), ("i", "not in", [1, 5], 1), ("h", "=", "-170141183460469231731687303715884105727", 1),
        ("f", "between", [0, 1], 1), ("ts", "=", "2026-01-01T09:00", 1), ("ts", "<", "2026-01-01", 0),
        ("tz", "=", "2026-01-01T09:00", 1), ("tz", "=", "2026-01-01T00:00:00Z", 1), ("t", "<", "9", 1),
        ("t", "=", 10, 1),
        ("t", "in", ["9", "10"], 2), ("t", "like", "1_", 1), ("t", "contains", "0", 1), ("b", "starts with", "90", 1),
        ("i", "is null", None, 1), ("i", "is not null", None, 2), ("t", "=", "' OR 1=1 --", 0),
        ("t", "like", "%'; DROP", 0),
    ],
)  # fmt: skip
async def test_comparisons_are_exact_and_typed(
    numbers: QueryService, column: str, op: str, value: object, found: int
) -> None:
    """The zone of the settings is Asia/Seoul: a time without offset beside one that has it is meant there."""
    answer = await numbers.rows("numbers", TableQuery(filters=[Filter(column=column, op=op, value=value)]))
    assert (answer.total, answer.row_count) == (found, found)


async def test_any_decimal_compares_as_python_compares_it(numbers: QueryService) -> None:
    values = [Decimal(text) for text in ("0.29", "0.2900000001", "-1e-40", "1e37", "-99999999999999999999.995", "0.28")]
    stored = [Decimal("0.29"), Decimal("999999999999999999999999999999999999.99")]
    compare = {
        "<": Decimal.__lt__,
        "<=": Decimal.__le__,
        ">": Decimal.__gt__,
        ">=": Decimal.__ge__,
        "=": Decimal.__eq__,
    }
    for value in values:
        for op, python in compare.items():
            query = TableQuery(filters=[Filter(column="d", op=op, value=str(value))])  # type: ignore[arg-type]
            assert (await numbers.rows("numbers", query)).total == sum(python(s, value) for s in stored), (op, value)


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4)


@given(st.sampled_from(sorted(TYPES)), st.sampled_from(["=", "<", "in", "between", "like"]), ANYTHING)
def test_whatever_comes_is_sql_or_a_clear_refusal(column: str, op: str, value: object) -> None:
    with contextlib.suppress(Invalid):
        assert where(COLUMNS, [Filter(column=column, op=op, value=value)]).sql.startswith("WHERE")  # type: ignore[arg-type]
