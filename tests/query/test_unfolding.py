"""What a statement becomes, counted on DuckDB's own trees."""

import json

import pytest

from app.query.unfolding import Unfolding
from app.warehouse import Warehouse


async def unfolded(warehouse: Warehouse, sql: str) -> Unfolding:
    found = await warehouse.rows("SELECT json_serialize_sql(?)", sql)
    return Unfolding(json.loads(found[0][0])["statements"][0], lambda *_: 10)


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT a FROM t", 1),
        ("SELECT a + a AS b, b + b FROM t", 3 + 7),
        ("SELECT b + b FROM (SELECT a + a AS b FROM t)", 3 + 7),
        ("WITH q AS (SELECT a + a AS b FROM t) SELECT b + b FROM q", 3 + 7),
        ("SELECT x + x FROM (SELECT a + a FROM t) AS q(x)", 3 + 7),
        ("SELECT #1 + #1 FROM (SELECT a + a FROM t)", 3 + 9),
        ("SELECT nullif(a, 1) FROM t", 5),
        ("SELECT q FROM (SELECT 1 AS a, 2 AS b) AS q", 2 + 2),
    ],
)
async def test_columns_stand_for_what_they_are_made_of(warehouse: Warehouse, sql: str, written: int) -> None:
    assert (await unfolded(warehouse, sql)).written == written


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT * FROM t", 10),
        ("SELECT * FROM t, t AS u", 20),
        ("SELECT upper(COLUMNS(*)), lower(COLUMNS(*)) FROM (SELECT *, 1 FROM t)", 11 + 22),
        ("FROM (PIVOT t ON a IN (1, 2, 3), b IN (1, 2) USING count(*), sum(c))", 10 + 12 + 22),
    ],
)
async def test_stars_bring_all_columns(warehouse: Warehouse, sql: str, columns: int) -> None:
    assert (await unfolded(warehouse, sql)).columns == columns


async def test_encodings_multiply_through_names_but_not_side_by_side(warehouse: Warehouse) -> None:
    assert (await unfolded(warehouse, "SELECT hex(a), hex(b), bin(c) FROM t")).longer == 8
    assert (await unfolded(warehouse, "WITH q AS (SELECT hex(a) AS x FROM t) SELECT hex(x) FROM q")).longer == 4
    assert (await unfolded(warehouse, "SELECT hex(a) AS x, bin(x) FROM t")).longer == 16
