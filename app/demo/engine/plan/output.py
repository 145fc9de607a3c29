"""A query ready to run: DuckDB SQL whose rows become Oracle's row bytes with as little Python as possible."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.demo.boundary import Column
from app.demo.engine.codec import cells
from app.demo.engine.codec.moment import SECOND
from app.demo.engine.errors import ora
from app.demo.engine.plan import registry
from app.demo.engine.plan.blocks import Block
from app.demo.engine.plan.context import Context, Parameter, Read
from app.demo.engine.plan.ex import Ex, Python, python
from app.demo.engine.plan.queries import pieces
from app.demo.engine.sql import nodes
from app.demo.engine.types import LOBS, LOCAL, OraType

Cell = Callable[[Sequence[Any]], bytes]
_PARAMETER = re.compile(r"\$(\w+)")
_ALWAYS = re.compile(r"\((CAST\(\d+ AS DECIMAL\(\d+,0\)\)) = \1\)")  # 1 = 1
_PLACE = re.compile(r"\(r\d+\.r (>=|<) CAST\(\$(\w+) AS BIGINT\)\)")  # a row id at or after, or before, another


@dataclass(frozen=True)
class Scan:
    """A whole table in the order of its row ids, and the parameters that bound it: what a pinned table answers."""

    sql: str
    low: list[str]
    end: list[str]


@dataclass
class Plan:
    """``packed``: each DuckDB row is one BLOB, a whole Oracle row. Else ``cells`` make a row's values from it."""

    sql: str
    columns: list[Column]
    types: list[OraType]
    cells: list[Callable[[Sequence[Any]], bytes | None]]
    forms: list[Callable[[bytes | None], bytes]]
    packed: bool
    parameters: list[Parameter]
    scns: dict[str, Python]
    reads: list[Read]
    volatile: bool
    names: set[str] = field(default_factory=set)
    scan: Scan | None = None


def parameters_of(ctx: Context, sql: str) -> list[Parameter]:
    """The parameters that the SQL really uses."""
    used = set(_PARAMETER.findall(sql))
    return [parameter for parameter in ctx.parameters.values() if parameter.name in used]


def plan_query(ctx: Context, query: nodes.Query) -> Plan:
    """Compile a query to its end. Raises OracleError."""
    made = pieces(ctx, query, None)
    packed = all(ex.wire for ex in made.columns)
    projection, readers = _packed(made) if packed else _projection(ctx, made)
    sql = made.render(projection)
    return Plan(
        sql,
        [ex.type.described(name[:128], ex.nullable) for name, ex in zip(made.names, made.columns, strict=True)],
        [ex.type for ex in made.columns],
        readers,
        [cells.row_form(ex.type) for ex in made.columns],
        packed,
        parameters_of(ctx, sql),
        ctx.scns,
        ctx.reads,
        ctx.volatile,
        set(_PARAMETER.findall(sql)),
        _scan(ctx, made, projection) if packed else None,
    )


def _scan(ctx: Context, made: Block, projection: list[str]) -> Scan | None:
    """None for anything but one table's rows, all of them or a range of row ids."""
    relations = made.scope.relations
    if len(relations) != 1 or relations[0].table is None or made.group or made.order or made.limit or made.tail:
        return None
    bounds: dict[str, list[str]] = {">=": [], "<": []}
    for condition in made.where:
        if bound := _PLACE.fullmatch(condition):
            bounds[bound[1]].append(bound[2])
        elif not _ALWAYS.fullmatch(condition):
            return None
    sql = f"SELECT {', '.join(projection)} FROM {made.source} ORDER BY r"
    if set(_PARAMETER.findall(sql)) & ctx.parameters.keys():  # of a sample
        return None
    return Scan(sql, bounds[">="], bounds["<"])


def _packed(made: Block) -> tuple[list[str], list[Any]]:
    return [" || ".join(["'\\x07'::BLOB", *(ex.wire or "" for ex in made.columns)])], []


def _projection(ctx: Context, made: Block) -> tuple[list[str], list[Callable[[Sequence[Any]], bytes | None]]]:
    """One DuckDB column for each distinct leaf, and for each Oracle column how to make its bytes from them."""
    places: dict[str, int] = {}
    readers = []
    zone = ctx.settings.zone
    for ex in made.columns:
        if ex.wire:
            readers.append(_stored(places.setdefault(ex.wire, len(places))))
        elif ex.exact or ex.py is None:
            place = places.setdefault(cells.leaf(ex.sql, ex.rep), len(places))
            readers.append(_computed(ex, place, zone))
        else:
            readers.append(_exactly(ex, places, zone))
    return list(places) or ["1"], readers


def _stored(place: int) -> Callable[[Sequence[Any]], bytes | None]:
    return lambda row: cells.unpacked(row[place])[0]


def final_encoder(kind: OraType, zone: int) -> Callable[[Any], bytes | None]:
    """Bytes of a value; LOCAL moments in the session's zone."""
    encode = cells.encoder(kind)
    if kind.name == LOCAL and zone:
        return lambda value: None if value is None else encode(value + zone * 60 * SECOND)
    return encode


def _computed(ex: Ex, place: int, zone: int) -> Callable[[Sequence[Any]], bytes | None]:
    read, encode = cells.from_duck(ex.type, ex.rep), final_encoder(ex.type, zone)
    plain_lob = ex.type.name in LOBS and not ex.type.text

    def cell(row: Sequence[Any]) -> bytes | None:
        value = row[place]
        if value is None:
            return None
        return bytes(value) if plain_lob else encode(read(value))

    return cell


def _exactly(ex: Ex, places: dict[str, int], zone: int) -> Callable[[Sequence[Any]], bytes | None]:
    run, leaves = python(ex)
    fetched = [
        (key, places.setdefault(cells.leaf(leaf.sql, leaf.rep), len(places)), cells.from_duck(leaf.type, leaf.rep))
        for key, leaf in leaves.items()
    ]
    encode = final_encoder(ex.type, zone)
    constants: dict[str, Any] = {}

    def cell(row: Sequence[Any]) -> bytes | None:
        env = dict(constants)
        for key, place, read in fetched:
            value = row[place]
            env[key] = None if value is None else read(value)
        return encode(run(env))

    cell.constants = constants  # type: ignore[attr-defined]
    return cell


def assign_constants(plan: Plan, env: dict[str, Any]) -> None:
    """Let the exact cells see this execution's bound values."""
    for cell in plan.cells:
        known = getattr(cell, "constants", None)
        if known is not None:
            known.clear()
            known.update(env)


class Replan(Exception):
    """A bound number does not fit the shape that the plan was made for."""


def arguments(plan_parameters: Sequence[Parameter], env: dict[str, Any]) -> dict[str, Any]:
    """What DuckDB gets for each parameter. Raises Replan."""
    found: dict[str, Any] = {}
    for parameter in plan_parameters:
        value = parameter.py(env)
        if parameter.digits and value is not None:
            precision, scale = parameter.digits
            exponent = value.as_tuple().exponent
            if not isinstance(exponent, int) or -exponent > scale or (value and value.adjusted() >= precision - scale):
                raise Replan
        found[parameter.name] = cells.to_duck(value, parameter.rep)
        if parameter.rep == "number":
            found[parameter.name + "x"] = None if value is None else float(value)
    return found


def checked_reads(reads: Sequence[Read], scn: int, env: dict[str, Any], scns: dict[str, Python]) -> dict[str, int]:
    """The SCN of each read; refuses history that is gone (ORA-01555) or of another shape (ORA-01466)."""
    found = {name: int(run(env)) for name, run in scns.items()}
    for read in reads:
        at = scn if read.flashback is None else found[read.scn]
        if at < read.table.changed:
            raise ora(1466)
        if at < read.table.lost:
            raise ora(1555)
    return found


__all__ = ["Plan", "plan_query", "registry"]
