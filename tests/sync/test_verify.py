"""Proofs: equal sides agree in every figure, one changed value is found and named."""

from datetime import datetime
from decimal import Decimal

import pytest

from app.schemas.sync import State
from app.sync import plan, snapshot, staging
from app.warehouse import Cursor
from tests.conftest import OracleAt
from tests.sync.conftest import Place, Source

COLUMNS = (
    "id NUMBER(10) PRIMARY KEY, price NUMBER(12,3), name VARCHAR2(40), code CHAR(5), made DATE, seen TIMESTAMP(6),"
    " ratio BINARY_DOUBLE, raw_key RAW(8)"
)
NOW = datetime(2026, 1, 2, 3, 4, 5)
ROWS = [
    (
        1,
        Decimal("-1.125"),
        "가나다",
        "a",
        datetime(2026, 1, 2, 3, 4, 5),
        datetime(2026, 1, 2, 3, 4, 5, 6),
        0.1,
        b"\x01",
    ),
    (2, Decimal("99999999.999"), "plain", "bcdef", datetime(9999, 12, 31), None, -5e300, b"\xff\x00"),
    (3, None, None, None, None, None, None, None),
]


async def begun(place: Place, source: Source, **fields: object) -> str:
    table = source.table(COLUMNS, ROWS)
    await place.target(table, **fields)
    await place.good(table, "full")
    return table


async def test_a_checksum_agrees_on_equal_sides(place: Place, source: Source):
    table = await begun(place, source, verify="checksum")
    run = await place.good(table, "full")
    assert run.proof.method == "checksum"
    assert [column.equal for column in run.proof.columns] == [True] * 8
    assert run.proof.columns[2].method == "count, length, md5"


async def test_a_verify_only_looks(place: Place, source: Source):
    table = await begun(place, source)
    run = await place.good(table, "verify")
    assert (run.inserted, run.deleted, run.proof.ok) == (0, 0, True)


async def test_one_changed_value_is_found_and_its_column_named(place: Place, source: Source):
    changes = {
        "PRICE": "price = -1.126",
        "NAME": "name = '가나라'",
        "MADE": "made = DATE '2026-01-01'",
        "SEEN": "seen = NULL",
        "RATIO": "ratio = 0.5",
        "CODE": "code = 'x'",
    }
    table = await begun(place, source)
    for column, change in changes.items():
        source.run(f'UPDATE "{table}" SET {change} WHERE id = 1')
        run = await place.sync(table, "verify")
        assert (run.state, run.error.code) == (State.FAILED, "proof_failed")
        assert column in run.error.message
        await place.good(table, "full")


async def test_intervals_are_proven_by_their_parts(place: Place, source: Source):
    table = source.table("id NUMBER(10) PRIMARY KEY, span INTERVAL YEAR TO MONTH, lasted INTERVAL DAY TO SECOND(6)")
    values = "(1, INTERVAL '-1-6' YEAR TO MONTH, INTERVAL '2 03:04:05.5' DAY TO SECOND)"
    source.run(f'INSERT INTO "{table}" VALUES {values}')
    await place.good(table, "full")
    assert (await place.good(table, "verify")).proof.counted_only == []
    for column, change in {"SPAN": "'-1-5' YEAR TO MONTH", "LASTED": "'2 03:04:05.6' DAY TO SECOND"}.items():
        source.run(f'UPDATE "{table}" SET {column} = INTERVAL {change}')
        assert column in (await place.sync(table, "verify")).error.message
        await place.good(table, "full")


async def test_what_can_only_be_counted_is_named_and_still_counted(place: Place, source: Source):
    table = source.table("id NUMBER(10) PRIMARY KEY, old LONG, chosen NUMBER")
    source.insert(table, [(1, "text", 5), (2, "text", None)])
    await place.target(table, overrides={"chosen": "VARCHAR"})
    await place.good(table, "full")
    source.run(f'UPDATE "{table}" SET chosen = 6 WHERE id = 1')  # that is not seen, and said not to be
    run = await place.good(table, "verify")
    assert run.proof.counted_only == ["OLD", "CHOSEN"]
    assert [(each.method, each.equal) for each in run.proof.columns[1:]] == [("counted only", None)] * 2
    source.run(f'UPDATE "{table}" SET chosen = 6')
    assert (
        await place.sync(table, "verify")
    ).error.message == "The proof failed (CHOSEN: counted only): Oracle 2, here 1."


async def test_without_a_snapshot_only_our_own_rows_are_counted(
    place: Place, source: Source, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(snapshot, "take", lambda *_: snapshot.ONE_CURSOR)
    table = await begun(place, source, verify="checksum", cursor="id")
    for kind in ("full", "incremental", "reconcile"):
        proof = (await place.good(table, kind)).proof
        assert (proof.compared, proof.oracle_rows, proof.duckdb_rows, proof.columns) == (False, None, 3, [])
        assert proof.note.endswith("counted only.")


async def test_a_missing_row_is_a_failed_proof(place: Place, source: Source):
    table = await begun(place, source)
    source.run(f'DELETE FROM "{table}" WHERE id = 3')
    run = await place.sync(table, "verify")
    assert run.error.message == "The proof failed (count): Oracle 2, here 3."


@pytest.mark.parametrize(
    ("kind", "damage", "said"),
    [
        ("full", "DELETE FROM {} WHERE id = 2", "count"),
        ("incremental", "DELETE FROM {} WHERE id = 2", "the window's count"),
        ("reconcile", "DELETE FROM {} WHERE id = 2", "count"),
        ("full", "UPDATE {} SET name = 'x' WHERE id = 2", "NAME: "),
        ("incremental", "UPDATE {} SET name = 'x' WHERE id = 2", "NAME: "),
        ("reconcile", "UPDATE {} SET name = 'x' WHERE id = 2", "NAME: "),
    ],
)
async def test_a_failed_proof_fails_the_run_names_the_column_and_keeps_the_old_table(
    place: Place, source: Source, monkeypatch: pytest.MonkeyPatch, kind: str, damage: str, said: str
):
    """What was read is damaged on its way, as a fault of ours would do it."""
    table = await begun(place, source, verify="checksum", cursor="id")
    before = await place.rows(table)
    settle = staging.settle

    def damaged(duck: Cursor, staged: str, *more: object) -> dict[str, str]:
        duck.execute(damage.format(staged))
        return settle(duck, staged, *more)

    monkeypatch.setattr(staging, "settle", damaged)
    source.run(f'UPDATE "{table}" SET price = 5')
    fields = {"last_value": "0"} if kind == "incremental" else {}
    run = await place.sync(table, kind, **fields)
    assert (run.state, run.error.code) == (State.FAILED, "proof_failed")
    assert f"({said}" in run.error.message
    assert await place.rows(table) == before


async def test_an_incremental_proves_the_columns_of_its_window_where_asked(place: Place, source: Source):
    """Of the window alone: a value that was damaged before it began is a reconcile's to find."""
    table = await begun(place, source, verify="checksum", cursor="id")
    await place.warehouse.call(lambda duck: duck.execute(f'UPDATE "{table.lower()}" SET price = 7 WHERE id = 1'))
    source.insert(table, [(4, Decimal(5), "네", None, None, None, None, None)])
    proof = (await place.good(table, "incremental")).proof
    assert (proof.method, proof.oracle_rows, proof.duckdb_rows) == ("checksum", 4, 4)
    assert {each.column: each.oracle for each in proof.columns}["ID"] == "2, 7"
    assert "this run read" in proof.note
    assert (await place.sync(table, "verify")).error.message.startswith("The proof failed (PRICE: ")


async def test_marked_rows_are_no_part_of_the_proof(place: Place, source: Source):
    table = await begun(place, source, deletes="soft")
    source.run(f'DELETE FROM "{table}" WHERE id = 3')
    await place.good(table, "reconcile")
    run = await place.good(table, "verify")
    assert run.proof.oracle_rows == run.proof.duckdb_rows == 2


async def test_kept_rows_are_no_part_of_the_proof_and_hide_nothing(place: Place, source: Source):
    table = await begun(place, source, deletes="ignore")
    source.run(f'DELETE FROM "{table}" WHERE id = 3')
    run = await place.good(table, "verify")
    assert run.notes == ["1 rows that Oracle no longer has are kept and no part of the proof."]
    assert run.proof.oracle_rows == run.proof.duckdb_rows == 2
    assert await place.value("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%staging%'") == 0
    source.run(f'UPDATE "{table}" SET price = 7 WHERE id = 1')
    run = await place.sync(table, "verify")
    assert "PRICE" in run.error.message
    source.run(f'UPDATE "{table}" SET id = 9 WHERE id = 2')
    assert (await place.sync(table, "verify")).error.message == "The proof failed (count): Oracle 2, here 1."


async def test_a_proof_can_be_switched_off(place: Place, source: Source):
    table = await begun(place, source, verify="off")
    run = await place.good(table, "full")
    assert (run.proof.method, run.proof.oracle_rows) == ("off", None)


async def test_an_empty_table_is_proven_too(place: Place, source: Source):
    table = source.table(COLUMNS)
    await place.target(table, verify="checksum")
    assert (await place.good(table, "full")).proof.ok


HEAVY = "(SELECT LEVEL n FROM dual CONNECT BY LEVEL <= 4000)"


async def test_what_fails_while_oracle_counts_waits_for_nothing_and_lets_oracle_rest(
    place: Place, source: Source, oracle_at: OracleAt, monkeypatch: pytest.MonkeyPatch
):
    table = source.table("id NUMBER(10) PRIMARY KEY, n NUMBER", [(1, 1), (2, Decimal("1E-120"))])
    heavy = plan.Query(f"SELECT COUNT(*) FROM {HEAVY} a, {HEAVY} b, {HEAVY} c WHERE a.n * b.n + c.n <> MOD(a.n, 7)")
    with monkeypatch.context() as patch:
        patch.setattr("app.sync.plan.counting", lambda *_: heavy)
        run = await place.sync(table, "full")
    assert (run.state, run.error.code) == (State.FAILED, "does_not_fit")
    oracle_at.until_gone("action", run.sync_id, seconds=5)  # else it counts on
    source.run(f'DELETE FROM "{table}" WHERE id = 2')
    assert (await place.good(table, "full")).proof.oracle_rows == 1
