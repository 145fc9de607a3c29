"""Pinned tables: encoded once, replayed at any fetch size, over and over."""

import pytest

from app.demo.engine import open_database


@pytest.fixture(scope="module")
def session():
    database = open_database(data="none")
    owner, admin = database.connect("APP", {}), database.connect("DEMO", {})
    owner.execute("create table small (n number(10), t varchar2(300))", [[]])
    rows = "insert into small select level, lpad('x', mod(level, 300), 'y') from dual connect by level <= 12345"
    owner.execute(rows, [[]])
    owner.commit()
    plain = answer(owner, "select n, t from small", [10_000])
    admin.execute("call demo.pin('APP.SMALL', 30000)", [[]])
    owner.plain = plain
    yield owner
    owner.close()
    admin.close()


def answer(session, sql, sizes):
    """All rows of a query, fetched in those sizes in turn, and how many they were."""
    result, data, rows = session.execute(sql, [[]]), b"", 0
    while True:
        fetched = result.fetch(sizes[rows % len(sizes)])
        assert 0 < fetched.count <= max(sizes)
        data, rows = data + fetched.data, rows + fetched.count
        if fetched.last:
            return data, rows


@pytest.mark.parametrize("sizes", [[10_000], [2, 10_000], [997, 1, 5000], [100_000]])
def test_a_replay_is_the_tables_own_rows_over_and_over_whatever_the_fetch_size(session, sizes):
    own, count = session.plain
    data, rows = answer(session, "select n, t from small", sizes)
    assert (count, rows) == (12345, 30000)
    assert data == (own * 3)[: len(data)]
    assert data[: len(own) * 2] == own * 2


def test_only_the_tables_own_rows_are_kept_in_memory(session):
    answer(session, "select n, t from small", [10_000])
    (pinned,) = [thing.pinned for thing in session.database.catalog.things.values() if getattr(thing, "pinned", None)]
    assert {sum(len(block.ends) for block in blocks) for blocks in pinned.kept.values()} == {12345}


def test_cells_of_a_replay_are_its_values(session):
    cells, last = session.execute("select n, t from small", [[]]).fetch_cells(3)
    assert (cells, last) == ([[b"\xc1\x02", b"x"], [b"\xc1\x03", b"yx"], [b"\xc1\x04", b"yyx"]], False)


def test_row_ids_of_repeated_rows_differ(session):
    data, rows = answer(session, "select rowid from small", [10_000])
    assert (rows, len(set(data.split(b"\x07"))) > 20_000) == (30000, True)
