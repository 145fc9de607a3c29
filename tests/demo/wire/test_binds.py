"""Bind values on their way from the driver to the engine and back."""

import datetime
import decimal

import oracledb
import pytest

from app.demo.wire.binds import returning_binds


def test_values_of_each_kind_are_stored_as_they_were_bound(connection):
    moment = datetime.datetime(2024, 2, 3, 4, 5, 6)
    values = [decimal.Decimal("-0.5"), "한글", b"\1\2", moment, 1.5, None]
    cursor = connection.cursor()
    cursor.execute("insert into t (a, b, g, e, f, l) values (:1, :2, :3, :4, :5, :6)", values)
    assert cursor.execute("select a, b, g, e, f, l from t").fetchone() == (-0.5, *values[1:])


def test_values_longer_than_a_column_come_last_on_the_wire_and_in_place_to_the_engine(connection):
    cursor = connection.cursor()
    cursor.setinputsizes(oracledb.DB_TYPE_LONG, None, None)
    cursor.execute("insert into t (l, a, b) values (:1, :2, :3)", ["x" * 100_000, 5, "short"])
    assert cursor.execute("select l, a, b from t").fetchone() == ("x" * 100_000, 5, "short")


def test_executemany_of_many_packets_keeps_every_row(connection):
    rows = [(i, "값" * (i % 50) or None) for i in range(3000)]
    cursor = connection.cursor()
    cursor.executemany("insert into t (a, b) values (:1, :2)", rows)
    assert cursor.rowcount == 3000
    assert cursor.execute("select a, b from t order by a").fetchall() == rows


def test_a_statement_without_binds_can_run_many_times(connection):
    cursor = connection.cursor()
    cursor.executemany("insert into t (a) values (1)", 7)
    assert cursor.execute("select count(*) from t").fetchone() == (7,)


def test_reexecuting_sends_new_values_with_the_old_description(connection):
    cursor = connection.cursor()
    for value in ("a", "b", None, "c"):
        cursor.execute("insert into t (b) values (:1)", [value])
    assert sorted(str(row[0]) for row in cursor.execute("select b from t")) == ["None", "a", "b", "c"]


def test_returning_binds_come_back_and_carry_no_value(connection):
    cursor = connection.cursor()
    cursor.executemany("insert into t (a, b) values (:1, :2)", [(1, "x"), (2, "y"), (2, "z")])
    kept = cursor.var(str)
    for number, expected in ((1, ["x!"]), (2, ["y!", "z!"]), (3, [])):
        cursor.execute("update t set b = b || :1 where a = :2 returning b into :3", ["!", number, kept])
        assert sorted(kept.getvalue() or []) == expected


def test_plsql_out_binds_come_back(connection):
    cursor = connection.cursor()
    back = cursor.var(str)
    for value in ("q", "r"):
        cursor.execute("begin :1 := :2; end;", [back, value])
        assert back.getvalue() == value


def test_each_execution_of_executemany_returns_its_own_values(connection):
    cursor = connection.cursor()
    numbers, rows = cursor.var(int, arraysize=3), cursor.var(oracledb.DB_TYPE_ROWID, arraysize=3)
    for first in (1, 2):  # the second time the driver re-executes
        binds = [(first, numbers, rows), (5, numbers, rows), (6, numbers, rows)]
        cursor.setinputsizes(None, numbers, rows)
        sql = "insert into t (a) values (:1) returning a * 10, rowid into :2, :3"
        cursor.executemany(sql, [bind[:1] for bind in binds])
        assert numbers.values == [[first * 10], [50], [60]]
        assert [len(row) for (row,) in rows.values] == [18, 18, 18]
        assert cursor.rowcount == 3
    cursor.setinputsizes(None, numbers)
    cursor.executemany("update t set b = 'x' where a = :1 returning a into :2", [[5], [99], [2]])
    assert numbers.values == [[5, 5], [], [2]]
    connection.rollback()


def test_refused_rows_of_a_batch_return_nothing(connection):
    cursor = connection.cursor()
    back = cursor.var(str, arraysize=3)
    cursor.setinputsizes(None, back)
    sql = "insert into single values (:1) returning a into :2"
    cursor.executemany(sql, [["one"], ["one"], ["two"]], batcherrors=True)
    assert [(error.offset, error.code) for error in cursor.getbatcherrors()] == [(1, 1)]
    assert back.values == [["one"], [], ["two"]]
    connection.rollback()


def test_lobs_come_back_from_returning_as_locators(connection):
    cursor = connection.cursor()
    text, data = cursor.var(oracledb.DB_TYPE_CLOB), cursor.var(oracledb.DB_TYPE_BLOB)
    binds = ["긴 글 " * 9000, b"\1\2" * 9000, text, data]
    cursor.setinputsizes(oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_BLOB)
    cursor.execute("insert into t (c, d) values (:1, :2) returning c, d into :3, :4", binds)
    assert text.getvalue()[0].read() == binds[0]
    assert data.getvalue()[0].read() == binds[1]
    connection.rollback()


def test_a_native_integer_is_a_number(connection):
    cursor = connection.cursor()
    number = cursor.var(oracledb.DB_TYPE_BINARY_INTEGER)
    cursor.execute("begin :1 := 12345; end;", [number])
    assert number.getvalue() == 12345
    assert cursor.execute("select :1 + 1 from dual", [number]).fetchone() == (12346,)


def test_an_array_bind_is_refused_and_the_connection_lives(connection):
    cursor = connection.cursor()
    array = cursor.arrayvar(int, [1, 2, 3])
    with pytest.raises(oracledb.DatabaseError, match="ORA-03115"):
        cursor.execute("begin something(:1); end;", [array])
    assert cursor.execute("select 1 from dual").fetchone() == (1,)


@pytest.mark.parametrize(
    ("sql", "binds"),
    [
        ("insert into t values (:1) returning a, b into :2, :3", 2),
        ("update t set a = :into where b = ':x' /* returning :c into */ returning \"into\" into :d", 1),
        ("insert into t values (:1, 'returning a into :x')", 0),
        ("begin update t set a = 1 returning b into :x; end;", 0),
        ("select returning, into_ from t where a = :1", 0),
        ("", 0),
        ("insert into t values ('" + "a''" * 100_000 + ":x) returning a into :b", 0),
    ],
    ids=range(7),
)
def test_returning_binds_are_counted_as_the_driver_counts_them(sql, binds):
    assert returning_binds(sql) == binds
