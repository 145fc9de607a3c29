"""The offline rules: an everyday question in Korean or English becomes one call, or an honest sentence. Pure."""

from __future__ import annotations

import re

from app.agent import vocabulary as v
from app.agent.asked import Asked, Meant
from app.agent.known import Known
from app.agent.moments import schedule_in
from app.agent.reading import Reading

SYNC_TOOLS = {"pause_sync": v.PAUSE, "resume_sync": v.RESUME, "cancel_sync": v.CANCEL}


def understood(question: str, known: Known, table: str = "") -> Meant:
    """What ``question`` means. ``table``: the one the conversation is about, for questions that name none."""
    sql = re.match(r"\s*(?:select|with)\b.+", question, re.I | re.S)
    if sql and re.search(r"\bfrom\b|\bselect\b\s+[\d'(*]", question, re.I):
        return Meant("run_sql", {"sql": question.strip().rstrip(";")})
    asked = Asked.of(question, known, table)
    for reading in (_talk, _jobs, _control, _sync, _catalogue, _data):
        meant = reading(asked)
        if meant:
            return meant
    return Meant(reply="unknown")


def _talk(asked: Asked) -> Meant | None:
    """Greetings, thanks, what it can do, and what it will not do."""
    if asked.says(v.NEGATED) and asked.says(v.SYNC):
        return Meant(reply="not_done")
    if asked.says(v.HELP):
        return Meant(reply="help")
    plans = asked.says(v.SCHEDULE) and asked.says(v.REGISTER)
    if asked.says(v.DESTROY) and not plans and not asked.says(v.RECONCILE) and not asked.says(v.CANCEL_SYNC):
        return Meant(reply="cannot_write")
    if asked.says(v.SEND):
        return Meant(reply="cannot_send")
    if asked.says(v.PREDICT) and not asked.says(f"{v.SYNC}|{v.SCHEDULE}"):
        return Meant(reply="cannot_predict")
    if not asked.tables and asked.says(v.HELLO):
        return Meant(reply="hello")
    return Meant(reply="thanks") if not asked.tables and asked.says(v.THANKS) else None


def _jobs(asked: Asked) -> Meant | None:
    rhythm = schedule_in(asked.text) if asked.says(v.RHYTHM) else {}
    wants = asked.says(v.SYNC) or asked.says(v.SCHEDULE) or (asked.tables and _kind(asked))
    listing = asked.says(v.LISTING) and not asked.says(v.REGISTER)
    if rhythm and wants and not listing and not asked.says(v.AGGREGATES):
        targets = [table.name for table in asked.tables] or (["*"] if asked.says(v.EVERYTHING) else [])
        if not targets:
            return asked.ask_table()
        kind = _kind(asked) or "incremental"
        return Meant("add_job", rhythm | {"targets": targets, "sync_type": kind})
    if asked.says(v.RHYTHM) and asked.says(v.SYNC) and not listing and not asked.says(v.AGGREGATES):
        return Meant(reply="ask_when")
    if asked.says(v.SCHEDULE) or asked.says(v.NEXT_SYNC):
        return Meant(reply="ask_when") if asked.says(v.REGISTER) and not listing else Meant("list_jobs")
    return None


def _control(asked: Asked) -> Meant | None:
    """Pause, resume, cancel: of the named table's run, or of the only one."""
    named = asked.tables and asked.says(v.BARE_CONTROL)
    if asked.says(v.WHY) or not (asked.says(v.SYNC) or named):
        return None
    for tool, words in SYNC_TOOLS.items():
        if asked.says(words):
            known = asked.known
            candidates = known.stopped if tool == "resume_sync" else known.active
            if tool == "cancel_sync" and not candidates:
                candidates = known.stopped
            if asked.table:
                return Meant(tool, {"table": asked.table.name})
            if len(candidates) == 1:
                return Meant(tool, {"table": candidates[0]})
            return Meant(reply="ask_run" if candidates else "nothing_runs", about=candidates)
    return None


def _sync(asked: Asked) -> Meant | None:
    """Start a sync, or look at those that run."""
    kind = _kind(asked)
    checks = kind in ("verify", "reconcile") and not asked.says(v.STATE)
    if asked.says(v.FRESH) and not asked.says(v.ROW_COUNT) and not (asked.says(v.START) and asked.says(v.SYNC)):
        return Meant("list_tables")
    looks = asked.says(v.RUNNING) or (asked.says(f"{v.STATE}|{v.WHY}") and asked.says(v.SYNC))
    if looks and not asked.says(v.START_NOW):
        return Meant("get_sync_status")
    if not (
        checks
        or (asked.says(v.SYNC) and not asked.says(v.LISTING))
        or (asked.tables and ((asked.says(v.FETCH) and not asked.says(v.LIMIT)) or (kind and asked.says(v.START_NOW))))
    ):
        return None
    if asked.table:
        return Meant("start_sync", {"table": asked.table.name} | ({"sync_type": kind} if kind else {}))
    source = re.search(r"\b([A-Za-z][\w$#]*\.[A-Za-z][\w$#]*)", asked.text, re.ASCII)
    if source:  # OWNER.TABLE that is not known yet
        return Meant("start_sync", {"table": source[1].upper()} | ({"sync_type": kind} if kind else {}))
    return (
        asked.ask_table()
        if len(asked.tables) < 2
        else Meant(reply="ask_one", about=tuple(t.name for t in asked.tables))
    )


def _kind(asked: Asked) -> str:
    return next((kind for kind, words in v.KINDS.items() if asked.says(words)), "")


def _catalogue(asked: Asked) -> Meant | None:
    """Oracle's tables and ours."""
    looks = asked.says(v.FIND) or (asked.says(v.TABLES) and not asked.tables)
    if asked.says(v.ORACLE) and looks:
        named = v.said(v.SEARCHED, asked.raw)
        word = next((group for group in named.groups() if group), "") if named else ""
        return Meant("list_sources", {"search": word} if word else {})
    if asked.says(v.HOW_MANY_TABLES):
        return Meant("list_tables")
    if not asked.tables and asked.says(v.STRANGE_TABLE):
        return asked.ask_table()
    if (
        not asked.tables
        and asked.says(v.TABLES)
        and asked.says(v.LISTING)
        and not asked.says(f"{v.ROW_COUNT}|{v.LIMIT}")
    ):
        return Meant("list_tables")
    return None


def _data(asked: Asked) -> Meant | None:
    """Questions about what is in a table."""
    wanted = next((name for name, words in v.DATA.items() if asked.says(words)), "")
    table = asked.target()
    if table is None:
        return asked.ask_table() if wanted or asked.tables else None
    if not wanted and not asked.tables and not asked.fitting:
        return None
    return Reading(asked, table).meant()
