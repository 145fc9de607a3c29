"""The sentence after a tool's answer, with its numbers, in the asker's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.agent.known import Known
from app.agent.sums import figures, total_of
from app.formats import grouped, span, spelt
from app.schemas.agent import Call, ToolResult
from app.words import N_, words

SHOWN = 10
STATES = {
    "queued": N_("waiting"), "running": N_("running"), "paused": N_("paused"), "succeeded": N_("succeeded"),
    "failed": N_("failed"), "cancelled": N_("cancelled"), "interrupted": N_("interrupted"),
}  # fmt: skip
KINDS = {
    "test": N_("test"), "full": N_("full"), "incremental": N_("incremental"), "reconcile": N_("reconcile"),
    "verify": N_("verify"),
}  # fmt: skip
WORDS = {
    "avg": N_("average"), "max": N_("maximum"), "min": N_("minimum"), "sum": N_("total"), "median": N_("median"),
    "stddev": N_("standard deviation"), "count": N_("rows"),
}  # fmt: skip


def answer(call: Call, result: ToolResult, known: Known, language: str, about: str = "") -> str:
    """What ``result`` means for the asker, as Markdown. ``about``: the one table that the question named."""
    said = _Said(language, known)
    if not result.success:
        return result.error or said(N_("That did not work."))
    return HOW[call.name](said, call.arguments, result.data, about)


class _Said:
    """Sentences in one language."""

    def __init__(self, language: str, known: Known) -> None:
        self.language, self._known = language, known
        self._words = words(language)

    def __call__(self, sentence: str, **values: Any) -> str:
        return self._words.gettext(sentence).format(**values)

    def ago(self, seconds: float | None) -> str:
        if seconds is None:
            return self("never")
        return self("{span} ago", span=span(seconds, self.language))

    def moment(self, text: str | None) -> str:
        if not text:
            return ""
        moment = datetime.fromisoformat(text)
        zone = self._known.now.tzinfo if isinstance(self._known.now.tzinfo, ZoneInfo) else None
        return f"{moment.astimezone(zone) if moment.tzinfo else moment:%Y-%m-%d %H:%M}"

    def state(self, name: str) -> str:
        return self(STATES[name])

    def kind(self, name: str) -> str:
        return self(KINDS[name])


def _tables(said: _Said, _: dict[str, Any], data: Any, about: str) -> str:
    if not data:
        return said(N_("There is no table yet. Sync one from Oracle first."))
    one = next((table for table in data if table["name"] == about), None)
    if one:
        return _fresh(said, one)
    lines = [
        said(
            N_("- `{name}`: {rows} rows, synced {ago}"),
            name=t["name"], rows=grouped(t["rows"]), ago=said.ago(t["freshness_seconds"]),
        ) + "".join(f" · **{word}**" for word in _worries(said, t))
        for t in data[:SHOWN]
    ]  # fmt: skip
    head = said(N_("There are {n} tables, {late} of them late."), n=len(data), late=sum(t["late"] for t in data))
    return "\n".join([head, *lines, *_more(said, len(data))])


def _worries(said: _Said, table: dict[str, Any]) -> list[str]:
    worries = ((table["late"], N_("late")), (_failed(table), N_("last sync failed")))
    return [said(word) for true, word in worries if true]


def _failed(table: dict[str, Any]) -> bool:
    return (table["last_sync"] or {}).get("state") == "failed"


def _more(said: _Said, count: int) -> list[str]:
    return [said(N_("- and {n} more"), n=count - SHOWN)] if count > SHOWN else []


def _fresh(said: _Said, table: dict[str, Any]) -> str:
    if table["freshness_seconds"] is None:
        return said(
            N_("`{name}` was never synced; it has {rows} rows."), name=table["name"], rows=grouped(table["rows"])
        )
    text = said(
        N_("`{name}` was last synced **{ago}** and has {rows} rows."),
        name=table["name"], ago=said.ago(table["freshness_seconds"]), rows=grouped(table["rows"]),
    )  # fmt: skip
    if table["late"]:
        text += " " + said(N_("It is late."))
    if _failed(table):
        text += " " + said(N_("Its last sync failed: {error}"), error=_reason(table["last_sync"]))
    if table["watermark"]:
        text += " " + said(N_("It holds data up to {watermark}."), watermark=shortened(table["watermark"]))
    return text


def shortened(watermark: str) -> str:
    """A moment to the second, whatever else as it is."""
    return re.sub(r"(\d\d:\d\d:\d\d)\.\d+", r"\1", watermark)


def _stats(said: _Said, _: dict[str, Any], data: Any, __: str) -> str:
    text = said(
        N_("`{name}` has **{rows}** rows and {columns} columns."),
        name=data["name"], rows=grouped(data["row_count"]), columns=len(data["columns"]),
    )  # fmt: skip
    if data["time_range"]:
        text += " " + said(
            N_("Times run from {first} to {last}."), first=data["time_range"][0], last=data["time_range"][1]
        )
    empty = [f"`{c['name']}` ({grouped(c['nulls'])})" for c in data["columns"] if c["nulls"]]
    text += "\n" + (
        said(N_("Columns with NULL: {names}"), names=", ".join(empty)) if empty else said(N_("No column holds NULL."))
    )
    return text


def _rows(said: _Said, asked: dict[str, Any], data: Any, _: str) -> str:
    table, total = asked["table"], data["total"] or 0
    if asked.get("limit") == 0:
        if asked.get("filters"):
            return said(N_("**{n}** rows of `{table}` match."), n=grouped(total), table=table)
        return said(N_("`{table}` has **{n}** rows."), n=grouped(total), table=table)
    if not data["row_count"]:
        return said(N_("No row of `{table}` matches."), table=table)
    return said(
        N_("Here are {shown} of {n} rows of `{table}`."), shown=data["row_count"], n=grouped(total), table=table
    )


def _aggregate(said: _Said, asked: dict[str, Any], data: Any, _: str) -> str:
    if not data["rows"]:
        return said(N_("There is nothing in `{table}` for that time."), table=asked["table"])
    function = (asked.get("functions") or ["avg"])[0]
    lines = [
        said(N_("- {what}: **{value}**{when}"), what=what, value=value, when=f" ({said.moment(when)})" if when else "")
        for what, value, when in figures(data, function, asked.get("group_by"), said(WORDS[function]))[:20]
    ]
    head = said(
        N_("`{table}`, {n} rows in {buckets} steps of {step}:"),
        table=asked["table"], n=grouped(total_of(data)), buckets=grouped(len(data["rows"])),
        step=spelt(data["resolution"], said.language),
    )  # fmt: skip
    skipped = (
        [said(N_("{n} values were no time or no number and were left out."), n=grouped(data["skipped"]))]
        if data["skipped"]
        else []
    )
    return "\n".join([head, *lines, *skipped])


def _chart(said: _Said, asked: dict[str, Any], data: Any, _: str) -> str:
    if not data["rows"]:
        return said(N_("There is nothing in `{table}` for that time."), table=asked["table"])
    return said(
        N_("The chart shows {columns} of `{table}` in {n} steps of {step}."),
        columns=", ".join(f"`{name}`" for name in data["value_columns"]), table=asked["table"],
        n=grouped(len(data["rows"])), step=spelt(data["resolution"], said.language),
    )  # fmt: skip


def _sql(said: _Said, _: dict[str, Any], data: Any, __: str) -> str:
    text = said(N_("The statement gave {n} rows."), n=data["row_count"])
    return text + (" " + said(N_("There are more than are shown here.")) if data["truncated"] else "")


def _started(said: _Said, _: dict[str, Any], run: Any, __: str) -> str:
    return said(
        N_("The {kind} sync of `{table}` has started. [Watch it](/sync/runs/{id})"),
        kind=said.kind(run["type"]), table=run["target"], id=run["sync_id"],
    )  # fmt: skip


def _status(said: _Said, _: dict[str, Any], data: Any, __: str) -> str:
    lines = [_running(said, run) for run in data["active"]] or [said(N_("No sync is running now."))]
    failed = [run for run in data["last"] if run["state"] in ("failed", "interrupted")]
    lines += [
        said(N_("- `{table}`: {state}. {reason}"), table=r["target"], state=said.state(r["state"]), reason=_reason(r))
        for r in failed[:SHOWN]
    ]
    good = len(data["last"]) - len(failed)
    if data["last"]:
        lines.append(
            said(N_("Of the last sync of each table, {good} went well and {bad} failed."), good=good, bad=len(failed))
        )
    return "\n".join(lines)


def _reason(run: dict[str, Any]) -> str:
    return str((run["error"] or {}).get("message", ""))


def _running(said: _Said, run: dict[str, Any]) -> str:
    progress = run["progress"]
    part = f" ({progress['percentage']:.0%})" if progress["percentage"] is not None else ""
    return said(
        N_("- `{table}`: {kind}, {state}, {rows} rows{part}"),
        table=run["target"], kind=said.kind(run["type"]), state=said.state(run["state"]),
        rows=grouped(progress["total_rows"]), part=part,
    )  # fmt: skip


def _controlled(said: _Said, _: dict[str, Any], run: Any, __: str) -> str:
    return said(
        N_("The sync of `{table}` is {state}. [Watch it](/sync/runs/{id})"),
        table=run["target"], state=said.state(run["state"]), id=run["sync_id"],
    )  # fmt: skip


def _sources(said: _Said, _: dict[str, Any], data: Any, __: str) -> str:
    if not data:
        return said(N_("Oracle shows this login no such table."))
    lines = [f"- `{source['owner']}.{source['table']}`" for source in data[:SHOWN]]
    return "\n".join([said(N_("I found {n} tables in Oracle:"), n=len(data)), *lines, *_more(said, len(data))])


def _jobs(said: _Said, _: dict[str, Any], data: Any, __: str) -> str:
    if not data["jobs"]:
        return said(N_("Nothing is scheduled."))
    lines = [_job(said, job) for job in data["jobs"][:SHOWN]]
    return "\n".join(
        [said(N_("{n} jobs are scheduled:"), n=len(data["jobs"])), *lines, *_more(said, len(data["jobs"]))]
    )


def _job(said: _Said, job: dict[str, Any]) -> str:
    when = said.moment(job["next_run"]) or said(N_("paused"))
    return said(N_("- {name} (`{cron}`): next {when}"), name=job["name"], cron=job["cron"], when=when)


def _added(said: _Said, _: dict[str, Any], job: Any, __: str) -> str:
    return said(
        N_("The job {name} is set up; it runs next at {when}."), name=job["name"], when=said.moment(job["next_run"])
    )


HOW: dict[str, Callable[[_Said, dict[str, Any], Any, str], str]] = {
    "list_tables": _tables, "get_table_stats": _stats, "query_table": _rows, "aggregate_table": _aggregate,
    "chart": _chart, "run_sql": _sql, "start_sync": _started, "get_sync_status": _status, "pause_sync": _controlled,
    "resume_sync": _controlled, "cancel_sync": _controlled, "list_sources": _sources, "list_jobs": _jobs,
    "add_job": _added,
}  # fmt: skip
