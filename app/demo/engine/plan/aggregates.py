"""Aggregate and analytic functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from app.demo.engine.codec import number
from app.demo.engine.codec.number import EXACT, FORTY
from app.demo.engine.errors import ora
from app.demo.engine.plan import compare, convert
from app.demo.engine.plan.blocks import directed
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, approximate, decimal, python, whole
from app.demo.engine.plan.expressions import AGGREGATES, compiled
from app.demo.engine.plan.scope import Scope
from app.demo.engine.sql import nodes
from app.demo.engine.types import BINARIES, CLOB, DOUBLE, LOBS, NUMBER, OraType, varchar

_STATISTICS = {
    "STDDEV": "CASE WHEN count({0}) = 1 THEN 0 ELSE stddev_samp({0}) END",
    "STDDEV_SAMP": "stddev_samp({0})",
    "STDDEV_POP": "stddev_pop({0})",
    "VARIANCE": "CASE WHEN count({0}) = 1 THEN 0 ELSE var_samp({0}) END",
    "VAR_SAMP": "var_samp({0})",
    "VAR_POP": "var_pop({0})",
    "CORR": "corr({0}, {1})",
    "COVAR_POP": "covar_pop({0}, {1})",
    "COVAR_SAMP": "covar_samp({0}, {1})",
    "REGR_SLOPE": "regr_slope({0}, {1})",
    "REGR_INTERCEPT": "regr_intercept({0}, {1})",
}
_RANKS = frozenset(("ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "PERCENT_RANK", "CUME_DIST"))
_NEIGHBOURS = frozenset(("LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTH_VALUE"))


def aggregate(ctx: Context, node: nodes.Call, scope: Scope) -> Ex:
    """An aggregate in a grouped block, or an analytic function over its rows."""
    name = node.name[-1]
    if node.over is not None:
        return _analytic(ctx, node, node.over, scope)
    if (name in _RANKS or name in _NEIGHBOURS or name == "RATIO_TO_REPORT") and not node.within:
        raise ora(30484, at=node.at)
    if scope.inside:
        raise ora(978, at=node.at)
    if scope.grouped is None and not scope.aggregates:
        raise ora(934, at=node.at)
    scope.inside = True
    try:
        args = [ctx.bring(compiled(ctx, arg, scope)) for arg in node.args]
        return _plain(ctx, node, args, scope)
    finally:
        scope.inside = False


def _plain(ctx: Context, node: nodes.Call, args: list[Ex], scope: Scope) -> Ex:
    name = node.name[-1]
    if name == "COUNT":
        return _count(node, args)
    if name in ("LISTAGG", "WM_CONCAT"):
        return _listagg(ctx, node, args, scope)
    if name in ("PERCENTILE_CONT", "PERCENTILE_DISC", "MEDIAN"):
        return _percentile(ctx, node, args, scope)
    if name == "GROUPING":
        return whole(f"grouping({args[0].sql})")
    if not args:
        raise ora(909, at=node.at)
    if node.keep:
        return _kept(ctx, node, node.keep, args[0], scope)
    if name in ("SUM", "AVG"):
        return _total(ctx, name, convert.numeric(ctx, args[0]), node.distinct)
    if name in ("MIN", "MAX"):
        return _extreme(name, args[0], "")
    if name == "APPROX_COUNT_DISTINCT":
        return whole(f"count(DISTINCT {compare.sort_key(args[0])})", nullable=False)
    if name in _STATISTICS:
        doubles = [approximate(ctx.bring(convert.numeric(ctx, arg))) for arg in args]
        return Ex(NUMBER, f"({_STATISTICS[name].format(*doubles)})", "approx", exact=True)
    raise ora(3001, name, at=node.at)


def _count(node: nodes.Call, args: list[Ex]) -> Ex:
    if node.star:
        return whole("count(*)", nullable=False)
    if len(args) != 1:
        raise ora(909, at=node.at)
    if node.distinct and args[0].type.name in LOBS:
        raise ora(932, "-", args[0].type.name)
    return whole(f"count({'DISTINCT ' if node.distinct else ''}{compare.sort_key(args[0])})", nullable=False)


def _total(ctx: Context, name: str, arg: Ex, distinct: bool) -> Ex:
    arg = ctx.bring(arg)
    word = "DISTINCT " if distinct else ""
    if arg.type.name in BINARIES:
        return Ex(DOUBLE, f"{name.lower()}({word}{approximate(arg)})")
    if arg.rep == "decimal" and arg.exact and arg.digits and not distinct:
        return _exact_sum(name, arg, arg.digits)
    return _listed(name, arg, word)


def _exact_sum(name: str, arg: Ex, digits: tuple[int, int]) -> Ex:
    """SUM by DuckDB in DECIMAL(38,s); values of more than 27 digits in two halves, put together in Python."""
    precision, scale = digits
    if precision <= 27:
        parts = [f"sum({arg.sql})"]

        def joined(values: list[Any]) -> Decimal:
            return Decimal(values[0])

    else:
        unit = 10**19
        units = f"CAST(replace(CAST({arg.sql} AS VARCHAR), '.', '') AS HUGEINT)"
        parts = [f"sum({units} // {unit})", f"sum({units} % {unit})"]

        def joined(values: list[Any]) -> Decimal:
            return Decimal(int(values[0]) * unit + int(values[1])).scaleb(-scale, EXACT)

    count = f"count({arg.sql})"
    if name == "SUM" and len(parts) == 1:
        return Ex(NUMBER, parts[0], "decimal", (38, scale))
    leaves = {key: Ex(OraType("ROWID"), key) for key in [*parts, count]}

    def run(env: Any) -> Decimal | None:
        values = [env[part] for part in parts]
        if not env[count]:
            return None
        total = joined(values)
        return FORTY.divide(total, Decimal(env[count])) if name == "AVG" else total

    sql = f"{name.lower()}({approximate(arg)})"
    return Ex(NUMBER, sql, "approx", py=run, leaves=leaves, exact=False)


def _listed(name: str, arg: Ex, word: str) -> Ex:
    """SUM or AVG of what DuckDB only approximates: Python adds the exact values up."""
    sql = f"{name.lower()}({word}{approximate(arg)})"
    run_one, leaves = python(arg)
    keys = list(leaves)
    packed = ", ".join(f"k{i} := {_leaf_sql(leaf)}" for i, leaf in enumerate(leaves.values()))
    listed = f"list({word}struct_pack({packed}))"
    readers = [_leaf_reader(leaf) for leaf in leaves.values()]

    def run(env: Any) -> Decimal | None:
        values: Iterable[Any] = (
            run_one({key: reader(row[f"k{i}"]) for i, (key, reader) in enumerate(zip(keys, readers, strict=True))})
            for row in env[listed] or []
        )
        known = [Decimal(value) for value in values if value is not None]
        if not known:
            return None
        total = sum(known[1:], known[0]) if len(known) < 2 else _added(known)
        return FORTY.divide(total, Decimal(len(known))) if name == "AVG" else FORTY.plus(total)

    return Ex(NUMBER, sql, "approx", py=run, leaves={listed: Ex(OraType("ROWID"), listed)}, exact=False)


def _added(known: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in known:
        total = EXACT.add(total, value)
    return total


def _leaf_sql(leaf: Ex) -> str:
    from_duck = {"moment": f"epoch_us({leaf.sql})"}
    return from_duck.get(leaf.rep, leaf.sql)


def _leaf_reader(leaf: Ex) -> Callable[[Any], Any]:
    if leaf.rep == "number":
        return lambda value: None if value is None else number.decode(value)
    if leaf.rep == "moment":
        return lambda value: None if value is None else value * 1000
    return lambda value: value


def _extreme(name: str, arg: Ex, over: str) -> Ex:
    if arg.type.name in LOBS:
        raise ora(932, "-", arg.type.name)
    fn = name.lower()
    kind = varchar(arg.type.bytes_at_most) if arg.type.name in ("CHAR",) and arg.literal else arg.type
    made = Ex(kind, f"{fn}({arg.sql}){over}", arg.rep, arg.digits)
    if arg.rep == "number":
        made.approx = f"{fn}({approximate(arg)}){over}"
    if not arg.exact:
        made.exact = True
    return made


def _order_sql(ctx: Context, terms: list[nodes.Order], scope: Scope) -> str:
    return ", ".join(directed(compare.sort_key(ctx.bring(compiled(ctx, term.value, scope))), term) for term in terms)


def _listagg(ctx: Context, node: nodes.Call, args: list[Ex], scope: Scope) -> Ex:
    if not args:
        raise ora(909, at=node.at)
    text = ctx.bring(convert.text(ctx, args[0]))
    separator = ctx.bring(args[1]).sql if len(args) > 1 else "''"
    order = f" ORDER BY {_order_sql(ctx, node.within, scope)}" if node.within else ""
    distinct = "DISTINCT " if node.distinct else ""
    kind = CLOB if text.type.name == "CLOB" else varchar(4000)
    return Ex(kind, f"string_agg({distinct}{text.sql}, coalesce({separator}, ''){order})")


def _percentile(ctx: Context, node: nodes.Call, args: list[Ex], scope: Scope) -> Ex:
    if node.name[-1] == "MEDIAN":
        return Ex(NUMBER, f"quantile_cont({approximate(ctx.bring(convert.numeric(ctx, args[0])))}, 0.5)", "approx")
    if not node.within:
        raise ora(30484, at=node.at)
    value = ctx.bring(convert.numeric(ctx, compiled(ctx, node.within[0].value, scope)))
    share = f"(1 - {approximate(args[0])})" if node.within[0].descending else approximate(args[0])
    fn = "quantile_cont" if node.name[-1] == "PERCENTILE_CONT" else "quantile_disc"
    return Ex(NUMBER, f"{fn}({approximate(value)}, {share})", "approx")


def _kept(ctx: Context, node: nodes.Call, keep: tuple[str, list[nodes.Order]], arg: Ex, scope: Scope) -> Ex:
    """``f(x) KEEP (DENSE_RANK FIRST|LAST ORDER BY …)`` for MIN and MAX."""
    which, order = keep
    if node.name[-1] not in ("MIN", "MAX"):
        raise ora(3001, f"{node.name[-1]} with KEEP", at=node.at)
    term = order[0]
    key = compare.sort_key(ctx.bring(compiled(ctx, term.value, scope)))
    best = "min" if (which == "FIRST") != term.descending else "max"
    fn = node.name[-1].lower()
    pairs = f"list_filter(list({{k: {key}, v: {arg.sql}}}), lambda e: e.k = {best}({key}))"
    sql = f"list_{fn}(list_transform({pairs}, lambda e: e.v))"
    return Ex(arg.type, sql, arg.rep, arg.digits)


def _analytic(ctx: Context, node: nodes.Call, window: nodes.Window, scope: Scope) -> Ex:
    if not scope.windows:
        raise ora(30483, at=node.at)
    name = node.name[-1]
    if name not in AGGREGATES:
        raise ora(904, f'"{name}"', at=node.at)
    args = [ctx.bring(compiled(ctx, arg, scope)) for arg in node.args]
    over = _over(ctx, window, scope)
    if name in _RANKS:
        if not window.order:
            raise ora(30485, at=node.at)
        return _rank(ctx, name, args, over)
    if name in _NEIGHBOURS:
        return _neighbour(node, args, over)
    if name == "COUNT":
        counted = "*" if node.star else f"{'DISTINCT ' if node.distinct else ''}{compare.sort_key(args[0])}"
        return whole(f"count({counted}){over}", nullable=False)
    if name in ("MIN", "MAX"):
        return _extreme(name, args[0], over)
    if name == "LISTAGG":
        text = ctx.bring(convert.text(ctx, args[0]))
        return Ex(varchar(4000), f"string_agg({text.sql}, {args[1].sql if len(args) > 1 else chr(39) * 2}){over}")
    value = ctx.bring(convert.numeric(ctx, args[0]))
    if name == "SUM" and value.rep == "decimal" and value.digits:
        return decimal(f"sum({value.sql}){over}", 38, value.digits[1])
    if name == "RATIO_TO_REPORT":
        return Ex(NUMBER, f"({approximate(value)} / sum({approximate(value)}){over})", "approx")
    if name in _STATISTICS or name == "MEDIAN":
        fn = {"STDDEV": "stddev_samp", "VARIANCE": "var_samp"}.get(name, name.lower())
        return Ex(NUMBER, f"{fn}({approximate(value)}){over}", "approx")
    return Ex(DOUBLE if value.type.name in BINARIES else NUMBER, f"{name.lower()}({approximate(value)}){over}",
              "double" if value.type.name in BINARIES else "approx")  # fmt: skip


def _rank(ctx: Context, name: str, args: list[Ex], over: str) -> Ex:
    if name == "NTILE":
        return whole(f"ntile(CAST({ctx.bring(args[0]).sql} AS BIGINT)){over}")
    if name in ("PERCENT_RANK", "CUME_DIST"):
        return Ex(NUMBER, f"{name.lower()}(){over}", "approx")
    return whole(f"{name.lower()}(){over}", nullable=False)


def _neighbour(node: nodes.Call, args: list[Ex], over: str) -> Ex:
    name, value = node.name[-1], args[0]
    option = f" {node.option} NULLS" if node.option == "IGNORE" else ""
    extra = ""
    if name in ("LAG", "LEAD", "NTH_VALUE") and len(args) > 1:
        extra = f", CAST({args[1].sql} AS BIGINT)"
        if len(args) > 2:
            extra += f", CAST({args[2].sql} AS {_cast_of(value)})"
    made = Ex(value.type, f"{name.lower()}({value.sql}{extra}{option}){over}", value.rep, value.digits)
    if value.rep == "number":
        made.approx = f"{name.lower()}({approximate(value)}{option}){over}"
    return made


def _cast_of(ex: Ex) -> str:
    return f"DECIMAL({ex.digits[0]},{ex.digits[1]})" if ex.rep == "decimal" and ex.digits else ex.type.duck


def _over(ctx: Context, window: nodes.Window, scope: Scope) -> str:
    parts = []
    if window.partition:
        keys = [compare.sort_key(ctx.bring(compiled(ctx, each, scope))) for each in window.partition]
        parts.append(f"PARTITION BY {', '.join(keys)}")
    if window.order:
        parts.append(f"ORDER BY {_order_sql(ctx, window.order, scope)}")
    if window.frame:
        words = [each if isinstance(each, str) else _frame_bound(ctx, each, scope) for each in window.frame]
        parts.append(" ".join(words))
    return f" OVER ({' '.join(parts)})"


def _frame_bound(ctx: Context, node: Any, scope: Scope) -> str:
    ex = ctx.bring(compiled(ctx, node, scope))
    if ex.rep == "span":
        return f"to_microseconds(({ex.sql} // 1000)::BIGINT)"
    return f"CAST({ex.sql} AS BIGINT)"


for _name in (
    "COUNT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "LISTAGG",
    "WM_CONCAT",
    "MEDIAN",
    "PERCENTILE_CONT",
    "GROUPING",
    "PERCENTILE_DISC",
    "APPROX_COUNT_DISTINCT",
    "RATIO_TO_REPORT",
    *_STATISTICS,
    *_RANKS,
    *_NEIGHBOURS,
):
    AGGREGATES[_name] = aggregate
AGGREGATES["*"] = aggregate
__all__ = ["aggregate"]
