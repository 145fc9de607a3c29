"""Calls beside statements: ping, attributes, breaks, pipelines, and errors of our own."""

import asyncio
import contextlib
import threading
import time

import oracledb
import pytest

from app.demo.engine.session import EngineSession
from tests.demo.wire.conftest import SLEEP, numbers


def test_ping_and_version_answer(connection, server):
    connection.ping()
    assert connection.version.startswith({"19c": "19.3", "23ai": "23.6"}[server.face.name])


def test_module_and_action_reach_the_session(connection):
    connection.module, connection.action, connection.client_identifier = "merganser", "run 7", "김"
    connection.ping()
    connection.action = ""
    told = "select sys_context('userenv', '{}') from dual"
    cursor = connection.cursor()
    assert [cursor.execute(told.format(name)).fetchone()[0] for name in ("module", "action", "client_identifier")] == [
        "merganser",
        None,
        "김",
    ]


def test_the_schema_is_changed_before_the_next_call_and_a_bad_name_is_refused(connection):
    connection.current_schema = "DEMO"
    assert connection.cursor().execute("select sys_context('userenv', 'current_schema') from dual").fetchone() == (
        "DEMO",
    )
    connection.current_schema = "x; drop"
    with pytest.raises(oracledb.DatabaseError, match="ORA-01435"):
        connection.ping()
    connection.current_schema = "APP"
    connection.ping()


def test_an_error_of_our_own_is_told_logged_and_survived(connection, caplog, monkeypatch):
    cursor = connection.cursor()
    with monkeypatch.context() as broken:
        broken.setattr(EngineSession, "execute", lambda _self, _sql, _binds: 1 / 0)
        with pytest.raises(oracledb.DatabaseError, match="ORA-00604: error in the embedded server: ZeroDivisionError"):
            cursor.execute("select 2 from dual")
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
            cursor.execute(SLEEP)
    assert time.monotonic() - started < 5
    connection.call_timeout = 0
    assert cursor.execute("select 1 from dual").fetchall() == [(1,)]


def test_cancel_from_another_thread_stops_the_statement(connection):
    cursor = connection.cursor()
    timer = threading.Timer(0.1, connection.cancel)
    timer.start()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        cursor.execute(SLEEP)
    timer.join()
    assert cursor.execute("select 1 from dual").fetchall() == [(1,)]


def test_cancel_while_rows_are_coming_keeps_the_connection(connection, admin):
    admin("crawl", 10_000_000)  # else the driver may have them all before it lets another thread cancel
    cursor = connection.cursor()
    cursor.prefetchrows = cursor.arraysize = 5_000_000
    timer = threading.Timer(0.3, connection.cancel)
    timer.start()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        cursor.execute("select * from many")
    timer.join()
    assert cursor.execute("select 1 from dual").fetchall() == [(1,)]


def executed(connection, sql):
    with contextlib.suppress(oracledb.Error):
        connection.cursor().execute(sql)


def test_a_client_that_vanishes_stops_its_statement(connect, server):
    worker = threading.Thread(target=executed, args=(connect(), SLEEP))
    worker.start()
    (served,) = server._connections
    while served.channel._cancel is None:
        worker.join(0.01)
    served.channel._socket.shutdown(2)
    worker.join(10)
    assert not worker.is_alive()
    assert server.wait_until_idle(10)


async def test_a_pipeline_answers_each_step(server):
    connection = await oracledb.connect_async(dsn=server.dsn, user="app", password="app")
    pipeline = oracledb.create_pipeline()
    pipeline.add_execute("insert into t (a) values (:1)", [1])
    pipeline.add_fetchall(numbers(50))
    pipeline.add_execute("select * from nothing_here")
    pipeline.add_fetchone("select 1 from dual")
    pipeline.add_execute("delete from t")
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
            await connection.execute(SLEEP)
        connection.call_timeout = 0
        assert await connection.fetchone("select 1 from dual") == (1,)
        await asyncio.gather(connection.ping())
