"""Executing and fetching through the real driver."""

import oracledb
import pytest

from tests.demo.wire.conftest import numbers


def test_rows_arrive_in_order_whatever_the_fetch_size(connection):
    for prefetch, size in [(0, 1), (1, 7), (2, 100), (1000, 1000), (100, 33)]:
        cursor = connection.cursor()
        cursor.prefetchrows, cursor.arraysize = prefetch, size
        rows = cursor.execute(numbers(250)).fetchall()
        assert rows == [(i, f"row {i}") for i in range(250)]
        assert cursor.execute(numbers(250)).fetchmany(3) == rows[:3]


async def test_the_async_driver_reads_rows_frames_and_lobs(server):
    async with oracledb.connect_async(dsn=server.dsn, user="app", password="app") as connection:
        rows = await connection.fetchall(numbers(20000), arraysize=3000)
        assert rows == [(i, f"row {i}") for i in range(20000)]
        lobs = await connection.fetchall("select n, c, b from lobs order by n")
        assert await lobs[2][1].read() == "가나다😀" * 4000
        sizes = [frame.num_rows() async for frame in connection.fetch_df_batches(numbers(5), size=3)]
        assert sizes == [3, 2]


def test_no_rows_are_no_rows(connection):
    assert connection.cursor().execute(numbers(0)).fetchall() == []
    assert connection.fetch_df_all(numbers(0)).num_rows() == 0


def test_data_frames_arrive_in_batches(connection):
    sizes = [frame.num_rows() for frame in connection.fetch_df_batches(numbers(25000), size=10_000)]
    assert sizes == [10_000, 10_000, 5_000]


def test_a_data_frame_reads_lobs_as_text(connection):
    frame = connection.fetch_df_all("select n, c, b from lobs order by n")
    assert frame.column_names() == ["N", "C", "B"]
    assert frame.num_rows() == 3


def test_columns_are_described(connection):
    cursor = connection.cursor()
    cursor.execute(numbers(1))
    assert cursor.description == [
        ("N", oracledb.DB_TYPE_NUMBER, 11, None, 10, 0, True),
        ("T", oracledb.DB_TYPE_VARCHAR, 40, 40, None, None, True),
    ]
    cursor = connection.cursor()
    cursor.parse(numbers(2))
    assert [column[0] for column in cursor.description] == ["N", "T"]
    assert len(cursor.execute(numbers(2)).fetchall()) == 2


def test_an_error_keeps_its_code_and_position_and_the_connection(connection):
    cursor = connection.cursor()
    with pytest.raises(oracledb.DatabaseError) as raised:
        cursor.execute("select * from nothing_here")
    assert (raised.value.args[0].code, raised.value.args[0].offset) == (942, 14)
    assert cursor.execute("select 1 from dual").fetchall() == [(1,)]


def test_row_count_and_transaction_state_are_told(connection):
    cursor = connection.cursor()
    cursor.execute("insert into t (a) values (1)")
    assert (cursor.rowcount, connection.transaction_in_progress) == (1, True)
    connection.commit()
    assert not connection.transaction_in_progress


def test_autocommit_commits(connection):
    connection.autocommit = True
    cursor = connection.cursor()
    for _ in range(2):
        cursor.execute("insert into t (a) values (:1)", [1])
        assert not connection.transaction_in_progress


def test_batch_errors_and_row_counts_are_told_row_by_row(connection):
    cursor = connection.cursor()
    rows = [["a"], ["a"], ["c"], ["a"]]
    cursor.executemany("insert into single values (:1)", rows, batcherrors=True, arraydmlrowcounts=True)
    assert [(error.offset, error.code) for error in cursor.getbatcherrors()] == [(1, 1), (3, 1)]
    assert (cursor.getarraydmlrowcounts(), cursor.rowcount) == ([1, 0, 1, 0], 2)


def test_closed_statements_leave_nothing_behind(connect, server):
    connection = connect(stmtcachesize=0)
    for i in range(1200):
        connection.cursor().execute(f"select {i} from dual").fetchall()
    assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)


def test_too_many_open_cursors_is_ora_01000(connection):
    cursors = [connection.cursor() for _ in range(301)]
    for place, cursor in enumerate(cursors[:-1]):
        cursor.execute(f"select {place} from dual")
    with pytest.raises(oracledb.DatabaseError, match="ORA-01000"):
        cursors[-1].execute("select 300 from dual")


def test_a_changed_table_is_described_again_and_its_lobs_are_defined_anew(connection):
    cursor = connection.cursor()
    cursor.execute("create table changing (a number)")
    cursor.execute("insert into changing values (1)")
    assert cursor.execute("select * from changing").fetchall() == [(1,)]
    cursor.execute("alter table changing add (b varchar2(10) default 'new', c clob default 'text')")
    (row,) = cursor.execute("select * from changing").fetchall()
    assert (row[0], row[1], row[2].read()) == (1, "new", "text")
    cursor.execute("drop table changing")
