"""How each Oracle type is read, staged and kept in DuckDB: exactly, or not at all. Pure: no database is asked.

To add an Oracle type: one branch in `planned` and a row in tests/sync/test_columns.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from app.errors import Invalid
from app.schemas.names import quoted

# Why a column is staged as text first: its DuckDB type follows from the values, or is checked against them.
Settle = Literal["", "number", "nanoseconds", "utc", "interval"]
Proof = Literal[
    "number", "float", "time", "utc", "text", "ntext", "raw", "clob", "blob", "interval", "months", "counted"
]
Arrow = tuple[str, int, int]  # name of an Arrow type and its parameters (precision and scale)

TM9 = "TO_CHAR({c}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')"
TEXT: Arrow = ("large_string", 0, 0)
BYTES: Arrow = ("large_binary", 0, 0)
LOB_WIDTH = 32_000  # bytes, until the table's own LOBs have been measured
OVERRIDE = re.compile(r"VARCHAR|DOUBLE|BIGINT|TIMESTAMP|DECIMAL\((\d{1,2}), ?(\d{1,2})\)")


@dataclass(frozen=True)
class OracleColumn:
    """As ALL_TAB_COLUMNS shows it; ``length`` in bytes."""

    name: str
    data_type: str
    length: int = 0
    precision: int | None = None
    scale: int | None = None
    nullable: bool = True
    comment: str | None = None

    @property
    def kind(self) -> str:
        """The type without its numbers: TIMESTAMP WITH TIME ZONE."""
        return re.sub(r"\(\d+\)", "", self.data_type).strip()

    @property
    def declared(self) -> str:
        """As one would write it in CREATE TABLE."""
        if self.data_type in ("NUMBER", "FLOAT"):
            return self.data_type + _numbers(self)
        sized = self.data_type in ("CHAR", "VARCHAR2", "NCHAR", "NVARCHAR2", "RAW")
        return f"{self.data_type}({self.length})" if sized else self.data_type


@dataclass(frozen=True)
class Plan:
    """One column's way: ``select`` in Oracle, ``arrow`` on the wire, ``stage`` in staging, ``final`` in the table.

    ``final`` is None where the narrowest exact type is chosen over all values (``settle`` number).
    """

    column: OracleColumn
    name: str
    select: str = ""
    arrow: Arrow = TEXT
    stage: str = "VARCHAR"
    final: str | None = "VARCHAR"
    settle: Settle = ""
    proof: Proof = "counted"
    width: int = 32
    lob: bool = False
    note: str | None = None
    override: str | None = None

    @property
    def copied(self) -> bool:
        return bool(self.select)

    @property
    def shown(self) -> str:
        """The DuckDB type a page proposes before any value was seen."""
        return self.final or "BIGINT or DECIMAL, by its values"


def planned(column: OracleColumn, override: str | None = None, trim: bool = False) -> Plan:
    """The way of one column; a column that cannot be copied has no ``select`` and says why in ``note``."""
    base = Plan(column, column.name)
    c = quoted(column.name)
    if override:
        return _overridden(base, c, override.upper())
    plan = _by_kind(base, c, column.kind)
    return replace(plan, select=f"RTRIM({c})") if trim and column.kind in ("CHAR", "NCHAR") else plan


def _by_kind(base: Plan, c: str, kind: str) -> Plan:
    simple = SIMPLE.get(kind)
    if simple:
        return replace(simple(base.column), column=base.column, name=base.name, select=simple(base.column).select or c)
    made: dict[str, Callable[[Plan, str], Plan]] = {
        "NUMBER": _number,
        "FLOAT": _any_number,
        "TIMESTAMP": _timestamp,
        "TIMESTAMP WITH TIME ZONE": _instant,
        "TIMESTAMP WITH LOCAL TIME ZONE": _instant,
        "INTERVAL DAY TO SECOND": _interval,
        "INTERVAL YEAR TO MONTH": _months,
        "ROWID": _rowid,
        "UROWID": _rowid,
        "XMLTYPE": _xml,
        "JSON": _json,
    }
    return made[kind](base, c) if kind in made else replace(base, note=f"{base.column.data_type} is not copied")


def _plain(arrow: Arrow, final: str, proof: Proof, width: int) -> Callable[[OracleColumn], Plan]:
    return lambda column: Plan(
        column, column.name, arrow=arrow, stage=final, final=final, proof=proof, width=width or column.length + 8
    )


def _lob(arrow: Arrow, final: str, proof: Proof) -> Callable[[OracleColumn], Plan]:
    note = "an empty LOB is kept as NULL" if proof in ("clob", "blob") else None
    return lambda column: replace(_plain(arrow, final, proof, LOB_WIDTH)(column), lob=True, note=note)


SIMPLE: dict[str, Callable[[OracleColumn], Plan]] = {
    "BINARY_FLOAT": _plain(("float32", 0, 0), "FLOAT", "float", 4),
    "BINARY_DOUBLE": _plain(("float64", 0, 0), "DOUBLE", "float", 8),
    "CHAR": _plain(TEXT, "VARCHAR", "text", 0),
    "VARCHAR2": _plain(TEXT, "VARCHAR", "text", 0),
    "NCHAR": _plain(TEXT, "VARCHAR", "ntext", 0),
    "NVARCHAR2": _plain(TEXT, "VARCHAR", "ntext", 0),
    "LONG": _lob(TEXT, "VARCHAR", "counted"),
    "CLOB": _lob(TEXT, "VARCHAR", "clob"),
    "NCLOB": _lob(TEXT, "VARCHAR", "clob"),
    "RAW": _plain(BYTES, "BLOB", "raw", 0),
    "LONG RAW": _lob(BYTES, "BLOB", "counted"),
    "BLOB": _lob(BYTES, "BLOB", "blob"),
    "DATE": _plain(("timestamp_s", 0, 0), "TIMESTAMP", "time", 8),
    "BOOLEAN": _plain(("bool", 0, 0), "BOOLEAN", "counted", 1),
}


def _number(base: Plan, c: str) -> Plan:
    """NUMBER(p,s): what fits 38 digits has its exact type from the dictionary; all else from its values."""
    p, s = base.column.precision, base.column.scale
    if s is not None and p is None:
        p = 38  # NUMBER(*,s) and INTEGER
    if p is None or s is None:
        return _any_number(base, c)
    if s > 0:
        return _decimal(base, c, max(p, s), s)
    return _integer(base, c, p - s)


def _decimal(base: Plan, c: str, p: int, s: int) -> Plan:
    if p > 38 or s > 38:
        return _any_number(base, c)
    final = f"DECIMAL({p},{s})"
    return replace(base, select=c, arrow=("decimal128", p, s), stage=final, final=final, proof="number", width=16)


def _integer(base: Plan, c: str, digits: int) -> Plan:
    if digits > 38:
        return _any_number(base, c)
    for most, final, arrow in ((4, "SMALLINT", "int16"), (9, "INTEGER", "int32"), (18, "BIGINT", "int64")):
        if digits <= most:
            return replace(base, select=c, arrow=(arrow, 0, 0), stage=final, final=final, proof="number", width=8)
    return _decimal(base, c, digits, 0)


def _any_number(base: Plan, c: str) -> Plan:
    return replace(base, select=TM9.format(c=c), final=None, settle="number", proof="number", width=40)


def _timestamp(base: Plan, c: str) -> Plan:
    digits = base.column.scale if base.column.scale is not None else 6
    if digits > 6:
        text = f"TO_CHAR({c}, 'YYYY-MM-DD HH24:MI:SS.FF9')"  # the driver's own values end at microseconds
        return replace(base, select=text, final="TIMESTAMP_NS", settle="nanoseconds", proof="time", width=30)
    return replace(
        base, select=c, arrow=("timestamp_us", 0, 0), stage="TIMESTAMP", final="TIMESTAMP", proof="time", width=8
    )


def _instant(base: Plan, c: str) -> Plan:
    """The driver shows wall clocks and loses the zone, so Oracle turns them into UTC and only a label is added here."""
    utc, digits = f"SYS_EXTRACT_UTC({c})", base.column.scale if base.column.scale is not None else 6
    if digits > 6:
        text = f"TO_CHAR({utc}, 'YYYY-MM-DD HH24:MI:SS.FF9')"
        return replace(base, select=text, final="TIMESTAMPTZ", settle="utc", proof="utc", width=30)
    final = "TIMESTAMPTZ"
    return replace(base, select=utc, arrow=("timestamp_utc", 0, 0), stage=final, final=final, proof="utc", width=8)


def _interval(base: Plan, c: str) -> Plan:
    """As seconds with nine decimals: the driver refuses an interval type by name, and its own ends at microseconds."""
    parts = (("DAY", 86400), ("HOUR", 3600), ("MINUTE", 60), ("SECOND", 1))
    seconds = " + ".join(f"EXTRACT({part} FROM {c}) * {size}" for part, size in parts)
    arrow: Arrow = ("decimal128", 38, 9)
    made = replace(base, select=seconds, arrow=arrow, stage="DECIMAL(38,9)", final="INTERVAL", settle="interval")
    return replace(made, proof="interval", width=16)


def _months(base: Plan, c: str) -> Plan:
    months = f"EXTRACT(YEAR FROM {c}) * 12 + EXTRACT(MONTH FROM {c})"
    made = replace(base, select=months, arrow=("months", 0, 0), stage="INTERVAL", final="INTERVAL", width=16)
    return replace(made, proof="months")


def _rowid(base: Plan, c: str) -> Plan:
    return replace(base, select=f"ROWIDTOCHAR({c})", proof="counted", width=20)


def _xml(base: Plan, c: str) -> Plan:
    """Untested: the embedded server has no XMLTYPE."""
    return replace(base, select=f"XMLSERIALIZE(CONTENT {c} AS CLOB)", lob=True, width=LOB_WIDTH)


def _json(base: Plan, c: str) -> Plan:
    """Untested: the embedded server has no JSON type."""
    return replace(base, select=f"JSON_SERIALIZE({c} RETURNING CLOB)", lob=True, width=LOB_WIDTH)


AS_TEXT = {
    "NUMBER": TM9,
    "FLOAT": TM9,
    "DATE": "TO_CHAR({c}, 'YYYY-MM-DD HH24:MI:SS')",
    "TIMESTAMP": "TO_CHAR({c}, 'YYYY-MM-DD HH24:MI:SS.FF9')",
    "TIMESTAMP WITH TIME ZONE": "TO_CHAR({c}, 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')",
    "TIMESTAMP WITH LOCAL TIME ZONE": "TO_CHAR({c}, 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')",
    "INTERVAL DAY TO SECOND": "TO_CHAR({c})",
    "INTERVAL YEAR TO MONTH": "TO_CHAR({c})",
    "RAW": "RAWTOHEX({c})",
}


def _overridden(base: Plan, c: str, wanted: str) -> Plan:
    kind, spelled = base.column.kind, wanted.replace(" ", "")
    numeric = kind in ("NUMBER", "FLOAT")
    if wanted == "VARCHAR" and kind in AS_TEXT:
        return replace(base, select=AS_TEXT[kind].format(c=c), width=40, override=wanted)
    if wanted == "DOUBLE" and numeric:  # asked for in so many words, so rounding is no surprise
        made = replace(base, select=c, arrow=("float64", 0, 0), stage="DOUBLE", final="DOUBLE", width=8)
        return replace(made, override=wanted)
    if wanted == "TIMESTAMP" and kind == "TIMESTAMP":
        made = replace(base, select=c, arrow=("timestamp_us", 0, 0), stage=wanted, final=wanted, width=8)
        return replace(made, override=wanted)
    if numeric and OVERRIDE.fullmatch(spelled):
        return replace(_any_number(base, c), final=spelled, override=spelled)
    if wanted == "VARCHAR":
        return _by_kind(base, c, kind)
    raise Invalid(fields=f"overrides: {base.column.name} ({base.column.declared}) cannot be kept as {wanted}")


def _numbers(column: OracleColumn) -> str:
    if column.data_type == "FLOAT":
        return f"({column.precision})" if column.precision else ""
    if column.scale is None and column.precision is None:
        return ""
    digits = "*" if column.precision is None else str(column.precision)
    return f"({digits},{column.scale})" if column.scale else f"({digits})"


def names(plans: list[Plan]) -> list[Plan]:
    """The same with names that DuckDB can tell apart: it folds ASCII case, Oracle does not."""
    taken: set[str] = set()
    return [replace(plan, name=_free(plan.column.name, taken)) for plan in plans]


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 0
    while free.lower() in taken or free.lower() == "_deleted_at":
        number += 1
        free = f"{name}_{number}"
    taken.add(free.lower())
    return free
