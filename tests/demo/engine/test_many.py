"""INSERT ALL."""

from collections.abc import Callable

import oracledb


def test_each_row_goes_into_every_branch(cursor: oracledb.Cursor, made: Callable[[str], str]) -> None:
    first, second = made("A NUMBER"), made("A NUMBER, B VARCHAR2(5)")
    cursor.execute(
        f"INSERT ALL INTO {first} VALUES (X) INTO {second} (A, B) VALUES (X * 10, 'q') "
        "SELECT LEVEL X FROM DUAL CONNECT BY LEVEL <= 3"
    )
    assert cursor.rowcount == 6
    assert cursor.execute(f"SELECT COUNT(*), SUM(A) FROM {first}").fetchone() == (3, 6)
    assert cursor.execute(f"SELECT SUM(A), MAX(B) FROM {second}").fetchone() == (60, "q")
