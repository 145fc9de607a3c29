"""/scheduler: the jobs in words, their next and last runs; add, pause, run now, delete."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from app import doors, keys
from app.errors import Invalid
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission
from app.schemas.scheduler import JobFields, JobNew
from app.schemas.sync import SyncType
from app.words import N_

EVERY = {"10min": "*/10 * * * *", "30min": "*/30 * * * *", "hour": "0 * * * *"}
AT = {"day": "{minute} {hour} * * *", "weekdays": "{minute} {hour} * * 1-5", "monday": "{minute} {hour} * * 1"}

PLAIN = ("name", "timezone", "sync_type", "missed")
TYPES = (SyncType.INCREMENTAL, SyncType.FULL, SyncType.RECONCILE, SyncType.VERIFY)


async def show(request: web.Request) -> web.Response:
    schedule = await request.app[keys.SCHEDULER].status()
    targets = await request.app[keys.SYNC].targets()
    parts = "scheduler.html", "_scheduler_jobs.html"
    return doors.render(request, *parts, schedule=schedule, targets=targets, types=TYPES)


async def show_job(request: web.Request) -> web.Response:
    """One job: its next five runs and what came of the last ones."""
    scheduler, id_ = request.app[keys.SCHEDULER], request.match_info["id"]
    job, runs = await scheduler.job(id_), await scheduler.runs(id_)
    return doors.render(request, "scheduler_job.html", job=job, runs=runs)


async def add(request: web.Request) -> web.Response:
    form = await request.post()
    given: dict[str, Any] = {name: form[name] for name in PLAIN if form.get(name)}
    given["cron"] = cron_of(dict(form))
    given["targets"] = form.getall("targets") if "targets" in form else ["*"]
    job = await request.app[keys.SCHEDULER].add(doors.validated(JobNew, given), request[ACTOR])
    link = ONE.format(id=job.id)
    return doors.redirect(request, "/scheduler", N_("The job {name} is set."), link, name=job.name)


def cron_of(form: dict[str, Any]) -> str:
    """The form's choice as a cron expression. Raises Invalid for a time that is none."""
    when = form.get("when", "day")
    if when == "cron":
        return str(form.get("cron", "")).strip()
    if when in EVERY:
        return EVERY[when]
    hour, _, minute = str(form.get("time", "")).partition(":")
    if when not in AT or not (hour.isdecimal() and minute.isdecimal()):
        raise Invalid([{"field": "time", "message": "must be a time such as 02:00"}], fields="time")
    return AT[when].format(hour=int(hour), minute=int(minute))


async def switch(request: web.Request) -> web.Response:
    """Pause a job, or let it run again."""
    on = (await request.post()).get("enabled") == "true"
    job = await request.app[keys.SCHEDULER].edit(request.match_info["id"], JobFields(enabled=on), request[ACTOR])
    said = N_("The job {name} runs again.") if on else N_("The job {name} is paused.")
    return doors.redirect(request, "/scheduler", said, name=job.name)


async def run(request: web.Request) -> web.Response:
    job = await request.app[keys.SCHEDULER].run_now(request.match_info["id"], request[ACTOR])
    return doors.redirect(request, "/scheduler", N_("The job {name} has started."), "/sync", name=job.name)


async def ask_drop(request: web.Request) -> web.Response:
    job = await request.app[keys.SCHEDULER].job(request.match_info["id"])
    return doors.render(request, "scheduler_drop.html", job=job)


async def drop(request: web.Request) -> web.Response:
    await request.app[keys.SCHEDULER].drop(request.match_info["id"], request[ACTOR])
    return doors.redirect(request, "/scheduler", N_("The job is deleted."))


ONE = "/scheduler/jobs/{id}"
routes = [
    Route("GET", "/scheduler", show, Permission.READ, documented=False),
    Route("POST", "/scheduler/jobs", add, Permission.EDIT_JOBS, documented=False),
    Route("GET", ONE, show_job, Permission.READ, documented=False),
    Route("POST", ONE + "/enabled", switch, Permission.EDIT_JOBS, documented=False, audit="scheduler.edit"),
    Route("POST", ONE + "/run", run, Permission.RUN_SYNC, documented=False),
    Route("GET", ONE + "/delete", ask_drop, Permission.EDIT_JOBS, documented=False),
    Route("POST", ONE + "/delete", drop, Permission.EDIT_JOBS, documented=False),
]
