"""The dictionary views, as the logins see them."""

from collections.abc import Callable
from typing import Any

import oracledb

from app.demo.boundary import LOGIN


def rows(connection: oracledb.Connection, sql: str, *binds: Any) -> list[tuple[Any, ...]]:
    return connection.cursor().execute(sql, list(binds)).fetchall()


def test_a_login_that_owns_nothing_sees_what_was_granted(engine: Any) -> None:
    reader = engine.connect("READER", "reader")
    seen = rows(reader, "SELECT OWNER, TABLE_NAME FROM ALL_TABLES ORDER BY 1, 2")
    assert ("SALES", "ORDERS") in seen
    assert ("MESMGR", "lower$case#1") in seen
    assert not [name for owner, name in seen if owner == LOGIN[0]]
    assert rows(reader, "SELECT COUNT(*) FROM USER_TABLES") == [(0,)]
    assert rows(reader, "SELECT PRIVILEGE FROM SESSION_PRIVS") == [("CREATE SESSION",)]
    assert rows(reader, "SELECT PRIVILEGE FROM ALL_TAB_PRIVS WHERE TABLE_NAME = 'ORDERS' AND GRANTEE = USER") == [
        ("SELECT",)
    ]


def test_columns_are_described_as_oracle_describes_them(connection: oracledb.Connection) -> None:
    found = rows(
        connection,
        "SELECT COLUMN_NAME, DATA_TYPE, DATA_LENGTH, DATA_PRECISION, DATA_SCALE, CHAR_LENGTH, CHAR_USED FROM ALL_TAB_COLUMNS "  # noqa: E501
        "WHERE OWNER = 'SALES' AND TABLE_NAME = 'TYPES_ALL' ORDER BY COLUMN_ID",
    )
    known = {name: rest for name, *rest in found}
    assert known["N_PLAIN"] == ["NUMBER", 22, None, None, 0, None]
    assert known["N_NEG"] == ["NUMBER", 22, 5, -2, 0, None]
    assert known["F_126"] == ["FLOAT", 22, 126, None, 0, None]
    assert known["V_CHAR"] == ["VARCHAR2", 40, None, None, 10, "C"]
    assert known["NV"] == ["NVARCHAR2", 40, None, None, 20, "C"]
    assert known["C_10"] == ["CHAR", 10, None, None, 10, "B"]
    assert known["TS_9"] == ["TIMESTAMP(9)", 11, None, 9, 0, None]
    assert known["TS_TZ"][0] == "TIMESTAMP(6) WITH TIME ZONE"
    assert known["IV_DS"] == ["INTERVAL DAY(3) TO SECOND(9)", 11, 3, 9, 0, None]
    assert known["CL"][:2] == ["CLOB", 4000]


def test_keys_comments_synonyms_and_views_are_listed(connection: oracledb.Connection) -> None:
    key = rows(
        connection,
        "SELECT L.COLUMN_NAME FROM ALL_CONSTRAINTS K JOIN ALL_CONS_COLUMNS L ON L.OWNER = K.OWNER AND "
        "L.CONSTRAINT_NAME = K.CONSTRAINT_NAME WHERE K.CONSTRAINT_TYPE = 'P' AND K.TABLE_NAME = 'CRASIVTTST' ORDER BY L.POSITION",  # noqa: E501
    )
    assert key == [("FACTORY",), ("TRAN_TIME",)]
    assert rows(connection, "SELECT COMMENTS FROM ALL_TAB_COMMENTS WHERE TABLE_NAME = 'ORDERS'") == [("주문",)]
    assert rows(connection, "SELECT TABLE_OWNER, TABLE_NAME FROM ALL_SYNONYMS WHERE SYNONYM_NAME = 'CRAS'") == [
        ("MESMGR", "CRASIVTTST")
    ]
    assert rows(connection, "SELECT VIEW_NAME FROM ALL_VIEWS WHERE OWNER = 'SALES'") == [("BIG_ORDERS",)]
    asked = "SELECT CONSTRAINT_TYPE, DELETE_RULE FROM ALL_CONSTRAINTS WHERE CONSTRAINT_NAME = 'ORDERS_CUSTOMER_FK'"
    assert rows(connection, asked) == [("R", "NO ACTION")]
    assert ("ORDERS_MODIFIED_IX", "NONUNIQUE") in rows(
        connection, "SELECT INDEX_NAME, UNIQUENESS FROM ALL_INDEXES WHERE TABLE_NAME = 'ORDERS'"
    )


def test_the_system_views_answer(connection: oracledb.Connection) -> None:
    assert rows(connection, "SELECT BANNER FROM V$VERSION WHERE ROWNUM = 1")[0][0].startswith("Oracle Database 19c")
    assert rows(connection, "SELECT OPEN_MODE FROM V$DATABASE") == [("READ WRITE",)]
    assert rows(connection, "SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'") == [
        ("AL32UTF8",)
    ]
    assert rows(connection, "SELECT DUMMY FROM SYS.DUAL") == [("X",)]


def test_a_change_shows_at_once(connection: oracledb.Connection, made: Callable[[str], str]) -> None:
    table = made("A NUMBER, B DATE DEFAULT SYSDATE NOT NULL")
    asked = "SELECT COLUMN_NAME, NULLABLE FROM USER_TAB_COLUMNS WHERE TABLE_NAME = :1 ORDER BY COLUMN_ID"
    assert rows(connection, asked, table) == [("A", "Y"), ("B", "N")]
    connection.cursor().execute(f"ALTER TABLE {table} ADD (C VARCHAR2(5))")
    connection.cursor().execute(f"ALTER TABLE {table} RENAME COLUMN A TO A2")
    assert rows(connection, asked, table) == [("A2", "Y"), ("B", "N"), ("C", "Y")]
