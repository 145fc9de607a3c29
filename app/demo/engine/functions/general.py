"""TO_CHAR, TO_NUMBER, NVL, DECODE, COALESCE, SYS_CONTEXT and other functions of any type."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.demo.engine.codec import cells
from app.demo.engine.errors import ora
from app.demo.engine.formats import numbers
from app.demo.engine.functions.register import function, model_of
from app.demo.engine.plan import branches, compare, convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, constant
from app.demo.engine.plan.make import make
from app.demo.engine.sql.nodes import Call
from app.demo.engine.types import BLOB, CLOB, NUMBER, OraType, varchar


@function("TO_CHAR TO_NCHAR", 1, 3)
def to_char(ctx: Context, _node: Call, value: Ex, model: Ex | None = None, nls: Ex | None = None) -> Ex:
    """TO_CHAR of anything."""
    family = convert.kind_of(value.type)
    form = model_of(ctx, model)
    if family == "text":
        if model is not None:
            value = convert.numeric(ctx, value)
            family = "number"
        else:
            if value.type.name != "CLOB":
                return value
            return Ex(varchar(4000), value.sql, py=value.py, const=value.const, fixed=value.fixed, leaves=value.leaves)
    if family != "number":
        return convert.text(ctx, value, form)
    outer = ctx.settings
    if nls is not None:
        ctx.settings = _with_marks(ctx, nls)
    try:
        return convert.number_text(ctx, value, form)
    finally:
        ctx.settings = outer


def _with_marks(ctx: Context, nls: Ex) -> Any:
    text = str(model_of(ctx, nls) or "")
    name, _, rest = text.partition("=")
    if name.strip().upper() != "NLS_NUMERIC_CHARACTERS":
        if name.strip().upper() in ("NLS_DATE_LANGUAGE", "NLS_CURRENCY", "NLS_ISO_CURRENCY"):
            return ctx.settings
        raise ora(12702)
    return replace(ctx.settings, marks=rest.strip().strip("'"))


@function("TO_NUMBER", 1, 3)
def to_number(ctx: Context, _node: Call, value: Ex, model: Ex | None = None, nls: Ex | None = None) -> Ex:
    """TO_NUMBER."""
    if convert.kind_of(value.type) == "number" or model is None:
        return convert.numeric(ctx, value)
    form = model_of(ctx, model)
    marks = _with_marks(ctx, nls).marks if nls is not None else ctx.settings.marks
    return make(ctx, NUMBER, [convert.text(ctx, value)], lambda v: numbers.parse_by(v, form, marks), None)


@function("TO_CLOB TO_NCLOB", 1, 2)
def to_clob(ctx: Context, _node: Call, value: Ex, *_rest: Ex) -> Ex:
    """TO_CLOB."""
    return make(ctx, CLOB, [convert.text(ctx, value)], lambda v: v, lambda x: x.sql)


@function("TO_BLOB", 1, 2)
def to_blob(ctx: Context, _node: Call, value: Ex, *_rest: Ex) -> Ex:
    """TO_BLOB."""
    return make(ctx, BLOB, [convert.raw(ctx, value)], lambda v: v, lambda x: x.sql)


@function("EMPTY_CLOB", 0, 0)
def empty_clob(_ctx: Context, _node: Call) -> Ex:
    """EMPTY_CLOB: no characters, and not NULL."""
    return constant(CLOB, "")


@function("EMPTY_BLOB", 0, 0)
def empty_blob(_ctx: Context, _node: Call) -> Ex:
    """EMPTY_BLOB: no bytes, and not NULL."""
    return constant(BLOB, b"")


@function("TO_BINARY_DOUBLE", 1, 3)
def to_binary_double(ctx: Context, _node: Call, value: Ex, *_rest: Ex) -> Ex:
    """TO_BINARY_DOUBLE."""
    return convert.double(ctx, value, OraType("BINARY_DOUBLE"))


@function("TO_BINARY_FLOAT", 1, 3)
def to_binary_float(ctx: Context, _node: Call, value: Ex, *_rest: Ex) -> Ex:
    """TO_BINARY_FLOAT."""
    return convert.double(ctx, value, OraType("BINARY_FLOAT"))


@function("NVL", 2, 2)
def nvl(ctx: Context, _node: Call, value: Ex, other: Ex) -> Ex:
    """NVL: the first argument's type decides."""
    return _first(ctx, [value, other])


@function("COALESCE", 2, 99)
def coalesce(ctx: Context, _node: Call, *values: Ex) -> Ex:
    """COALESCE."""
    return _first(ctx, list(values), strict=True)


def _first(ctx: Context, values: list[Ex], strict: bool = False) -> Ex:
    if all(value.const for value in values):
        kind = branches.common_type(values, first=not strict)
        moved = [constant(kind, None) if v.null else convert.to_type(ctx, v, kind) for v in values]
        return make(ctx, kind, moved, lambda *vs: next((v for v in vs if v is not None), None), None, strict=False)
    tests = [f"{ctx.bring(value).sql} IS NOT NULL" for value in values[:-1]]
    return branches.chosen(ctx, tests, [ctx.bring(value) for value in values], first=not strict)


@function("NVL2", 3, 3)
def nvl2(ctx: Context, _node: Call, value: Ex, present: Ex, absent: Ex) -> Ex:
    """NVL2."""
    return branches.chosen(ctx, [f"{ctx.bring(value).sql} IS NOT NULL"], [present, absent], first=True)


@function("NULLIF", 2, 2)
def nullif(ctx: Context, _node: Call, left: Ex, right: Ex) -> Ex:
    """NULLIF."""
    if left.null:
        raise ora(932, "-", "CHAR")
    same = compare.compare(ctx, "=", left, right)
    made = branches.chosen(ctx, [same.sql], [constant(left.type, None), left])
    made.type = left.type
    return made


@function("DECODE", 3, 255)
def decode(ctx: Context, _node: Call, value: Ex, *rest: Ex) -> Ex:
    """DECODE: NULL equals NULL; the first result decides the type."""
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    otherwise = rest[-1] if len(rest) % 2 else constant(varchar(1), None)
    tests = []
    for wanted, _ in pairs:
        if wanted.null:
            tests.append(f"{ctx.bring(value).sql} IS NULL")
            continue
        a, b = compare.aligned(ctx, value, wanted)
        tests.append(f"{a} IS NOT DISTINCT FROM {b}")
    return branches.chosen(ctx, tests, [*(result for _, result in pairs), otherwise], first=True)


@function("GREATEST", 1, 255)
def greatest(ctx: Context, _node: Call, *values: Ex) -> Ex:
    """GREATEST; any NULL makes NULL."""
    return _extreme(ctx, ">=", values)


@function("LEAST", 1, 255)
def least(ctx: Context, _node: Call, *values: Ex) -> Ex:
    """LEAST; any NULL makes NULL."""
    return _extreme(ctx, "<=", values)


def _extreme(ctx: Context, op: str, values: Any) -> Ex:
    kind = values[0].type
    moved = [value if convert.kind_of(value.type) == convert.kind_of(kind) else convert.to_type(ctx, value, kind)
             for value in values]  # fmt: skip
    _, same = branches.unified(ctx, moved)
    best = same[0]
    for other in same[1:]:
        a, b = compare.aligned(ctx, best, other)
        nulls = f"{best.sql} IS NULL OR {other.sql} IS NULL"
        made = branches.chosen(ctx, [nulls, f"{a} {op} {b}"], [constant(best.type, None), best, other])
        best = made
    return best


@function("USER", 0, 0, bare=True)
def user(ctx: Context, _node: Call) -> Ex:
    """USER."""
    return constant(varchar(128), ctx.who.user)


@function("UID", 0, 0, bare=True)
def uid(ctx: Context, _node: Call) -> Ex:
    """UID."""
    return constant(NUMBER, Decimal(ctx.who.catalog.users[ctx.who.user].id))


@function("SYS_GUID", 0, 0)
def sys_guid(_ctx: Context, _node: Call) -> Ex:
    """SYS_GUID: one for each execution, or row by row in a query."""
    return Ex(OraType("RAW", length=16), py=lambda _env: uuid.uuid4().bytes, const=True)


@function("DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER", 0, 0, bare=True)
def system_change_number(ctx: Context, _node: Call) -> Ex:
    """DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER."""
    clock = ctx.who.clock
    return Ex(NUMBER, py=lambda _env: Decimal(clock.scn), const=True)


@function("DBMS_RANDOM.VALUE", 0, 2)
def random_value(ctx: Context, _node: Call, low: Ex | None = None, high: Ex | None = None) -> Ex:
    """DBMS_RANDOM.VALUE."""
    args = [ctx.bring(convert.numeric(ctx, each)) for each in (low, high) if each is not None]
    if len(args) == 2:
        return Ex(NUMBER, f"({args[0].sql} + random() * ({args[1].sql} - {args[0].sql}))", "approx")
    return Ex(NUMBER, "random()", "approx")


@function("DUMP", 1, 4)
def dump(ctx: Context, _node: Call, value: Ex, form: Ex | None = None, *_rest: Ex) -> Ex:
    """DUMP of a value's bytes."""
    column = value.type.described("X")
    encode, base = cells.encoder(value.type), int(ctx.value(form)) % 1000 if form is not None else 10

    def py(v: Any) -> str:
        data = encode(v) if v is not None else None
        if not data:
            return "NULL"
        shown = ",".join(f"{byte:x}" if base == 16 else str(byte) for byte in data)
        return f"Typ={column.type} Len={len(data)}: {shown}"

    return make(ctx, varchar(4000), [value], py, None, strict=False)


# USERENV parameters of 19c that say nothing about a session here: NULL, as Oracle answers outside of a cloud, a job…
_SILENT = frozenset(
    [
        "AUTHENTICATION_DATA",
        "CDB_DOMAIN",
        "CLOUD_SERVICE",
        "CURRENT_BIND",
        "DBLINK_INFO",
        "DRAIN_STATUS",
        "ENTERPRISE_IDENTITY",
        "GLOBAL_UID",
        "LDAP_SERVER_TYPE",
        "PROXY_ENTERPRISE_IDENTITY",
        "PROXY_USERID",
        "SCHEDULER_JOB",
        "STANDBY_MAX_DATA_DELAY",
    ]
)


@function("SYS_CONTEXT", 2, 3)
def sys_context(ctx: Context, _node: Call, space: Ex, name: Ex, *_rest: Ex) -> Ex:
    """SYS_CONTEXT('USERENV', …). Raises ORA-02003 for an unknown attribute."""
    key = str(ctx.value(name)).upper()
    if str(ctx.value(space)).upper() != "USERENV":
        return constant(varchar(256), None)
    return constant(varchar(256), _userenv(ctx, key))


@function("USERENV", 1, 1)
def userenv(ctx: Context, _node: Call, name: Ex) -> Ex:
    """USERENV."""
    return constant(varchar(256), _userenv(ctx, str(ctx.value(name)).upper()))


def _userenv(ctx: Context, key: str) -> str | None:
    who = ctx.who
    ctx.volatile = True  # a session can name itself anew
    known: dict[str, Any] = {
        "CURRENT_SCHEMA": who.schema, "CURRENT_USER": who.user, "SESSION_USER": who.user, "PROXY_USER": None,
        "AUTHENTICATED_IDENTITY": who.user, "SESSION_SCHEMA": who.schema,
        "CURRENT_SCHEMAID": who.catalog.users[who.schema].id if who.schema in who.catalog.users else 0,
        "CURRENT_USERID": who.catalog.users[who.user].id, "SESSION_USERID": who.catalog.users[who.user].id,
        "DB_NAME": "DEMO", "DB_UNIQUE_NAME": "DEMO", "DB_DOMAIN": None, "INSTANCE": 1, "INSTANCE_NAME": "demo",
        "SERVICE_NAME": "demo", "SERVER_HOST": "merganser-demo", "HOST": who.module.get("MACHINE"),
        "SID": who.sid, "SESSIONID": who.sid, "AUDITED_CURSORID": None, "TERMINAL": who.module.get("TERMINAL"),
        "MODULE": who.module.get("MODULE"), "ACTION": who.module.get("ACTION"), "CON_NAME": "DEMO", "CON_ID": 1,
        "CLIENT_IDENTIFIER": who.module.get("CLIENT_IDENTIFIER"), "CLIENT_INFO": who.module.get("CLIENT_INFO"),
        "LANGUAGE": "AMERICAN_AMERICA.AL32UTF8", "LANG": "US", "NLS_TERRITORY": "AMERICA", "NLS_CURRENCY": "$",
        "NLS_CALENDAR": "GREGORIAN", "NLS_SORT": "BINARY", "NLS_DATE_LANGUAGE": "AMERICAN", "ISDBA": "FALSE",
        "OS_USER": who.module.get("OSUSER"), "IP_ADDRESS": "127.0.0.1", "NETWORK_PROTOCOL": "tcp",
        "DATABASE_ROLE": "PRIMARY", "EDITION_NAME": "ORA$BASE", "CURRENT_EDITION_NAME": "ORA$BASE", "CDB_NAME": None,
        "ENTRYID": None, "AUTHENTICATION_METHOD": "PASSWORD", "IDENTIFICATION_TYPE": "LOCAL", "POLICY_INVOKER": None,
        "BG_JOB_ID": None, "FG_JOB_ID": "0", "PID": "1", "CLIENT_PROGRAM_NAME": who.module.get("PROGRAM"),
        "NLS_DATE_FORMAT": ctx.settings.date_format,
    }  # fmt: skip
    if key not in known and key not in _SILENT:
        raise ora(2003)
    return None if known.get(key) is None else str(known[key])


@function("*ON_ERROR", 1, 1)
def on_error(_ctx: Context, _node: Call, _value: Ex) -> Ex:
    """DEFAULT … ON CONVERSION ERROR is not here."""
    raise ora(3001, "DEFAULT ON CONVERSION ERROR")
