"""Answers an Aggregate: picks the columns, finds the range, chooses the step and runs the one pass over the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.errors import Invalid
from app.query import timeseries
from app.query.catalog import Found
from app.query.filters import Columns, Condition, where
from app.query.timeseries import DAY, EPOCH, Resolution
from app.query.values import FLOATS, NAIVE_TIMES, ZONED_TIMES, is_number, is_time, json_value, shown
from app.schemas.names import quoted
from app.schemas.tables import Aggregate, Buckets
from app.warehouse import Cursor

EPOCHS = 900 * 365 * DAY  # bounds between 1070 and 2869: years of four digits
GROUPS, SERIES, LOOK = 20, 8, 1000
TIMELIKE = re.compile(r"time|date|일시|시간|일자|_(dt|dtm|tm|ts|at)$", re.I)


@dataclass(frozen=True)
class Plan:
    """What is asked, resolved against the table."""

    time: tuple[str, str]
    values: list[tuple[str, str]]
    group: tuple[str, str] | None
    zone: str
    filters: Condition
    start: int | None  # microseconds, as timeseries.micros counts them
    end: int | None

    @property
    def zoned(self) -> bool:
        return self.time[1] in ZONED_TIMES


def answer(cursor: Cursor, table: Found, columns: Columns, asked: Aggregate, zone: str, usual: str | None) -> Buckets:
    """The buckets. ``zone``: where days begin; ``usual``: the time column to take when none is asked for."""
    plan = _plan(cursor, table, columns, asked, asked.timezone or zone, usual)
    low, high = _range(cursor, table, plan)
    wanted = None if asked.resolution == "auto" else timeseries.resolution(asked.resolution)
    step = timeseries.fitting(high - low, asked.max_points, wanted)
    groups, left_out = _groups(cursor, table, plan)
    source, values = _source(table, plan, groups)
    offset = timeseries.offsets(plan.zone, low, high) if plan.zoned else "0"
    key = timeseries.bucket(step, offset)
    functions = list(dict.fromkeys(asked.functions))
    sql = timeseries.aggregated(source, key, len(plan.values), functions, grouped=plan.group is not None)
    found = cursor.execute(sql, values).fetchall()
    return _buckets(plan, step, functions, found, left_out)


def _plan(cursor: Cursor, table: Found, columns: Columns, asked: Aggregate, zone: str, usual: str | None) -> Plan:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise _invalid("timezone", "must be a time zone's name, such as Asia/Seoul") from None
    time = columns.find(asked.time_column) if asked.time_column else _time_column(cursor, table, columns, usual)
    if asked.value_columns is None:
        values = _value_columns(cursor, table, columns, time[0])
    else:
        values = [columns.find(name) for name in dict.fromkeys(asked.value_columns)]
    group = columns.find(asked.group_by) if asked.group_by else None
    start, end = _moment("start", asked.start, time[1], zone), _moment("end", asked.end, time[1], zone)
    if start is not None and end is not None and start > end:
        raise _invalid("start", "must not be after end")
    condition = where(columns, asked.filters, zone)
    return Plan(time, values, group, zone, condition, start, end)


def _time_column(cursor: Cursor, table: Found, columns: Columns, usual: str | None) -> tuple[str, str]:
    """The asked table's usual one, else the first native time, else the text that reads as times."""
    if usual:
        return columns.find(usual)
    native = [column for column in columns.types.items() if is_time(column[1])]
    if native:
        return next((column for column in native if TIMELIKE.search(column[0])), native[0])
    texts = [column for column in columns.types.items() if column[1] == "VARCHAR"]
    for column in sorted(texts, key=lambda column: not TIMELIKE.search(column[0])):
        if _reads(cursor, table, column[0], timeseries.micros(*column)):
            return column
    raise _invalid("time_column", "this table has no column of times; name one")


def _value_columns(cursor: Cursor, table: Found, columns: Columns, time: str) -> list[tuple[str, str]]:
    others = [column for column in columns.types.items() if column[0] != time]
    numbers = [column for column in others if is_number(column[1])]
    if not numbers:
        texts = [column for column in others if column[1] == "VARCHAR"]
        numbers = [column for column in texts if _reads(cursor, table, column[0], timeseries.number(*column))]
    return numbers[:SERIES]


def _reads(cursor: Cursor, table: Found, name: str, expression: str) -> bool:
    """Whether nine in ten of the first values read as what ``expression`` wants."""
    first = f"(SELECT {quoted(name)} FROM {table.sql} WHERE {quoted(name)} IS NOT NULL LIMIT {LOOK})"
    total, good = cursor.execute(f"SELECT count(*), count({expression}) FROM {first}").fetchall()[0]
    return bool(total) and good >= 0.9 * total


def _moment(place: str, text: str | None, kind: str, zone: str) -> int | None:
    """A bound of the range in microseconds: wall clock, or the instant where the column has offsets.

    An offset in the bound of a column without one counts as the chart's zone; a bare day as ``end`` is that whole day.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _invalid(place, "must be a time such as 2026-01-31T13:45:00") from None
    if kind in ZONED_TIMES:
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        micros = round((moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) / timeseries.MICROSECOND)
    else:
        moment = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if moment.tzinfo else moment
        micros = round((moment - EPOCH) / timeseries.MICROSECOND)
    whole_day = place == "end" and len(text.strip()) in (8, 10)
    return micros + DAY - 1 if whole_day else micros


def _bounded(plan: Plan, *, keep_bad: bool) -> Condition:
    """The filter on ``t``; rows whose time cannot be read stay where they are to be counted."""
    parts = [f"t >= {plan.start}"] if plan.start is not None else []
    parts += [f"t <= {plan.end}"] if plan.end is not None else []
    if not parts:
        return Condition("" if keep_bad else "WHERE t IS NOT NULL", [])
    both = " AND ".join(parts)
    return Condition(f"WHERE (({both}){' OR t IS NULL' if keep_bad else ''})", [])


def _inner(table: Found, plan: Plan) -> str:
    """t and the columns under names of ours: a table may have a column named t."""
    parts = [f"{timeseries.micros(*plan.time)} AS t", f"{quoted(plan.time[0])} AS ct"]
    parts += [f"{quoted(name)} AS c{index}" for index, (name, _) in enumerate(plan.values)]
    parts += [f"{quoted(plan.group[0])} AS cg"] if plan.group else []
    return f"SELECT {', '.join(parts)} FROM {table.sql} {_narrowed(plan)}"


def _narrowed(plan: Plan) -> str:
    """The filters, and the range as the column itself compares it: zone maps and text are faster than ``t``."""
    name, kind = quoted(plan.time[0]), plan.time[1]
    parts = []
    for sign, bound in ((">=", plan.start), ("<=", plan.end)):
        if bound is None or not -EPOCHS < bound < EPOCHS:
            continue
        moment = EPOCH + timedelta(microseconds=bound)
        if kind in NAIVE_TIMES or kind in ZONED_TIMES:
            parts.append(f"{name} {sign} CAST('{moment.isoformat(sep=' ')}' AS {kind})")
        elif kind == "VARCHAR":
            parts.append(f"(strlen({name}) <> 14 OR {name} {sign} '{moment:%Y%m%d%H%M%S}')")
    if not parts:
        return plan.filters.sql
    return f"{plan.filters.sql + ' AND' if plan.filters.sql else 'WHERE'} {' AND '.join(parts)}"


def _range(cursor: Cursor, table: Found, plan: Plan) -> tuple[int, int]:
    """The least and greatest time of the answer, in microseconds; from the asked bounds where both are given."""
    if plan.start is not None and plan.end is not None:
        return plan.start, plan.end
    ends = _text_range(cursor, table, plan) if plan.time[1] == "VARCHAR" else None
    if ends is None:
        times = f"(SELECT {timeseries.micros(*plan.time)} AS t FROM {table.sql} {plan.filters.sql})"
        row = cursor.execute(f"SELECT min(t), max(t) FROM {times}", plan.filters.values).fetchall()[0]
        ends = (row[0] or 0, row[1] or 0)
    low = plan.start if plan.start is not None else ends[0]
    high = plan.end if plan.end is not None else ends[1]
    return low, max(low, high)


def _text_range(cursor: Cursor, table: Found, plan: Plan) -> tuple[int, int] | None:
    """The range of a column of YYYYMMDDHH24MISS, whose text sorts as its times; None where it holds something else."""
    name = quoted(plan.time[0])
    ends = f"min({name}), max({name}), bool_and(strlen({name}) = 14)"
    source = f"{table.sql} {plan.filters.sql}"
    low, high, uniform = cursor.execute(f"SELECT {ends} FROM {source}", plan.filters.values).fetchall()[0]
    if not uniform:
        return None
    read = timeseries.micros("c", "VARCHAR")
    parsed = cursor.execute(f"SELECT {read} FROM (VALUES (?), (?)) AS v(c)", [low, high]).fetchall()
    return None if None in (parsed[0][0], parsed[1][0]) else (parsed[0][0], parsed[1][0])


def _groups(cursor: Cursor, table: Found, plan: Plan) -> tuple[list[Any], int]:
    """The biggest groups' values and how many more there are."""
    if plan.group is None:
        return [], 0
    source = f"(SELECT cg AS g FROM ({_inner(table, plan)}) {_bounded(plan, keep_bad=False).sql})"
    counted = f"SELECT g, count(*) OVER () FROM {source} GROUP BY g ORDER BY count(*) DESC, g LIMIT {GROUPS}"
    found = cursor.execute(counted, plan.filters.values).fetchall()
    return [row[0] for row in found], (found[0][1] - len(found) if found else 0)


def _source(table: Found, plan: Plan, groups: list[Any]) -> tuple[str, list[Any]]:
    """t, bt (its value is no time), v0 b0 …, g; and the values to bind."""
    parts = ["t", "CASE WHEN t IS NULL AND ct IS NOT NULL THEN 1 ELSE 0 END AS bt"]
    for index, (_, kind) in enumerate(plan.values):
        value = timeseries.number(f"c{index}", kind)
        bad = f"CASE WHEN {value} IS NULL AND c{index} IS NOT NULL THEN 1 ELSE 0 END"
        parts += [f"{value} AS v{index}", f"{'0' if is_number(kind) and kind not in FLOATS else bad} AS b{index}"]
    bounded = _bounded(plan, keep_bad=True)
    values = list(plan.filters.values)
    if plan.group is not None:
        parts.append(f"{shown('cg', plan.group[1])} AS g")
        filled = [group for group in groups if group is not None]
        chosen = [f"cg IN ({', '.join('?' * len(filled))})"] if filled else []
        chosen += ["cg IS NULL"] if len(filled) < len(groups) else []
        joint = " OR ".join([*chosen, "t IS NULL"])
        bounded = replace(bounded, sql=f"{bounded.sql + ' AND' if bounded.sql else 'WHERE'} ({joint})")
        values += filled
    return f"SELECT {', '.join(parts)} FROM ({_inner(table, plan)}) {bounded.sql}", values


def _buckets(
    plan: Plan, step: Resolution, functions: Sequence[str], found: list[tuple[Any, ...]], left_out: int
) -> Buckets:
    series = len(plan.values)
    skipped, rows = 0, []
    names = [f"{name}_{function}" for name, _ in plan.values for function in functions]
    zone, wall = plan.zone if plan.zoned else None, step.by_wall_clock
    for begin, group, count, bad_times, *rest in found:
        skipped += int(bad_times or 0) if begin is None else sum(int(bad or 0) for bad in rest[:series])
        if begin is None:
            continue
        row = {"time_bucket": timeseries.time_text(begin, zone=zone, wall=wall), "point_count": count}
        if plan.group:
            row[plan.group[0]] = json_value(group)
        rows.append(row | dict(zip(names, map(json_value, rest[series:]), strict=True)))
    return Buckets(
        rows=rows, resolution=step.name, skipped=skipped, time_column=plan.time[0],
        value_columns=[name for name, _ in plan.values], timezone=plan.zone, groups_left_out=left_out,
    )  # fmt: skip


def _invalid(place: str, message: str) -> Invalid:
    return Invalid([{"field": place, "message": message}], fields=f"{place} ({message})")
