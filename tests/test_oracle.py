"""The Oracle driver: what its errors mean to us, its modes, its sessions, and what `run.py check` says."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import oracledb
import pytest
from pydantic import SecretStr

from app.config import Settings
from app.demo import process as embedded
from app.errors import (
    OracleAway,
    OracleCancelled,
    OracleDenied,
    OracleFailed,
    OracleNeedsThick,
    OracleNotConfigured,
    OracleRefused,
    OracleSilent,
    OracleThickFailed,
    SnapshotLost,
    SourceNotFound,
    TooManyDigits,
)
from app.oracle import Bound, Oracle
from app.oracle.failures import translated
from tests.conftest import OracleAt


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DPY-4011: the database or network closed the connection", OracleAway),
        ("DPY-6005: cannot connect to database", OracleAway),
        ("DPY-4024: call timeout of 1000 ms exceeded", OracleAway),
        ("ORA-00028: your session has been killed", OracleAway),
        ("ORA-01017: invalid username/password; logon denied", OracleRefused),
        ("ORA-28000: the account is locked", OracleRefused),
        ("ORA-00942: table or view does not exist", SourceNotFound),
        ("ORA-01031: insufficient privileges", OracleDenied),
        *[(f"ORA-{code}: gone", SnapshotLost) for code in ("01555", "01466", "08103", "01410", "08180", "08181")],
        ("ORA-01013: user requested cancel of current operation", OracleCancelled),
        ("DPY-3010: connections to this database server version are not supported", OracleNeedsThick),
        ("DPY-4042: 1.5 cannot be converted to an Apache Arrow decimal(18, 0)", TooManyDigits),
        ("ORA-01722: invalid number", OracleFailed),
    ],
)
def test_every_error_of_the_driver_has_a_meaning(text: str, kind: type):
    assert type(translated(oracledb.DatabaseError(text))) is kind


def test_without_settings_there_is_no_session(settings: Settings):
    with pytest.raises(OracleNotConfigured), Oracle(settings).session():
        pass


def test_a_wrong_password_is_refused_without_being_shown(oracle_settings: Settings):
    wrong = oracle_settings.model_copy(update={"oracle_password": SecretStr("hunter2")})
    with pytest.raises(OracleRefused) as refused, Oracle(wrong).session():
        pass
    assert "hunter2" not in refused.value.message()


def test_an_oracle_that_is_not_there_is_away(oracle_settings: Settings):
    nowhere = oracle_settings.model_copy(update={"oracle_dsn": "127.0.0.1:1/X"})
    with pytest.raises(OracleAway), Oracle(nowhere).session():
        pass


@pytest.fixture
def hasty(oracle_settings: Settings) -> Oracle:
    """It waits a fifth of a second for an answer."""
    return Oracle(oracle_settings.model_copy(update={"oracle_call_timeout": 0.2}))


@pytest.fixture
def stall(oracle_at: OracleAt) -> Iterator[Callable[[], None]]:
    """Makes Oracle say nothing more, for as long as the test lasts."""
    yield lambda: oracle_at.fault("stall", 60)
    oracle_at.fault("clear")


def test_a_login_that_hangs_is_given_up(hasty: Oracle, stall: Callable[[], None]):
    stall()
    begun = time.monotonic()
    with pytest.raises(OracleAway, match="no answer within"), hasty.session():
        pass
    assert time.monotonic() - begun < 2


def test_a_call_that_hangs_ends_and_names_the_limit(hasty: Oracle, stall: Callable[[], None]):
    with hasty.session() as session:
        stall()
        begun = time.monotonic()
        with pytest.raises(OracleSilent, match=r"within 0\.2 seconds \(ORACLE_CALL_TIMEOUT\)"):
            session.value("SELECT 1 FROM dual")
        assert time.monotonic() - begun < 2


def test_a_statement_that_takes_too_long_is_broken_off_and_named_alike(hasty: Oracle):
    with hasty.session() as session:
        with pytest.raises(OracleSilent, match="DPY-4024"):
            session.execute("BEGIN DBMS_SESSION.SLEEP(30); END;")
        assert session.value("SELECT 1 FROM dual") == 1


def test_an_11g_database_asks_for_thick_mode(oracle_settings: Settings):
    with embedded.start(face="11g", data="none") as server:
        old = oracle_settings.model_copy(update={"oracle_dsn": server.dsn})
        with pytest.raises(OracleNeedsThick, match="Instant Client 19"), Oracle(old).session():
            pass


def test_thick_mode_without_its_client_says_which_setting(oracle_settings: Settings, tmp_path):
    thick = oracle_settings.model_copy(update={"oracle_mode": "thick", "oracle_client_lib_dir": tmp_path})
    with pytest.raises(OracleThickFailed, match="ORACLE_CLIENT_LIB_DIR"), Oracle(thick).session():
        pass


def test_a_session_does_not_depend_on_the_locale(oracle_settings: Settings):
    with Oracle(oracle_settings).session("test action") as session:
        assert session.value("SELECT SESSIONTIMEZONE FROM dual") in ("UTC", "+00:00")
        sql = "SELECT value FROM nls_session_parameters WHERE parameter IN ('NLS_SORT', 'NLS_COMP')"
        assert {row[0] for row in session.rows(sql)} == {"BINARY"}


def test_a_dba_sees_who_it_is_and_what_it_does(oracle_settings: Settings):
    with Oracle(oracle_settings).session("a1b2c3") as session:
        session.value("SELECT 1 FROM dual")  # the names travel with the next call
        for name, value in {"MODULE": "merganser", "ACTION": "a1b2c3"}.items():
            assert session.value(f"SELECT SYS_CONTEXT('USERENV', '{name}') FROM dual") == value


def test_numbers_come_without_rounding(oracle_settings: Settings):
    with Oracle(oracle_settings).session() as session:
        assert session.value("SELECT 12345678901234567890.123456789 FROM dual") == Decimal(
            "12345678901234567890.123456789"
        )


def test_a_bound_time_keeps_its_fraction(oracle_settings: Settings):
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901)
    with Oracle(oracle_settings).session() as session:
        sql = "SELECT TO_CHAR(:t, 'YYYY-MM-DD HH24:MI:SS.FF6') FROM dual"
        assert session.value(sql, {"t": Bound("timestamp", moment)}) == "2026-01-02 03:04:05.678901"


def test_no_more_sessions_than_allowed_are_open_at_once(oracle_settings: Settings):
    oracle = Oracle(oracle_settings.model_copy(update={"oracle_sessions": 1}))
    with oracle.session(), pytest.raises(OracleCancelled), oracle.session(gives_up=lambda: True):
        pass
    with oracle.session() as session:
        assert session.value("SELECT 1 FROM dual") == 1


def test_a_waiting_session_gets_its_turn(oracle_settings: Settings):
    oracle, got = Oracle(oracle_settings.model_copy(update={"oracle_sessions": 1})), []

    def wait() -> None:
        with oracle.session() as session:
            got.append(session.value("SELECT 2 FROM dual"))

    with oracle.session():
        thread = threading.Thread(target=wait)
        thread.start()
    thread.join(10)
    assert got == [2]


SID = "SELECT SYS_CONTEXT('USERENV', 'SID') FROM dual"


@pytest.fixture
def oracle(oracle_settings: Settings) -> Iterator[Oracle]:
    oracle = Oracle(oracle_settings)
    yield oracle
    oracle.close()


def sid_of(oracle: Oracle) -> Any:
    with oracle.session() as session:
        return session.value(SID)


def test_a_session_that_was_given_back_is_used_again_under_its_new_name(oracle: Oracle):
    first = sid_of(oracle)
    with oracle.session("second") as session:
        assert session.value(SID) == first
        assert session.value("SELECT SYS_CONTEXT('USERENV', 'ACTION') FROM dual") == "second"


def test_two_at_a_time_have_two_sessions_and_leave_one(oracle: Oracle, oracle_at: OracleAt):
    with oracle.session() as one, oracle.session() as other:
        both = {one.value(SID), other.value(SID)}
    assert len(both) == 2
    kept = sid_of(oracle)
    assert kept in both
    oracle_at.until_gone("sid", *both - {kept}, seconds=10)


def test_a_session_that_was_cut_while_idle_is_replaced_without_a_word(oracle: Oracle, oracle_at: OracleAt):
    first = sid_of(oracle)
    oracle_at.fault("kill", first)
    assert sid_of(oracle) != first


def test_a_session_that_failed_or_was_broken_is_not_used_again(oracle: Oracle):
    failed = sid_of(oracle)
    with pytest.raises(OracleFailed), oracle.session() as session:
        session.value("SELECT 1 / 0 FROM dual")
    with oracle.session() as session:
        broken = session.value(SID)
        session.cancel()
        with suppress(OracleCancelled):
            session.value(SID)
    assert len({failed, broken, sid_of(oracle)}) == 3


def test_a_read_only_transaction_ends_with_its_session(oracle: Oracle, oracle_at: OracleAt):
    with oracle_at.connect() as other, other.cursor() as cursor:
        cursor.execute("CREATE TABLE spared (id NUMBER(10))")
        try:
            with oracle.session() as session:
                session.read_only()
                assert session.value("SELECT COUNT(*) FROM spared") == 0
            cursor.execute("INSERT INTO spared VALUES (1)")
            other.commit()
            with oracle.session() as session:
                assert session.value("SELECT COUNT(*) FROM spared") == 1
        finally:
            cursor.execute("DROP TABLE spared")


@pytest.mark.parametrize("end", [Oracle.close, lambda _: None], ids=["at the end of the app", "after a while"])
def test_an_idle_session_is_logged_off(
    oracle: Oracle, oracle_at: OracleAt, end: Callable[[Oracle], None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.oracle.spare.KEPT", 600 if end is Oracle.close else 0.1)
    mine = sid_of(oracle)
    end(oracle)
    oracle_at.until_gone("sid", mine, seconds=10)


def test_check_names_what_matters_and_how_to_grant_it(oracle_settings: Settings):
    found = Oracle(oracle_settings).check()
    assert found.mode == "thin"
    assert found.version.startswith(("19", "23"))
    assert [each.name for each in found.privileges] == ["CREATE SESSION", "V_$DATABASE", "FLASHBACK"]
    assert all(each.grant.startswith("GRANT ") for each in found.privileges)
    assert found.privileges[0].held
