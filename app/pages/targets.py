"""/sync/targets: find an Oracle table, choose how it is kept, try it, save it; edit and delete."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from app import doors, formats, keys
from app.errors import AppError
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission
from app.schemas.envelope import Offset, Page, Question
from app.schemas.sync import (
    Source,
    State,
    SyncReset,
    SyncRun,
    SyncStart,
    SyncType,
    Target,
    TargetFields,
    TargetNew,
)
from app.schemas.tables import Rows, TableQuery
from app.words import N_

LIMIT = 50
PREVIEW = 8
PATIENCE = 8.0  # seconds that a page waits for a test before it shows it as still running
PLAIN = ("duckdb_table", "default_type", "deletes", "verify")
EMPTY = ("cursor", "cursor_kind", "cursor_format", "where", "timezone")  # a text left empty clears these
TICKS = ("trim_char", "allow_shrink", "reread_null_cursor", "insert_only", "enabled")


class Search(Question):
    search: str = ""
    offset: Offset = 0


async def show(request: web.Request) -> web.Response:
    return doors.render(request, "targets.html", targets=await request.app[keys.SYNC].targets())


async def find(request: web.Request) -> web.Response:
    """Oracle tables the login can see; typing narrows them."""
    asked = doors.read_query(request, Search)
    found, total = await request.app[keys.SYNC].sources(asked.search or None, LIMIT, asked.offset)
    page = Page(limit=LIMIT, offset=asked.offset, total=total)
    parts = "targets_new.html", "_targets_found.html"
    return doors.render(request, *parts, found=found, page=page, asked=asked, url=request.rel_url)


async def propose(request: web.Request) -> web.Response:
    """The form for a table that is not kept yet, filled with what Oracle's dictionary proposes."""
    sync, match = request.app[keys.SYNC], request.match_info
    source = await sync.source(match["owner"], match["table"])
    if source.target:
        return doors.redirect(request, address(source.target))
    target = Target(owner=source.owner, table=source.table, duckdb_table=source.table.lower(), key=source.key)
    return doors.render(request, "target.html", **_form(target, source, new=True))


async def edit(request: web.Request) -> web.Response:
    sync = request.app[keys.SYNC]
    target = await sync.target(request.match_info["name"])
    source = None
    with suppress(AppError):  # Oracle away: what is set can still be seen and changed
        source = await sync.source(target.owner, target.table)
    return doors.render(request, "target.html", **_form(target, source, new=False))


def _form(target: Target, source: Source | None, *, new: bool) -> dict[str, Any]:
    types = [type_ for type_ in SyncType if type_ is not SyncType.TEST]
    return {"target": target, "source": source, "new": new, "types": types, "action": _action(target, new)}


def _action(target: Target, new: bool) -> str:
    return "/sync/targets" if new else address(target.duckdb_table)


def address(name: str) -> str:
    return f"/sync/targets/of/{formats.segment(name)}"


async def add(request: web.Request) -> web.Response:
    form = await request.post()
    body = doors.validated(TargetNew, fields(form) | {"oracle_table": form.get("oracle_table", "")})
    target = await request.app[keys.SYNC].add_target(body, request[ACTOR])
    return await _saved(request, target, form)


async def save(request: web.Request) -> web.Response:
    form = await request.post()
    body = doors.validated(TargetFields, fields(form))
    target = await request.app[keys.SYNC].edit_target(request.match_info["name"], body, request[ACTOR])
    return await _saved(request, target, form)


async def _saved(request: web.Request, target: Target, form: MultiMapping[Any]) -> web.Response:
    """To the list; or straight to the first run, when that was the button."""
    if form.get("then") == "run":
        body = SyncStart(table_name=target.duckdb_table)
        run = await request.app[keys.SYNC].start(body, request[ACTOR])
        said = N_("{table} is saved and its sync has started.")
        return doors.redirect(request, f"/sync/runs/{run.sync_id}", said, table=target.duckdb_table)
    link = address(target.duckdb_table)
    return doors.redirect(request, "/sync/targets", N_("{table} is saved."), link, table=target.duckdb_table)


def fields(form: MultiMapping[Any]) -> dict[str, Any]:
    """A target's fields as the form sends them: ticks only when set, times in minutes, a type per column."""
    found: dict[str, Any] = {name: form[name] for name in PLAIN if form.get(name)}
    found |= {name: form[name] or None for name in EMPTY if name in form}
    found |= {name: name in form for name in TICKS} | {"note": form.get("note", "")}
    found["key"] = form.getall("key", [])
    copied = form.getall("copied", None)
    if copied is not None:
        found["columns_out"] = [column for column in form.getall("column", []) if column not in set(copied)]
    typed = {name.removeprefix("type:"): form[name] for name in form if name.startswith("type:")}
    found["overrides"] = {column: type_ for column, type_ in typed.items() if type_}
    found["lag_seconds"] = _seconds(form.get("lag_minutes")) or 0
    found["late_after_seconds"] = _seconds(form.get("late_after_minutes"))
    return found


def _seconds(minutes: Any) -> Any:
    """Minutes as seconds; what is no number is left for the schema to refuse."""
    try:
        return round(float(minutes) * 60) if minutes else None
    except ValueError:
        return minutes


async def attempt(request: web.Request) -> web.Response:
    """A test run in place, before anything is saved."""
    form, sync = await request.post(), request.app[keys.SYNC]
    asked = {"oracle_table": form.get("oracle_table", ""), "sync_type": SyncType.TEST}
    run = await sync.start(doors.validated(SyncStart, asked), request[ACTOR])
    if not doors.wants_part(request):
        return doors.redirect(request, f"/sync/runs/{run.sync_id}")
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            run = await sync.wait(run.sync_id)
    run = await sync.run(run.sync_id)
    part = "_targets_trial.html"
    return doors.render(request, part, part, run=run, preview=await _preview(request.app, run))


async def _preview(app: web.Application, run: SyncRun) -> Rows | None:
    """The first rows that the test copied."""
    if run.state is not State.SUCCEEDED:
        return None
    with suppress(AppError):
        return await app[keys.QUERY].rows(f"preview.{run.target}", TableQuery(limit=PREVIEW))
    return None


async def ask_drop(request: web.Request) -> web.Response:
    target = await request.app[keys.SYNC].target(request.match_info["name"])
    return doors.render(request, "target_drop.html", target=target)


async def drop(request: web.Request) -> web.Response:
    form, name = await request.post(), request.match_info["name"]
    await request.app[keys.SYNC].drop_target(name, request[ACTOR], drop=form.get("drop") == "true")
    return doors.redirect(request, "/sync/targets", N_("{table} is no longer synced."), table=name)


async def reset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    await request.app[keys.SYNC].reset(SyncReset(oracle_table=name), request[ACTOR])
    said = N_("The watermark of {table} is forgotten; its next run is a full.")
    return doors.redirect(request, address(name), said, table=name)


ALL, NEW, ONE = "/sync/targets", "/sync/targets/new", "/sync/targets/of/{name}"
routes = [
    Route("GET", ALL, show, Permission.READ, documented=False),
    Route("POST", ALL, add, Permission.EDIT_TARGETS, documented=False),
    Route("GET", NEW, find, Permission.EDIT_TARGETS, documented=False),
    Route("GET", NEW + "/{owner}/{table}", propose, Permission.EDIT_TARGETS, documented=False),
    Route("POST", "/sync/targets/try", attempt, Permission.EDIT_TARGETS, documented=False),
    Route("GET", ONE, edit, Permission.EDIT_TARGETS, documented=False),
    Route("POST", ONE, save, Permission.EDIT_TARGETS, documented=False, audit="targets.edit"),
    Route("GET", ONE + "/delete", ask_drop, Permission.EDIT_TARGETS, documented=False),
    Route("POST", ONE + "/delete", drop, Permission.EDIT_TARGETS, documented=False),
    Route("POST", ONE + "/reset", reset, Permission.RESET, documented=False, audit="sync.reset"),
]
