"""Locators and what can be done with them, through the real driver."""

import oracledb
import pytest

from app.demo.boundary import OracleError
from app.demo.wire import lobs
from app.demo.wire.calls import LobCall
from app.demo.wire.lobs import Lobs


def test_a_temporary_clob_is_written_read_and_trimmed(connection):
    lob = connection.createlob(oracledb.DB_TYPE_CLOB)
    lob.write("가나다 abc 😀")
    lob.write("ABC", 5)
    assert lob.read() == "가나다 ABC 😀"
    assert (lob.size(), lob.read(5, 3), lob.getchunksize()) == (10, "ABC", lobs.CHUNK)
    lob.trim(3)
    assert (lob.size(), lob.read()) == (3, "가나다")
    lob.write("!", 6)
    assert lob.read() == "가나다  !"


def test_a_temporary_blob_of_5_mb_comes_back_whole(connection):
    data = bytes(range(256)) * 20000
    lob = connection.createlob(oracledb.DB_TYPE_BLOB, data)
    assert lob.size() == len(data)
    assert lob.read() == data
    assert lob.read(len(data) - 2, 100) == data[-3:]
    assert lob.read(len(data) + 1) == b""


def test_opening_and_closing_is_remembered(connection):
    lob = connection.createlob(oracledb.DB_TYPE_BLOB)
    lob.open()
    assert lob.isopen()
    with pytest.raises(oracledb.DatabaseError, match="ORA-22293"):
        lob.open()
    lob.close()
    assert not lob.isopen()
    with pytest.raises(oracledb.DatabaseError, match="ORA-22289"):
        lob.close()


def test_fetched_lobs_are_locators_and_can_be_read_in_any_order(connection):
    rows = connection.cursor().execute("select n, c, b from lobs order by n").fetchall()
    assert [(row[1] and row[1].size(), row[2] and row[2].read()) for row in reversed(rows)] == [
        (20000, b"\1\2\1\2"),
        (10000, b"\1\2"),
        (None, None),
    ]
    assert rows[1][1].read() == "가나다😀" * 2000
    with pytest.raises(oracledb.DatabaseError, match="ORA-22920"):
        rows[1][2].write(b"x")


def test_fetched_lobs_come_as_text_and_bytes_when_asked_for(connection):
    cursor = connection.cursor()
    rows = cursor.execute("select n, c, b from lobs order by n", fetch_lobs=False).fetchall()
    assert rows == [(0, None, None), (1, "가나다😀" * 2000, b"\1\2"), (2, "가나다😀" * 4000, b"\1\2\1\2")]
    again = cursor.execute("select n, c, b from lobs order by n", fetch_lobs=False).fetchall()
    assert again == rows


def test_a_bound_lob_reaches_the_engine_as_content(connection):
    lob = connection.createlob(oracledb.DB_TYPE_CLOB, "안녕" * 30000)
    nclob = connection.createlob(oracledb.DB_TYPE_NCLOB, "가😀" * 1000)
    blob = connection.createlob(oracledb.DB_TYPE_BLOB, b"\0\1" * 50000)
    cursor = connection.cursor()
    cursor.execute("insert into t (c, a, d) values (:1, :2, :3)", [lob, 7, blob])
    cursor.execute("insert into t (c, a, d) values (:1, :2, :3)", [nclob, 8, None])
    assert cursor.execute("select c, d from t order by a", fetch_lobs=False).fetchall() == [
        ("안녕" * 30000, b"\0\1" * 50000),
        ("가😀" * 1000, None),
    ]


def test_freed_lobs_are_forgotten(connection, server):
    for _ in range(3):
        connection.createlob(oracledb.DB_TYPE_BLOB, b"x" * 1000)
        connection.ping()
    (channel_owner,) = server._connections
    assert channel_owner.session is not None
    connection.ping()


def test_old_fetched_lobs_give_way_and_say_so(monkeypatch):
    monkeypatch.setattr(lobs, "KEPT_BYTES", 10_000)
    kept = Lobs()
    locators = [kept.fetched(bytes(1000), is_text=False)[-lobs.SIZE :] for _ in range(20)]
    with pytest.raises(OracleError, match="ORA-01555"):
        kept.content(locators[0])
    assert kept.content(locators[-1]) == bytes(1000)


def test_an_invented_locator_is_refused():
    with pytest.raises(OracleError, match="ORA-22275"):
        Lobs().do(LobCall(lobs.READ, bytes(40), 1, 0, 10, b""))


def test_a_lob_cannot_grow_without_bound():
    kept = Lobs()
    locator = kept.do(LobCall(0x110, bytes(40), 1, 113, None, b""))[1:41]
    with pytest.raises(OracleError, match="ORA-24801"):
        kept.do(LobCall(0x40, locator, 1 << 40, 0, None, b"x"))
