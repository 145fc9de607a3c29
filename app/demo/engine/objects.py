"""What the dictionary knows: users, tables with their columns and constraints, views, indexes, synonyms, sequences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.demo.engine.types import LOBS, LOCAL, OraType

STORED_WIRE_NOT = LOBS | {"LONG", "LONG RAW", LOCAL}


def quoted(name: str) -> str:
    """An identifier as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(slots=True)
class ColumnDef:
    """A table's column. ``place`` names its DuckDB columns c<place>, w<place> (wire bytes), x<place> (a double)."""

    name: str
    type: OraType
    place: int
    nullable: bool = True
    default: tuple[Any, str] | None = None  # (node, text)
    virtual: tuple[Any, str] | None = None
    identity: bool = False
    comment: str | None = None

    @property
    def wired(self) -> bool:
        """Whether its bytes are stored beside its value."""
        return self.type.name not in STORED_WIRE_NOT and self.virtual is None


@dataclass(slots=True)
class Constraint:
    """``kind``: P, U, R or C (check and NOT NULL)."""

    name: str
    kind: str
    columns: list[str]
    check: tuple[Any, str] | None = None
    table: Table | None = None
    of: Constraint | None = None
    delete: str = "NO ACTION"
    generated: bool = False
    enabled: bool = True

    @property
    def parent(self) -> tuple[Table, Constraint]:
        """A foreign key's table and that table's key. Raises ValueError for any other kind."""
        if self.table is None or self.of is None:
            raise ValueError(f"{self.name} is no foreign key")
        return self.table, self.of


@dataclass(slots=True)
class Index:
    """An index: a name and its columns; DuckDB keeps none."""

    owner: str
    name: str
    id: int
    table: Table
    columns: list[tuple[str, bool]]
    unique: bool
    created: int
    expressions: list[str | None] = field(default_factory=list)
    kind: str = "INDEX"


@dataclass(slots=True)
class Table:
    """A table and where its rows are: DuckDB table ``t<id>``."""

    owner: str
    name: str
    id: int
    created: int
    columns: list[ColumnDef] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    comment: str | None = None
    temporary: bool = False
    data: int = 0  # data object id: changes with TRUNCATE
    next_row: int = 0
    next_place: int = 0
    next_identity: int = 1
    changed: int = 0  # SCN of the last DDL
    lost: int = 0  # SCN below which history is gone
    touched: int = 0  # SCN of the last committed change
    analyzed: tuple[int, int] | None = None  # (rows, time)
    pinned: Any = None
    ddl_time: int = 0
    kind: str = "TABLE"

    @property
    def duck(self) -> str:
        """The DuckDB table with its row versions."""
        return f"t{self.data}"

    def column(self, name: str) -> ColumnDef | None:
        """A column by its exact name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def primary(self) -> Constraint | None:
        """Its primary key."""
        return next((each for each in self.constraints if each.kind == "P"), None)


@dataclass(slots=True)
class View:
    """A view: its text and parsed query."""

    owner: str
    name: str
    id: int
    created: int
    text: str
    query: Any
    names: list[str]
    columns: list[tuple[str, OraType, bool]] = field(default_factory=list)
    comment: str | None = None
    comments: dict[str, str] = field(default_factory=dict)
    kind: str = "VIEW"


@dataclass(slots=True)
class Synonym:
    """Another name; owner PUBLIC for everyone's."""

    owner: str
    name: str
    id: int
    created: int
    target: tuple[str, str]
    kind: str = "SYNONYM"


@dataclass(slots=True)
class Sequence:
    """A sequence of numbers."""

    owner: str
    name: str
    id: int
    created: int
    next: int = 1
    step: int = 1
    low: int = 1
    high: int = 10**28 - 1
    kind: str = "SEQUENCE"


@dataclass(slots=True)
class User:
    """A login and its schema."""

    name: str
    password: str
    id: int
    created: int
    privileges: set[str] = field(default_factory=set)
    admin: bool = False


Thing = Table | View | Synonym | Sequence | Index
