"""Calls beside statements: ping, attributes, breaks, pipelines, and errors of our own."""

import asyncio
import contextlib
import threading
import time

import oracledb
import pytest


def test_ping_and_version_answer(connection, server):
    connection.ping()
    assert connection.version.startswith({"19c": "19.3", "23ai": "23.6"}[server._face.name])


def test_module_and_action_reach_the_session(connection, server):
    connection.module, connection.action, connection.client_identifier = "merganser", "run 7", "김"
    connection.ping()
    connection.action = ""
    connection.ping()
    told = server.database.sessions[0].attributes
    assert told == {"MODULE": "merganser", "ACTION": "", "CLIENT_IDENTIFIER": "김"}


def test_the_schema_is_changed_by_a_statement_and_a_bad_name_is_refused(connection, server):
    connection.current_schema = "OTHER"
    connection.ping()
    assert server.database.log[-1][0] == "ALTER SESSION SET CURRENT_SCHEMA = OTHER"
    connection.current_schema = "x; drop"
    with pytest.raises(oracledb.DatabaseError, match="ORA-01435"):
        connection.ping()
    connection.current_schema = "APP"
    connection.ping()


def test_an_error_of_our_own_is_told_logged_and_survived(connection, caplog):
    cursor = connection.cursor()
    with pytest.raises(oracledb.DatabaseError, match="ORA-00604: error in the embedded server: ZeroDivisionError"):
        cursor.execute("boom")
    assert "ZeroDivisionError" in caplog.text
    assert cursor.execute("select 1 from dual").fetchall() == [(1,)]


def test_an_unknown_call_is_an_error_and_no_more(connection):
    with pytest.raises(oracledb.DatabaseError, match="ORA-03115"):
        connection.tpc_begin(connection.xid(1, "a", "b"))
    connection.ping()


def test_a_call_timeout_stops_the_statement_and_keeps_the_connection(connection):
    cursor = connection.cursor()
    connection.call_timeout = 100
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
            cursor.execute("sleep 30")
    assert time.monotonic() - started < 5
    connection.call_timeout = 0
    assert cursor.execute("select 1 from dual").fetchall() == [(1,)]


def test_cancel_from_another_thread_stops_the_statement(connection):
    cursor = connection.cursor()
    timer = threading.Timer(0.1, connection.cancel)
    timer.start()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        cursor.execute("sleep 30")
    timer.join()
    assert cursor.execute("select 1 from dual").fetchall() == [(1,)]


def test_cancel_while_rows_are_coming_keeps_the_connection(connection):
    cursor = connection.cursor()
    cursor.prefetchrows = cursor.arraysize = 3_000_000
    timer = threading.Timer(0.3, connection.cancel)
    timer.start()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        cursor.execute("select * from numbers(3000000)")
    timer.join()
    assert cursor.execute("select 1 from dual").fetchall() == [(1,)]


def executed(connection, sql):
    with contextlib.suppress(oracledb.Error):
        connection.cursor().execute(sql)


def test_a_client_that_vanishes_stops_its_statement(connect, server):
    connection = connect()
    session = server.database.sessions[-1]
    worker = threading.Thread(target=executed, args=(connection, "sleep 30"))
    worker.start()
    while not any(sql == "sleep 30" for sql, _ in server.database.log):
        worker.join(0.01)
    for each in list(server._connections):
        each.channel._socket.shutdown(2)
    worker.join(10)
    assert not worker.is_alive()
    assert server.wait_until_idle(10)
    assert session.closed


async def test_a_pipeline_answers_each_step(server):
    connection = await oracledb.connect_async(dsn=server.dsn, user="app", password="app")
    pipeline = oracledb.create_pipeline()
    pipeline.add_execute("insert into t values (:1)", [1])
    pipeline.add_fetchall("select * from numbers(50)")
    pipeline.add_execute("select * from nothing")
    pipeline.add_fetchone("select 1 from dual")
    pipeline.add_commit()
    results = await connection.run_pipeline(pipeline, continue_on_error=True)
    assert len(results[1].rows) == 50
    assert results[2].error.code == 942
    assert results[3].rows == [(1,)]
    with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
        await connection.run_pipeline(pipeline)
    assert await connection.fetchone("select 1 from dual") == (1,)
    await connection.close()


async def test_an_async_call_timeout_keeps_the_connection(server):
    async with oracledb.connect_async(dsn=server.dsn, user="app", password="app") as connection:
        connection.call_timeout = 100
        with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
            await connection.execute("sleep 30")
        connection.call_timeout = 0
        assert await connection.fetchone("select 1 from dual") == (1,)
        await asyncio.gather(connection.ping())
