"""What names mean: relations of a query block, their columns, and the blocks around it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.demo.engine.errors import ora
from app.demo.engine.objects import Table
from app.demo.engine.plan.ex import Ex
from app.demo.engine.sql.nodes import Name


@dataclass(slots=True)
class Relation:
    """One FROM item: ``name`` is its alias in DuckDB, ``alias`` what SQL calls it."""

    name: str
    alias: str
    fields: list[tuple[str, Ex]]
    owner: str | None = None
    table: Table | None = None
    rowid: Ex | None = None
    rowscn: Ex | None = None
    hidden: set[str] = field(default_factory=set)
    versions: str | None = None

    def loosen(self) -> None:
        """It stands on the outer side of a join: any column may be NULL, its bytes too."""
        self.fields = [
            (name, replace(ex, nullable=True, wire=f"coalesce({ex.wire}, '\\x00'::BLOB)" if ex.wire else None))
            for name, ex in self.fields
        ]

    def find(self, column: str) -> Ex | None:
        """The column of that name. Raises ORA-00918 when there are two."""
        found = [ex for name, ex in self.fields if name == column]
        if len(found) > 1:
            raise ora(918)
        return found[0] if found else None


@dataclass(slots=True)
class Scope:
    """A query block while it is compiled. ``grouped``: SQL of GROUP BY values -> what stands for them outside."""

    relations: list[Relation] = field(default_factory=list)
    parent: Scope | None = None
    grouped: dict[str, Ex] | None = None
    inside: bool = False
    aggregates: bool = True
    aggregated: bool = False
    windows: bool = False
    rownum: str | None = None
    merged: dict[str, Ex] = field(default_factory=dict)
    aliases: dict[str, Ex] = field(default_factory=dict)
    level: Ex | None = None
    outer_columns: list[Relation] = field(default_factory=list)

    def resolve(self, name: Name) -> tuple[Ex, Relation | None, int]:
        """The column, its relation and how many blocks out it was found. Raises ORA-00904, ORA-00918."""
        scope: Scope | None = self
        depth = 0
        while scope:
            if found := scope.here(name):
                return found[0], found[1], depth
            scope, depth = scope.parent, depth + 1
        raise ora(904, ".".join(f'"{part}"' for part in name.parts), at=name.at)

    def here(self, name: Name) -> tuple[Ex, Relation | None] | None:
        """The column among this block's relations."""
        column = name.parts[-1]
        if len(name.parts) == 1 and column in self.merged:
            return self.merged[column], None
        found: list[tuple[Ex, Relation]] = []
        for relation in self.relations:
            if not _addressed(relation, name.parts[:-1]):
                continue
            ex = relation.find(column) or _pseudo(relation, name, len(self.relations))
            if ex is not None:
                found.append((replace(ex), relation))
        if len(found) > 1 and (column in ("ROWID", "ORA_ROWSCN") or len(name.parts) == 1):
            raise ora(918, at=name.at)
        return found[0] if found else None

    def relation(self, parts: tuple[str, ...], at: int) -> Relation:
        """The relation that ``t.*`` means. Raises ORA-00904."""
        for relation in self.relations:
            if _addressed(relation, parts):
                return relation
        raise ora(904, ".".join(f'"{part}"' for part in parts), at=at)


def _addressed(relation: Relation, parts: tuple[str, ...]) -> bool:
    if not parts:
        return True
    if len(parts) == 1:
        return relation.alias == parts[0]
    return relation.alias == parts[1] and relation.owner == parts[0]


def _pseudo(relation: Relation, name: Name, relations: int) -> Ex | None:
    if name.quoted:
        return None
    if name.parts[-1] == "ROWID" and (len(name.parts) > 1 or relations == 1 or relation.rowid):
        return relation.rowid
    return relation.rowscn if name.parts[-1] == "ORA_ROWSCN" else None
