"""The snapshot ladder, and that a table that changes during a long full is not torn."""

import asyncio
from collections.abc import Iterator

import pytest

from app.config import Settings
from app.oracle import Oracle
from app.schemas.sync import SyncStart
from app.sync import snapshot
from app.sync.snapshot import Snapshot
from app.sync.sources import Found
from tests.conftest import OracleAt
from tests.sync.conftest import ADMIN, Place, Source
from tests.sync.test_desk import phase

ROWS = [(number, 100) for number in range(30000)]


@pytest.fixture
def stranger(oracle_at: OracleAt, source: Source) -> Iterator[str]:
    """A table of another owner that the login may read but not look back at."""
    name = source.table("id NUMBER(10) PRIMARY KEY, v NUMBER(10)", ROWS)
    with oracle_at.admin() as admin:
        cursor = admin.cursor()
        cursor.execute(f'CREATE TABLE "S{name}" AS SELECT * FROM {oracle_at.user}."{name}"')
        cursor.execute(f'GRANT SELECT ON "S{name}" TO {oracle_at.user}')
        yield f"{admin.username.upper()}.S{name}"
        cursor.execute(f'DROP TABLE "S{name}"')


async def test_a_table_of_ones_own_is_read_as_of_an_scn(place: Place, source: Source):
    run = await place.good(source.table("id NUMBER(10)", [(1,)]), "full")
    assert run.snapshot.startswith("AS OF SCN ")


async def test_without_the_right_to_look_back_a_read_only_transaction_is_used(place: Place, stranger: str):
    run = await place.good(stranger, "full")
    assert run.snapshot == "read only transaction"
    assert run.proof.oracle_rows == 30000


async def test_where_even_that_is_refused_one_cursor_is_all_there_is(
    oracle_settings: Settings, source: Source, stranger: str
):
    """A transaction that is open already refuses to become read only (ORA-01453)."""
    mine = source.table("id NUMBER(10)")
    owner, _, name = stranger.partition(".")

    def take() -> Snapshot:
        with Oracle(oracle_settings).session("test") as session:
            session.execute(f'INSERT INTO "{mine}" VALUES (1)')
            return snapshot.take(session, Found(owner, name, "table"))

    taken = await asyncio.to_thread(take)
    assert (taken.name, taken.scn, taken.consistent) == ("one cursor", None, False)
    assert taken.table(Found(owner, name, "table")) == f'"{owner}"."{name}"'


async def moved_about(place: Place, oracle_at: OracleAt, table: str, change: object) -> None:
    """A full of the table while ``change`` moves amounts between its rows."""
    await place.target(table)
    oracle_at.fault("crawl", 200_000)
    run = await place.service.start(SyncStart(oracle_table=table, sync_type="full"), ADMIN)
    await phase(place, run.sync_id, "read")
    await asyncio.to_thread(change)
    oracle_at.fault("clear")
    assert (await place.service.wait(run.sync_id)).state == "succeeded"


async def test_a_table_that_changes_during_a_full_is_not_torn(place: Place, source: Source, oracle_at: OracleAt):
    table = source.table("id NUMBER(10) PRIMARY KEY, v NUMBER(10)", ROWS)

    def change() -> None:
        source.run(f'UPDATE "{table}" SET v = v + 100 WHERE id = 0')
        source.run(f'UPDATE "{table}" SET v = v - 100 WHERE id = 29999')
        source.run(f'DELETE FROM "{table}" WHERE id = 20000')

    await moved_about(place, oracle_at, table, change)
    assert await place.value(f'SELECT sum(v) FROM "{table.lower()}"') == 3_000_000
    assert await place.value(f'SELECT count(*) FROM "{table.lower()}"') == 30000


async def test_nor_is_it_without_the_right_to_look_back(place: Place, stranger: str, oracle_at: OracleAt):
    def change() -> None:
        with oracle_at.admin() as admin:
            name = stranger.partition(".")[2]
            admin.cursor().execute(f'UPDATE "{name}" SET v = 0 WHERE id > 100')
            admin.cursor().execute(f'DELETE FROM "{name}" WHERE id = 29999')
            admin.commit()

    await moved_about(place, oracle_at, stranger, change)
    name = stranger.partition(".")[2].lower()
    assert await place.value(f'SELECT sum(v) FROM "{name}"') == 3_000_000


async def test_an_scn_cursor_needs_a_key_and_never_a_view(place: Place, source: Source):
    table = source.table("id NUMBER(10)", ROWS[:0])
    source.run(f'CREATE VIEW "V{table}" AS SELECT * FROM "{table}"')
    for name, key, code in ((table, [], "key_needed"), (f"V{table}", ["id"], "cursor_not_possible")):
        await place.target(name, cursor="ORA_ROWSCN", key=key)
        assert (await place.sync(name, "full")).error.code == code
    source.run(f'DROP VIEW "V{table}"')


async def test_an_scn_cursor_finds_what_a_lag_would_miss(place: Place, source: Source):
    table = source.table("id NUMBER(10) PRIMARY KEY, v NUMBER(10)", ROWS[:10])
    await place.target(table, cursor="ORA_ROWSCN")
    first = await place.good(table, "incremental")
    source.run(f'UPDATE "{table}" SET v = 7 WHERE id = 3')
    run = await place.good(table)
    assert (3, 7) in await place.rows(table)
    assert int(run.watermark) > int(first.watermark)
    assert list(await place.types(table)) == ["ID", "V"]
