"""Two sessions and one table: what each sees, who waits, what is undone."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import oracledb
import pytest

Pair = tuple[oracledb.Connection, oracledb.Connection]


@pytest.fixture
def pair(engine: Any) -> Iterator[Pair]:
    """Two connections and a table PAIRS of 3000 rows."""
    a, b = engine.connect(), engine.connect()
    a.cursor().execute("CREATE TABLE PAIRS (ID NUMBER(9) CONSTRAINT PAIRS_PK PRIMARY KEY, V VARCHAR2(20))")
    a.cursor().executemany("INSERT INTO PAIRS VALUES (:1, :2)", [(i, f"v{i}") for i in range(3000)])
    a.commit()
    yield a, b
    a.rollback()
    b.rollback()
    a.cursor().execute("DROP TABLE PAIRS")


def one(connection: oracledb.Connection, sql: str, *binds: Any) -> Any:
    row = connection.cursor().execute(sql, list(binds)).fetchone()
    return row[0] if row else None


def scn(connection: oracledb.Connection) -> int:
    return int(one(connection, "SELECT CURRENT_SCN FROM V$DATABASE"))


def error(run: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(oracledb.DatabaseError) as caught:
        run(*arguments)
    return str(caught.value.args[0].full_code)


COUNT = "SELECT COUNT(*) FROM PAIRS"


def test_uncommitted_rows_are_seen_by_their_own_session_alone(pair: Pair) -> None:
    a, b = pair
    a.cursor().execute("INSERT INTO PAIRS VALUES (9000, 'x')")
    assert (one(a, COUNT), one(b, COUNT)) == (3001, 3000)
    a.rollback()
    assert one(a, COUNT) == 3000
    a.cursor().execute("DELETE FROM PAIRS WHERE ID < 1000")
    assert (one(a, COUNT), one(b, COUNT)) == (2000, 3000)
    a.commit()
    assert one(b, COUNT) == 2000


def test_a_statement_sees_one_moment_however_long_its_fetch_lasts(pair: Pair) -> None:
    a, b = pair
    reader = b.cursor()
    reader.arraysize = reader.prefetchrows = 10
    reader.execute("SELECT ID, V FROM PAIRS ORDER BY ID")
    first = reader.fetchmany(10)
    a.cursor().execute("UPDATE PAIRS SET V = 'new'")
    a.cursor().execute("DELETE FROM PAIRS WHERE ID > 20")
    a.commit()
    rows = first + reader.fetchall()
    assert len(rows) == 3000
    assert {value for _, value in rows} == {f"v{i}" for i in range(3000)}


def test_a_read_only_transaction_sees_its_beginning(pair: Pair) -> None:
    a, b = pair
    b.cursor().execute("SET TRANSACTION READ ONLY")
    before = one(b, COUNT)
    a.cursor().execute("INSERT INTO PAIRS VALUES (9000, 'x')")
    a.commit()
    assert one(b, COUNT) == before
    assert error(b.cursor().execute, "DELETE FROM PAIRS") == "ORA-01456"
    b.commit()
    assert one(b, COUNT) == before + 1


def test_as_of_scn_shows_what_was(pair: Pair) -> None:
    a, b = pair
    then = scn(a)
    a.cursor().execute("UPDATE PAIRS SET V = 'changed' WHERE ID = 1")
    a.commit()
    assert one(b, "SELECT V FROM PAIRS AS OF SCN :1 WHERE ID = 1", then) == "v1"
    assert one(b, "SELECT V FROM PAIRS WHERE ID = 1") == "changed"
    assert one(b, "SELECT COUNT(*) FROM PAIRS AS OF TIMESTAMP SYSTIMESTAMP") == 3000
    assert one(b, "SELECT MIN(ORA_ROWSCN) FROM PAIRS") <= then < one(b, "SELECT MAX(ORA_ROWSCN) FROM PAIRS")
    assert one(b, "SELECT DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER FROM DUAL") == scn(b)
    assert one(b, "SELECT TIMESTAMP_TO_SCN(SYSTIMESTAMP) FROM DUAL") == scn(b)


def test_flashback_needs_the_privilege_and_a_known_scn(pair: Pair) -> None:
    a, _ = pair
    assert error(a.cursor().execute, "SELECT 1 FROM MESMGR.CODE_MASTER AS OF SCN :1", [scn(a)]) == "ORA-01031"
    assert one(a, "SELECT COUNT(*) FROM SALES.ORDERS AS OF SCN :1", scn(a)) == 60000
    assert error(a.cursor().execute, f"{COUNT} AS OF SCN 99999999999") == "ORA-08181"
    assert error(a.cursor().execute, f"{COUNT} AS OF TIMESTAMP SYSTIMESTAMP + 1") == "ORA-08180"


def test_pruned_history_is_a_snapshot_too_old(engine: Any, pair: Pair) -> None:
    a, b = pair
    then = scn(a)
    reader = b.cursor()
    reader.arraysize = reader.prefetchrows = 2
    reader.execute("SELECT ID FROM PAIRS")
    reader.fetchone()
    a.cursor().execute("UPDATE PAIRS SET V = 'z' WHERE ID = 3")
    a.commit()
    engine.admin().cursor().execute("CALL DEMO.PRUNE()")
    assert error(reader.fetchall) == "ORA-01555"
    assert error(a.cursor().execute, f"{COUNT} AS OF SCN :1", [then]) == "ORA-01555"
    assert one(a, COUNT) == 3000


def test_history_ends_at_a_change_of_the_table(pair: Pair) -> None:
    a, _ = pair
    then = scn(a)
    a.cursor().execute("ALTER TABLE PAIRS ADD (EXTRA NUMBER DEFAULT 7)")
    assert error(a.cursor().execute, f"{COUNT} AS OF SCN :1", [then]) == "ORA-01466"
    assert one(a, "SELECT SUM(EXTRA) FROM PAIRS") == 21000


def test_a_truncate_takes_the_rows_from_under_a_reader(pair: Pair) -> None:
    a, b = pair
    reader = b.cursor()
    reader.arraysize = reader.prefetchrows = 2
    reader.execute("SELECT ID FROM PAIRS")
    reader.fetchone()
    a.cursor().execute("TRUNCATE TABLE PAIRS")
    assert error(reader.fetchall) == "ORA-08103"
    assert one(a, COUNT) == 0


def test_a_locked_row_is_refused_or_waited_for(pair: Pair) -> None:
    a, b = pair
    a.cursor().execute("UPDATE PAIRS SET V = 'a' WHERE ID = 1")
    assert error(b.cursor().execute, "SELECT V FROM PAIRS WHERE ID = 1 FOR UPDATE NOWAIT") == "ORA-00054"
    assert error(b.cursor().execute, "SELECT V FROM PAIRS WHERE ID = 1 FOR UPDATE WAIT 1") == "ORA-30006"
    assert error(b.cursor().execute, "DROP TABLE PAIRS") == "ORA-00054"
    timer = threading.Timer(0.3, a.commit)
    timer.start()
    b.cursor().execute("UPDATE PAIRS SET V = V || 'b' WHERE ID = 1")
    assert one(b, "SELECT V FROM PAIRS WHERE ID = 1") == "ab"


def test_rows_selected_for_update_stay_locked_until_commit(pair: Pair) -> None:
    a, b = pair
    assert one(a, "SELECT V FROM PAIRS WHERE ID = 5 FOR UPDATE") == "v5"
    assert error(b.cursor().execute, "SELECT V FROM PAIRS WHERE ID = 5 FOR UPDATE NOWAIT") == "ORA-00054"
    a.commit()
    assert one(b, "SELECT V FROM PAIRS WHERE ID = 5 FOR UPDATE NOWAIT") == "v5"


def changed(connection: oracledb.Connection, row: int, value: str) -> str:
    """Change that row and commit, or roll back; the error's code."""
    try:
        connection.cursor().execute("UPDATE PAIRS SET V = :1 WHERE ID = :2", [value, row])
        connection.commit()
    except oracledb.DatabaseError as failed:
        connection.rollback()
        return str(failed.args[0].full_code)
    return ""


def test_a_circle_of_waiting_is_a_deadlock_for_one(pair: Pair) -> None:
    a, b = pair
    a.call_timeout = b.call_timeout = 20_000
    a.cursor().execute("UPDATE PAIRS SET V = 'a' WHERE ID = 1")
    b.cursor().execute("UPDATE PAIRS SET V = 'b' WHERE ID = 2")
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(changed, (a, b), (2, 1), ("a", "b")))
    assert sorted(codes) == ["", "ORA-00060"]
    survivor = "ab"[codes.index("")]
    assert [one(a, "SELECT V FROM PAIRS WHERE ID = :1", row) for row in (1, 2)] == [survivor, survivor]


def test_a_key_that_another_has_just_inserted_is_waited_for(pair: Pair) -> None:
    a, b = pair
    a.cursor().execute("INSERT INTO PAIRS VALUES (9000, 'a')")
    timer = threading.Timer(0.3, a.rollback)
    timer.start()
    b.cursor().execute("INSERT INTO PAIRS VALUES (9000, 'b')")
    timer.join()
    assert error(b.cursor().execute, "INSERT INTO PAIRS VALUES (9000, 'c')") == "ORA-00001"


def test_a_failed_statement_undoes_itself_alone(pair: Pair) -> None:
    a, _ = pair
    a.cursor().execute("INSERT INTO PAIRS VALUES (9000, 'kept')")
    assert error(a.cursor().execute, "INSERT INTO PAIRS SELECT ID + 8999, V FROM PAIRS WHERE ID < 5") == "ORA-00001"
    assert error(a.cursor().execute, "UPDATE PAIRS SET ID = 1 WHERE ID < 5") == "ORA-00001"
    assert one(a, "SELECT COUNT(*) FROM PAIRS WHERE ID >= 9000") == 1
    assert one(a, "SELECT COUNT(*) FROM PAIRS WHERE ID < 5") == 5


def test_an_array_insert_keeps_what_came_before_its_error(pair: Pair) -> None:
    a, _ = pair
    assert error(a.cursor().executemany, "INSERT INTO PAIRS VALUES (:1, :2)", [(9001, "a"), (1, "b"), (9002, "c")])
    assert one(a, "SELECT COUNT(*) FROM PAIRS WHERE ID > 9000") == 1


def test_a_savepoint_brings_back_what_was_then(pair: Pair) -> None:
    a, _ = pair
    cursor = a.cursor()
    cursor.execute("INSERT INTO PAIRS VALUES (9000, 'x')")
    cursor.execute("SAVEPOINT HERE")
    cursor.execute("DELETE FROM PAIRS WHERE ID < 100")
    cursor.execute("UPDATE PAIRS SET V = 'y' WHERE ID = 9000")
    cursor.execute("ROLLBACK TO SAVEPOINT HERE")
    assert one(a, COUNT) == 3001
    assert one(a, "SELECT V FROM PAIRS WHERE ID = 9000") == "x"


def test_a_serializable_transaction_refuses_what_changed_meanwhile(pair: Pair) -> None:
    a, b = pair
    b.cursor().execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    assert one(b, "SELECT V FROM PAIRS WHERE ID = 1") == "v1"
    a.cursor().execute("UPDATE PAIRS SET V = 'a' WHERE ID = 1")
    a.commit()
    assert one(b, "SELECT V FROM PAIRS WHERE ID = 1") == "v1"
    assert error(b.cursor().execute, "UPDATE PAIRS SET V = 'b' WHERE ID = 1") == "ORA-08177"


def test_as_of_a_view_reads_all_its_tables_then_and_needs_its_own_privilege(pair: Pair, engine: Any) -> None:
    a, b = pair
    b.cursor().execute("CREATE VIEW FEW AS SELECT P.ID, (SELECT COUNT(*) FROM PAIRS) N FROM PAIRS P WHERE P.ID < 2")
    try:
        then = scn(a)
        a.cursor().execute("DELETE FROM PAIRS WHERE ID <> 1")
        a.commit()
        now = b.cursor().execute("SELECT * FROM FEW").fetchall()
        past = b.cursor().execute("SELECT * FROM FEW AS OF SCN :1 ORDER BY ID", [then]).fetchall()
        assert (now, past) == ([(1, 1)], [(0, 3000), (1, 3000)])
        assert one(b, "SELECT COUNT(*) FROM FEW AS OF SCN :1, PAIRS", then) == 2  # the other table is read now
        assert error(a.cursor().execute, "SELECT 1 FROM SALES.BIG_ORDERS AS OF SCN :1", [then]) == "ORA-01031"
    finally:
        b.cursor().execute("DROP VIEW FEW")
