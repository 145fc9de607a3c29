"""CASE, LIKE, IN, EXISTS, scalar subqueries and rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.plan import compare, convert, expressions
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate, condition, constant, python
from app.demo.engine.plan.scope import Scope
from app.demo.engine.sql import nodes
from app.demo.engine.types import BINARIES, DOUBLE, NUMBER, NUMBERS, OraType, varchar


def common_type(values: Sequence[Ex], first: bool = False) -> OraType:
    """The data type of several alternatives; ``first``: the first one decides (DECODE, COALESCE's kin)."""
    known = [value for value in values if not value.null]
    if not known:
        return OraType("VARCHAR2", length=1)
    families = {convert.kind_of(value.type) for value in known}
    lead = known[0].type
    if len(families) > 1 and not first:
        raise ora(
            932, _short(lead), _short(next(v.type for v in known if convert.kind_of(v.type) != convert.kind_of(lead)))
        )
    family = convert.kind_of(lead)
    if family == "number":
        return DOUBLE if any(value.type.name in BINARIES for value in known) else _common_number(known)
    if family == "text":
        return _common_text(known)
    if family == "moment":
        kind = lead
        for value in known[1:]:
            if convert.kind_of(value.type) == "moment" and value.type != kind:
                kind = compare.common_moment(kind, value.type)
        return kind
    return lead


def _short(kind: OraType) -> str:
    return "CHAR" if kind.text else kind.name


def _common_number(known: Sequence[Ex]) -> OraType:
    kinds = {value.type for value in known}
    return kinds.pop() if len(kinds) == 1 else NUMBER


def _common_text(known: Sequence[Ex]) -> OraType:
    texts = [value.type for value in known if value.type.text]
    for name in ("CLOB", "NCLOB", "LONG"):
        if any(kind.name == name for kind in texts):
            return OraType("CLOB" if name != "NCLOB" else name)
    length = max((kind.bytes_at_most for kind in texts), default=40)
    if any(kind.national for kind in texts):
        return OraType("NVARCHAR2", length=max((kind.length or 1 for kind in texts), default=1), chars=True)
    if all(kind.name == "CHAR" for kind in texts) and len({kind.length for kind in texts}) == 1:
        return texts[0]
    return varchar(length)


def unified(ctx: Context, values: Sequence[Ex], first: bool = False) -> tuple[OraType, list[Ex]]:
    """All values as their common type, with one representation; brought."""
    kind = common_type(values, first)
    moved = [constant(kind, None) if value.null else convert.to_type(ctx, value, kind) for value in values]
    brought = [ctx.bring(value) for value in moved]
    return kind, alike(kind, brought)


def alike(kind: OraType, values: Sequence[Ex]) -> list[Ex]:
    """Brought values in one representation; a DECIMAL wide enough for all, else doubles (exact in Python)."""
    if kind.name in BINARIES:
        return [Ex(kind, f"CAST({approximate(v)} AS {kind.duck})", py=v.py, leaves=v.leaves) for v in values]
    if kind.name not in NUMBERS:
        return list(values)
    reps = {value.rep for value in values if not value.null}
    if reps == {"number"}:
        return [_as_number(v) for v in values]
    digits = [value.digits for value in values if value.digits and not value.null]
    if reps <= {"decimal"}:
        scale = max((s for _, s in digits), default=0)
        precision = max((p - s for p, s in digits), default=18) + scale
        if precision <= 38:
            return [_as_decimal(v, precision, scale) for v in values]
    if all(v.null or compare.bytes_of(v) for v in values):
        return [_as_number(v) for v in values]
    return [_as_double(v) for v in values]


def _as_decimal(v: Ex, precision: int, scale: int) -> Ex:
    sql = f"CAST({v.sql if not v.null else 'NULL'} AS DECIMAL({precision},{scale}))"
    return Ex(v.type, sql, "decimal", (precision, scale), py=v.py, leaves=v.leaves, exact=v.exact, wire=v.wire)


def _as_number(v: Ex) -> Ex:
    sql = "CAST(NULL AS BLOB)" if v.null else compare.bytes_of(v) or "NULL"
    return Ex(NUMBER, sql, "number", approx="CAST(NULL AS DOUBLE)" if v.null else approximate(v), wire=v.wire)


def _as_double(v: Ex) -> Ex:
    run, leaves = python(v)
    return Ex(
        NUMBER, "CAST(NULL AS DOUBLE)" if v.null else approximate(v), "approx", py=run, leaves=leaves, exact=False
    )


def case(ctx: Context, node: nodes.Case, scope: Scope) -> Ex:
    """Searched and simple CASE."""
    tests: list[str] = []
    operand = expressions.compiled(ctx, node.operand, scope) if node.operand else None
    for test, _ in node.whens:
        if operand is None:
            tests.append(expressions.truth(ctx, test, scope))
        else:
            tests.append(compare.compare(ctx, "=", operand, expressions.compiled(ctx, test, scope)).sql)
    values = [expressions.compiled(ctx, value, scope) for _, value in node.whens]
    values.append(expressions.compiled(ctx, node.otherwise, scope) if node.otherwise else constant(NUMBER, None))
    return chosen(ctx, tests, values)


def chosen(ctx: Context, tests: Sequence[str], values: Sequence[Ex], first: bool = False) -> Ex:
    """``CASE WHEN tests[i] THEN values[i] … ELSE values[-1] END``, bytes and doubles alike."""
    kind, same = unified(ctx, values, first)

    def built(parts: Sequence[str]) -> str:
        whens = " ".join(f"WHEN {test} THEN {part}" for test, part in zip(tests, parts, strict=False))
        return f"CASE {whens} ELSE {parts[-1]} END" if tests else parts[-1]

    made = Ex(kind, f"({built([v.sql for v in same])})", same[0].rep, same[0].digits)
    if all(v.wire or v.null for v in same) and any(v.wire for v in same):
        made.wire = f"({built([v.wire or chr(39) + chr(92) + 'x00' + chr(39) + '::BLOB' for v in same])})"
    if made.rep == "number":
        made.approx = f"({built([approximate(v) for v in same])})"
    if any(not v.exact for v in same):
        _exactly(made, tests, same)
    return made


def _exactly(made: Ex, tests: Sequence[str], values: Sequence[Ex]) -> None:
    """Which branch was taken is asked of DuckDB; its value is known in Python."""
    whens = " ".join(f"WHEN {test} THEN {index}" for index, test in enumerate(tests))
    taken = f"(CASE {whens} ELSE {len(values) - 1} END)"
    made.exact = False
    made.leaves = {taken: Ex(OraType("ROWID"), taken)}
    runs = []
    for value in values:
        run, leaves = python(value)
        made.leaves |= leaves
        runs.append(run)
    made.py = lambda env: runs[env[taken]](env)


def like(ctx: Context, node: nodes.Like, scope: Scope) -> Ex:
    """LIKE with ESCAPE. Raises ORA-01425."""
    value = ctx.bring(convert.text(ctx, expressions.compiled(ctx, node.value, scope)))
    pattern = ctx.bring(convert.text(ctx, expressions.compiled(ctx, node.pattern, scope)))
    escape = ""
    if node.escape is not None:
        char = ctx.value(expressions.compiled(ctx, node.escape, scope))
        if not isinstance(char, str) or len(char) != 1:
            raise ora(1425)
        escape = " ESCAPE '" + char.replace("'", "''") + "'"
    return condition(f"{value.sql} {'NOT ' if node.negated else ''}LIKE {pattern.sql}{escape}")


def member(ctx: Context, node: nodes.In, scope: Scope) -> Ex:
    """IN and ANY / ALL with lists and queries; rows too."""
    if isinstance(node.value, nodes.Row):
        return _row_member(ctx, node, node.value, scope)
    value = expressions.compiled(ctx, node.value, scope)
    if node.query is not None:
        return _in_query(ctx, node, [value], scope)
    items = [expressions.compiled(ctx, item, scope) for item in node.items or []]
    if node.op == "=" and not node.every:
        return compare.member(ctx, value, items, node.negated)
    parts = [compare.compare(ctx, node.op, value, item).sql for item in items]
    return condition((" AND " if node.every else " OR ").join(parts))


def _in_query(ctx: Context, node: nodes.In, values: list[Ex], scope: Scope) -> Ex:
    sub = expressions.AGGREGATES["query"](ctx, node.query, scope)
    if len(sub.columns) != len(values):
        raise ora(947 if len(sub.columns) < len(values) else 913, at=node.at)
    name = ctx.fresh("s")
    pairs = [compare.aligned(ctx, value, sub.column(i, name)) for i, value in enumerate(values)]
    left, right = ", ".join(a for a, _ in pairs), ", ".join(b for _, b in pairs)
    if len(pairs) > 1:
        left = f"({left})"
        right = f"({right})"
    select = f"SELECT {right} FROM ({sub.sql}) {name}"
    if node.op == "=" and not node.every:
        return condition(f"{left} {'NOT ' if node.negated else ''}IN ({select})")
    return condition(f"{left} {node.op} {'ALL' if node.every else 'ANY'} ({select})")


def _row_member(ctx: Context, node: nodes.In, row: nodes.Row, scope: Scope) -> Ex:
    values = [expressions.compiled(ctx, item, scope) for item in row.items]
    if node.query is not None:
        return _in_query(ctx, node, values, scope)
    parts: list[str] = []
    for item in node.items or []:
        if not isinstance(item, nodes.Row) or len(item.items) != len(values):
            raise ora(920, at=item.at)
        others = [expressions.compiled(ctx, each, scope) for each in item.items]
        parts.append(" AND ".join(compare.compare(ctx, "=", a, b).sql for a, b in zip(values, others, strict=True)))
    joined = " OR ".join(f"({part})" for part in parts)
    return condition(f"NOT ({joined})" if node.negated else joined)


def row_comparison(ctx: Context, node: nodes.Binary, scope: Scope) -> Ex:
    """``(a, b) = (c, d)`` or a query; Oracle has = and <> only."""
    if node.op not in ("=", "<>"):
        raise ora(920, at=node.at)
    if isinstance(node.right, nodes.Scalar):
        return member(ctx, nodes.In(node.at, node.left, None, node.right.query, node.op == "<>"), scope)
    items: list[Any] = [node.right]
    return member(ctx, nodes.In(node.at, node.left, items, None, node.op == "<>"), scope)


def exists(ctx: Context, node: nodes.Exists, scope: Scope) -> Ex:
    """EXISTS."""
    sub = expressions.AGGREGATES["query"](ctx, node.query, scope)
    return condition(f"EXISTS ({sub.sql})")


def scalar(ctx: Context, node: nodes.Scalar, scope: Scope) -> Ex:
    """A query as a value. Raises ORA-00913; ORA-01427 when it runs."""
    sub = expressions.AGGREGATES["query"](ctx, node.query, scope)
    if len(sub.columns) != 1:
        raise ora(913, at=node.at)
    name = ctx.fresh("s")
    inner = sub.column(0, name)
    made = Ex(inner.type, f"(SELECT {inner.sql} FROM ({sub.sql}) {name})", inner.rep, inner.digits)
    if inner.approx:
        made.approx = f"(SELECT {inner.approx} FROM ({sub.sql}) {name})"
    return made
