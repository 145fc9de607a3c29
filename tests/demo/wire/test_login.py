"""Ways in, and ways not in."""

import oracledb
import pytest

from app.demo.boundary import LOGIN
from app.demo.engine import open_database
from app.demo.faces import FACES
from app.demo.faults import Faults
from app.demo.wire.server import Server
from tests.demo.wire.conftest import numbers


@pytest.mark.parametrize("login", [("app", "APP"), ("nobody", "app"), ("app", ""), ("app", "p" * 300)])
def test_a_wrong_login_is_ora_01017(connect, login):
    if not login[1]:
        login = (login[0], " ")
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        connect(login)


def test_names_are_upper_case_unless_quoted(connect):
    assert connect(("ApP", "app")).cursor().execute("select user from dual").fetchone() == (LOGIN[0],)
    assert connect(('"APP"', "app")).cursor().execute("select user from dual").fetchone() == (LOGIN[0],)
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        connect(('"app"', "app"))


def test_a_login_with_an_unknown_time_zone_is_refused_and_leaves_no_session(connect, server, monkeypatch):
    monkeypatch.setenv("ORA_SDTZ", "Nowhere/Town")
    before = len(server.database.sessions)
    with pytest.raises(oracledb.DatabaseError, match="ORA-01882"):
        connect()
    assert len(server.database.sessions) == before


def test_the_clients_settings_reach_the_database_without_secrets(connect, server):
    connect(program="merganser", machine="here")
    (served,) = server._connections
    settings = served.login.settings
    assert settings["AUTH_PROGRAM_NM"] == "merganser"
    assert settings["AUTH_ALTER_SESSION"].startswith("ALTER SESSION SET TIME_ZONE=")
    assert not {"AUTH_PASSWORD", "AUTH_SESSKEY", "AUTH_PBKDF2_SPEEDY_KEY"} & settings.keys()


def test_privileged_modes_proxies_and_new_passwords_are_refused(connect):
    with pytest.raises(oracledb.DatabaseError, match="ORA-01031"):
        connect(mode=oracledb.AUTH_MODE_SYSDBA)
    with pytest.raises(oracledb.DatabaseError, match="ORA-01031"):
        connect(newpassword="other")
    with pytest.raises(oracledb.DatabaseError, match="ORA-28150"):
        connect(("app[someone]", "app"))


@pytest.mark.parametrize("sdu", [512, 8192, 65535, 2_000_000])
def test_any_packet_size_works(connect, sdu):
    connection = connect(sdu=sdu)
    rows = connection.cursor().execute(numbers(5000)).fetchall()
    assert rows[-1] == (4999, "row 4999")
    connection.cursor().executemany("insert into t (b) values (:1)", [["x" * n] for n in range(300)])


def test_a_long_connect_descriptor_comes_in_its_own_packet(server):
    host, port = "127.0.0.1", server.port
    filler = "".join(f"(ADDRESS=(PROTOCOL=tcp)(HOST={host})(PORT={port}))" for _ in range(10))
    dsn = f"(DESCRIPTION=(ADDRESS_LIST={filler})(CONNECT_DATA=(SERVICE_NAME=some.{'long.' * 40}name)))"
    with oracledb.connect(dsn=dsn, user="app", password="app") as connection:
        assert connection.service_name.startswith("some.long.")


def test_the_11g_face_is_too_old_for_the_thin_driver():
    faults = Faults()
    server = Server(open_database(FACES["11g"], faults.set, "none"), FACES["11g"], faults)
    with pytest.raises(oracledb.DatabaseError, match="DPY-3010"):
        oracledb.connect(dsn=f"127.0.0.1:{server.port}/x", user="app", password="app")
    server.stop()


def test_a_pool_gives_its_connections_back(server):
    pool = oracledb.create_pool(dsn=server.dsn, user="app", password="app", min=1, max=3)
    for _ in range(3):
        with pool.acquire() as one, pool.acquire() as other:
            one.cursor().execute("insert into t (a) values (1)")
            other.ping()
    pool.close()
