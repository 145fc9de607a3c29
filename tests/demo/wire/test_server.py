"""Faults as a client meets them, and the end of connections."""

import threading
import time

import oracledb
import pytest

from app.demo.boundary import ADMIN, OracleError
from tests.demo.wire.conftest import SLEEP, numbers, sid


def fetched(connection, count=1000, size=100):
    """How many rows arrive before the error that ends the fetch."""
    cursor = connection.cursor()
    cursor.prefetchrows = cursor.arraysize = size
    rows = 0
    try:
        for _ in cursor.execute(numbers(count)):
            rows += 1
    except oracledb.DatabaseError as error:
        return rows, error.args[0].full_code
    return rows, "no error"


def test_refuse_is_the_listeners_answer_once(connect, admin):
    admin("refuse")
    with pytest.raises(oracledb.DatabaseError, match=r"DPY-6000[^)]*12516"):
        connect()
    connect()
    admin("refuse", 1, 12514)
    with pytest.raises(oracledb.DatabaseError, match="DPY-6001"):
        connect()


def test_drop_at_connect_hits_the_next_login(connect, admin):
    admin("drop_at_connect")
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        connect()
    connect()


def test_drop_at_execute_cuts_before_the_answer(connect, admin):
    connection = connect()
    admin("drop_at_execute")
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        connection.cursor().execute("select 1 from dual")
    connect().cursor().execute("select 1 from dual")


def test_drop_at_row_sends_exactly_so_many(connect, admin):
    connection = connect()
    admin("drop_at_row", 350)
    assert fetched(connection) in [(300, "DPY-4011"), (350, "DPY-4011")]
    admin("drop_at_row", 5000)
    assert len(connect().cursor().execute(numbers(1000)).fetchall()) == 1000


def test_drop_at_last_cuts_the_last_packet(connect, admin):
    connection = connect()
    admin("drop_at_last")
    assert fetched(connection) == (900, "DPY-4011")


def test_an_ora_error_in_the_middle_of_a_fetch_leaves_the_connection(connection, admin):
    admin("ora_at_row", 250, 1555, "snapshot too old: rollback segment number 7 too small")
    assert fetched(connection) == (200, "ORA-01555")
    assert connection.cursor().execute("select 1 from dual").fetchall() == [(1,)]


def test_the_admins_own_session_is_not_hit(connect, admin):
    other = connect(ADMIN)
    admin("drop_at_execute")
    admin("drop_at_row", 1)
    assert other.cursor().execute("select 1 from dual").fetchall() == [(1,)]


def test_a_killed_session_sees_ora_00028_and_is_closed(connect, admin, server):
    connection = connect()
    admin("kill", sid(connection))
    with pytest.raises(oracledb.DatabaseError, match="ORA-00028"):
        connection.cursor().execute("select 1 from dual")
    with pytest.raises(oracledb.Error):
        connection.ping()
    with pytest.raises(OracleError, match="ORA-00030"):
        server.faults.set("kill", 12345)


def test_a_running_statement_is_killed_at_once(connect, admin, server):
    connection = connect()
    timer = threading.Timer(0.1, server.kill, [sid(connection)])
    timer.start()
    started = time.monotonic()
    with pytest.raises(oracledb.DatabaseError, match="ORA-00028"):
        connection.cursor().execute(SLEEP)
    assert time.monotonic() - started < 5
    timer.join()


def test_stall_holds_everything_back_for_its_time(connection, admin):
    admin("stall", 1)
    started = time.monotonic()
    connection.ping()
    assert 0.5 < time.monotonic() - started < 5


def test_the_admin_can_sign_in_while_everything_is_stalled_and_clear_it(connect, admin):
    admin("stall")
    connect(ADMIN).cursor().execute("CALL DEMO.FAULT('clear')")
    connect().ping()


def test_crawl_slows_down_until_cleared(connection, admin):
    admin("crawl", 40_000)
    started = time.monotonic()
    assert len(connection.cursor().execute(numbers(1000)).fetchall()) == 1000
    assert time.monotonic() - started > 0.2
    admin("clear")
    started = time.monotonic()
    connection.cursor().execute(numbers(1000)).fetchall()
    assert time.monotonic() - started < 0.5


def test_away_drops_everyone_and_comes_back_on_the_same_port(connect, admin, server):
    connection = connect()
    admin("away", 1)
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        connection.cursor().execute("select 1 from dual")
    with pytest.raises(oracledb.DatabaseError, match="DPY-6005"):
        connect()
    for _ in range(100):
        try:
            connect().ping()
            break
        except oracledb.DatabaseError:
            time.sleep(0.05)
    else:
        pytest.fail("the server did not come back")
    admin("clear")


def test_closing_a_connection_closes_its_session(connect, server):
    connection = connect()
    connection.cursor().execute("insert into single values ('locked')")
    connection.close()
    assert server.wait_until_idle(5)
    other = connect().cursor()
    other.execute("insert into single values ('locked')")
    assert other.rowcount == 1
