"""How much a statement becomes when it is bound: aliases, columns of subqueries and of WITH tables written out.

Neither the binder nor the optimizer hears an interrupt, and memory_limit does not count what they take. So what a
column stands for is followed from the innermost query outwards; a name that cannot be resolved is the heaviest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, NamedTuple

from app.query.functions import COPYING, ENCODING
from app.schemas.names import folded

Node = dict[str, Any]
Tables = Callable[[str, str, str], int]  # catalog, schema, name -> columns, 0 where it may not be read
PARTS = ("where_clause", "group_expressions", "having", "qualify", "modifiers", "sample")
DESCRIBED = 12  # columns of SUMMARIZE


class Weight(NamedTuple):
    """Of one expression: how many it is when written out, and how many times longer encodings make its value."""

    written: int = 1
    longer: int = 1


ONE = Weight()


@dataclass
class Columns:
    """What a query gives or reads: how many, what they weigh by name and of any other name, whole rows by table."""

    count: int = 1
    known: dict[str, Weight] = field(default_factory=dict)
    other: Weight = ONE
    rows: dict[str, Weight] = field(default_factory=dict)

    def add(self, name: str, weight: Weight) -> None:
        self.known[name] = heavier(self.known.get(name, weight), weight)

    def heaviest(self) -> Weight:
        return heavier(self.other, *self.known.values())

    def row(self) -> Weight:
        """All columns as one value: shown as text, it quotes each once more."""
        named, more = self.known.values(), max(0, self.count - len(self.known))
        written = sum(each.written for each in named) + more * self.other.written
        return Weight(written, 2 * self.heaviest().longer)

    def find(self, names: list[str], outer: Iterable[Columns] = ()) -> Weight:
        """Of the column, or whatever else of ``outer`` queries it may be where it is not known here."""
        parts = [folded(name) for name in names]
        found = [self.known[part] for part in parts if part in self.known]
        found += [self.rows[parts[0]]] if len(parts) == 1 and parts[0] in self.rows else []
        return heavier(*found) if found else heavier(self.other, *(query.find(names) for query in outer))


def heavier(*weights: Weight) -> Weight:
    return Weight(max(each.written for each in weights), max(each.longer for each in weights))


def merged(many: Iterable[Columns]) -> Columns:
    """Side by side, as in a join."""
    whole = Columns(count=0)
    for one in many:
        whole.count += one.count
        for name, weight in one.known.items():
            whole.add(name, weight)
        whole.rows |= one.rows
        whole.other = heavier(whole.other, one.other)
    return whole


class Unfolding:
    """Of a whole statement: ``columns`` of its SELECTs, expressions ``written`` out, how much ``longer`` a value."""

    def __init__(self, statement: Node, tables: Tables) -> None:
        self.columns, self.written, self.longer = 0, 0, 1
        self._tables = tables
        self._with: dict[str, Columns] = {}
        self._outer: list[Columns] = []  # what a subquery sees of the queries around it
        self._query(statement["node"])

    def _query(self, node: Node) -> Columns:
        for entry in node.get("cte_map", {}).get("map", []):
            self._define(folded(entry["key"]), entry["value"])
        given = self._select(node) if node.get("type") == "SELECT_NODE" else self._united(node)
        self.columns += given.count
        return given

    def _define(self, name: str, value: Node) -> None:
        before = self._with.setdefault(name, Columns())  # what a recursive one finds of itself
        query = value.get("query_node") or value["query"]["node"]
        given = _renamed(self._query(query), value.get("aliases"))
        self._with[name] = replace(merged([before, given]), count=max(before.count, given.count))

    def _united(self, node: Node) -> Columns:
        """UNION and recursive queries: columns are matched by place, not by name."""
        sides = [self._query(side) for side in _queries(node)]
        heaviest = heavier(ONE, *(side.heaviest() for side in sides))
        names = (name for side in sides for name in side.known)
        return Columns(sum(side.count for side in sides), dict.fromkeys(names, heaviest), heaviest)

    def _select(self, select: Node) -> Columns:
        source = self._source(select.get("from_table") or {})
        seen, given = merged([source]), Columns(count=0)
        for item in filter(None, select.get("select_list", [])):
            weight = self._counted(item, seen)
            name = item.get("alias") or (item.get("column_names") or [""])[-1]
            if stars := _stars(item):  # each brings all columns, by their own names
                brought = Columns(stars * source.count, dict.fromkeys(source.known, weight), weight)
                given = merged([given, brought])
            else:
                given.count += 1
            if name:
                given.add(folded(name), weight)
                seen.add(folded(name), weight)
            given.other = heavier(given.other, weight)
        for part in PARTS:
            self._counted(select.get(part), seen)
        return given

    def _counted(self, expression: Any, seen: Columns) -> Weight:
        weight = self._weight(expression, seen)
        times = max(1, _stars(expression) * seen.count)
        self.written, self.longer = self.written + times * weight.written, max(self.longer, weight.longer)
        return weight

    def _weight(self, node: Any, seen: Columns) -> Weight:
        if isinstance(node, list):
            return _sum([self._weight(child, seen) for child in node])
        if not isinstance(node, dict):
            return Weight(0)
        kind, name = node.get("class"), folded(node.get("function_name") or "")
        if kind == "COLUMN_REF":
            return seen.find(node["column_names"], self._outer)
        children = [self._weight(child, seen) for child in _parts(node)]
        if node.get("type") in ("COMPARE_IN", "COMPARE_NOT_IN"):  # the first is compared with each of the others
            children[0] = Weight(children[0].written * len(children), children[0].longer)
        if kind in ("STAR", "POSITIONAL_REFERENCE"):
            children.append(seen.heaviest())
        if node.get("subquery"):
            children.append(self._within(seen, lambda: self._query(node["subquery"]["node"])).heaviest())
        written, longer = _sum(children)
        bits = kind == "CAST" and node["cast_type"].get("id") == "BIT"
        return Weight(bool(kind) + written * COPYING.get(name, 1), longer * (8 if bits else ENCODING.get(name, 1)))

    def _within(self, seen: Columns, query: Callable[[], Columns]) -> Columns:
        self._outer.append(seen)
        try:
            return query()
        finally:
            self._outer.pop()

    def _source(self, table: Node) -> Columns:
        """What FROM gives to read; the right side of a join may be LATERAL and use the left."""
        if table.get("type") == "JOIN":
            left = self._source(table["left"])
            sides = merged([left, self._within(left, lambda: self._source(table["right"]))])
            self._counted(table.get("condition"), sides)
            return sides
        found = _renamed(self._table(table), table.get("column_name_alias"))
        called = folded(table.get("alias") or table.get("table_name") or "")
        return replace(found, rows={called: found.row()} if called else {})

    def _table(self, table: Node) -> Columns:
        match table.get("type"):
            case "BASE_TABLE":
                names = table.get("catalog_name", ""), table.get("schema_name", ""), table["table_name"]
                return self._with.get(folded(names[2])) or Columns(self._tables(*names))
            case "SUBQUERY":
                return self._query(table["subquery"]["node"])
            case "PIVOT":
                return self._pivot(table)
            case "SHOW_REF":
                self._query(table["query"]) if table.get("query") else None
                return Columns(DESCRIBED)
            case _:
                values = table.get("values") or [[]]
                weight = self._counted([values, table.get("function")], Columns())
                return Columns(max(1, len(values[0])), other=heavier(ONE, weight))

    def _pivot(self, table: Node) -> Columns:
        source, pivots = self._source(table["source"]), table.get("pivots") or []
        self._counted([table.get("aggregates"), pivots], source)
        values = prod(max(1, len(each.get("entries") or [])) for each in pivots) * max(1, len(table["aggregates"]))
        return replace(merged([source, Columns(values, other=source.heaviest())]), rows={})


def _parts(node: Node) -> list[Any]:
    """What an expression is made of, its children first; a subquery is looked at on its own."""
    others = [value for key, value in node.items() if key not in ("subquery", "children")]
    return [*(node.get("children") or []), *others]


def _queries(node: Node) -> list[Node]:
    """The queries that a UNION or a recursive query is made of."""
    values = [*node.values(), *(node.get("children") or [])]
    return [value for value in values if isinstance(value, dict) and str(value.get("type")).endswith("_NODE")]


def _sum(weights: list[Weight]) -> Weight:
    return Weight(sum(each.written for each in weights), max((each.longer for each in weights), default=1))


def _renamed(columns: Columns, names: list[str] | None) -> Columns:
    if not names:
        return columns
    heaviest = columns.heaviest()
    return Columns(columns.count, dict.fromkeys(map(folded, names), heaviest), heaviest)


def _stars(item: Any) -> int:
    """How often ``*``, ``t.*`` or COLUMNS(…), which multiplies the function around it, stands in the item."""
    if isinstance(item, list):
        return sum(map(_stars, item))
    if not isinstance(item, dict) or item.get("class") == "SUBQUERY":
        return 0
    return (item.get("class") == "STAR") + sum(map(_stars, item.values()))
