"""A factory that goes on working: a few measurements and orders a second, written as SALES and MESMGR would."""

from __future__ import annotations

import itertools
import logging
import random
import threading

from app.demo.boundary import Database, OracleError

log = logging.getLogger(__name__)
SECONDS = 1.1  # more than a second: a measurement's key is its factory and its second

_MEASURED = """INSERT INTO CRASIVTTST (FACTORY, TRAN_TIME, LOT_ID, RES_ID, OPER, OPER_DESC, MAT_ID, MAT_DESC, OPERATOR,
    VALUE_1, VALUE_2, VALUE_3, WAFER_NO, RESULT_CODE)
    VALUES ('F{factory}', TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYYMMDDHH24MISS'), 'LOT9{lot:07}', 'EQ-{tool:03}',
    '00100', '노광', '00124', '센서 칩 B', '이서연', {thickness:.4f}, {width:.3f}, {depth:.4f}, {wafer}, '00000')"""
_ORDERED = """INSERT INTO ORDERS (ORDER_ID, CUSTOMER_ID, ORDER_DATE, AMOUNT, STATUS, MODIFIED_AT)
    SELECT MAX(ORDER_ID) + 1, {customer}, CAST(SYS_EXTRACT_UTC(SYSTIMESTAMP) AS DATE), {amount:.2f}, 'NEW',
    SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM ORDERS"""
_MOVED_ON = """UPDATE ORDERS SET STATUS = DECODE(STATUS, 'NEW', 'PAID', 'SHIPPED'),
    MODIFIED_AT = SYS_EXTRACT_UTC(SYSTIMESTAMP)
    WHERE ORDER_ID = (SELECT MAX(ORDER_ID) FROM ORDERS) - {back}"""


def turn(database: Database, number: int, dice: random.Random) -> None:
    """One measurement, one new order, one order that moves on, each owner in a transaction of its own.

    Raises OracleError when somebody holds a row, a quota or the table itself.
    """
    measured = _MEASURED.format(
        factory=number % 4 + 1,
        lot=number // 25,
        tool=number % 37,
        thickness=dice.gauss(0.1746, 0.008),
        width=dice.uniform(11.5, 13.5),
        depth=dice.uniform(-3.25, 6.75),
        wafer=number % 25 + 1,
    )
    ordered = _ORDERED.format(customer=dice.randrange(1, 2001), amount=dice.uniform(1000, 900000))
    _write(database, "MESMGR", measured)
    _write(database, "SALES", ordered, _MOVED_ON.format(back=dice.randrange(1, 300)))


def _write(database: Database, owner: str, *statements: str) -> None:
    session = database.connect(owner, {"AUTH_PROGRAM_NM": "feed"})
    try:
        for statement in statements:
            session.execute(statement, [[]]).close()
        session.commit()
    finally:
        session.close()


def run(database: Database, over: threading.Event) -> None:
    """Turn after turn until ``over`` is set; a refused turn is logged and the next one tried."""
    dice = random.Random()  # noqa: S311 - sample data
    for number in itertools.count():
        if over.wait(SECONDS):
            return
        try:
            turn(database, number, dice)
        except OracleError as error:
            log.info("the feed was refused: %s", error)
