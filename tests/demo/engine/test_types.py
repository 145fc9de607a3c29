"""Every type with its extremes: bound in, read out by row and by data frame, exactly."""

import datetime
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import oracledb
import pytest

Make = Callable[[str], str]
D, T = Decimal, datetime.datetime
KST = datetime.timezone(datetime.timedelta(hours=9))

NUMBERS = [
    ("NUMBER", "0.1"),
    ("NUMBER", "1E-130"),
    ("NUMBER", "9.99E125"),
    ("NUMBER", "-9.99E125"),
    ("NUMBER", "1234567890123456789012345678901234567890"),
    ("NUMBER", "-0.000000000000000000000000000000000000000001"),
    ("NUMBER", "9007199254740993"),
    ("NUMBER(38)", "99999999999999999999999999999999999999"),
    ("NUMBER(38)", "-99999999999999999999999999999999999999"),
    ("NUMBER(18)", "999999999999999999"),
    ("NUMBER(38,10)", "1234567890123456789012345678.0123456789"),
    ("NUMBER(5,7)", "0.0012345"),
    ("NUMBER(5,-2)", "1234500"),
    ("NUMBER(2,127)", "9.9E-126"),
    ("INTEGER", "12345678901234567890123456789012345678"),
    ("FLOAT", "0.1"),
]


@pytest.mark.parametrize(("kind", "text"), NUMBERS)
def test_a_number_comes_back_digit_for_digit(cursor: oracledb.Cursor, made: Make, kind: str, text: str) -> None:
    table = made(f"N {kind}")
    cursor.setinputsizes(oracledb.DB_TYPE_NUMBER)
    cursor.execute(f"INSERT INTO {table} VALUES (:1)", [D(text)])
    with ExactNumbers():
        value, shown = cursor.execute(f"SELECT N, TO_CHAR(N, 'TM9') FROM {table}").fetchone()
    assert value == D(text)
    assert D(shown) == D(text)
    assert cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE N = TO_NUMBER(:1)", [text]).fetchone() == (1,)


class ExactNumbers:
    """The driver's switch for exact numbers, for one block."""

    def __enter__(self) -> None:
        oracledb.defaults.fetch_decimals = True

    def __exit__(self, *_error: object) -> None:
        oracledb.defaults.fetch_decimals = False


OTHERS: list[tuple[str, Any, Any]] = [
    ("VARCHAR2(30)", "한글 text", "한글 text"),
    ("VARCHAR2(30)", "", None),
    ("VARCHAR2(4000)", "가" * 1333, "가" * 1333),
    ("CHAR(5)", "ab", "ab   "),
    ("NVARCHAR2(20)", "가나다 𝄞", "가나다 𝄞"),
    ("NCHAR(4)", "한", "한   "),
    ("DATE", T(1, 1, 1), T(1, 1, 1)),
    ("DATE", T(9999, 12, 31, 23, 59, 59), T(9999, 12, 31, 23, 59, 59)),
    ("TIMESTAMP(0)", T(2026, 1, 1, 1, 2, 3), T(2026, 1, 1, 1, 2, 3)),
    ("TIMESTAMP(3)", T(2026, 1, 1, 1, 2, 3, 123600), T(2026, 1, 1, 1, 2, 3, 124000)),
    ("TIMESTAMP(6)", T(9999, 12, 31, 23, 59, 59, 999999), T(9999, 12, 31, 23, 59, 59, 999999)),
    ("TIMESTAMP(9)", T(1, 1, 1, 0, 0, 0, 1), T(1, 1, 1, 0, 0, 0, 1)),
    ("INTERVAL DAY(9) TO SECOND(6)", datetime.timedelta(-5, 7, 8), datetime.timedelta(-5, 7, 8)),
    ("INTERVAL YEAR(4) TO MONTH", oracledb.IntervalYM(-7, -5), oracledb.IntervalYM(-7, -5)),
    ("RAW(10)", b"\x00\xff\x10", b"\x00\xff\x10"),
    ("BINARY_DOUBLE", 1.7976931348623157e308, 1.7976931348623157e308),
    ("BINARY_DOUBLE", -math.inf, -math.inf),
    ("BINARY_FLOAT", 1.5, 1.5),
    ("CLOB", "긴 글 " * 20000, "긴 글 " * 20000),
    ("NCLOB", "국가 " * 5000, "국가 " * 5000),
    ("BLOB", bytes(range(256)) * 4000, bytes(range(256)) * 4000),
    ("LONG", "x" * 70000, "x" * 70000),
    ("LONG RAW", b"\x01" * 5000, b"\x01" * 5000),
]
INPUTS = {"CLOB": oracledb.DB_TYPE_CLOB, "NCLOB": oracledb.DB_TYPE_NCLOB, "BLOB": oracledb.DB_TYPE_BLOB}
INPUTS |= {"LONG": oracledb.DB_TYPE_LONG, "LONG RAW": oracledb.DB_TYPE_LONG_RAW}
INPUTS |= {"BINARY_DOUBLE": oracledb.DB_TYPE_BINARY_DOUBLE, "BINARY_FLOAT": oracledb.DB_TYPE_BINARY_FLOAT}


@pytest.mark.parametrize(("kind", "given", "stored"), OTHERS, ids=lambda value: str(value)[:20])
def test_a_value_comes_back_as_oracle_keeps_it(
    cursor: oracledb.Cursor, made: Make, kind: str, given: Any, stored: Any
) -> None:
    table = made(f"ID NUMBER(3), C {kind}")
    if kind in INPUTS:
        cursor.setinputsizes(INPUTS[kind])
    elif kind.startswith("N"):
        cursor.setinputsizes(oracledb.DB_TYPE_NVARCHAR)
    elif kind.startswith("TIMESTAMP"):
        cursor.setinputsizes(oracledb.DB_TYPE_TIMESTAMP)
    cursor.execute(f"INSERT INTO {table} VALUES (1, :1)", [given])
    value = cursor.execute(f"SELECT C FROM {table}").fetchone()[0]
    assert (value.read() if isinstance(value, oracledb.LOB) else value) == stored


def test_nan_is_a_number_like_others(cursor: oracledb.Cursor, made: Make) -> None:
    table = made("B BINARY_DOUBLE")
    cursor.setinputsizes(oracledb.DB_TYPE_BINARY_DOUBLE)
    cursor.execute(f"INSERT INTO {table} VALUES (:1)", [math.nan])
    assert math.isnan(cursor.execute(f"SELECT B FROM {table} WHERE B IS NAN").fetchone()[0])
    assert cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE B > 1E100").fetchone() == (1,)


def test_each_zoned_timestamp_keeps_its_own_offset(cursor: oracledb.Cursor, made: Make) -> None:
    table = made("TZ TIMESTAMP(9) WITH TIME ZONE")
    for offset in ("+09:00", "-05:30", "+00:00"):
        cursor.execute(f"INSERT INTO {table} VALUES (TIMESTAMP '2026-01-01 00:00:00.123456789 {offset}')")
    cursor.execute(f"SELECT TO_CHAR(TZ, 'HH24:MI:SS.FF9 TZH:TZM'), SYS_EXTRACT_UTC(TZ) FROM {table} ORDER BY TZ")
    assert cursor.fetchall() == [
        ("00:00:00.123456789 +09:00", T(2025, 12, 31, 15, 0, 0, 123456)),
        ("00:00:00.123456789 +00:00", T(2026, 1, 1, 0, 0, 0, 123456)),
        ("00:00:00.123456789 -05:30", T(2026, 1, 1, 5, 30, 0, 123456)),
    ]


def test_a_local_timestamp_follows_the_sessions_zone(cursor: oracledb.Cursor, made: Make) -> None:
    table = made("L TIMESTAMP WITH LOCAL TIME ZONE")
    cursor.execute("ALTER SESSION SET TIME_ZONE = '+09:00'")
    cursor.execute(f"INSERT INTO {table} VALUES (TIMESTAMP '2026-01-01 09:00:00')")
    assert cursor.execute(f"SELECT L FROM {table}").fetchone() == (T(2026, 1, 1, 9),)
    cursor.execute("ALTER SESSION SET TIME_ZONE = 'UTC'")
    assert cursor.execute(f"SELECT L, TO_CHAR(L, 'HH24') FROM {table}").fetchone() == (T(2026, 1, 1), "00")


def test_nanoseconds_are_there_in_text(cursor: oracledb.Cursor, made: Make) -> None:
    table = made("TS TIMESTAMP(9)")
    cursor.execute(f"INSERT INTO {table} VALUES (TIMESTAMP '9999-12-31 23:59:59.999999999')")
    shown = cursor.execute(f"SELECT TO_CHAR(TS, 'YYYY-MM-DD HH24:MI:SS.FF9') FROM {table}").fetchone()
    assert shown == ("9999-12-31 23:59:59.999999999",)


def test_data_frames_carry_the_same_values(connection: oracledb.Connection) -> None:
    frame = connection.fetch_df_all(
        "SELECT ID, N_38, N_10_2, V_10, C_10, NV, D, TS_6, R, CL, BL FROM SALES.TYPES_ALL ORDER BY ID",
        fetch_decimals=True,
    )
    assert [frame.get_column(i).null_count for i in (0, 1, 3)] == [0, 2, 3]
    assert frame.num_rows() == 4


def test_a_long_text_is_whole_beside_a_computed_column(cursor: oracledb.Cursor, made: Make) -> None:
    table = made("V VARCHAR2(2000)")
    for length in (252, 253, 300, 1500):
        cursor.execute(f"INSERT INTO {table} VALUES (RPAD('한', {length}, 'x'))")
    rows = cursor.execute(f"SELECT V, RAWTOHEX('a') FROM {table}").fetchall()
    assert rows == [("한" + "x" * (length - 1), "61") for length in (252, 253, 300, 1500)]


def test_row_ids_find_their_rows(cursor: oracledb.Cursor) -> None:
    rowid, name = cursor.execute("SELECT ROWID, NAME FROM TEST_TABLE WHERE ID = 7").fetchone()
    assert len(rowid) == 18
    assert cursor.execute("SELECT NAME FROM TEST_TABLE WHERE ROWID = :1", [rowid]).fetchone() == (name,)


def test_booleans_are_a_23ai_type(engine23: Any, refused: Callable[..., tuple[str, int]]) -> None:
    cursor = engine23.connect().cursor()
    cursor.execute("CREATE TABLE FLAGS (ID NUMBER, OK BOOLEAN)")
    cursor.setinputsizes(None, oracledb.DB_TYPE_BOOLEAN)
    cursor.executemany("INSERT INTO FLAGS VALUES (:1, :2)", [(1, True), (2, False), (3, None)])
    assert cursor.execute("SELECT OK FROM FLAGS ORDER BY ID").fetchall() == [(True,), (False,), (None,)]
    assert cursor.execute("SELECT 1 + 1").fetchone() == (2,)
    assert refused("CREATE TABLE FLAGS (OK BOOLEAN)")[0] == "ORA-00902"


def test_an_empty_lob_is_not_null(engine):
    cursor = engine.connect().cursor()
    cursor.execute("CREATE TABLE hollow (a NUMBER, c CLOB DEFAULT EMPTY_CLOB(), b BLOB, n NCLOB)")
    try:
        cursor.execute("INSERT INTO hollow (a, b, n) VALUES (1, EMPTY_BLOB(), EMPTY_CLOB())")
        cursor.execute("INSERT INTO hollow VALUES (2, '', NULL, NULL)")  # '' is NULL, for a CLOB too
        cursor.execute("INSERT INTO hollow VALUES (3, 'c', HEXTORAW('01'), 'n')")
        cursor.execute("UPDATE hollow SET c = EMPTY_CLOB() WHERE a = 3")
        cursor.execute("SELECT a, LENGTH(c), DBMS_LOB.GETLENGTH(b), LENGTH(n) FROM hollow ORDER BY a")
        assert cursor.fetchall() == [(1, 0, 0, 0), (2, None, None, None), (3, 0, 1, 1)]
        cursor.execute("SELECT a FROM hollow WHERE c IS NOT NULL ORDER BY a")
        assert cursor.fetchall() == [(1,), (3,)]
        cursor.execute("SELECT c, b FROM hollow WHERE a = 1")
        assert [lob.read() for lob in cursor.fetchone()] == ["", b""]
    finally:
        cursor.execute("DROP TABLE hollow")
