"""Codes that a table holds, named without their column."""

from typing import Any

import pytest

from app.agent import codes
from app.agent.known import Column, Known, KnownTable
from app.agent.rules import understood
from tests.agent.sentences import KNOWN


def filters(sentence: str) -> list[dict[str, Any]]:
    return list(understood(sentence, KNOWN).arguments.get("filters", []))


@pytest.mark.parametrize(
    ("sentence", "op", "value"),
    [
        ("IV F1 최근 5건", "=", "F1"),
        ("IV f3꺼만 보여줘", "=", "F3"),
        ("F1이랑 F2 IV 보여줘", "in", ["F1", "F2"]),
        ("IV에서 F1 빼고 10건", "!=", "F1"),
        ("latest IV rows except F1 and F2", "not in", ["F1", "F2"]),
        ("IV where factory is F2", "=", "F2"),
        ("IV where factory in ('F1', 'F2')", "in", ["F1", "F2"]),
        ("ORDERS STATUS NEW나 PAID인 것", "in", ["NEW", "PAID"]),
        ("how many paid orders", "=", "PAID"),
        ("ORDERS where status is not NEW", "!=", "NEW"),
    ],
)
def test_a_code_is_a_filter_of_the_column_that_holds_it(sentence: str, op: str, value: Any) -> None:
    assert [(found["op"], found["value"]) for found in filters(sentence)] == [(op, value)]


def test_the_table_that_holds_it_is_meant_when_none_is_named() -> None:
    assert understood("PAID 몇 건이야", KNOWN).arguments["table"] == "ORDERS"


@pytest.mark.parametrize("sentence", ["any new rows in ORDERS?", "IV 최근 4건", "test sync of ORDERS"])
def test_an_ordinary_word_is_no_code(sentence: str) -> None:
    assert filters(sentence) == []


def test_among_hundreds_of_tables_only_values_that_may_be_meant_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern for each value of each table stopped the loop for half a minute."""
    values = tuple(f"V{number}-X" for number in range(40))
    many = tuple(KnownTable(f"T{n}", (Column("CODE", "VARCHAR", values=values),)) for n in range(200))
    made, pattern = list[str](), codes._pattern
    monkeypatch.setattr(codes, "_pattern", lambda value: made.append(value) or pattern(value))
    assert codes.holding("how many rows?", Known(many), set()) == []
    assert made == []
    assert len(codes.holding("how many v7x?", Known(many), set())) == 200
    assert set(made) == {"V7-X"}
