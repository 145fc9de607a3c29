"""The switches themselves; what they do to a client is tested in tests/demo/wire."""

import time

import pytest

from app.demo.boundary import OracleError
from app.demo.faults import Dropped, Faults


def test_a_drop_happens_once_unless_more_times_are_asked_for():
    faults = Faults()
    faults.set("drop_at_execute")
    with pytest.raises(Dropped):
        faults.drop("drop_at_execute", "APP")
    faults.drop("drop_at_execute", "APP")
    faults.set("drop_at_execute", 2)
    assert [faults.take("drop_at_execute", "APP") is not None for _ in range(3)] == [True, True, False]


def test_an_exempt_user_is_never_hit():
    faults = Faults(exempt=["demo"])
    faults.set("drop_at_row", 5)
    faults.set("crawl", 100)
    faults.set("stall")
    assert faults.rows_until("DEMO") is None
    assert faults.rate("DEMO") is None
    faults.pause("DEMO", lambda: False)
    assert faults.rows_until("APP") == 5
    assert faults.rate("APP") == 100


def test_a_row_fault_waits_for_its_row():
    faults = Faults()
    faults.set("ora_at_row", "10", 1555, "snapshot too old")
    faults.strike_at_row(9, "APP")
    with pytest.raises(OracleError, match="ORA-01555: snapshot too old"):
        faults.strike_at_row(10, "APP")
    assert faults.rows_until("APP") is None


def test_a_stall_ends_by_itself_by_clear_and_with_its_connection():
    faults = Faults()
    faults.set("stall", 0.05)
    started = time.monotonic()
    faults.pause("APP", lambda: False)
    assert 0.04 < time.monotonic() - started < 1
    faults.set("stall")
    faults.pause("APP", lambda: True)
    faults.set("clear")
    faults.pause("APP", lambda: False)


@pytest.mark.parametrize(
    "words", [["nonsense"], ["drop_at_row"], ["drop_at_row", "many"], ["crawl", 0], ["kill", 1, 2]]
)
def test_a_wrong_fault_is_refused_with_ora_20000(words):
    with pytest.raises(OracleError) as refused:
        Faults().set(*words)
    assert refused.value.code == 20000


def test_kill_and_away_are_left_to_the_server():
    faults = Faults()
    with pytest.raises(OracleError) as refused:
        faults.set("kill", 7)
    assert refused.value.code == 30
    seen: list[float] = []
    faults.kill, faults.away = (lambda sid: sid == 7), seen.append
    faults.set("kill", 7)
    faults.set("away", "1.5")
    assert seen == [1.5]
