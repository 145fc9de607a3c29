"""What the parser makes of a statement: plain records, each with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    """Anything with a place."""

    at: int


@dataclass(slots=True)
class Literal(Node):
    """``kind``: number, text, ntext, null, date, timestamp, interval, default."""

    kind: str
    value: str
    extra: tuple[Any, ...] = ()


@dataclass(slots=True)
class Bind(Node):
    """A bind variable: ``index`` counts occurrences from 0."""

    name: str
    index: int


@dataclass(slots=True)
class Name(Node):
    """``[schema.][table.]column``, a pseudo column, or a function without parentheses."""

    parts: tuple[str, ...]
    quoted: bool = False
    outer: bool = False


@dataclass(slots=True)
class Star(Node):
    """``*`` or ``t.*``."""

    parts: tuple[str, ...] = ()


@dataclass(slots=True)
class Order(Node):
    """One term of ORDER BY."""

    value: Node
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(slots=True)
class Window(Node):
    """``OVER (...)``; ``frame`` is SQL text that DuckDB reads as it is, with its bounds as nodes."""

    partition: list[Node]
    order: list[Order]
    frame: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Call(Node):
    """A function call with everything that may hang on it."""

    name: tuple[str, ...]
    args: list[Node]
    distinct: bool = False
    star: bool = False
    over: Window | None = None
    within: list[Order] = field(default_factory=list)
    keep: tuple[str, list[Order]] | None = None
    option: str = ""
    quoted: bool = False


@dataclass(slots=True)
class Unary(Node):
    """``-x``, ``NOT x``, ``PRIOR x``."""

    op: str
    value: Node


@dataclass(slots=True)
class Binary(Node):
    """``a op b``: arithmetic, ``||``, comparison, AND, OR."""

    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Between(Node):
    """``x [NOT] BETWEEN low AND high``."""

    value: Node
    low: Node
    high: Node
    negated: bool


@dataclass(slots=True)
class In(Node):
    """``x [NOT] IN (…)``; ``items`` is a list or a query; ``op`` and ``any`` serve ``= ANY (…)``."""

    value: Node
    items: list[Node] | None
    query: Query | None
    negated: bool
    op: str = "="
    every: bool = False


@dataclass(slots=True)
class Like(Node):
    """``x [NOT] LIKE pattern [ESCAPE e]``."""

    value: Node
    pattern: Node
    escape: Node | None
    negated: bool


@dataclass(slots=True)
class Is(Node):
    """``x IS [NOT] NULL|NAN|INFINITE|TRUE|FALSE``."""

    value: Node
    what: str
    negated: bool


@dataclass(slots=True)
class Exists(Node):
    """``EXISTS (query)``."""

    query: Query


@dataclass(slots=True)
class Scalar(Node):
    """A query as a value."""

    query: Query


@dataclass(slots=True)
class Row(Node):
    """``(a, b)`` where a row is meant."""

    items: list[Node]


@dataclass(slots=True)
class Case(Node):
    """CASE; ``operand`` for the simple form."""

    operand: Node | None
    whens: list[tuple[Node, Node]]
    otherwise: Node | None


@dataclass(slots=True)
class Cast(Node):
    """``CAST(x AS type)``."""

    value: Node
    type: Any


@dataclass(slots=True)
class AtZone(Node):
    """``x AT TIME ZONE z`` or AT LOCAL (``zone`` None)."""

    value: Node
    zone: Node | None


@dataclass(slots=True)
class Item(Node):
    """One item of a select list."""

    value: Node
    alias: str | None
    text: str


@dataclass(slots=True)
class Flashback(Node):
    """``AS OF SCN|TIMESTAMP x``."""

    kind: str
    value: Node


@dataclass(slots=True)
class Sample(Node):
    """``SAMPLE [BLOCK] (percent) [SEED (n)]``."""

    block: bool
    percent: float
    seed: int | None


@dataclass(slots=True)
class Source(Node):
    """A table, view, or (``query``) an inline view in FROM."""

    parts: tuple[str, ...]
    alias: str | None
    query: Query | None = None
    flashback: Flashback | None = None
    sample: Sample | None = None
    link: str | None = None
    collection: Node | None = None
    lateral: bool = False


@dataclass(slots=True)
class Join(Node):
    """``kind``: inner, left, right, full, cross; natural joins have ``natural``."""

    left: Source | Join
    right: Source | Join
    kind: str
    on: Node | None
    using: list[str]
    natural: bool = False


@dataclass(slots=True)
class Select(Node):
    """One query block."""

    items: list[Node]
    sources: list[Source | Join]
    distinct: bool = False
    where: Node | None = None
    group: list[Any] | None = None
    having: Node | None = None
    start: Node | None = None
    connect: Node | None = None


@dataclass(slots=True)
class SetOp(Node):
    """UNION, INTERSECT, MINUS or EXCEPT, each with or without ALL."""

    op: str
    left: Query
    right: Query


@dataclass(slots=True)
class Query(Node):
    """A whole query: WITH, body, ORDER BY, OFFSET / FETCH, FOR UPDATE."""

    body: Select | SetOp | Query
    ctes: list[tuple[str, list[str], Query]] = field(default_factory=list)
    order: list[Order] = field(default_factory=list)
    offset: Node | None = None
    limit: Node | None = None
    percent: bool = False
    ties: bool = False
    lock: tuple[bool, float | None, bool] | None = None  # (for update, seconds to wait or None, skip locked)


@dataclass(slots=True)
class Returning(Node):
    """``RETURNING items INTO binds``."""

    items: list[Node]
    binds: list[Bind]


@dataclass(slots=True)
class Insert(Node):
    """INSERT; ``branches`` for INSERT ALL: (table, columns, values)."""

    table: Source
    columns: list[tuple[str, int]]
    values: list[list[Node]] | None
    query: Query | None
    returning: Returning | None = None
    branches: list[tuple[Source, list[tuple[str, int]], list[Node]]] = field(default_factory=list)


@dataclass(slots=True)
class Set(Node):
    """One assignment of UPDATE: several columns when ``value`` is a query."""

    columns: list[Name]
    value: Node


@dataclass(slots=True)
class Update(Node):
    """UPDATE."""

    table: Source
    sets: list[Set]
    where: Node | None
    returning: Returning | None = None


@dataclass(slots=True)
class Delete(Node):
    """DELETE."""

    table: Source
    where: Node | None
    returning: Returning | None = None


@dataclass(slots=True)
class Merge(Node):
    """MERGE."""

    table: Source
    source: Source
    on: Node
    sets: list[Set]
    update_where: Node | None
    delete_where: Node | None
    columns: list[tuple[str, int]]
    values: list[Node] | None
    insert_where: Node | None


@dataclass(slots=True)
class Command(Node):
    """Everything else: ``kind`` names it, ``parts`` holds what it needs."""

    kind: str
    parts: dict[str, Any]
