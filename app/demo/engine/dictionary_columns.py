"""Dictionary views of columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.demo.engine.dictionary_system import Facts, Rows
from app.demo.engine.objects import Table, View
from app.demo.engine.types import LOBS, OraType


def described(kind: OraType) -> dict[str, Any]:
    """A type as the column views show it."""
    name = str(kind) if kind.name.startswith(("TIMESTAMP", "INTERVAL")) else kind.name
    if kind.name.startswith("INTERVAL"):
        lead = kind.precision or 2
        name = (
            f"INTERVAL YEAR({lead}) TO MONTH"
            if "YEAR" in name
            else f"INTERVAL DAY({lead}) TO SECOND({kind.scale or 0})"
        )
    length = {"DATE": 7, "BINARY_FLOAT": 4, "BINARY_DOUBLE": 8, "ROWID": 10, "LONG": 0, "LONG RAW": 0}.get(kind.name)
    if length is None:
        length = 4000 if kind.name in LOBS else kind.bytes_at_most if kind.text or kind.name == "RAW" else \
            22 if kind.name in ("NUMBER", "FLOAT") else 11  # fmt: skip
    chars = kind.length if kind.text and kind.length and kind.chars else length
    return {
        "DATA_TYPE": name, "DATA_LENGTH": length,
        "DATA_PRECISION": kind.precision if kind.name in ("NUMBER", "FLOAT") else (kind.precision or 2)
        if kind.name.startswith("INTERVAL") else None,
        "DATA_SCALE": kind.scale if kind.name == "NUMBER" or kind.name.startswith(("TIMESTAMP", "INTERVAL")) else None,
        "CHAR_LENGTH": chars if kind.text and kind.length else 0, "CHAR_COL_DECL_LENGTH": length if kind.text else None,
        "CHAR_USED": ("C" if kind.chars else "B") if kind.text and kind.length else None,
        "CHARACTER_SET_NAME": ("NCHAR_CS" if kind.national else "CHAR_CS") if kind.text else None,
    }  # fmt: skip


def _columns(facts: Facts) -> Rows:
    found: Rows = []
    for each in facts.catalog.visible(facts.user, Table, View):
        if isinstance(each, Table):
            for place, column in enumerate(each.columns, 1):
                default = column.default[1] if column.default else column.virtual[1] if column.virtual else None
                found.append({
                    "OWNER": each.owner, "TABLE_NAME": each.name, "COLUMN_NAME": column.name, "COLUMN_ID": place,
                    "NULLABLE": "Y" if column.nullable else "N", "DATA_DEFAULT": default, "DATA_DEFAULT_VC": default,
                    "DEFAULT_LENGTH": len(default) if default else None, "INTERNAL_COLUMN_ID": place,
                    "HIDDEN_COLUMN": "NO", "VIRTUAL_COLUMN": "YES" if column.virtual else "NO",
                    "SEGMENT_COLUMN_ID": place,
                    "QUALIFIED_COL_NAME": column.name, "IDENTITY_COLUMN": "YES" if column.identity else "NO",
                    "DEFAULT_ON_NULL": "NO", "USER_GENERATED": "YES", "DATA_TYPE_OWNER": None, "DATA_TYPE_MOD": None,
                    **described(column.type),
                })  # fmt: skip
        elif isinstance(each, View):
            found += [
                {"OWNER": each.owner, "TABLE_NAME": each.name, "COLUMN_NAME": name, "COLUMN_ID": place,
                 "NULLABLE": "Y" if nullable else "N", "HIDDEN_COLUMN": "NO", "VIRTUAL_COLUMN": "NO",
                 "IDENTITY_COLUMN": "NO", "DEFAULT_ON_NULL": "NO", **described(kind)}
                for place, (name, kind, nullable) in enumerate(each.columns, 1)
            ]  # fmt: skip
    return found


def _identities(facts: Facts) -> Rows:
    return [
        {"OWNER": each.owner, "TABLE_NAME": each.name, "COLUMN_NAME": column.name, "GENERATION_TYPE": "BY DEFAULT",
         "SEQUENCE_NAME": f"ISEQ$$_{each.id}", "IDENTITY_OPTIONS": "START WITH: 1, INCREMENT BY: 1"}
        for each in facts.catalog.visible(facts.user, Table)
        if isinstance(each, Table)
        for column in each.columns
        if column.identity
    ]  # fmt: skip


_TYPE = ("DATA_TYPE DATA_TYPE_MOD DATA_TYPE_OWNER DATA_LENGTH:n DATA_PRECISION:n DATA_SCALE:n NULLABLE COLUMN_ID:n "
         "DEFAULT_LENGTH:n DATA_DEFAULT:l NUM_DISTINCT:n NUM_NULLS:n CHARACTER_SET_NAME CHAR_COL_DECL_LENGTH:n "
         "CHAR_LENGTH:n CHAR_USED LOW_VALUE HIGH_VALUE DENSITY:n NUM_BUCKETS:n LAST_ANALYZED:d SAMPLE_SIZE:n "
         "GLOBAL_STATS USER_STATS AVG_COL_LEN:n V80_FMT_IMAGE DATA_UPGRADED HISTOGRAM COLLATION EVALUATION_EDITION "
         "UNUSABLE_BEFORE UNUSABLE_BEGINNING SENSITIVE_COLUMN DEFAULT_ON_NULL IDENTITY_COLUMN "
         "DATA_DEFAULT_VC:t")  # fmt: skip
VIEWS: dict[str, tuple[str, Callable[[Facts], Rows]]] = {
    "ALL_TAB_COLUMNS": (f"OWNER TABLE_NAME COLUMN_NAME {_TYPE}", _columns),
    "ALL_TAB_COLS": (
        (
            f"OWNER TABLE_NAME COLUMN_NAME {_TYPE} HIDDEN_COLUMN VIRTUAL_COLUMN SEGMENT_COLUMN_ID:n "
            "INTERNAL_COLUMN_ID:n QUALIFIED_COL_NAME USER_GENERATED"
        ),
        _columns,
    ),
    "ALL_TAB_IDENTITY_COLS": (
        "OWNER TABLE_NAME COLUMN_NAME GENERATION_TYPE SEQUENCE_NAME IDENTITY_OPTIONS:t",
        _identities,
    ),
}
