"""Numbers without declared digits in increments: asked for as what they are here, widened when they outgrow that."""

from decimal import Decimal

import pytest

from app.schemas.sync import State
from app.sync.columns import OracleColumn, planned
from app.sync.known import as_known
from tests.sync.conftest import Place, Source

FREE = planned(OracleColumn("V", "NUMBER"))


@pytest.mark.parametrize(
    ("here", "asked"),
    [("BIGINT", ("decimal128", 18, 0)), ("DECIMAL(18,2)", ("decimal128", 18, 2))],
)
def test_a_known_number_is_asked_for_as_the_decimal_it_is(here, asked):
    plan = as_known(FREE, {"v": here})
    assert (plan.select, plan.arrow, plan.stage) == ('"V"', asked, here)


@pytest.mark.parametrize("here", [{}, {"V": "VARCHAR"}, {"V": "DOUBLE"}])
def test_what_is_no_exact_number_here_yet_is_read_as_text(here):
    assert as_known(FREE, here) == FREE


def test_a_column_with_declared_digits_or_an_override_stays_as_it_was_planned():
    for plan in (planned(OracleColumn("V", "NUMBER", precision=4, scale=0)), planned(FREE.column, "DECIMAL(9,1)")):
        assert as_known(plan, {"V": "BIGINT"}) == plan


async def begun(place: Place, source: Source, value: str) -> str:
    table = source.table("i NUMBER(5) PRIMARY KEY, c NUMBER")
    source.run(f'INSERT INTO "{table}" VALUES (1, {value})')
    await place.target(table, cursor="i")
    await place.good(table, "full")
    return table


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("5", "7", "BIGINT"),
        ("5", "NULL", "BIGINT"),
        ("5", "0.25", "DECIMAL(21,2)"),
        ("5", str(2**63 - 1), "BIGINT"),
        ("5", str(2**63), "DECIMAL(38,0)"),
        ("0.25", "0.125", "DECIMAL(19,3)"),
        ("0.25", "1E20", "DECIMAL(38,2)"),
    ],
)
@pytest.mark.parametrize("kind", ["incremental", "reconcile"])
async def test_an_increment_is_exact_and_widens_by_its_values(place: Place, source: Source, old, new, wanted, kind):
    table = await begun(place, source, old)
    source.run(f'INSERT INTO "{table}" VALUES (2, {new})')
    run = await place.good(table, kind)
    assert [row[1] for row in await place.rows(table)] == [Decimal(old), None if new == "NULL" else Decimal(new)]
    assert ((await place.types(table))["C"], run.progress.total_rows) == (wanted, 2)


async def test_what_no_type_holds_beside_the_old_values_fails_and_changes_nothing(place: Place, source: Source):
    table = await begun(place, source, "0.25")
    source.run(f'INSERT INTO "{table}" VALUES (2, 1E38)')
    run = await place.sync(table)
    assert run.state is State.FAILED
    assert "C" in run.error.message, run.error
    assert await place.rows(table) == [(1, Decimal("0.25"))]
