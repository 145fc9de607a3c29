"""Bind values on their way from the driver to the engine."""

import datetime
import decimal

import oracledb
import pytest

from app.demo import boundary
from app.demo.wire.binds import returning_binds


def sent(server):
    return server.database.log[-1][1]


def test_values_arrive_in_the_clients_encoding(connection, server):
    values = [
        1,
        "한글",
        b"\1\2",
        datetime.datetime(2024, 2, 3, 4, 5, 6),
        decimal.Decimal("-0.5"),
        None,
        1.5,
    ]
    connection.cursor().execute("insert into t values (:1, :2, :3, :4, :5, :6, :7)", values)
    (row,) = sent(server)
    assert [bind.data for bind in row[:6]] == [
        b"\xc1\x02",
        "한글".encode(),
        b"\1\2",
        bytes((120, 124, 2, 3, 5, 6, 7)),
        b"\x3f\x33\x66",
        None,
    ]
    assert [bind.type for bind in row[:4]] == [boundary.NUMBER, boundary.VARCHAR, boundary.RAW, boundary.DATE]


def test_values_longer_than_a_column_come_last_on_the_wire_and_in_place_to_the_engine(connection, server):
    cursor = connection.cursor()
    cursor.setinputsizes(oracledb.DB_TYPE_LONG, None, None)
    cursor.execute("insert into t values (:1, :2, :3)", ["x" * 100_000, 5, "short"])
    assert [bind.data for bind in sent(server)[0]] == [b"x" * 100_000, b"\xc1\x06", b"short"]


def test_executemany_of_many_packets_keeps_every_row(connection, server):
    rows = [(i, "값" * (i % 50)) for i in range(20_000)]
    cursor = connection.cursor()
    cursor.executemany("insert into t values (:1, :2)", rows)
    assert cursor.rowcount == 20_000
    assert [row[1].data for row in sent(server)] == [text.encode() or None for _, text in rows]


def test_a_statement_without_binds_can_run_many_times(connection, server):
    connection.cursor().executemany("insert into t values (1)", 7)
    assert sent(server) == [[]] * 7


def test_reexecuting_sends_new_values_with_the_old_description(connection, server):
    cursor = connection.cursor()
    for value in ("a", "b", "c"):
        cursor.execute("insert into t values (:1)", [value])
        assert sent(server)[0][0].data == value.encode()


def test_returning_binds_come_back_and_carry_no_value(connection, server):
    cursor = connection.cursor()
    kept = cursor.var(str)
    for _ in range(2):
        cursor.execute("update t set a = :1 where b = :2 returning c into :3", ["q", 4, kept])
        assert kept.getvalue() == ["kept"]
        assert [bind.data for bind in sent(server)[0]] == [b"q", b"\xc1\x05", None]


def test_plsql_out_binds_come_back(connection):
    cursor = connection.cursor()
    back = cursor.var(str)
    for _ in range(2):
        cursor.execute("begin something(:1, :2); end;", ["q", back])
        assert back.getvalue() == "given back"


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
)
def test_returning_binds_are_counted_as_the_driver_counts_them(sql, binds):
    assert returning_binds(sql) == binds
