"""The schedule: jobs that start syncs by themselves."""

from aiohttp import web

from app import keys
from app.doors import answer, read
from app.errors import BadSchedule, JobBusy, JobNotFound, TargetNotFound
from app.guard import ACTOR, Route
from app.schemas.accounts import Permission
from app.schemas.envelope import Gone
from app.schemas.scheduler import Job, JobFields, JobNew, JobRun, SchedulerStatus


async def status(request: web.Request) -> web.Response:
    """Whether the scheduler runs, its time zone, every job with its next and last run."""
    return answer(await request.app[keys.SCHEDULER].status())


async def jobs(request: web.Request) -> web.Response:
    """Every job."""
    return answer((await request.app[keys.SCHEDULER].status()).jobs)


async def add(request: web.Request) -> web.Response:
    """Make a job.

    When: `cron` with five fields, or six with the seconds first; or `hour` and `minute` for once a day. On the day the
    clocks go forward a time that does not exist is taken right after the gap; on the day they go back a time that
    comes twice is taken once. A moment in the quiet hours waits for their end.

    What: `targets` by DuckDB name, or `*` for every enabled one. An incremental of a table without a cursor takes the
    table's own default. A table that is busy is waited for; a job that still runs when it is due again is left out
    and counted; `missed` says whether moments that passed while the server was down are made up for, once, or skipped.
    """
    return answer(await request.app[keys.SCHEDULER].add(await read(request, JobNew), request[ACTOR]), status=201)


async def job(request: web.Request) -> web.Response:
    """One job with its next five runs."""
    return answer(await request.app[keys.SCHEDULER].job(request.match_info["id"]))


async def edit(request: web.Request) -> web.Response:
    """Change what the body names; `enabled: false` pauses the job."""
    fields = await read(request, JobFields)
    return answer(await request.app[keys.SCHEDULER].edit(request.match_info["id"], fields, request[ACTOR]))


async def drop(request: web.Request) -> web.Response:
    """Forget a job; a sync that it started goes on."""
    id_ = request.match_info["id"]
    await request.app[keys.SCHEDULER].drop(id_, request[ACTOR])
    return answer(Gone(name=id_))


async def run(request: web.Request) -> web.Response:
    """Run a job now, whatever its schedule says. Answers at once."""
    return answer(await request.app[keys.SCHEDULER].run_now(request.match_info["id"], request[ACTOR]), status=202)


async def runs(request: web.Request) -> web.Response:
    """What came of a job's last fifty moments, the newest first."""
    return answer(await request.app[keys.SCHEDULER].runs(request.match_info["id"]))


ALL, ONE = "/api/v1/scheduler/jobs", "/api/v1/scheduler/jobs/{id}"
routes = [
    Route("GET", "/api/v1/scheduler/status", status, Permission.READ, data=SchedulerStatus),
    Route("GET", ALL, jobs, Permission.READ, data=list[Job]),
    Route(
        *("POST", ALL, add, Permission.EDIT_JOBS),
        body=JobNew,
        data=Job,
        status=201,
        errors=(BadSchedule, TargetNotFound),
    ),
    Route("GET", ONE, job, Permission.READ, data=Job, errors=(JobNotFound,)),
    Route(
        *("PATCH", ONE, edit, Permission.EDIT_JOBS),
        body=JobFields,
        data=Job,
        errors=(JobNotFound, BadSchedule, TargetNotFound),
    ),
    Route("DELETE", ONE, drop, Permission.EDIT_JOBS, data=Gone, errors=(JobNotFound,)),
    Route("POST", ONE + "/run", run, Permission.RUN_SYNC, data=Job, status=202, errors=(JobNotFound, JobBusy)),
    Route("GET", ONE + "/runs", runs, Permission.READ, data=list[JobRun], errors=(JobNotFound,)),
]
