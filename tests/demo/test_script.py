"""Scripts of people's own tables."""

import pytest

from app.demo.engine import open_database
from app.demo.script import ScriptFailed, run, statements


def test_statements_end_at_semicolons_outside_of_text_and_comments():
    script = """
        -- tables; mine
        create table a (b varchar2(9)); /* two; */ insert into a values ('x;''y');
        insert into "a;b" values (1)
        /
        select 1 from dual"""
    assert statements(script) == [
        "create table a (b varchar2(9))",
        "insert into a values ('x;''y')",
        'insert into "a;b" values (1)',
        "select 1 from dual",
    ]


def test_a_block_ends_at_a_slash_on_its_own_line():
    assert statements("begin\n  null; null;\nend;\n/\ncommit;") == ["begin\n  null; null;\nend;", "commit"]


def test_unfinished_text_is_one_statement_and_nothing_is_none():
    assert statements("insert into a values ('x; y") == ["insert into a values ('x; y"]
    assert statements(" ;; -- nothing\n/\n") == []


def test_a_script_runs_as_the_ordinary_login_and_says_where_it_fails():
    database = open_database(data="none")
    assert run(database, "create table mine (a number); insert into mine values (1);") == 2
    session = database.connect("APP", {})
    assert session.execute("select a from app.mine", [[]]).fetch(10).count == 1
    session.close()
    with pytest.raises(ScriptFailed, match="statement 2: ORA-00942"):
        run(database, "commit; select * from nothing;")
