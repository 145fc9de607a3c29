"""The tables that the sentences are about, and how a line of a .tsv says which call is expected."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.agent.asked import Meant
from app.agent.known import Column, Known, KnownTable

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 23, 14, 30, tzinfo=ZoneInfo("Asia/Seoul"))  # a Monday


def text(name: str, time: str = "", *values: str) -> Column:
    return Column(name, "VARCHAR", time, values=values)


def number(name: str) -> Column:
    return Column(name, "DOUBLE", number=True)


def stamp(name: str) -> Column:
    return Column(name, "TIMESTAMP", "iso")


IV = KnownTable(
    "IV",
    (
        text("FACTORY", "", "F1", "F2", "F3", "F4"), text("TRAN_TIME", "%Y%m%d%H%M%S"), text("LOT_ID"), text("EQP_ID"),
        number("IV_VALUE"), number("TEMP"), text("OPERATOR"),
    ),
    "MESMGR.CRASIVTTST", "TRAN_TIME",
)  # fmt: skip
ORDERS = KnownTable(
    "ORDERS",
    (
        number("ORDER_ID"), text("CUSTOMER"), text("STATUS", "", "NEW", "PAID", "SHIPPED", "RETURNED"),
        number("AMOUNT"), number("QTY"), stamp("ORDERED_AT"),
    ),
    "SALES.ORDERS", "ORDERED_AT",
)  # fmt: skip
LOTS = KnownTable(
    "LOT_HISTORY",
    (text("LOT_ID"), text("STEP", "", "CLEAN", "ETCH", "PHOTO", "TEST"), number("QTY"), stamp("EVENT_TIME")),
    "MESMGR.LOT_HISTORY",
    "EVENT_TIME",
)
TEST = KnownTable("TEST_TABLE", (number("ID"), text("NAME"), stamp("CREATED_AT")), "DEMO.TEST_TABLE", "CREATED_AT")
CHECKS = KnownTable(
    "설비점검", (text("설비"), number("온도"), number("진동"), stamp("점검일시")), "MES.설비점검", "점검일시"
)
KNOWN = Known((IV, LOTS, ORDERS, TEST, CHECKS), active=("IV",), stopped=("LOT_HISTORY",), now=NOW)


def read(file: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(sentence, tool or "ask" or "say", what is expected of the arguments)."""
    lines = (HERE / file).read_text("utf-8").splitlines()
    return [_line(*line.split("\t")) for line in lines if line and not line.startswith("#")]


def _line(sentence: str, tool: str, rest: str = "") -> tuple[str, str, dict[str, Any]]:
    given = dict(part.strip().split("=", 1) for part in rest.split(";") if part.strip())
    return sentence, tool, given


def shown(meant: Meant) -> tuple[str, dict[str, str]]:
    """What was understood, in the words of the files."""
    if meant.reply:
        return ("ask" if meant.asks else "say"), {}
    names = {
        "order_by": "order",
        "value_columns": "values",
        "group_by": "group",
        "sync_type": "type",
        "filters": "where",
    }
    return meant.tool, {names.get(name, name): _written(name, value) for name, value in meant.arguments.items()}


def _written(name: str, value: Any) -> str:
    if name == "functions":  # the first is what was asked for
        return str(value[0])
    if name == "filters":
        return " & ".join(sorted(f"{f['column']} {f['op']} {_plain(f.get('value', ''))}".strip() for f in value))
    return _plain(value)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def right(meant: Meant, tool: str, expected: dict[str, str]) -> bool:
    if "where" in expected:
        expected = expected | {"where": " & ".join(sorted(part.strip() for part in expected["where"].split("&")))}
    return shown(meant) == (tool, expected)
