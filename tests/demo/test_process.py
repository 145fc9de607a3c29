"""The server as a child process: it starts, answers, and never outlives its parent."""

import signal
import socket
import subprocess
import sys

import oracledb
import pytest

from app.demo.process import ROOT, DemoFailed, start


@pytest.fixture(scope="module")
def server():
    with start(data="none") as running:
        yield running


@pytest.mark.parametrize("login", ["user", "admin_user"])
def test_both_logins_connect(server, login):
    password = server.password if login == "user" else server.admin_password
    with oracledb.connect(dsn=server.dsn, user=getattr(server, login), password=password) as connection:
        assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)


def test_the_admin_sets_faults_by_sql(server):
    with oracledb.connect(dsn=server.dsn, user=server.admin_user, password=server.admin_password) as admin:
        cursor = admin.cursor()
        cursor.execute("CALL DEMO.FAULT('refuse', 1, 12514)")
        with pytest.raises(oracledb.DatabaseError, match="DPY-6001"):
            oracledb.connect(dsn=server.dsn, user=server.user, password=server.password)
        with pytest.raises(oracledb.DatabaseError, match="ORA-20000: no fault 'nonsense'"):
            cursor.execute("CALL DEMO.FAULT('nonsense')")


def test_secrets_are_not_in_the_repr(server):
    assert "password" not in repr(server)


def test_stop_ends_it_cleanly_and_frees_the_port():
    server = start(data="none")
    assert server.stop() == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), 1)


def test_a_termination_signal_ends_it_cleanly():
    server = start(data="none")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(10) == 0
    server.stop()


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_it_does_not_outlive_its_parent():
    parent = "from app.demo.process import start; import os; print(start(data='none').port, flush=True); os._exit(1)"
    done = subprocess.run([sys.executable, "-c", parent], cwd=ROOT, capture_output=True, text=True, timeout=60)
    port = int(done.stdout)
    assert any(refused(port) for _ in range(1000))


def test_a_wrong_face_is_said(capfd):
    with pytest.raises(DemoFailed, match="exit code 2"):
        start(face="8i")
    assert "invalid choice: '8i'" in capfd.readouterr().err


def test_the_11g_face_asks_for_thick_mode():
    with start(face="11g", data="none") as old, pytest.raises(oracledb.DatabaseError, match="DPY-3010"):
        oracledb.connect(dsn=old.dsn, user=old.user, password=old.password)


def test_a_script_makes_tables_and_a_wrong_one_says_where(tmp_path, capfd):
    script = tmp_path / "my.sql"
    script.write_text("create table mine (a number, b varchar2(9)); insert into mine values (1, 'x;y');")
    with (
        start("23ai", "none", 0, "--script", str(script)) as server,
        oracledb.connect(dsn=server.dsn, user="app", password="app") as connection,
    ):
        assert connection.cursor().execute("select * from mine").fetchall() == [(1, "x;y")]
    script.write_text("commit; select * from nothing;")
    with pytest.raises(DemoFailed):
        start("19c", "none", 0, "--script", str(script))
    assert "statement 2: ORA-00942" in capfd.readouterr().err
