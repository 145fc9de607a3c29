"""Every kind of expression node into a compiled value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.demo.boundary import OracleError
from app.demo.engine.codec.moment import SECOND
from app.demo.engine.errors import ora
from app.demo.engine.formats.read import interval, read
from app.demo.engine.objects import Sequence
from app.demo.engine.plan import arithmetic, casts, compare, convert, zones
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, condition, constant, whole
from app.demo.engine.plan.scope import Scope
from app.demo.engine.sql import nodes
from app.demo.engine.types import BOOLEAN, DATE, MONTHS, NUMBER, SPAN, ZONED, OraType

Compiler = Callable[[Context, Any, Scope], Ex]


def compiled(ctx: Context, node: Any, scope: Scope) -> Ex:
    """The node's value in this scope; errors get the node's place when they have none."""
    try:
        if scope.grouped is not None and not scope.inside:
            found = _group_value(ctx, node, scope)
            if found is not None:
                return found
        return COMPILERS[type(node)](ctx, node, scope)
    except OracleError as error:
        if error.position == 0:
            error.position = node.at
        raise


def _group_value(ctx: Context, node: Any, scope: Scope) -> Ex | None:
    """A value that GROUP BY lists, seen from the select list."""
    if isinstance(node, (nodes.Literal, nodes.Bind, nodes.Scalar)):
        return None
    if isinstance(node, nodes.Call) and (node.over or node.name[-1] in AGGREGATES):
        return None
    grouped, scope.grouped = scope.grouped, None
    allowed, scope.aggregates = scope.aggregates, False
    mark = dict(ctx.parameters)
    try:
        ex = compiled(ctx, node, scope)
    except OracleError:
        ex = None
    finally:
        scope.grouped, scope.aggregates = grouped, allowed
    if ex is None or ex.const or grouped is None or ex.sql not in grouped:
        for name in set(ctx.parameters) - set(mark):
            del ctx.parameters[name]
        return None
    return replace(grouped[ex.sql])


def _literal(_ctx: Context, node: nodes.Literal, _scope: Scope) -> Ex:
    kind, value = node.kind, node.value
    if kind == "number":
        if value[-1] in "fFdD":
            return constant(OraType("BINARY_FLOAT" if value[-1] in "fF" else "BINARY_DOUBLE"), float(value[:-1]))
        return constant(NUMBER, Decimal(value))
    if kind == "null":
        return constant(OraType("VARCHAR2", length=1), None, literal=True)
    if kind == "text":
        return constant(OraType("CHAR", length=max(1, len(value.encode()))), value, literal=True)
    if kind == "ntext":
        return constant(OraType("NCHAR", length=max(1, len(value)), chars=True), value, literal=True)
    if kind == "boolean":
        return constant(BOOLEAN, value == "TRUE")
    if kind == "date":
        return constant(DATE, read(value, "FXYYYY-MM-DD", 0)[0])
    if kind == "timestamp":
        return _timestamp(value)
    if kind == "interval":
        rep, amount = interval(value, node.extra[0], node.extra[1])
        return constant(SPAN if rep == "span" else MONTHS, amount)
    raise ora(936, at=node.at)


def _timestamp(value: str) -> Ex:
    tail = value.strip().partition(".")[2]
    digits = len(tail) - len(tail.lstrip("0123456789"))
    zoned = zones.split_zone(value)
    if zoned:
        nanos = read(zoned[0], "YYYY-MM-DD HH24:MI:SS.FF" if tail else "YYYY-MM-DD HH24:MI:SS", 0)[0]
        offset = zones.offset_of(zoned[1], nanos)
        return constant(OraType(ZONED, scale=digits or 0), (nanos - offset * 60 * SECOND, offset))
    nanos = read(value, "YYYY-MM-DD HH24:MI:SS.FF" if tail else "YYYY-MM-DD HH24:MI:SS", 0)[0]
    return constant(OraType("TIMESTAMP", scale=len(tail.strip()) or 0), nanos)


def _bind(ctx: Context, node: nodes.Bind, _scope: Scope) -> Ex:
    if node.index >= len(ctx.binds):
        raise ora(1008)
    key = f":{node.index}"
    return Ex(ctx.binds[node.index], py=lambda env: env[key], const=True)


def _name(ctx: Context, node: nodes.Name, scope: Scope) -> Ex:
    word = node.parts[-1] if not node.quoted else ""
    if len(node.parts) == 1 and word == "ROWNUM":
        if scope.rownum is None:
            raise ora(976)
        return whole(scope.rownum, nullable=False)
    if word in ("NEXTVAL", "CURRVAL") and len(node.parts) in (2, 3):
        return _sequence(ctx, node)
    if len(node.parts) == 1 and word == "LEVEL" and scope.level is not None:
        return replace(scope.level)
    try:
        ex, relation, depth = scope.resolve(node)
    except OracleError as error:
        if error.code == 904 and word and (full := ".".join(node.parts).removeprefix("SYS.")) in BARE:
            return FUNCTIONS[full](ctx, nodes.Call(node.at, node.parts, []), [])
        raise
    if depth == 0 and scope.grouped is not None and not scope.inside:
        raise ora(979 if scope.grouped else 937, at=node.at)
    if node.outer and relation is not None and relation not in scope.outer_columns:
        scope.outer_columns.append(relation)
    return ex


def _sequence(ctx: Context, node: nodes.Name) -> Ex:
    thing = ctx.who.catalog.find(ctx.who.schema, node.parts[:-1])
    if not isinstance(thing, Sequence):
        raise ora(2289, at=node.at)
    current = node.parts[-1] == "CURRVAL"
    ctx.volatile = True

    def step(env: Any) -> Decimal:
        used = env["sequences"]
        key = (thing.owner, thing.name)
        if current:
            if key not in used:
                raise ora(8002, thing.name)
            return Decimal(used[key])
        if "planning" in env:
            return Decimal(thing.next)
        used[key] = thing.next
        thing.next += thing.step
        return Decimal(used[key])

    return Ex(NUMBER, py=step, const=True)


def _unary(ctx: Context, node: nodes.Unary, scope: Scope) -> Ex:
    if node.op == "NOT":
        return condition(f"NOT {truth(ctx, node.value, scope)}")
    if node.op == "-":
        return arithmetic.negate(ctx, compiled(ctx, node.value, scope))
    raise ora(3001, f"{node.op} here", at=node.at)


def _binary(ctx: Context, node: nodes.Binary, scope: Scope) -> Ex:
    if node.op in ("AND", "OR"):
        return condition(f"{truth(ctx, node.left, scope)} {node.op} {truth(ctx, node.right, scope)}")
    if isinstance(node.left, nodes.Row):
        return COMPILERS["row"](ctx, node, scope)
    left, right = compiled(ctx, node.left, scope), compiled(ctx, node.right, scope)
    if BOOLEAN in (left.type, right.type) and ctx.who.face != "23ai":
        raise ora(933, at=node.at)
    if node.op in ("=", "<>", "<", "<=", ">", ">="):
        return compare.compare(ctx, node.op, left, right)
    return arithmetic.binary(ctx, node.op, left, right)


def truth(ctx: Context, node: Any, scope: Scope) -> str:
    """A condition's SQL. ORA-00920 for what is none (BOOLEAN values only on 23ai)."""
    ex = compiled(ctx, node, scope)
    if ex.type.name != "BOOLEAN" or (ex.const and ctx.who.face != "23ai"):
        raise ora(920, at=node.at)
    return ctx.bring(ex).sql


def _between(ctx: Context, node: nodes.Between, scope: Scope) -> Ex:
    value = compiled(ctx, node.value, scope)
    low = compare.compare(ctx, ">=", value, compiled(ctx, node.low, scope))
    high = compare.compare(ctx, "<=", value, compiled(ctx, node.high, scope))
    return condition(f"NOT ({low.sql} AND {high.sql})" if node.negated else f"{low.sql} AND {high.sql}")


def _is(ctx: Context, node: nodes.Is, scope: Scope) -> Ex:
    value = compiled(ctx, node.value, scope)
    brought = ctx.bring(value)
    no = "NOT " if node.negated else ""
    if node.what == "NULL":
        return condition(f"{brought.sql} IS {no}NULL")
    if node.what in ("NAN", "INFINITE"):
        if value.type.name not in ("BINARY_FLOAT", "BINARY_DOUBLE"):
            return condition(f"{no}({brought.sql} IS NOT NULL AND FALSE)")
        return condition(f"{no}{'isnan' if node.what == 'NAN' else 'isinf'}({brought.sql})")
    if value.type.name == "BOOLEAN":
        return condition(f"{brought.sql} IS {no}{node.what}")
    raise ora(908, at=node.at)


def _cast(ctx: Context, node: nodes.Cast, scope: Scope) -> Ex:
    return casts.cast(ctx, compiled(ctx, node.value, scope), node.type)


def _at_zone(ctx: Context, node: nodes.AtZone, scope: Scope) -> Ex:
    value = compiled(ctx, node.value, scope)
    if convert.kind_of(value.type) != "moment":
        raise ora(30084)
    if node.zone is None:
        return arithmetic.zone_shift(ctx, value, None)
    zone = compiled(ctx, node.zone, scope)
    if not zone.const:
        raise ora(3001, "AT TIME ZONE with a column", at=node.at)
    return arithmetic.zone_shift(ctx, value, zones.offset_of(ctx.value(zone), ctx.env["now"]))


def _call(ctx: Context, node: nodes.Call, scope: Scope) -> Ex:
    name = node.name[-1]
    if node.over is not None or (name in AGGREGATES and len(node.name) == 1):
        made: Ex = AGGREGATES["*"](ctx, node, scope)
        return made
    full = ".".join(node.name)
    if len(node.name) == 3 and node.name[0] == "SYS":
        full = ".".join(node.name[1:])
    function = FUNCTIONS.get(full) if not node.quoted else None
    if function is None:
        raise ora(904, ".".join(f'"{part}"' for part in node.name), at=node.at)
    return function(ctx, node, [compiled(ctx, arg, scope) for arg in node.args])


def _star(_ctx: Context, node: nodes.Star, _scope: Scope) -> Ex:
    raise ora(936, at=node.at)


def _row(_ctx: Context, node: nodes.Row, _scope: Scope) -> Ex:
    raise ora(907, at=node.at)


# Filled by ``plan.registry``, so that functions, branches and queries may call back here.
FUNCTIONS: dict[str, Callable[[Context, nodes.Call, list[Ex]], Ex]] = {}
AGGREGATES: dict[str, Any] = {}
BARE: set[str] = set()

COMPILERS: dict[Any, Compiler] = {
    nodes.Literal: _literal,
    nodes.Bind: _bind,
    nodes.Name: _name,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Between: _between,
    nodes.Is: _is,
    nodes.Cast: _cast,
    nodes.AtZone: _at_zone,
    nodes.Call: _call,
    nodes.Star: _star,
    nodes.Row: _row,
}
