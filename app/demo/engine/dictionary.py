"""ALL_/USER_/DBA_ views, SESSION_PRIVS, V$… and NLS_…: made from the catalog when asked for, kept until it changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from app.demo.engine import dictionary_columns, dictionary_objects, dictionary_system
from app.demo.engine.catalog import Catalog
from app.demo.engine.clock import Clock
from app.demo.engine.dictionary_system import Facts
from app.demo.engine.objects import ColumnDef
from app.demo.engine.plan.ex import Ex
from app.demo.engine.storage import Storage, column_sql, shapes_of
from app.demo.engine.types import DATE, NUMBER, OraType, varchar

Maker = Callable[[Facts], list[dict[str, Any]]]
_VIEWS: dict[str, tuple[str, Maker]] = {
    **dictionary_objects.VIEWS,
    **dictionary_columns.VIEWS,
    **dictionary_system.VIEWS,
}
LIVE = ("V$DATABASE", "V$TRANSACTION", "V$SESSION", "V$INSTANCE", "NLS_SESSION_PARAMETERS", "V$NLS_PARAMETERS")
_KEPT_OLD = 200  # statements that are being planned may still name an old table
_COUNT = OraType("NUMBER", 38, 6)
_TYPES = {"n": _COUNT, "d": DATE, "v": varchar(128), "t": varchar(4000), "l": OraType("LONG"), "r": OraType("ROWID")}


class Dictionary:
    """Looks a view up by name: its DuckDB table and its columns. ``OWNER`` goes from USER_ views."""

    def __init__(self, catalog: Catalog, storage: Storage, clock: Clock, live: Callable[[], dict[str, Any]]) -> None:
        self._catalog, self._storage, self._clock, self._live = catalog, storage, clock, live
        self._kept: dict[tuple[str, str], tuple[int, str, list[tuple[str, Ex]], list[dict[str, Any]]]] = {}
        self._made = 0
        self._old: deque[str] = deque()

    def find(self, name: str, user: str, settings: Any = None) -> tuple[str, list[tuple[str, Ex]]] | None:
        """The view for this user; None when there is none of that name (or DBA_ without the right)."""
        base, scope = _base(name)
        if base not in _VIEWS or (scope == "DBA" and not self._dba(user)):
            return None
        key = (name, user)
        kept = self._kept.get(key)
        if kept and kept[0] == self._catalog.version and base not in LIVE:
            return kept[1], kept[2]
        spec, make = _VIEWS[base]
        facts = Facts(self._catalog, self._clock, user, scope, self._live(), settings)
        rows = whole = make(facts)
        if kept and kept[0] == self._catalog.version and kept[3] == rows:
            return kept[1], kept[2]
        columns = [_column(place, *word.split(":")) for place, word in enumerate(spec.split())]
        if scope == "USER":
            rows = [row for row in rows if row.get("OWNER", row.get("TABLE_OWNER", user)) == user]
            columns = [each for each in columns if each.name != "OWNER"]
        made = self._store(columns, rows)
        self._kept[key] = (self._catalog.version, *made, whole)
        if kept:
            self._old.append(kept[1])
        while len(self._old) > _KEPT_OLD:
            self._storage.run(f"DROP TABLE IF EXISTS {self._old.popleft()}")
        return made

    def _dba(self, user: str) -> bool:
        found = self._catalog.users[user]
        return found.admin or bool({"SELECT ANY DICTIONARY", "SELECT_CATALOG_ROLE"} & found.privileges)

    def _store(self, columns: Sequence[ColumnDef], rows: Sequence[dict[str, Any]]) -> tuple[str, list[tuple[str, Ex]]]:
        self._made += 1
        duck = f"d{self._made}"
        places = [ColumnDef(column.name, column.type, place) for place, column in enumerate(columns)]
        self._storage.run(f"CREATE TABLE {duck} ({', '.join(column_sql(column) for column in places)})")
        names, slots, lists = [], [], []
        for column in places:
            for name, slot, values in shapes_of(column, [_value(row.get(column.name), column) for row in rows]):
                names.append(name)
                slots.append(slot)
                lists.append(values)
        if rows:
            self._storage.run(f"INSERT INTO {duck} ({', '.join(names)}) SELECT {', '.join(slots)}", lists)
        return duck, [(column.name, _field(column)) for column in places]


def _field(column: ColumnDef) -> Ex:
    if column.type is _COUNT:
        return Ex(NUMBER, f"c{column.place}", "decimal", (38, 6))
    return Ex(column.type, f"c{column.place}")


def _value(value: Any, column: ColumnDef) -> Any:
    return Decimal(value) if isinstance(value, int) and column.type is _COUNT else value


def _column(place: int, name: str, kind: str = "v") -> ColumnDef:
    return ColumnDef(name, _TYPES[kind], place)


def _base(name: str) -> tuple[str, str]:
    for scope in ("ALL", "USER", "DBA"):
        if name.startswith(scope + "_") and name != "USER_USERS":
            return "ALL" + name[len(scope) :], scope
    return {"TAB": "TAB", "DICT": "DICTIONARY", "COLS": "ALL_TAB_COLUMNS"}.get(name, name), "ALL"
