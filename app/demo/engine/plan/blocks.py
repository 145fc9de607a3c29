"""One query block: FROM, WHERE with (+) and ROWNUM, GROUP BY, HAVING, select list, ORDER BY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.plan import compare, hierarchy, rownum
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex
from app.demo.engine.plan.expressions import AGGREGATES, compiled, truth
from app.demo.engine.plan.scope import Relation, Scope
from app.demo.engine.plan.sources import source
from app.demo.engine.plan.walk import conjuncts, inside, names
from app.demo.engine.sql import nodes

_PASSING = "CAST(row_number() OVER () AS BIGINT)"


@dataclass
class Block:
    """A query block in pieces; ``render`` puts a select list into it."""

    names: list[str]
    columns: list[Ex]
    source: str
    where: list[str] = field(default_factory=list)
    group: str = ""
    having: str = ""
    order: str = ""
    distinct: bool = False
    limit: str | None = None
    tail: str = ""
    scope: Scope = field(default_factory=Scope)

    def render(self, projection: Sequence[str]) -> str:
        """The block's SQL with this select list."""
        where = f" WHERE {' AND '.join(self.where)}" if self.where else ""
        limit = f" LIMIT {self.limit}" if self.limit else ""
        return (
            f"SELECT {', '.join(projection) or '1'} FROM {self.source}{where}{self.group}{self.having}"
            f"{self.order}{limit}{self.tail}"
        )


def shapes(columns: Sequence[Ex]) -> list[str]:
    """The select list c<i>, w<i>, x<i> of a query that others read from."""
    found: list[str] = []
    for index, ex in enumerate(columns):
        found.append(f"{ex.sql} AS c{index}")
        if ex.wire:
            found.append(f"{ex.wire} AS w{index}")
        if ex.approx:
            found.append(f"{ex.approx} AS x{index}")
    return found


def block(ctx: Context, node: nodes.Select, parent: Scope | None, order: Sequence[nodes.Order]) -> Block:
    """Compile one block with the ORDER BY that belongs to it."""
    scope = Scope(parent=parent, aggregates=False)
    if node.connect is not None:
        made = Block([], [], hierarchy.source(ctx, node, scope), scope=scope)
        _where(ctx, node, scope, made, [])
    else:
        parts = [(each, source(ctx, each, scope)) for each in node.sources]
        made = Block([], [], "", scope=scope)
        _where(ctx, node, scope, made, parts)
    uses_rownum = names([node.items, list(order)], "ROWNUM")
    _limited(made, node, order, uses_rownum)
    scope.rownum = _PASSING if uses_rownum else None
    _grouped(ctx, node, scope, made, order)
    scope.aggregates = True
    scope.windows = True
    _items(ctx, node, scope, made)
    made.distinct = node.distinct
    if node.having is not None:
        made.having = f" HAVING {truth(ctx, node.having, scope)}"
    if order and not node.distinct:
        made.order = " ORDER BY " + ", ".join(_order_terms(ctx, order, made, scope))
    return made


def _where(ctx: Context, node: nodes.Select, scope: Scope, made: Block, parts: list[tuple[Any, str]]) -> None:
    tests: list[Any] = []
    counted: list[Any] = []
    for each in conjuncts(node.where):
        (counted if names(each, "ROWNUM") else tests).append(each)
    outer: dict[str, list[str]] = {}
    for test in tests:
        scope.outer_columns = []
        sql = truth(ctx, test, scope)
        if scope.outer_columns:
            if any(isinstance(each, nodes.Join) for each in node.sources):
                raise ora(25156, at=test.at)
            outer.setdefault(scope.outer_columns[0].name, []).append(sql)
        else:
            made.where.append(sql)
    for relation in scope.relations:
        if relation.name in outer:
            relation.loosen()
    if parts:
        made.source = _from(parts, outer)
    made.limit = rownum.limit(ctx, counted, scope)


def _from(parts: list[tuple[Any, str]], outer: dict[str, list[str]]) -> str:
    plain = [sql for _, sql in parts if not any(sql.endswith(f" {name}") for name in outer)]
    made = ", ".join(plain) if not outer else " CROSS JOIN ".join(plain)
    waiting = {name: sql for name in outer for _, sql in parts if sql.endswith(f" {name}")}
    if outer and not plain:
        raise ora(1416)
    while waiting:
        ready = next((name for name in waiting if not _needs(outer[name], waiting, name)), None)
        if ready is None:
            raise ora(1416)
        made += f" LEFT JOIN {waiting.pop(ready)} ON {' AND '.join(outer[ready])}"
    return made


def _needs(tests: list[str], waiting: dict[str, str], name: str) -> bool:
    return any(f"{other}." in test for test in tests for other in waiting if other != name)


def _limited(made: Block, node: nodes.Select, order: Sequence[Any], uses_rownum: bool) -> None:
    """ROWNUM counts before grouping and ordering: then the limit moves into the FROM clause."""
    if made.limit is None:
        return
    calls = [each for each in inside([node.items, node.having, list(order)]) if isinstance(each, nodes.Call)]
    aggregated = node.group is not None or any(each.name[-1] in AGGREGATES or each.over for each in calls)
    if not (order or aggregated or node.distinct or uses_rownum):
        return
    rows = ", ".join(relation.name for relation in made.scope.relations)
    where = f" WHERE {' AND '.join(made.where)}" if made.where else ""
    made.source = f"(SELECT {rows or '1'} FROM {made.source}{where} LIMIT {made.limit})"
    made.where, made.limit = [], None


def _grouped(ctx: Context, node: nodes.Select, scope: Scope, made: Block, order: Sequence[Any]) -> None:
    calls = [each for each in inside([node.items, node.having, list(order)]) if isinstance(each, nodes.Call)]
    plain = any(each.name[-1] in AGGREGATES and each.over is None for each in calls)
    if node.group is None and not plain and node.having is None:
        return
    keys: dict[str, Ex] = {}
    terms = [_group_term(ctx, term, scope, keys) for term in node.group or []]
    scope.grouped = keys
    scope.aggregated = True
    terms = [term for term in terms if term]
    if terms:
        made.group = " GROUP BY " + ", ".join(terms)


def _group_term(ctx: Context, term: Any, scope: Scope, keys: dict[str, Ex]) -> str:
    if isinstance(term, tuple):
        kind, parts = term
        return f"{kind} ({', '.join(_group_term(ctx, part, scope, keys) or '()' for part in parts)})"
    if isinstance(term, nodes.Row):
        return "(" + ", ".join(_group_term(ctx, part, scope, keys) for part in term.items) + ")"
    ex = compiled(ctx, term, scope)
    if ex.const:
        return ""
    key = compare.sort_key(ex)
    wire = f"any_value({ex.wire})" if ex.wire else None
    approx = f"any_value({ex.approx})" if ex.approx else None
    value = key if key == ex.sql else f"any_value({ex.sql})"
    keys[ex.sql] = replace(ex, sql=value, wire=_null_wire(key, wire), approx=approx, py=None, leaves={}, exact=True)
    if not ex.exact and ex.py:
        keys[ex.sql].exact = True
    return key


def _null_wire(key: str, wire: str | None) -> str | None:
    """In ROLLUP a key is NULL where its bytes are not."""
    return f"CASE WHEN {key} IS NULL THEN '\\x00'::BLOB ELSE {wire} END" if wire else None


def _items(ctx: Context, node: nodes.Select, scope: Scope, made: Block) -> None:
    for item in node.items:
        if isinstance(item, nodes.Star):
            for name, ex in _expanded(item, scope):
                made.names.append(name)
                made.columns.append(_checked(ex, scope, item))
        elif isinstance(item, nodes.Item):
            ex = compiled(ctx, item.value, scope)
            if ex.type.name == "BOOLEAN" and ctx.who.face != "23ai":
                raise ora(923, at=item.at)
            made.names.append(item.alias or label(item))
            made.columns.append(ctx.bring(ex))
            if item.alias:
                scope.aliases[item.alias] = made.columns[-1]


def _checked(ex: Ex, scope: Scope, item: nodes.Node) -> Ex:
    if scope.grouped is None:
        return ex
    if ex.sql not in scope.grouped:
        raise ora(979, at=item.at)
    return replace(scope.grouped[ex.sql])


def label(item: nodes.Item) -> str:
    """A column's name without an alias: the column, or the expression's text without blanks."""
    if isinstance(item.value, nodes.Name):
        return item.value.parts[-1]
    out, quote = [], ""
    for char in item.text:
        if quote:
            quote = "" if char == quote else quote
            out.append(char)
        elif char in "'\"":
            quote = char
            out.append(char)
        elif not char.isspace():
            out.append(char.upper())
    return "".join(out)[:128]


def _expanded(star: nodes.Star, scope: Scope) -> list[tuple[str, Ex]]:
    if star.parts:
        return list(scope.relation(star.parts, star.at).fields)
    found = list(scope.merged.items())
    for relation in scope.relations:
        found += [(name, ex) for name, ex in relation.fields if name not in relation.hidden]
    return found


def _order_terms(ctx: Context, order: Sequence[nodes.Order], made: Block, scope: Scope) -> list[str]:
    terms: list[str] = []
    for term in order:
        ex = order_value(ctx, term, made.names, made.columns, scope)
        if not ex.const:
            terms.append(directed(compare.sort_key(ex), term))
    return terms or ["NULL"]


def order_value(ctx: Context, term: nodes.Order, labels: list[str], columns: list[Ex], scope: Scope | None) -> Ex:
    """What one ORDER BY term means: a position, a select list alias, or an expression. Raises ORA-01785."""
    node = term.value
    if isinstance(node, nodes.Literal) and node.kind == "number" and node.value.isdigit():
        if not 1 <= int(node.value) <= len(columns):
            raise ora(1785, at=node.at)
        return columns[int(node.value) - 1]
    if isinstance(node, nodes.Name) and len(node.parts) == 1:
        found = [ex for name, ex in zip(labels, columns, strict=True) if name == node.parts[0]]
        if scope is None or (found and node.parts[0] in scope.aliases):
            if not found:
                raise ora(904, f'"{node.parts[0]}"', at=node.at)
            return found[0]
    if scope is None:
        raise ora(1785, at=node.at)
    return compiled(ctx, node, scope)


def directed(sql: str, term: nodes.Order) -> str:
    """An ORDER BY term with Oracle's place for NULLs: last ascending, first descending."""
    first = term.descending if term.nulls_first is None else term.nulls_first
    return f"{sql} {'DESC' if term.descending else 'ASC'} NULLS {'FIRST' if first else 'LAST'}"


__all__ = ["Block", "Relation", "block", "directed", "label", "order_value", "shapes"]
