"""Sample data: a factory's measurements, orders, a table that shows every type; the same each start but for the dates.

Schemas: MESMGR and SALES own the data, the login APP reads them and owns TEST_TABLE, READER owns nothing. All names
and figures are made up.
"""

from __future__ import annotations

from typing import Any

from app.demo.boundary import ADMIN, LOGIN
from app.demo.engine import generate
from app.demo.engine.objects import Table

MEASUREMENTS, ORDERS = 200_000, 60_000

_TABLES: dict[str, tuple[str, ...]] = {
    "MESMGR": (
        """CREATE TABLE CRASIVTTST (
            FACTORY VARCHAR2(10), TRAN_TIME VARCHAR2(14), LOT_ID VARCHAR2(20) NOT NULL, RES_ID VARCHAR2(20),
            OPER VARCHAR2(10), OPER_DESC VARCHAR2(40), MAT_ID VARCHAR2(30), MAT_DESC VARCHAR2(60),
            OPERATOR VARCHAR2(40), VALUE_1 NUMBER(12,4), VALUE_2 NUMBER(12,4), VALUE_3 NUMBER, WAFER_NO NUMBER(4),
            RESULT_CODE VARCHAR2(5), CONSTRAINT CRASIVTTST_PK PRIMARY KEY (FACTORY, TRAN_TIME))""",
        """CREATE TABLE CODE_MASTER (
            CODE VARCHAR2(10) PRIMARY KEY, NAME_KO VARCHAR2(60), NAME_EN VARCHAR2(60), USE_FLAG CHAR(1))""",
        """CREATE TABLE "설비현황" (
            "설비코드" VARCHAR2(20) PRIMARY KEY, "설비명" VARCHAR2(60), "가동률" NUMBER(5,2), "점검일" DATE)""",
        'CREATE TABLE "lower$case#1" ("id" NUMBER(9) PRIMARY KEY, "Select" VARCHAR2(20), "a b" DATE)',
        "CREATE TABLE EMPTY_TABLE (ID NUMBER(9), NOTE VARCHAR2(100))",
    ),
    "SALES": (
        """CREATE TABLE CUSTOMERS (
            CUSTOMER_ID NUMBER(9) PRIMARY KEY, NAME VARCHAR2(60) NOT NULL, CITY VARCHAR2(40), JOINED DATE)""",
        """CREATE TABLE ORDERS (
            ORDER_ID NUMBER(12) PRIMARY KEY, CUSTOMER_ID NUMBER(9) NOT NULL, ORDER_DATE DATE NOT NULL,
            AMOUNT NUMBER(14,2), DISCOUNT NUMBER(5,4), STATUS VARCHAR2(10), NOTE VARCHAR2(200),
            MODIFIED_AT TIMESTAMP(6) NOT NULL,
            CONSTRAINT ORDERS_CUSTOMER_FK FOREIGN KEY (CUSTOMER_ID) REFERENCES CUSTOMERS (CUSTOMER_ID))""",
        "CREATE INDEX ORDERS_MODIFIED_IX ON ORDERS (MODIFIED_AT)",
        "CREATE VIEW BIG_ORDERS AS SELECT ORDER_ID, CUSTOMER_ID, AMOUNT, MODIFIED_AT FROM ORDERS WHERE AMOUNT > 900000",
        """CREATE TABLE TYPES_ALL (
            ID NUMBER(9) PRIMARY KEY, N_PLAIN NUMBER, N_38 NUMBER(38), N_10_2 NUMBER(10,2), N_5_7 NUMBER(5,7),
            N_NEG NUMBER(5,-2), F_126 FLOAT, B_FLOAT BINARY_FLOAT, B_DOUBLE BINARY_DOUBLE,
            V_10 VARCHAR2(30), V_CHAR VARCHAR2(10 CHAR), C_10 CHAR(10),
            NV NVARCHAR2(20), NC NCHAR(5), D DATE, TS_0 TIMESTAMP(0), TS_6 TIMESTAMP, TS_9 TIMESTAMP(9),
            TS_TZ TIMESTAMP WITH TIME ZONE, TS_LTZ TIMESTAMP WITH LOCAL TIME ZONE, IV_YM INTERVAL YEAR TO MONTH,
            IV_DS INTERVAL DAY(3) TO SECOND(9), R RAW(16), CL CLOB, NCL NCLOB, BL BLOB)""",
        "CREATE TABLE LONGS (ID NUMBER(9) PRIMARY KEY, L LONG)",
    ),
    LOGIN[0]: (
        """CREATE TABLE TEST_TABLE (
            ID NUMBER(10) PRIMARY KEY, NAME VARCHAR2(50), CODE VARCHAR2(10), AMOUNT NUMBER(12,2),
            CREATED_AT DATE, UPDATED_AT TIMESTAMP(6))""",
    ),
}  # fmt: skip

_FACTORIES = "['F1', 'F2', 'F3', 'F4']"
_NAMES = "['김민준', '이서연', '박도윤', '최하은', '정시우', '강지우', '조예준', '윤서현']"
_STEPS = "['박막 증착', '노광', '식각', '이온 주입', '세정', '검사']"
_PRODUCTS = "['파워 모듈 A', '센서 칩 B', '구동 IC C', '메모리 D', '전력 소자 E']"

_MEASURED = f"""SELECT i, ({_FACTORIES})[i % 4 + 1] AS FACTORY,
    strftime(TIMESTAMP '{{now}}' - to_seconds(({{rows}} - i) // 4 * 37), '%Y%m%d%H%M%S') AS TRAN_TIME,
    'LOT' || lpad((i // 25)::VARCHAR, 8, '0') AS LOT_ID, 'EQ-' || lpad((i % 37)::VARCHAR, 3, '0') AS RES_ID,
    lpad((i % 6 * 100)::VARCHAR, 5, '0') AS OPER, ({_STEPS})[i % 6 + 1] AS OPER_DESC,
    lpad((i % 5 + 123)::VARCHAR, 5, '0') AS MAT_ID, ({_PRODUCTS})[i % 5 + 1] AS MAT_DESC,
    ({_NAMES})[i % 8 + 1] AS OPERATOR,
    CASE WHEN hash(i, 1) % 5000 = 0 THEN 5.0 WHEN hash(i, 2) % 400 = 0 THEN NULL
         ELSE 0.1746 + ((hash(i, 3) % 400)::INT - 200) / 10000.0 END AS VALUE_1,
    12.5 + ((hash(i, 4) % 2000)::INT - 1000) / 1000.0 AS VALUE_2,
    -3.25 + (hash(i, 5) % 100000)::INT / 10000.0 AS VALUE_3,
    i % 25 + 1 AS WAFER_NO, ['00123', '00000', '01000', '00999'][(hash(i, 6) % 4)::INT + 1] AS RESULT_CODE
    FROM range({{rows}}) r(i)"""

_ORDERED = """SELECT i, i + 1 AS ORDER_ID, hash(i, 1) % 2000 + 1 AS CUSTOMER_ID,
    date_trunc('second', TIMESTAMP '{now}' - to_seconds(({rows} - i) * 61)) AS ORDER_DATE,
    (hash(i, 2) % 100000000)::INT / 100.0 AS AMOUNT,
    CASE WHEN hash(i, 3) % 3 = 0 THEN (hash(i, 4) % 3000)::INT / 10000.0 END AS DISCOUNT,
    ['NEW', 'PAID', 'SHIPPED', 'RETURNED'][(hash(i, 5) % 4)::INT + 1] AS STATUS,
    CASE WHEN hash(i, 6) % 5 = 0 THEN '빠른 배송 요청 ' || i END AS NOTE,
    TIMESTAMP '{now}' - to_seconds(({rows} - i) * 61 - 30)
        + to_microseconds((hash(i, 7) % 1000000)::BIGINT) AS MODIFIED_AT
    FROM range({rows}) r(i)"""

_CUSTOMERS = f"""SELECT i, i + 1 AS CUSTOMER_ID, ({_NAMES})[i % 8 + 1] || ' ' || i AS NAME,
    ['서울', '부산', '대전', '광주', '수원'][i % 5 + 1] AS CITY,
    TIMESTAMP '2020-01-01' + to_days((i % 2000)::INT) AS JOINED
    FROM range(2000) r(i)"""

_TEST = """SELECT i, i + 1 AS ID, 'item ' || i AS NAME, lpad((i % 1000)::VARCHAR, 5, '0') AS CODE,
    (hash(i) % 1000000)::INT / 100.0 AS AMOUNT,
    date_trunc('second', TIMESTAMP '{now}' - to_seconds((1000 - i) * 3600)) AS CREATED_AT,
    TIMESTAMP '{now}' - to_seconds((1000 - i) * 3600 - 60)
        + to_microseconds((hash(i, 1) % 1000000)::BIGINT) AS UPDATED_AT
    FROM range(1000) r(i)"""

_ROWS: dict[str, tuple[str, ...]] = {
    "MESMGR": (
        "INSERT INTO CODE_MASTER VALUES ('00123', '정상', 'normal', 'Y')",
        "INSERT INTO CODE_MASTER VALUES ('00000', '미측정', 'not measured', 'Y')",
        "INSERT INTO CODE_MASTER VALUES ('01000', '재측정', 'measured again', 'Y')",
        "INSERT INTO CODE_MASTER VALUES ('00999', '불량', 'defective', 'N')",
        "INSERT INTO \"설비현황\" VALUES ('EQ-001', '증착기 1호', 97.25, DATE '2026-11-01')",
        "INSERT INTO \"설비현황\" VALUES ('EQ-002', '노광기 2호', 88.5, DATE '2026-10-15')",
        "INSERT INTO \"설비현황\" VALUES ('EQ-003', '식각기 3호', NULL, NULL)",
        "INSERT INTO \"lower$case#1\" VALUES (1, 'from', SYSDATE)",
    ),
    "SALES": (
        """INSERT INTO TYPES_ALL VALUES (1, 0.1, 9007199254740993, 12345678.99, 0.0012345, 12300, 1.5, 1.5, 2.25,
            '한글', 'abc', 'abc', N'가나다', N'한', DATE '2026-11-23', TIMESTAMP '2026-11-23 12:34:56',
            TIMESTAMP '2026-11-23 12:34:56.123456',
            TIMESTAMP '2026-11-23 12:34:56.123456789', TIMESTAMP '2026-11-23 12:34:56.5 +09:00',
            TIMESTAMP '2026-11-23 12:34:56.5 +09:00',
            INTERVAL '3-4' YEAR TO MONTH, INTERVAL '5 06:07:08.123456' DAY TO SECOND,
            HEXTORAW('00FF10'), '긴 글', N'national', HEXTORAW('CAFEBABE'))""",
        """INSERT INTO TYPES_ALL (ID, N_PLAIN, N_38, B_FLOAT, B_DOUBLE, D, TS_6, TS_9, TS_TZ) VALUES (2, 1E-130,
            99999999999999999999999999999999999999, BINARY_FLOAT_NAN, BINARY_DOUBLE_INFINITY, DATE '9999-12-31',
            TIMESTAMP '0001-01-01 00:00:00', TIMESTAMP '9999-12-31 23:59:59.999999999',
            TIMESTAMP '2026-01-01 00:00:00 -05:30')""",
        "INSERT INTO TYPES_ALL (ID, N_PLAIN) VALUES (3, 1234567890123456789012345678901234567890)",
        "INSERT INTO TYPES_ALL (ID) VALUES (4)",
        "INSERT INTO LONGS VALUES (1, 'a long text')",
    ),
}

_GRANTS = (
    *(f"GRANT SELECT ON MESMGR.{name} TO {who}" for who in (LOGIN[0], "READER")
      for name in ("CRASIVTTST", "CODE_MASTER", '"설비현황"', '"lower$case#1"', "EMPTY_TABLE")),
    *(f"GRANT SELECT ON SALES.{name} TO {who}" for who in (LOGIN[0], "READER")
      for name in ("ORDERS", "CUSTOMERS", "BIG_ORDERS", "TYPES_ALL", "LONGS")),
    *(f"GRANT FLASHBACK ON {name} TO {LOGIN[0]}" for name in ("SALES.ORDERS", "SALES.TYPES_ALL", "MESMGR.CRASIVTTST")),
    "CREATE PUBLIC SYNONYM CRAS FOR MESMGR.CRASIVTTST",
)  # fmt: skip
_COMMENTS = {
    "MESMGR": ("COMMENT ON TABLE CRASIVTTST IS '검사 공정 측정값'",
               "COMMENT ON COLUMN CRASIVTTST.VALUE_1 IS '두께 (mm)'",
               "COMMENT ON COLUMN CRASIVTTST.TRAN_TIME IS '처리 시각 YYYYMMDDHH24MISS'"),
    "SALES": ("COMMENT ON TABLE ORDERS IS '주문'", "COMMENT ON COLUMN ORDERS.AMOUNT IS '금액 (원)'"),
}  # fmt: skip


def fill(database: Any) -> None:
    """Make the sample schemas, their rows, grants and comments."""
    generate.install(database.storage)
    now = database.clock.now()
    for name, password in (("MESMGR", ""), ("SALES", ""), ("READER", "reader")):
        rights = ("CREATE TABLE", "CREATE VIEW", "CREATE SYNONYM") if name != "READER" else ()
        database.catalog.add_user(name, password, now, "CREATE SESSION", *rights)
    for owner, statements in _TABLES.items():
        _run(database, owner, statements)
    moment = _written(database, now)
    _load(database, "SALES", "CUSTOMERS", _CUSTOMERS, 2000)
    _load(database, "MESMGR", "CRASIVTTST", _MEASURED.format(now=moment, rows=MEASUREMENTS), MEASUREMENTS)
    _load(database, "SALES", "ORDERS", _ORDERED.format(now=moment, rows=ORDERS), ORDERS)
    _load(database, LOGIN[0], "TEST_TABLE", _TEST.format(now=moment), 1000)
    for owner, statements in [*_ROWS.items(), *_COMMENTS.items()]:
        _run(database, owner, statements)
    _run(database, ADMIN[0], _GRANTS)


def _written(database: Any, nanoseconds: int) -> Any:
    shown = "SELECT strftime(make_timestamp(?::BIGINT), '%Y-%m-%d %H:%M:%S')"
    return database.storage.run(shown, [nanoseconds // 1000])[0][0]


def _run(database: Any, user: str, statements: Any) -> None:
    session = database.connect(user, {})
    for statement in statements:
        session.execute(statement, [])
    session.commit()
    session.close()


def _load(database: Any, owner: str, name: str, select: str, rows: int) -> None:
    table: Table = database.catalog.things[owner, name]
    generate.load(database, table, select, rows)
