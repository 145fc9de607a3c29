"""Oracle's SQL and what it means: each question with the answer that Oracle gives."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import oracledb
import pytest

T = datetime.datetime
MODS = sum((10**38 - n) % 1000000007 for n in (1, 2))
THIRD = Decimal("0.3333333333333333333333333333333333333333")

ANSWERS: list[tuple[str, Any]] = [
    ("1 + 2 * 3", 7),
    ("0.1 + 0.2", 0.3),
    ("'a' || NULL || 'b'", "ab"),
    ("NVL('', 'empty is null')", "empty is null"),
    ("LENGTH('')", None),
    ("NULLIF(1, 1)", None),
    ("DECODE(NULL, NULL, 'same', 'other')", "same"),
    ("DECODE(3, 1, 'a', 2, 'b')", None),
    ("COALESCE(NULL, NULL, 'z')", "z"),
    ("NVL2(NULL, 1, 2)", 2),
    ("GREATEST(1, 2.5, 2)", 2.5),
    ("LEAST('b', 'a')", "a"),
    ("MOD(-7, 3)", -1),
    ("MOD(5, 0)", 5),
    ("ROUND(2.5)", 3),
    ("ROUND(-2.567, 1)", -2.6),
    ("TRUNC(2.567, 2)", 2.56),
    ("ROUND(12345, -2)", 12300),
    ("CEIL(-1.2)", -1),
    ("FLOOR(-1.2)", -2),
    ("SIGN(-5)", -1),
    ("POWER(2, 10)", 1024),
    ("BITAND(6, 3)", 2),
    ("SUBSTR('hello', -3, 2)", "ll"),
    ("SUBSTR('hello', 0, 2)", "he"),
    ("SUBSTR('hello', 9)", None),
    ("INSTR('hello', 'l', 1, 2)", 4),
    ("INSTR('hello', 'l', -1)", 4),
    ("LPAD('1', 3, '0') || RPAD('x', 3, '-')", "001x--"),
    ("TRIM(' x ') || LTRIM('xxabc', 'x') || TRIM(LEADING '0' FROM '00123')", "xabc123"),
    ("REPLACE('aaa', 'a', 'b') || REPLACE('abc', 'b')", "bbbac"),
    ("TRANSLATE('abc', 'ab', 'x')", "xc"),
    ("INITCAP('hello wORLD')", "Hello World"),
    ("LENGTHB('한글') || LENGTH('한글')", "62"),
    (r"UNISTR('\D55C a\\b\D834\DD1E')", "한 a\\b𝄞"),
    ("REGEXP_REPLACE('a1b2', '[0-9]', '#')", "a#b#"),
    ("REGEXP_SUBSTR('a,b,c', '[^,]+', 1, 2)", "b"),
    ("TO_CHAR(1234.5, '9,999.99')", " 1,234.50"),
    ("TO_CHAR(-0.5)", "-.5"),
    ("TO_CHAR(0.1746, 'TM9')", ".1746"),
    ("TO_CHAR(12, 'FM000')", "012"),
    ("TO_CHAR(123456, '999')", "####"),
    ("TO_CHAR(1/3, 'TM9', 'NLS_NUMERIC_CHARACTERS='',.''')", ",3333333333333333333333333333333333333333"),
    ("TO_NUMBER('1,234.5', '9,999.9')", 1234.5),
    ("TO_NUMBER('FF', 'XX')", 255),
    ("DATE '2026-01-31' + 1", T(2026, 2, 1)),
    ("DATE '2026-01-31' - DATE '2026-01-01'", 30),
    ("DATE '2026-01-01' + 1/24", T(2026, 1, 1, 1)),
    ("ADD_MONTHS(DATE '2020-01-31', 1)", T(2020, 2, 29)),
    ("MONTHS_BETWEEN(DATE '2026-03-31', DATE '2026-02-28')", 1),
    ("LAST_DAY(DATE '2026-02-01')", T(2026, 2, 28)),
    ("NEXT_DAY(DATE '2026-11-23', 'FRIDAY')", T(2026, 11, 27)),
    ("TRUNC(DATE '2026-11-23', 'Q')", T(2026, 10, 1)),
    ("TRUNC(TO_DATE('20261123150405', 'YYYYMMDDHH24MISS'), 'HH24')", T(2026, 11, 23, 15)),
    ("ROUND(DATE '2026-07-02', 'YYYY')", T(2027, 1, 1)),
    ("EXTRACT(YEAR FROM DATE '2026-11-23')", 2026),
    ("EXTRACT(SECOND FROM TIMESTAMP '2026-01-01 00:00:01.5')", 1.5),
    ("TO_CHAR(DATE '2026-11-23', 'FMDay, DD Month YYYY')", "Monday, 23 November 2026"),
    ("TO_CHAR(DATE '2026-11-23', 'IYYY-IW Q DDD D J')", "2026-48 4 327 2 2461368"),
    ("TO_CHAR(TIMESTAMP '2026-01-01 00:00:00.123456789', 'FF9 FF3')", "123456789 123"),
    ("TO_TIMESTAMP('23-NOV-26 03.04.05.5 PM')", T(2026, 11, 23, 15, 4, 5, 500000)),
    ("TO_DATE('23-NOV-50', 'DD-MON-RR')", T(1950, 11, 23)),
    ("SYS_EXTRACT_UTC(TIMESTAMP '2026-01-01 09:00:00 +09:00')", T(2026, 1, 1)),
    ("SYS_EXTRACT_UTC(FROM_TZ(TIMESTAMP '2026-01-01 09:00:00', 'Asia/Seoul'))", T(2026, 1, 1)),
    ("TO_CHAR(TIMESTAMP '2026-01-01 00:00:00 +00:00' AT TIME ZONE 'Asia/Seoul', 'HH24 TZH:TZM')", "09 +09:00"),
    ("NUMTODSINTERVAL(90, 'MINUTE')", datetime.timedelta(minutes=90)),
    ("INTERVAL '1 02:03:04.5' DAY TO SECOND", datetime.timedelta(1, 7384, 500000)),
    ("TIMESTAMP '2026-01-02 00:00:00' - TIMESTAMP '2026-01-01 12:00:00'", datetime.timedelta(hours=12)),
    ("CAST(1.55 AS NUMBER(3,1))", 1.6),
    ("CAST('x' AS CHAR(3))", "x  "),
    ("STANDARD_HASH('a', 'MD5')", bytes.fromhex("0cc175b9c0f1b6a831c399e269772661")),
    ("DUMP(123.45)", "Typ=2 Len=4: 194,2,24,46"),
    ("HEXTORAW('FF00')", b"\xff\x00"),
    ("q'[it's]' || N'한'", "it's한"),
    ("CASE WHEN 1 = 2 THEN 'a' WHEN NULL IS NULL THEN 'b' END", "b"),
    ("(SELECT MAX(ID) FROM TEST_TABLE WHERE ID <= 1000)", 1000),
    ("SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')", "APP"),
]


@pytest.mark.parametrize(("expression", "answer"), ANSWERS)
def test_an_expression_means_what_oracle_means(cursor: oracledb.Cursor, expression: str, answer: Any) -> None:
    assert cursor.execute(f"SELECT {expression} FROM DUAL").fetchone() == (answer,)


# The same functions over columns run in DuckDB instead of Python: both must agree.
ON_COLUMNS = [
    "SUBSTR(NAME, -3, 2)", "INSTR(NAME, 'e')", "LPAD(CODE, 8, '*')", "TO_CHAR(AMOUNT)", "TO_CHAR(AMOUNT, 'TM9')",
    "TO_CHAR(AMOUNT, '999,990.00')", "AMOUNT / 3", "AMOUNT * 1.1", "MOD(AMOUNT, 7)", "ROUND(AMOUNT, 1)", "TRUNC(AMOUNT)",  # noqa: E501
    "CEIL(AMOUNT)", "TRUNC(CREATED_AT, 'MM')", "TO_CHAR(CREATED_AT, 'YYYY-MM-DD HH24:MI:SS')", "CREATED_AT + 1.5",
    "TO_CHAR(UPDATED_AT, 'HH12:MI:SS.FF4 AM Day')", "ADD_MONTHS(CREATED_AT, 1)", "LAST_DAY(CREATED_AT)", "-AMOUNT",
    "MONTHS_BETWEEN(UPDATED_AT, CREATED_AT)", "UPDATED_AT - INTERVAL '1' HOUR", "EXTRACT(SECOND FROM UPDATED_AT)",
    "STANDARD_HASH(NAME, 'MD5')", "TO_DATE(TO_CHAR(CREATED_AT, 'YYYYMMDD'), 'YYYYMMDD')", "NVL(NULLIF(CODE, '00001'), 'x')",  # noqa: E501
    "DECODE(CODE, '00001', 1, '00002', 2, 0)", "CASE WHEN AMOUNT > 5000 THEN 'big' ELSE 'small' END", "UPPER(NAME) || CODE",  # noqa: E501
    "REPLACE(NAME, 'item', '')", "TRANSLATE(NAME, 'ie', 'x')", "SIGN(AMOUNT - 5000)", "ABS(AMOUNT - 5000)", "TO_NUMBER(CODE)",  # noqa: E501
    "GREATEST(AMOUNT, 5000)", "ASCII(NAME)", "RTRIM(CODE, '0')", "UPDATED_AT - CREATED_AT", "CAST(AMOUNT AS NUMBER(10,1))",  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize("expression", ON_COLUMNS)
def test_functions_of_columns_and_of_constants_agree(cursor: oracledb.Cursor, expression: str) -> None:
    columns = ("NAME", "CODE", "AMOUNT", "CREATED_AT", "UPDATED_AT")
    cursor.execute(f"SELECT {', '.join(columns)}, {expression} FROM TEST_TABLE WHERE ID BETWEEN 2 AND 4 ORDER BY ID")
    for row in cursor.fetchall():
        text = expression
        for name in columns:
            text = re.sub(rf"\b{name}\b", f":{name}", text)
        binds = {name: value for name, value in zip(columns, row, strict=False) if f":{name}" in text}
        if "AMOUNT" in binds:
            binds["AMOUNT"] = Decimal(str(binds["AMOUNT"]))
        cursor.setinputsizes(**{name: {"CREATED_AT": oracledb.DB_TYPE_DATE, "UPDATED_AT": oracledb.DB_TYPE_TIMESTAMP}[name]  # noqa: E501
                                for name in binds if name.endswith("_AT")})  # fmt: skip
        assert cursor.execute(f"SELECT {text} FROM DUAL", binds).fetchone() == (row[-1],)


QUERIES: list[tuple[str, list[tuple[Any, ...]]]] = [
    ("SELECT ID FROM TEST_TABLE WHERE ROWNUM <= 2", [(1,), (2,)]),
    ("SELECT ID FROM TEST_TABLE WHERE ROWNUM = 2", []),
    ("SELECT ID FROM (SELECT ID, ROWNUM RN FROM (SELECT ID FROM TEST_TABLE WHERE ID <= 9 ORDER BY ID DESC) WHERE ROWNUM <= 3) "  # noqa: E501, ISC004
     "WHERE RN > 1", [(8,), (7,)]),
    ("SELECT ID FROM TEST_TABLE WHERE ID < 5 ORDER BY ID DESC OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY", [(3,), (2,)]),
    ("SELECT LEVEL FROM DUAL CONNECT BY LEVEL <= 3", [(1,), (2,), (3,)]),
    ("SELECT A.X, B.X FROM (SELECT 1 X FROM DUAL UNION ALL SELECT 2 FROM DUAL) A, (SELECT 1 X FROM DUAL) B WHERE A.X = B.X(+) "  # noqa: E501, ISC004
     "ORDER BY 1", [(1, 1), (2, None)]),
    ("SELECT COUNT(*), SUM(ID), AVG(ID), MIN(NAME), COUNT(DISTINCT CODE) FROM TEST_TABLE WHERE ID <= 4", [(4, 10, 2.5, "item 0", 4)]),  # noqa: E501
    ("SELECT MOD(ID, 2) K, COUNT(*) FROM TEST_TABLE WHERE ID <= 5 GROUP BY MOD(ID, 2) HAVING COUNT(*) > 2", [(1, 3)]),
    ("SELECT LISTAGG(ID, ',') WITHIN GROUP (ORDER BY ID DESC) FROM TEST_TABLE WHERE ID <= 3", [("3,2,1",)]),
    ("SELECT ID, LAG(ID) OVER (ORDER BY ID), ROW_NUMBER() OVER (ORDER BY ID DESC) FROM TEST_TABLE WHERE ID <= 2 ORDER BY ID",  # noqa: E501
     [(1, None, 2), (2, 1, 1)]),
    ("SELECT SUM(ID) OVER (ORDER BY ID ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM TEST_TABLE WHERE ID <= 3 ORDER BY ID",  # noqa: E501
     [(1,), (3,), (5,)]),
    ("WITH A (X) AS (SELECT 1 FROM DUAL UNION ALL SELECT 2 FROM DUAL) SELECT X FROM A MINUS SELECT 1 FROM DUAL", [(2,)]),  # noqa: E501
    ("SELECT X FROM (SELECT 1 X FROM DUAL UNION ALL SELECT NULL FROM DUAL) ORDER BY X DESC", [(None,), (1,)]),
    ("SELECT ID FROM TEST_TABLE WHERE (ID, CODE) IN ((1, '00000'), (2, 'no'))", [(1,)]),
    ("SELECT ID FROM TEST_TABLE T WHERE ID < 3 AND EXISTS (SELECT 1 FROM TEST_TABLE U WHERE U.ID = T.ID + 1) ORDER BY 1", [(1,), (2,)]),  # noqa: E501
    ("SELECT ID FROM TEST_TABLE WHERE ID <= ALL (SELECT ID FROM TEST_TABLE)", [(1,)]),
    ("SELECT COUNT(*) FROM TEST_TABLE WHERE NAME LIKE 'item 1_' AND NOT NAME LIKE '%5'", [(9,)]),
    ("SELECT GROUPING(K), K, SUM(V) FROM (SELECT 'a' K, 1 V FROM DUAL UNION ALL SELECT 'b', 2 FROM DUAL) GROUP BY ROLLUP (K) "  # noqa: E501, ISC004
     "ORDER BY 1, 2", [(0, "a", 1), (0, "b", 2), (1, None, 3)]),
    ("SELECT MAX(V) KEEP (DENSE_RANK LAST ORDER BY K) FROM (SELECT 1 K, 'x' V FROM DUAL UNION ALL SELECT 2, 'a' FROM DUAL)", [("a",)]),  # noqa: E501
    ("SELECT * FROM (SELECT 1 A FROM DUAL) NATURAL JOIN (SELECT 1 A, 2 B FROM DUAL)", [(1, 2)]),
    ("SELECT A, C FROM (SELECT 1 A FROM DUAL) JOIN (SELECT 1 A, 2 C FROM DUAL) USING (A)", [(1, 2)]),
    ("SELECT COUNT(*) FROM MESMGR.\"설비현황\" WHERE \"가동률\" IS NULL", [(1,)]),
    ("SELECT \"Select\", \"a b\" - \"a b\" FROM MESMGR.\"lower$case#1\"", [("from", 0)]),
    ("SELECT COUNT(*) FROM CRAS WHERE ROWNUM <= 10", [(10,)]),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "rows"), QUERIES)
def test_a_query_answers_as_oracle(cursor: oracledb.Cursor, sql: str, rows: list[tuple[Any, ...]]) -> None:
    assert cursor.execute(sql).fetchall() == rows


def test_division_keeps_forty_digits(cursor: oracledb.Cursor) -> None:
    assert cursor.execute("SELECT TO_CHAR(1/3, 'TM9') FROM DUAL").fetchone() == (str(THIRD)[1:],)


def test_keys_beyond_doubles_are_told_apart(cursor: oracledb.Cursor, made: Callable[[str], str]) -> None:
    table = made("K NUMBER, V NUMBER(38)")
    cursor.execute(f"INSERT INTO {table} VALUES (9007199254740993, 99999999999999999999999999999999999999)")
    cursor.execute(f"INSERT INTO {table} VALUES (9007199254740992, 99999999999999999999999999999999999998)")
    assert cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE K = 9007199254740993").fetchone() == (1,)
    assert cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE K > 9007199254740992.5").fetchone() == (1,)
    cursor.execute(f"SELECT TO_CHAR(SUM(V), 'TM9'), TO_CHAR(SUM(K), 'TM9'), SUM(MOD(V, 1000000007)) FROM {table}")
    assert cursor.fetchone() == ("199999999999999999999999999999999999997", "18014398509481985", MODS)


def test_char_compares_with_blanks_and_bound_text_without(cursor: oracledb.Cursor, made: Callable[[str], str]) -> None:
    table = made("C CHAR(5)")
    cursor.execute(f"INSERT INTO {table} VALUES ('ab')")
    assert cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE C = 'ab'").fetchone() == (1,)
    assert cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE C = :1", ["ab"]).fetchone() == (0,)
    assert cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE C = :1", ["ab   "]).fetchone() == (1,)


def test_samples_are_whole_blocks(cursor: oracledb.Cursor) -> None:
    rows = cursor.execute("SELECT DBMS_ROWID.ROWID_BLOCK_NUMBER(ROWID), COUNT(*) FROM SALES.ORDERS SAMPLE BLOCK (20) GROUP BY "  # noqa: E501
                          "DBMS_ROWID.ROWID_BLOCK_NUMBER(ROWID)").fetchall()  # fmt: skip
    assert 20 < len(rows) < 200
    assert sorted(count for _, count in rows)[1] == 128


def test_set_operators_with_all_came_with_21c(engine23: Any, refused: Callable[..., tuple[str, int]]) -> None:
    cursor = engine23.connect().cursor()
    rows = "select 1 a from dual union all select 1 from dual union all select 2 from dual"
    assert cursor.execute(f"select * from ({rows}) except all select 1 from dual order by 1").fetchall() == [(1,), (2,)]
    assert cursor.execute(f"select * from ({rows}) minus select 1 from dual").fetchall() == [(2,)]
    assert refused(f"select * from ({rows}) minus all select 1 from dual")[0] == "ORA-00928"


def test_what_oracle_has_and_this_server_has_not_is_no_syntax_error(refused: Callable[..., tuple[str, int]]) -> None:
    pivot = "SELECT * FROM (SELECT 1 A, 'x' B FROM DUAL) PIVOT (MAX(A) FOR B IN ('x'))"
    assert refused(pivot) == ("ORA-03001", pivot.index("PIVOT"))
