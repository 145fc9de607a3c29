"""Pinned tables: encoded once, replayed at any fetch size, over and over."""

from collections.abc import Iterator
from typing import Any

import oracledb
import pytest

from app.demo.engine import open_database

ROWS = 30_000


@pytest.fixture(scope="module")
def session():
    database = open_database(data="none")
    owner, admin = database.connect("APP", {}), database.connect("DEMO", {})
    owner.execute("create table small (n number(10), t varchar2(300))", [[]])
    rows = "insert into small select level, lpad('x', mod(level, 300), 'y') from dual connect by level <= 12345"
    owner.execute(rows, [[]])
    owner.commit()
    plain = answer(owner, "select n, t from small", [10_000])
    admin.execute("call demo.pin('APP.SMALL', 30000)", [[]])
    owner.plain = plain
    yield owner
    owner.close()
    admin.close()


def answer(session, sql, sizes):
    """All rows of a query, fetched in those sizes in turn, and how many they were."""
    result, data, rows = session.execute(sql, [[]]), b"", 0
    while True:
        fetched = result.fetch(sizes[rows % len(sizes)])
        assert 0 < fetched.count <= max(sizes)
        data, rows = data + fetched.data, rows + fetched.count
        if fetched.last:
            return data, rows


@pytest.mark.parametrize("sizes", [[10_000], [2, 10_000], [997, 1, 5000], [100_000]])
def test_a_replay_is_the_tables_own_rows_over_and_over_whatever_the_fetch_size(session, sizes):
    own, count = session.plain
    data, rows = answer(session, "select n, t from small", sizes)
    assert (count, rows) == (12345, 30000)
    assert data == (own * 3)[: len(data)]
    assert data[: len(own) * 2] == own * 2


def test_only_the_tables_own_rows_are_kept_in_memory(session):
    answer(session, "select n, t from small", [10_000])
    (pinned,) = [thing.pinned for thing in session.database.catalog.things.values() if getattr(thing, "pinned", None)]
    assert {sum(len(block.ends) for block in blocks) for blocks in pinned.kept.values()} == {12345}


def test_cells_of_a_replay_are_its_values(session):
    cells, last = session.execute("select n, t from small", [[]]).fetch_cells(3)
    assert (cells, last) == ([[b"\xc1\x02", b"x"], [b"\xc1\x03", b"yx"], [b"\xc1\x04", b"yyx"]], False)


def test_row_ids_of_repeated_rows_differ(session):
    data, rows = answer(session, "select rowid from small", [10_000])
    assert (rows, len(set(data.split(b"\x07"))) > 20_000) == (30000, True)


@pytest.fixture
def pinned(engine: Any) -> Iterator[oracledb.Connection]:
    admin = engine.admin()
    cursor = admin.cursor()
    cursor.execute("CREATE TABLE PINNED (ID NUMBER(9), NAME VARCHAR2(20), V NUMBER(8,3))")
    cursor.execute(f"CALL DEMO.GENERATE('DEMO.PINNED', {ROWS})")
    yield admin
    admin.rollback()
    cursor.execute("DROP TABLE PINNED")


def test_a_pinned_table_answers_the_same_rows(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    before = cursor.execute("SELECT * FROM PINNED").fetchall()
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED')")
    for size in (100, 7, 10_000):
        cursor.arraysize = cursor.prefetchrows = size
        assert cursor.execute("SELECT * FROM PINNED").fetchmany(20_500) == before[:20_500]


def test_a_repeated_table_is_as_long_as_asked_in_every_answer(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED', 100000)")
    assert cursor.execute("SELECT COUNT(*), COUNT(DISTINCT ROWID) FROM PINNED").fetchone() == (100_000, 100_000)
    assert cursor.execute("SELECT NUM_ROWS FROM USER_TABLES WHERE TABLE_NAME = 'PINNED'").fetchone() == (100_000,)
    assert sum(frame.num_rows() for frame in pinned.fetch_df_batches("SELECT * FROM PINNED", size=10_000)) == 100_000
    low, middle, high = cursor.execute("SELECT MIN(ROWID), MEDIAN(ID), MAX(ROWID) FROM PINNED").fetchone()
    assert middle
    cursor.execute("SELECT COUNT(*) FROM PINNED WHERE ROWID BETWEEN :1 AND :2", [low, high])
    assert cursor.fetchone() == (100_000,)


def test_a_change_takes_the_pin_out(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED')")
    cursor.execute("SELECT * FROM PINNED").fetchmany(5)
    cursor.execute("UPDATE PINNED SET NAME = 'changed'")
    pinned.commit()
    assert {name for _, name, _ in cursor.execute("SELECT * FROM PINNED")} == {"changed"}


def test_own_changes_show_through_a_pin_before_commit(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED')")
    cursor.execute("INSERT INTO PINNED VALUES (-1, 'mine', 0)")
    assert len(cursor.execute("SELECT * FROM PINNED").fetchall()) == ROWS + 1


RANGE = (
    "SELECT ID, NAME, V FROM PINNED AS OF SCN :1 WHERE 1 = 1 AND ROWID >= CHARTOROWID(:2) AND ROWID < CHARTOROWID(:3)"
)


def test_a_range_of_row_ids_is_answered_as_without_the_pin(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    (scn,) = cursor.execute("SELECT CURRENT_SCN FROM V$DATABASE").fetchone()
    places = [row[0] for row in cursor.execute("SELECT ROWIDTOCHAR(ROWID) FROM PINNED ORDER BY ROWID")]
    ranges = [(places[0], places[-1]), (places[127], places[20_001]), (places[9], places[9]), (places[9], places[3])]
    before = [cursor.execute(RANGE, [scn, *each]).fetchall() for each in ranges]
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED')")
    assert [cursor.execute(RANGE, [scn, *each]).fetchall() for each in ranges] == before
    assert [len(rows) for rows in before] == [ROWS - 1, 19_874, 0, 0]


def test_the_ranges_of_a_repeated_table_are_its_rows_without_a_gap(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED', 100000)")
    (scn,) = cursor.execute("SELECT CURRENT_SCN FROM V$DATABASE").fetchone()
    whole = cursor.execute("SELECT ID, NAME, V FROM PINNED").fetchall()
    places = [row[0] for row in cursor.execute("SELECT ROWIDTOCHAR(ROWID) FROM PINNED ORDER BY ROWID")]
    assert cursor.execute(RANGE, [scn, places[29_990], places[70_007]]).fetchall() == whole[29_990:70_007]


def test_a_sample_of_a_repeated_table_is_whole_blocks_of_its_rows(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED', 100000)")
    rows = dict(cursor.execute("SELECT ROWIDTOCHAR(ROWID), ID FROM PINNED").fetchall())
    found = cursor.execute("SELECT ROWIDTOCHAR(ROWID), ID FROM PINNED SAMPLE BLOCK (20) SEED (7)").fetchall()
    assert len(dict(found)) == len(found)
    assert 10_000 < len(found) < 30_000
    assert all(rows[rowid] == number for rowid, number in found)
    blocks = "SELECT ROWIDTOCHAR(ROWID) r, DBMS_ROWID.ROWID_BLOCK_NUMBER(ROWID) b FROM PINNED"
    counts = cursor.execute(f"SELECT b, COUNT(*) FROM ({blocks} SAMPLE BLOCK (99.999)) GROUP BY b").fetchall()
    assert sorted(count for _, count in counts)[1] == 128
    assert sum(count for _, count in counts) > 99_000


def test_a_filtered_view_of_a_pinned_table_stays_filtered(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED', 100000)")
    (count,) = cursor.execute("SELECT COUNT(*) FROM (SELECT ID FROM PINNED WHERE ID < 50)").fetchone()
    assert len(cursor.execute("SELECT ID FROM (SELECT ID FROM PINNED WHERE ID < 50)").fetchall()) == count


def test_a_range_of_a_pinned_table_with_gaps_is_exact(pinned: oracledb.Connection) -> None:
    cursor = pinned.cursor()
    cursor.execute("DELETE FROM PINNED WHERE MOD(ID, 3) = 0")
    pinned.commit()
    (scn,) = cursor.execute("SELECT CURRENT_SCN FROM V$DATABASE").fetchone()
    places = [row[0] for row in cursor.execute("SELECT ROWIDTOCHAR(ROWID) FROM PINNED ORDER BY ROWID")]
    before = cursor.execute(RANGE, [scn, places[100], places[900]]).fetchall()
    cursor.execute("CALL DEMO.PIN('DEMO.PINNED')")
    assert (len(before), cursor.execute(RANGE, [scn, places[100], places[900]]).fetchall()) == (800, before)
