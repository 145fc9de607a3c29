"""One session: settings, errors with their positions, describe, cancel, PL/SQL."""

import datetime
import threading
import time
from collections.abc import Callable
from typing import Any

import oracledb
import pytest

from app.demo.boundary import ADMIN, OracleError
from app.demo.engine.sql.parser import parse

Refused = Callable[..., tuple[str, int]]

REFUSALS = [
    ("SELEC 1", "ORA-00900", 0),
    ("SELECT FROM DUAL", "ORA-00936", 7),
    ("SELECT (1 FROM DUAL", "ORA-00907", 10),
    ("SELECT 1", "ORA-00923", 8),
    ("SELECT 1 FROM DUAL LIMIT 1", "ORA-00933", 19),
    ("SELECT 1 FROM DUAL;", "ORA-00911", 18),
    ("SELECT * FROM NO_SUCH_TABLE", "ORA-00942", 14),
    ('SELECT * FROM test_table t JOIN "test_table" u ON 1 = 1', "ORA-00942", 32),
    ("SELECT NOPE FROM DUAL", "ORA-00904", 7),
    ("SELECT D.NOPE FROM DUAL D", "ORA-00904", 7),
    ("SELECT NAME FROM TEST_TABLE A, TEST_TABLE B", "ORA-00918", 7),
    ("SELECT NOW() FROM DUAL", "ORA-00904", 7),
    ("SELECT GROUP_CONCAT(NAME) FROM TEST_TABLE", "ORA-00904", 7),
    ("SELECT 1 = 1 FROM DUAL", "ORA-00923", 7),
    ("SELECT ID FROM TEST_TABLE WHERE ID", "ORA-00920", 32),
    ("SELECT ID, COUNT(*) FROM TEST_TABLE", "ORA-00937", 7),
    ("SELECT ID FROM TEST_TABLE GROUP BY NAME", "ORA-00979", 7),
    ("SELECT 1 FROM TEST_TABLE WHERE COUNT(*) > 1", "ORA-00934", 31),
    ("SELECT ID FROM TEST_TABLE ORDER BY 2", "ORA-01785", 35),
    ("SELECT 1 FROM DUAL UNION SELECT 1, 2 FROM DUAL", "ORA-01789", 19),
    ("SELECT 1 FROM DUAL UNION SELECT 'a' FROM DUAL", "ORA-01790", 19),
    ("SELECT SYSDATE + SYSDATE FROM DUAL", "ORA-00975", 15),
    ("SELECT 1 / 0 FROM DUAL", "ORA-01476", None),
    ("SELECT TO_NUMBER('x') FROM DUAL", "ORA-01722", None),
    ("SELECT TO_DATE('abc', 'YYYY') FROM DUAL", "ORA-01858", None),
    ("SELECT TO_DATE('2026-01-01x', 'YYYY-MM-DD') FROM DUAL", "ORA-01830", None),
    ("SELECT TO_DATE('2026a01', 'YYYY-MM') FROM DUAL", "ORA-01861", None),
    ("SELECT ID FROM TEST_TABLE WHERE CREATED_AT > '2026-01-01'", "ORA-01861", None),
    ("SELECT (SELECT ID FROM TEST_TABLE) FROM DUAL", "ORA-01427", None),
    ("SELECT * FROM SALES.TYPES_ALL WHERE CL = 'x'", "ORA-00932", None),
    ("SELECT SUBSTR('a') FROM DUAL", "ORA-00909", 7),
    ("INSERT INTO TEST_TABLE (ID, NOPE) VALUES (1, 2)", "ORA-00904", 28),
    ("INSERT INTO TEST_TABLE (ID, NAME) VALUES (1)", "ORA-00947", None),
    ("INSERT INTO TEST_TABLE (ID) VALUES (NULL)", "ORA-01400", None),
    ("INSERT INTO TEST_TABLE (ID) VALUES (1)", "ORA-00001", None),
    ("INSERT INTO TEST_TABLE (ID, CODE) VALUES (-1, '12345678901')", "ORA-12899", None),
    ("INSERT INTO TEST_TABLE (ID) VALUES (12345678901)", "ORA-01438", None),
    ("UPDATE TEST_TABLE SET ID = NULL WHERE ID = 1", "ORA-01407", None),
    ("DELETE FROM SALES.ORDERS", "ORA-01031", 12),
    ("CREATE TABLE TEST_TABLE (A NUMBER)", "ORA-00955", None),
    ("CREATE TABLE X (A NUMBER(39))", "ORA-01727", None),
    ("CREATE TABLE X (A VARCHAR2)", "ORA-00906", None),
    ("CREATE TABLE X (A TEXT)", "ORA-00902", None),
    ("DROP TABLE NO_SUCH_TABLE", "ORA-00942", None),
    ("ALTER SESSION SET NOPE = 1", "ORA-02248", None),
    ("BEGIN NOPE(1); END;", "ORA-06550", None),
    ("BEGIN FOR I IN 1..2 LOOP NULL; END LOOP; END;", "ORA-06550", None),
    ("CALL DEMO.PRUNE()", "ORA-01031", None),
]


@pytest.mark.parametrize(("sql", "code", "position"), REFUSALS)
def test_what_oracle_refuses_is_refused(refused: Refused, sql: str, code: str, position: int | None) -> None:
    found, at = refused(sql)
    assert found == code
    if position is not None:
        assert at == position


def test_the_11g_sql_has_no_fetch_first() -> None:
    parse("SELECT 1 FROM DUAL FETCH FIRST 1 ROWS ONLY", "19c")
    with pytest.raises(OracleError, match="ORA-00933"):
        parse("SELECT 1 FROM DUAL FETCH FIRST 1 ROWS ONLY", "11g")


def test_the_date_format_of_the_session_reads_and_shows_dates(cursor: oracledb.Cursor) -> None:
    assert cursor.execute("SELECT TO_CHAR(DATE '2026-11-23') FROM DUAL").fetchone() == ("23-NOV-26",)
    cursor.execute("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS'")
    assert cursor.execute("SELECT TO_CHAR(DATE '2026-11-23') FROM DUAL").fetchone() == ("2026-11-23 00:00:00",)
    assert cursor.execute("SELECT COUNT(*) FROM TEST_TABLE WHERE CREATED_AT > '2000-01-01'").fetchone()[0] >= 1000


def test_module_and_action_are_seen_in_v_session(engine: Any, connection: oracledb.Connection) -> None:
    connection.module, connection.action = "merganser", "run-1"
    cursor = connection.cursor()
    sid = cursor.execute("SELECT SYS_CONTEXT('USERENV', 'SID') FROM DUAL").fetchone()[0]
    admin = engine.admin().cursor()
    admin.execute("SELECT MODULE, ACTION FROM V$SESSION WHERE SID = :1", [sid])
    assert admin.fetchone() == ("merganser", "run-1")


def test_the_one_admin_who_can_log_in_is_the_one_whom_faults_spare(engine: Any) -> None:
    users = engine.database.catalog.users.values()
    assert [each.name for each in users if each.admin and engine.database.password(each.name)] == [ADMIN[0]]


def test_a_running_query_can_be_cancelled(connection: oracledb.Connection) -> None:
    heavy = "SELECT COUNT(*) FROM MESMGR.CRASIVTTST A, MESMGR.CRASIVTTST B WHERE A.VALUE_3 * B.VALUE_3 = A.VALUE_1 / 7"
    timer = threading.Timer(0.3, connection.cancel)
    timer.start()
    started = time.monotonic()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        connection.cursor().execute(heavy)
    assert time.monotonic() - started < 5
    assert connection.cursor().execute("SELECT 1 FROM DUAL").fetchone() == (1,)


def test_describe_needs_no_rows(cursor: oracledb.Cursor) -> None:
    cursor.parse("SELECT ID, NAME FROM TEST_TABLE WHERE ID = :1")
    assert [column[0] for column in cursor.description] == ["ID", "NAME"]


def test_blocks_assign_out_binds(cursor: oracledb.Cursor) -> None:
    number, text = cursor.var(int), cursor.var(str)
    cursor.execute("BEGIN :n := 40 + :m; :t := UPPER('ab') || USER; END;", n=number, m=2, t=text)
    assert (number.getvalue(), text.getvalue()) == (42, "ABAPP")
    cursor.execute("BEGIN NULL; DBMS_APPLICATION_INFO.SET_MODULE(:a, NULL); END;", a="x")


def test_the_clock_is_utc_and_can_be_shifted(engine: Any, cursor: oracledb.Cursor) -> None:
    admin = engine.admin().cursor()
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    assert abs(cursor.execute("SELECT SYSDATE FROM DUAL").fetchone()[0] - now) < datetime.timedelta(seconds=5)
    admin.execute("CALL DEMO.CLOCK(86400)")
    later = cursor.execute("SELECT SYSDATE FROM DUAL").fetchone()[0]
    admin.execute("CALL DEMO.CLOCK(0)")
    assert later - now > datetime.timedelta(hours=23)


def test_the_current_schema_can_be_changed(cursor: oracledb.Cursor) -> None:
    cursor.execute("ALTER SESSION SET CURRENT_SCHEMA = SALES")
    assert cursor.execute("SELECT COUNT(*) FROM ORDERS").fetchone() == (60000,)
    assert cursor.execute("SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'), USER FROM DUAL").fetchone() == (
        "SALES",
        "APP",
    )


def test_what_a_session_calls_itself_is_what_it_says_of_itself_later_too(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        for name in ("first", "second"):
            connection.action = name
            assert cursor.execute("SELECT SYS_CONTEXT('USERENV', 'ACTION') FROM DUAL").fetchone() == (name,)
