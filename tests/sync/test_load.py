"""Reading ahead and pulling: queries one after another, rows in order or not, nothing of one in the other."""

import pytest
from arro3.core import RecordBatchReader, Schema

from app.errors import AppError
from app.oracle import Oracle, Session
from app.sync import attempt, load, plan, sources, staging
from app.sync.columns import Plan
from app.sync.control import Control
from app.sync.plan import Batches
from app.sync.requests import fresh_target
from app.sync.snapshot import ONE_CURSOR
from app.warehouse import Cursor
from tests.sync.conftest import Place, Source

ROWS = [(number if number % 7 else None, f"v{number}") for number in range(30_000)]


def described(session: Session, table: str) -> tuple[list[Plan], plan.Query]:
    """How a full reads the table."""
    found = sources.find(session, table)
    facts = sources.facts(session, found.owner, found.table)
    plans, _ = plan.copied(fresh_target(sources.describe(session, found)), facts.columns)
    return plans, plan.reading(plans, found, ONE_CURSOR, None)


async def test_each_query_that_is_read_ahead_fills_with_its_own_rows(place: Place, source: Source):
    table = source.table("id NUMBER(9), v VARCHAR2(9)", ROWS)

    def work(duck: Cursor) -> list[list[tuple[object, ...]]]:
        with Oracle(place.settings).session("test") as session:
            plans, whole = described(session, table)
            queries = [whole.and_where(f"id {wanted}") for wanted in ("< 10000", ">= 10000", "IS NULL")]
            found = []
            with load.ReadAhead(session, plans, queries, Batches(1000, 2), Control()) as ahead:
                for _ in queries:
                    staged = staging.make(duck, "t", plans)
                    count = load.fill(duck, staged, plans, ahead, lambda *_: None)
                    found.append(duck.execute(f"SELECT * FROM {staged}").fetchall())
                    assert count == [len(found[-1])]
            return found

    low, high, null = await place.warehouse.call(work)
    assert low == [row for row in ROWS if row[0] is not None and row[0] < 10000]
    assert high == [row for row in ROWS if row[0] is not None and row[0] >= 10000]
    assert null == [row for row in ROWS if row[0] is None]


async def test_queries_that_begin_soon_enough_fill_together(place: Place, source: Source):
    table = source.table("id NUMBER(9), v VARCHAR2(9)", ROWS)
    begun: list[int] = []

    def work(duck: Cursor) -> tuple[list[int], list[tuple[object, ...]]]:
        with Oracle(place.settings).session("test") as session:
            plans, whole = described(session, table)
            queries = [whole.and_where(f"id {wanted}") for wanted in ("< 10000", "< 0", ">= 10000", "IS NULL")]
            with load.ReadAhead(session, plans, queries, Batches(1000, 2), Control(), begun.append) as ahead:
                staged = staging.make(duck, "t", plans)
                counts = load.fill(duck, staged, plans, ahead, lambda *_: None, seconds=60)
                assert not ahead.waiting
            return counts, duck.execute(f"SELECT * FROM {staged}").fetchall()

    counts, rows = await place.warehouse.call(work)
    assert counts == [8571, 0, 17143, 4286]
    assert begun == [0, 1, 2, 3]
    assert sorted(rows, key=lambda row: int(row[1][1:])) == ROWS


async def test_an_error_in_the_next_query_leaves_the_one_before_it_whole(place: Place, source: Source):
    table = source.table("id NUMBER(9), v VARCHAR2(9)", ROWS)

    def work(duck: Cursor) -> tuple[int, str]:
        with Oracle(place.settings).session("test") as session:
            plans, whole = described(session, table)
            queries = [whole, whole.and_where("1 / (id - 100) = 0")]
            staged = staging.make(duck, "t", plans)
            with load.ReadAhead(session, plans, queries, Batches(1000, 2), Control()) as ahead:
                load.fill(duck, staged, plans, ahead, lambda *_: None)
                with pytest.raises(AppError) as refused:
                    load.fill(duck, staged, plans, ahead, lambda *_: None)
            return staging.count(duck, staged), refused.value.message()

    count, message = await place.warehouse.call(work)
    assert count == len(ROWS)
    assert "ORA-01476" in message


async def test_a_table_of_many_rows_is_whole_though_its_batches_change_places(
    place: Place, source: Source, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempt, "MANY_ROWS", 1000)
    table = source.table("id NUMBER(9), v VARCHAR2(9)", ROWS)
    source.run(f"BEGIN DBMS_STATS.GATHER_TABLE_STATS(USER, '{table}'); END;")
    await place.target(table, verify="checksum")
    run = await place.good(table, "full")
    assert run.proof.ok
    assert await place.rows(table, order="v") == sorted(ROWS, key=lambda row: row[1])


async def test_rows_in_any_order_mind_no_name(place: Place, source: Source, monkeypatch: pytest.MonkeyPatch):
    """Neither a column nor a table that is named like what the rows pass through."""
    monkeypatch.setattr(attempt, "MANY_ROWS", 1000)
    rows = [(*row, 1) for row in ROWS]
    for name in (load.NOTHING.upper(), load.INCOMING.upper()):
        table = source.table("found NUMBER(9), nothing VARCHAR2(9), incoming NUMBER(9)", rows, name)
        source.run(f"BEGIN DBMS_STATS.GATHER_TABLE_STATS(USER, '{table}'); END;")
        await place.good(table, "full")
        assert await place.rows(table, order="nothing") == sorted(rows, key=lambda row: row[1])


async def test_only_in_order_does_duckdb_ask_16_mb_a_column_of_each_thread(place: Place, source: Source):
    """What DuckDB calls a batch insert; with 60 columns at 1 GB it would write with one thread."""
    table = source.table("id NUMBER(9), v VARCHAR2(9)", ROWS[:10])

    def work(duck: Cursor) -> list[str]:
        with Oracle(place.settings).session("test") as session:
            plans, whole = described(session, table)
            staged = staging.make(duck, "t", plans)
            with load.ReadAhead(session, plans, [whole], Batches(1000, 2), Control()) as ahead:
                load.fill(duck, staged, plans, ahead, lambda *_: None, ordered=False)
        duck.register(load.INCOMING, RecordBatchReader.from_batches(Schema(load.fields(plans)), []))
        inserts = [load.insert(staged, plans, ordered) for ordered in (True, False)]
        return [duck.execute(f"EXPLAIN {sql}").fetchall()[0][1] for sql in inserts]

    in_order, any_order = await place.warehouse.call(work)
    assert "Batch Insert" in in_order
    assert "Insert" in any_order
    assert "Batch Insert" not in any_order
