"""The feed: new measurements and orders, orders that move on, and nothing that stops it."""

import random
import threading
import time

import oracledb
import pytest

from app.demo import feed
from app.demo.boundary import OracleError
from app.demo.engine import open_database
from app.demo.process import start

SEEN = """select (select count(*) from mesmgr.crasivttst), (select count(*) from sales.orders),
    (select count(*) from sales.orders where order_id < 60000
        and modified_at > sys_extract_utc(systimestamp) - interval '60' second) from dual"""


def test_a_feed_inserts_and_updates_a_few_rows_a_second():
    with (
        start("23ai", "sample", 0, "--feed") as server,
        oracledb.connect(dsn=server.dsn, user="app", password="app") as connection,
    ):
        seen, until = [connection.cursor().execute(SEEN).fetchone()], time.monotonic() + 20
        while seen[-1][0] < seen[0][0] + 2 and time.monotonic() < until:
            seen.append(connection.cursor().execute(SEEN).fetchone())
        measured, orders, moved = seen[-1]
        assert measured >= seen[0][0] + 2
        assert orders >= seen[0][1] + 1
        assert moved > 0


def test_a_refused_turn_is_not_the_last(monkeypatch):
    over, turns = threading.Event(), []

    def refused(_database, number, _dice):
        turns.append(number)
        if len(turns) == 3:
            over.set()
        raise OracleError(54, "resource busy")

    monkeypatch.setattr(feed, "SECONDS", 0)
    monkeypatch.setattr(feed, "turn", refused)
    feed.run(None, over)
    assert turns == [0, 1, 2]


def test_a_turn_without_its_tables_is_an_error_of_oracle_and_leaves_no_session():
    database = open_database(data="none")
    with pytest.raises((OracleError, KeyError)):
        feed.turn(database, 0, random.Random(1))
    assert not database.sessions
