"""FROM: tables at their SCN, views, inline views, CTEs, dictionary views, joins."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from app.demo.engine.clock import UNCOMMITTED
from app.demo.engine.errors import ora
from app.demo.engine.objects import ColumnDef, Table, View
from app.demo.engine.plan import compare, convert
from app.demo.engine.plan.context import Context, Parameter, Read
from app.demo.engine.plan.ex import Ex, Python, decimal, renamed
from app.demo.engine.plan.expressions import AGGREGATES, FUNCTIONS, compiled, truth
from app.demo.engine.plan.scope import Relation, Scope
from app.demo.engine.sql import nodes
from app.demo.engine.storage import SEEN
from app.demo.engine.types import NUMBER, ROWID, TIMESTAMP


def source(ctx: Context, node: nodes.Source | nodes.Join, scope: Scope) -> str:
    """SQL of one FROM item; its relations join the scope."""
    if isinstance(node, nodes.Join):
        return _join(ctx, node, scope)
    if node.query is not None:
        return _inline(ctx, node, scope)
    if node.collection is not None:
        return _collection(node)
    if node.link:
        raise ora(2019, at=node.at)
    for frame in reversed(ctx.ctes):
        if len(node.parts) == 1 and node.parts[0] in frame:
            name, sub = frame[node.parts[0]]
            return _derived(ctx, name, sub, node.alias or node.parts[0], scope)
    return _named(ctx, node, scope)


def _named(ctx: Context, node: nodes.Source, scope: Scope) -> str:
    who = ctx.who
    thing = who.catalog.find(who.schema, node.parts)
    if thing is None:
        return _dictionary(ctx, node, scope)
    who.catalog.need(who.user, thing, "SELECT", node.at)
    if isinstance(thing, View):
        return view(ctx, thing, node, scope)
    if not isinstance(thing, Table):
        raise ora(942, at=node.at)
    relation = table(ctx, thing, node.alias or node.parts[-1], node)
    scope.relations.append(relation)
    return relation.versions or ""


def _dictionary(ctx: Context, node: nodes.Source, scope: Scope) -> str:
    if len(node.parts) > 1 and node.parts[0] not in ("SYS", "PUBLIC"):
        raise ora(942, at=node.at)
    found = ctx.who.dictionary(node.parts[-1], ctx.who.user)
    if found is None:
        raise ora(942, at=node.at)
    duck, columns = found
    name = ctx.fresh("r")
    fields = [(column, replace(ex, sql=f"{name}.c{i}")) for i, (column, ex) in enumerate(columns)]
    scope.relations.append(Relation(name, node.alias or node.parts[-1], fields))
    if node.parts[-1].startswith(("V$", "NLS_")):
        ctx.volatile = True  # these are made anew for each statement
    return f"{duck} {name}"


def table(ctx: Context, thing: Table, alias: str, node: nodes.Source) -> Relation:
    """A table as the statement sees it: at the statement's SCN, or AS OF another."""
    name = ctx.fresh("r")
    seen = SEEN.format(scn="$scn", lo="$lo", hi="$hi")
    flashback = node.flashback or ctx.flashback
    if flashback is not None:
        seen = _flashback(ctx, thing, flashback)
    else:
        ctx.reads.append(Read(thing, "scn"))
    rows, sampled = _rows(ctx, thing, node.sample)
    relation = Relation(name, alias, [], thing.owner, thing, Ex(ROWID, f"{name}.r", nullable=False))
    relation.rowscn = decimal(f"CASE WHEN {name}.f < {UNCOMMITTED} THEN {name}.f END", 19, 0)
    relation.versions = f"(SELECT * FROM {rows} WHERE {seen}{sampled}) {name}"
    relation.fields = [(column.name, stored(column, name)) for column in thing.columns if column.virtual is None]
    if any(column.virtual for column in thing.columns):
        _virtuals(ctx, thing, relation)
    return relation


def _rows(ctx: Context, thing: Table, sample: nodes.Sample | None) -> tuple[str, str]:
    """SQL of the rows of all moments, and the condition that one is in the sample."""
    pinned = thing.pinned if thing.pinned is not None and thing.pinned.repeats else None
    if pinned is not None and pinned.dense and sample is not None and sample.block:
        return f"({pinned.of_blocks(thing, _sampled(ctx, sample, 'b'))})", ""
    return f"({pinned.repeated(thing)})" if pinned else thing.duck, _sampled(ctx, sample, "r >> 16")


def stored(column: ColumnDef, name: str) -> Ex:
    """A stored column of the relation ``name``."""
    wire = f"{name}.w{column.place}" if column.wired else None
    approx = f"{name}.x{column.place}" if column.type.rep == "number" else None
    return Ex(column.type, f"{name}.c{column.place}", wire=wire, approx=approx, nullable=column.nullable)


def _virtuals(ctx: Context, thing: Table, relation: Relation) -> None:
    inner = Scope([relation])
    fields = dict(relation.fields)
    for column in thing.columns:
        if column.virtual:
            fields[column.name] = ctx.bring(compiled(ctx, column.virtual[0], inner))
    relation.fields = [(column.name, fields[column.name]) for column in thing.columns]


def _may_flashback(ctx: Context, thing: Table | View, node: nodes.Flashback) -> None:
    if not ctx.who.catalog.may(ctx.who.user, thing, "FLASHBACK"):
        raise ora(1031, at=node.at)


def _flashback(ctx: Context, thing: Table, node: nodes.Flashback) -> str:
    who = ctx.who
    _may_flashback(ctx, thing, node)
    value = compiled(ctx, node.value, Scope())
    if not value.const:
        raise ora(904, "AS OF", at=node.at)
    number = convert.numeric(ctx, value) if node.kind == "SCN" else convert.moment(ctx, value, TIMESTAMP)
    clock, run = who.clock, number.py
    zone = who.settings.zone

    def scn(env: Any) -> int:
        when = run(env) if run else None
        if when is None:
            raise ora(8181 if node.kind == "SCN" else 8186)
        if node.kind == "SCN":
            if not 0 < int(when) <= clock.scn:
                raise ora(8181)
            return int(when)
        return clock.at_time(int(when) - zone * 60 * 10**9)

    name = ctx.fresh("at")
    ctx.scns[name] = scn
    ctx.reads.append(Read(thing, name, scn))
    return f"f <= ${name} AND t > ${name}"


def _sampled(ctx: Context, sample: nodes.Sample | None, block: str) -> str:
    if sample is None:
        return ""
    seed: Python = (lambda _env: sample.seed) if sample.seed is not None else (lambda _env: random.getrandbits(30))
    name = ctx.fresh("k")
    ctx.parameters[name] = Parameter(name, seed, "rowid", None)
    what = block if sample.block else "r"
    return f" AND hash(({what}) + CAST(${name} AS BIGINT)) % 1000000 < {sample.percent * 10000}"


def view(ctx: Context, thing: View, node: nodes.Source, scope: Scope) -> str:
    """A view: its query with its owner's eyes."""
    if thing.name in ctx.views:
        raise ora(1731)
    if node.flashback is not None:
        _may_flashback(ctx, thing, node.flashback)
    outer, ctes, flashback = ctx.who, ctx.ctes, ctx.flashback
    ctx.flashback = node.flashback or flashback
    ctx.who = replace(outer, user=thing.owner, schema=thing.owner)
    ctx.ctes = []
    ctx.views.append(thing.name)
    try:
        sub = AGGREGATES["query"](ctx, thing.query, None)
    finally:
        ctx.who, ctx.ctes, ctx.flashback = outer, ctes, flashback
        ctx.views.pop()
    if thing.names:
        sub.names = list(thing.names)
    return _derived(ctx, f"({sub.sql})", sub, node.alias or node.parts[-1], scope, thing.owner)


def _inline(ctx: Context, node: nodes.Source, scope: Scope) -> str:
    parent = scope if node.lateral else scope.parent
    sub = AGGREGATES["query"](ctx, node.query, parent)
    if node.flashback is not None:
        raise ora(3001, "AS OF on a query", at=node.at)
    return ("LATERAL " if node.lateral else "") + _derived(ctx, f"({sub.sql})", sub, node.alias or "", scope)


def _derived(ctx: Context, sql: str, sub: Any, alias: str, scope: Scope, owner: str | None = None) -> str:
    name = ctx.fresh("r")
    fields = [
        (label, renamed(ex, name, str(i))) for i, (label, ex) in enumerate(zip(sub.names, sub.columns, strict=True))
    ]
    scope.relations.append(Relation(name, alias, fields, owner))
    return f"{sql} {name}"


def _collection(node: nodes.Source) -> str:
    raise ora(3001, "TABLE()", at=node.at) if FUNCTIONS else ora(942)


def _join(ctx: Context, node: nodes.Join, scope: Scope) -> str:
    start = len(scope.relations)
    left = source(ctx, node.left, scope)
    middle = len(scope.relations)
    right = source(ctx, node.right, scope)
    kinds = {"inner": "JOIN", "left": "LEFT JOIN", "right": "RIGHT JOIN", "full": "FULL JOIN", "cross": "CROSS JOIN"}
    lefts, rights = scope.relations[start:middle], scope.relations[middle:]
    if node.kind == "cross":
        return f"{left} CROSS JOIN {right}"
    if node.natural or node.using:
        _loosened(node.kind, lefts, rights)
        return f"{left} {kinds[node.kind]} {right} ON {_using(ctx, node, scope, lefts, rights)}"
    inner = Scope(lefts + rights, scope.parent, aggregates=False)
    on = truth(ctx, node.on, inner)
    if inner.outer_columns:
        raise ora(25156, at=node.at)
    _loosened(node.kind, lefts, rights)
    return f"({left} {kinds[node.kind]} {right} ON {on})"


def _loosened(kind: str, lefts: list[Relation], rights: list[Relation]) -> None:
    for relation in (lefts if kind in ("right", "full") else []) + (rights if kind in ("left", "full") else []):
        relation.loosen()


def _using(ctx: Context, node: nodes.Join, scope: Scope, lefts: list[Relation], rights: list[Relation]) -> str:
    names = node.using
    if node.natural:
        left_names = [name for relation in lefts for name, _ in relation.fields]
        names = [name for relation in rights for name, _ in relation.fields if name in left_names]
    tests = []
    for column in names:
        a = scope.merged.get(column) or _only(lefts, column, node.at)
        b = _only(rights, column, node.at)
        tests.append(compare.compare(ctx, "=", a, b).sql)
        scope.merged[column] = _merged(a, b, node.kind)
        for relation in lefts + rights:
            relation.hidden.add(column)
    return " AND ".join(tests) or "TRUE"


def _merged(a: Ex, b: Ex, kind: str) -> Ex:
    if kind in ("inner", "left"):
        return a
    if kind == "right":
        return b
    wire = f"CASE WHEN {a.sql} IS NULL THEN {b.wire} ELSE {a.wire} END" if a.wire and b.wire else None
    return Ex(a.type, f"coalesce({a.sql}, {b.sql})", a.rep, a.digits, wire=wire)


def _only(relations: list[Relation], column: str, at: int) -> Ex:
    found = [ex for relation in relations if (ex := relation.find(column)) is not None]
    if not found:
        raise ora(904, f'"{column}"', at=at)
    return found[0]


__all__ = ["NUMBER", "source", "stored", "table", "view"]
