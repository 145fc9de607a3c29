"""Whole queries: WITH, set operators, DISTINCT, ORDER BY, OFFSET and FETCH."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.plan import branches, compare, convert
from app.demo.engine.plan.blocks import Block, block, directed, order_value, shapes
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate, constant, renamed
from app.demo.engine.plan.expressions import AGGREGATES, COMPILERS, compiled
from app.demo.engine.plan.scope import Scope
from app.demo.engine.sql import nodes


@dataclass
class Sub:
    """A compiled query that others read from: columns c<i> (and w<i>, x<i>) under these names."""

    names: list[str]
    columns: list[Ex]
    sql: str

    def column(self, index: int, relation: str) -> Ex:
        """Its column as seen from a query that calls it ``relation``."""
        return renamed(self.columns[index], relation, str(index))


def pieces(ctx: Context, query: nodes.Query, parent: Scope | None) -> Block:
    """A query as a block whose select list is still open."""
    frames = len(ctx.ctes)
    prefix = _with(ctx, query, parent)
    made = _body(ctx, query, parent)
    del ctx.ctes[frames:]
    _window(ctx, query, made)
    if prefix:
        inner = Sub(made.names, made.columns, made.render(shapes(made.columns)))
        made = _over(ctx, inner, prefix)
    return made


def _over(ctx: Context, sub: Sub, prefix: str = "") -> Block:
    name = ctx.fresh("q")
    columns = [sub.column(index, name) for index in range(len(sub.columns))]
    return Block(list(sub.names), columns, f"({prefix}{sub.sql}) {name}")


def subquery(ctx: Context, query: nodes.Query, parent: Scope | None) -> Sub:
    """A query that stands inside another statement."""
    made = pieces(ctx, query, parent)
    return Sub(made.names, made.columns, made.render(shapes(made.columns)))


def _with(ctx: Context, query: nodes.Query, parent: Scope | None) -> str:
    if not query.ctes:
        return ""
    parts: list[str] = []
    frame: dict[str, Any] = {}
    ctx.ctes.append(frame)
    for name, columns, inner in query.ctes:
        if _recursive(name, inner):
            raise ora(3001, "recursive WITH", at=inner.at)
        sub = subquery(ctx, inner, parent)
        if columns:
            if len(columns) != len(sub.columns):
                raise ora(32038)
            sub.names = columns
        duck = ctx.fresh("w")
        frame[name] = (duck, sub)
        parts.append(f"{duck} AS ({sub.sql})")
    return f"WITH {', '.join(parts)} "


def _recursive(name: str, query: Any) -> bool:
    if isinstance(query, nodes.Query):
        return _recursive(name, query.body)
    if isinstance(query, nodes.SetOp):
        return _recursive(name, query.left) or _recursive(name, query.right)
    if isinstance(query, nodes.Select):
        return any(_recursive(name, each) for each in query.sources)
    if isinstance(query, nodes.Join):
        return _recursive(name, query.left) or _recursive(name, query.right)
    return isinstance(query, nodes.Source) and query.parts == (name,)


def _body(ctx: Context, query: nodes.Query, parent: Scope | None) -> Block:
    body = query.body
    if isinstance(body, nodes.Select):
        made = block(ctx, body, parent, query.order)
        if not made.distinct:
            return made
        _refuse_lobs(made.columns)
        inner = Sub(
            made.names, made.columns, made.render(shapes(made.columns)).replace("SELECT ", "SELECT DISTINCT ", 1)
        )
        aliases = [(item.alias, item.value) if isinstance(item, nodes.Item) else (None, None) for item in body.items]
        made = _over(ctx, inner)
        _ordered(ctx, query.order, made, [value for _, value in aliases])
        return made
    if isinstance(body, nodes.SetOp):
        made = _over(ctx, _set_operation(ctx, body, parent))
    else:
        made = _over(ctx, subquery(ctx, body, parent))
    _ordered(ctx, query.order, made, [])
    return made


def _ordered(ctx: Context, order: Sequence[nodes.Order], made: Block, values: Sequence[Any]) -> None:
    terms = []
    for term in order:
        ex = next((made.columns[i] for i, value in enumerate(values) if value is not None
                   and _same(value, term.value)), None)  # fmt: skip
        ex = ex or order_value(ctx, term, made.names, made.columns, None)
        terms.append(directed(compare.sort_key(ex), term))
    if terms:
        made.order = " ORDER BY " + ", ".join(terms)


def _same(a: Any, b: Any) -> bool:
    """Whether two nodes say the same, wherever they stand."""
    if isinstance(a, nodes.Name) and isinstance(b, nodes.Name):
        return a.parts[-1] == b.parts[-1]
    return type(a) is type(b) and _bare(a) == _bare(b)


def _bare(node: Any) -> Any:
    if isinstance(node, nodes.Node):
        return type(node).__name__, *(
            _bare(getattr(node, name)) for name in node.__slots__ if name not in ("at", "index")
        )
    if isinstance(node, (list, tuple)):
        return tuple(_bare(each) for each in node)
    return node


def _refuse_lobs(columns: Sequence[Ex]) -> None:
    for ex in columns:
        if ex.type.name in ("CLOB", "NCLOB", "BLOB", "LONG", "LONG RAW"):
            raise ora(932, "-", ex.type.name)


def _set_operation(ctx: Context, node: nodes.SetOp, parent: Scope | None) -> Sub:
    left, right = subquery(ctx, node.left, parent), subquery(ctx, node.right, parent)
    if len(left.columns) != len(right.columns):
        raise ora(1789, at=node.at)
    a, b = ctx.fresh("u"), ctx.fresh("u")
    pairs = [_paired(ctx, left.column(i, a), right.column(i, b), node) for i in range(len(left.columns))]
    if node.op != "UNION ALL":
        _refuse_lobs([x for x, _ in pairs])
    op = node.op.replace("MINUS", "EXCEPT")
    sql = (
        f"(SELECT {', '.join(shapes([x for x, _ in pairs]))} FROM ({left.sql}) {a}) {op} "
        f"(SELECT {', '.join(shapes([y for _, y in pairs]))} FROM ({right.sql}) {b})"
    )
    return Sub(left.names, [x for x, _ in pairs], sql)


def _paired(ctx: Context, x: Ex, y: Ex, node: nodes.SetOp) -> tuple[Ex, Ex]:
    if x.type == y.type and x.rep == y.rep and x.digits == y.digits:
        both = x.wire and y.wire
        null = x.null and y.null
        return (
            replace(x, wire=x.wire if both else None, null=null),
            replace(y, wire=y.wire if both else None, null=null),
        )
    if convert.kind_of(x.type) != convert.kind_of(y.type) and not (x.null or y.null):
        raise ora(1790, at=node.at)
    kind, (first, second) = branches.unified(ctx, [x, y])
    null = x.null and y.null
    first, second = (replace(each, type=kind, py=None, null=null) for each in (first, second))
    if kind.rep in ("decimal", "number") and first.wire and second.wire and first.rep == second.rep:
        return first, second
    same = x.type == y.type and kind == x.type
    for made in (first, second):
        made.wire = made.wire if same else None
    return replace(first, wire=None if not second.wire else first.wire), replace(
        second, wire=None if not first.wire else second.wire
    )


def _window(ctx: Context, query: nodes.Query, made: Block) -> None:
    if query.limit is None and query.offset is None:
        return
    offset = _count(ctx, query.offset) if query.offset is not None else "0"
    if made.limit is not None:
        inner = Sub(made.names, made.columns, made.render(shapes(made.columns)))
        outer = _over(ctx, inner)
        made.source, made.columns, made.where = outer.source, outer.columns, []
        made.group = made.having = made.order = ""
        made.limit = None
    if query.limit is None:
        made.tail = f" OFFSET {offset}"
        return
    limit = _count(ctx, query.limit)
    if query.percent or query.ties:
        _ranked(made, query, limit, offset)
        return
    made.tail = f" LIMIT {limit} OFFSET {offset}"


def _ranked(made: Block, query: nodes.Query, limit: str, offset: str) -> None:
    order = made.order or " ORDER BY 1"
    bound = f"ceil({limit} * (count(*) OVER ()) / 100.0)" if query.percent else limit
    rank = "rank" if query.ties else "row_number"
    made.tail = ""
    over = f"OVER ({order.strip()})"
    made.having += f" QUALIFY {rank}() {over} <= {bound} + {offset} AND row_number() {over} > {offset}"


def _count(ctx: Context, node: Any) -> str:
    ex = ctx.bring(convert.numeric(ctx, compiled(ctx, node, Scope())))
    return f"CAST(greatest(0, floor({approximate(ex)})) AS BIGINT)"


AGGREGATES["query"] = subquery
COMPILERS |= {
    nodes.Case: branches.case,
    nodes.Like: branches.like,
    nodes.In: branches.member,
    nodes.Exists: branches.exists,
    nodes.Scalar: branches.scalar,
    "row": branches.row_comparison,
}
__all__ = ["Sub", "constant", "pieces", "subquery"]
