"""Functions of text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from app.demo.engine.errors import ora
from app.demo.engine.functions.register import function, model_of, text, whole_sql
from app.demo.engine.plan import arithmetic, convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex, condition, constant
from app.demo.engine.plan.make import make
from app.demo.engine.sql.nodes import Call
from app.demo.engine.types import NUMBER, OraType, varchar


def _like(kind: OraType, factor: int = 1) -> OraType:
    """The result's type for a function that keeps its text's kind."""
    if kind.name in ("CLOB", "NCLOB"):
        return kind
    if kind.national:
        return OraType("NVARCHAR2", length=min((kind.length or 1) * factor, 4000), chars=True)
    return varchar(kind.bytes_at_most * factor)


def _number(ctx: Context, ex: Ex) -> Ex:
    return convert.numeric(ctx, ex)


@function("UPPER NLS_UPPER", 1, 2)
def upper(ctx: Context, _node: Call, value: Ex, *_rest: Ex) -> Ex:
    """UPPER."""
    a = text(ctx, value)
    return make(ctx, _like(a.type), [a], str.upper, lambda x: f"upper({x.sql})")


@function("LOWER NLS_LOWER", 1, 2)
def lower(ctx: Context, _node: Call, value: Ex, *_rest: Ex) -> Ex:
    """LOWER."""
    a = text(ctx, value)
    return make(ctx, _like(a.type), [a], str.lower, lambda x: f"lower({x.sql})")


@function("INITCAP", 1, 1)
def initcap(ctx: Context, _node: Call, value: Ex) -> Ex:
    """INITCAP."""
    a = text(ctx, value)
    return make(ctx, _like(a.type), [a], lambda v: re.sub(r"\w+", lambda m: m.group().capitalize(), v), None)


@function("CONCAT", 2, 2)
def concat(ctx: Context, _node: Call, left: Ex, right: Ex) -> Ex:
    """CONCAT, the same as ||."""
    return arithmetic.concat(ctx, left, right)


@function("SUBSTR SUBSTRC SUBSTR2 SUBSTR4", 2, 3)
def substr(ctx: Context, _node: Call, value: Ex, start: Ex, length: Ex | None = None) -> Ex:
    """SUBSTR: from 1, from the end when negative; 0 counts as 1."""
    a = text(ctx, value)
    args = [a, _number(ctx, start)] + ([_number(ctx, length)] if length is not None else [])

    def py(v: str, at: Any, count: Any = None) -> str | None:
        at = int(at)
        first = at - 1 if at > 0 else len(v) + at if at < 0 else 0
        if first < 0 or (count is not None and int(count) < 1):
            return None
        return v[first:] if count is None else v[first : first + int(count)]

    def sql(x: Ex, at: Ex, count: Ex | None = None) -> str:
        from_place = f"(CASE WHEN {whole_sql(at)} = 0 THEN 1 ELSE {whole_sql(at)} END)"
        tail = f", greatest({whole_sql(count)}, 0)" if count else ""
        inner = f"substr({x.sql}, {from_place}{tail})"
        if at.sql.startswith("CAST(") and not at.sql.startswith("CAST(-") and "'-" not in at.sql:
            return f"nullif({inner}, '')"
        return f"nullif(CASE WHEN -{from_place} > length({x.sql}) THEN NULL ELSE {inner} END, '')"

    return make(ctx, _like(a.type), args, py, sql)


@function("SUBSTRB", 2, 3)
def substrb(ctx: Context, _node: Call, value: Ex, start: Ex, length: Ex | None = None) -> Ex:
    """SUBSTR by bytes."""
    a = text(ctx, value)
    args = [a, _number(ctx, start)] + ([_number(ctx, length)] if length is not None else [])

    def py(v: str, at: Any, count: Any = None) -> str | None:
        data, at = v.encode(), int(at)
        first = at - 1 if at > 0 else max(0, len(data) + at) if at < 0 else 0
        cut = data[first:] if count is None else data[first : first + int(count)]
        return cut.decode("utf-8", "ignore") or None

    return make(ctx, _like(a.type), args, py, None)


@function("INSTR INSTRC INSTR2 INSTR4 INSTRB", 2, 4)
def instr(ctx: Context, _node: Call, value: Ex, part: Ex, start: Ex | None = None, nth: Ex | None = None) -> Ex:
    """INSTR with start and occurrence."""
    args = [text(ctx, value), text(ctx, part)] + [_number(ctx, each) for each in (start, nth) if each is not None]

    def py(v: str, p: str, at: Any = 1, occurrence: Any = 1) -> Decimal:
        at, found = int(at), -1
        if at < 0:
            found = len(v) + at + 1
            for _ in range(int(occurrence)):
                found = v.rfind(p, 0, max(0, found + len(p) - 1)) if found >= 0 else -1
            return Decimal(found + 1)
        found = at - 2
        for _ in range(int(occurrence)):
            found = v.find(p, found + 1)
            if found < 0:
                break
        return Decimal(found + 1)

    if len(args) == 2:
        return make(ctx, NUMBER, args, py, lambda x, p: f"CAST(instr({x.sql}, {p.sql}) AS DECIMAL(18,0))",
                    rep="decimal", digits=(18, 0))  # fmt: skip
    return make(ctx, NUMBER, args, py, _instr_from if len(args) == 3 else None, rep="decimal", digits=(18, 0))


def _instr_from(x: Ex, p: Ex, at: Ex) -> str:
    found = f"instr(substr({x.sql}, {whole_sql(at)}), {p.sql})"
    return f"CAST(CASE WHEN {found} = 0 THEN 0 ELSE {found} + {whole_sql(at)} - 1 END AS DECIMAL(18,0))"


@function("LENGTH LENGTHC LENGTH2 LENGTH4", 1, 1)
def length(ctx: Context, _node: Call, value: Ex) -> Ex:
    """LENGTH in characters; of a BLOB in bytes."""
    if convert.kind_of(value.type) == "bytes" and value.type.name == "BLOB":
        return _octets(ctx, value)
    return make(ctx, NUMBER, [text(ctx, value)], lambda v: Decimal(len(v)),
                lambda x: f"CAST(length({x.sql}) AS DECIMAL(18,0))", rep="decimal", digits=(18, 0))  # fmt: skip


def _octets(ctx: Context, value: Ex) -> Ex:
    return make(ctx, NUMBER, [value], lambda v: Decimal(len(v)),
                lambda x: f"CAST(octet_length({x.sql}) AS DECIMAL(18,0))", rep="decimal", digits=(18, 0))  # fmt: skip


@function("LENGTHB VSIZE", 1, 1)
def lengthb(ctx: Context, _node: Call, value: Ex) -> Ex:
    """LENGTHB and VSIZE in bytes."""
    if convert.kind_of(value.type) == "bytes":
        return _octets(ctx, value)
    a = text(ctx, value)
    if a.type.name == "CLOB":
        raise ora(22998)
    if a.type.national:
        return make(ctx, NUMBER, [a], lambda v: Decimal(len(v.encode("utf-16-be"))),
                    lambda x: f"CAST(2 * length({x.sql}) AS DECIMAL(18,0))", rep="decimal", digits=(18, 0))  # fmt: skip
    return make(ctx, NUMBER, [a], lambda v: Decimal(len(v.encode())),
                lambda x: f"CAST(strlen({x.sql}) AS DECIMAL(18,0))", rep="decimal", digits=(18, 0))  # fmt: skip


@function("LPAD", 2, 3)
def lpad(ctx: Context, _node: Call, value: Ex, size: Ex, fill: Ex | None = None) -> Ex:
    """LPAD."""
    return _pad(ctx, "lpad", value, size, fill)


@function("RPAD", 2, 3)
def rpad(ctx: Context, _node: Call, value: Ex, size: Ex, fill: Ex | None = None) -> Ex:
    """RPAD."""
    return _pad(ctx, "rpad", value, size, fill)


def _pad(ctx: Context, side: str, value: Ex, size: Ex, fill: Ex | None) -> Ex:
    def py(v: str, n: Any, f: str = " ") -> str:
        n = max(0, int(n))
        more = (f * (n // len(f) + 1))[: max(0, n - len(v))]
        return (more + v if side == "lpad" else v + more) if n > len(v) else v[:n]

    known = int(ctx.value(size)) if size.const and size.fixed and ctx.value(size) is not None else 1000
    args = [text(ctx, value), _number(ctx, size), text(ctx, fill) if fill is not None else constant(varchar(1), " ")]
    return make(ctx, varchar(known * 4), args, py, lambda x, n, f: f"{side}({x.sql}, {whole_sql(n)}::INT, {f.sql})")


@function("TRIM", 2, 3)
def trim(ctx: Context, _node: Call, side: Ex, value: Ex, what: Ex | None = None) -> Ex:
    """TRIM([LEADING|TRAILING|BOTH] [c FROM] v)."""
    word = ctx.value(side)
    which = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(word, "trim")
    return _trimmed(ctx, which, value, what)


@function("LTRIM", 1, 2)
def ltrim(ctx: Context, _node: Call, value: Ex, what: Ex | None = None) -> Ex:
    """LTRIM."""
    return _trimmed(ctx, "ltrim", value, what)


@function("RTRIM", 1, 2)
def rtrim(ctx: Context, _node: Call, value: Ex, what: Ex | None = None) -> Ex:
    """RTRIM."""
    return _trimmed(ctx, "rtrim", value, what)


def _trimmed(ctx: Context, which: str, value: Ex, what: Ex | None) -> Ex:
    a = text(ctx, value)
    method = {"ltrim": str.lstrip, "rtrim": str.rstrip, "trim": str.strip}[which]
    chars = text(ctx, what) if what is not None else constant(varchar(1), " ")
    return make(ctx, _like(a.type), [a, chars], lambda v, c: method(v, c),
                lambda x, c: f"nullif({which}({x.sql}, {c.sql}), '')")  # fmt: skip


@function("REPLACE", 2, 3)
def replace(ctx: Context, _node: Call, value: Ex, old: Ex, new: Ex | None = None) -> Ex:
    """REPLACE; without a replacement it removes."""
    a = text(ctx, value)
    args = [a, text(ctx, old), text(ctx, new) if new is not None else constant(varchar(1), None)]

    def py(v: str | None, o: str | None, n: str | None) -> str | None:
        return v if v is None or not o else v.replace(o, n or "")

    return make(ctx, _like(a.type, 2), args, py, lambda x, o, n: f"nullif(CASE WHEN {o.sql} IS NULL THEN {x.sql} "
                f"ELSE replace({x.sql}, {o.sql}, coalesce({n.sql}, '')) END, '')", strict=False)  # fmt: skip


@function("TRANSLATE", 3, 3)
def translate(ctx: Context, _node: Call, value: Ex, old: Ex, new: Ex) -> Ex:
    """TRANSLATE."""
    a = text(ctx, value)

    def py(v: str, o: str, n: str) -> str:
        table = {ord(char): (n[i] if i < len(n) else None) for i, char in reversed(list(enumerate(o)))}
        return v.translate(table)

    return make(ctx, _like(a.type), [a, text(ctx, old), text(ctx, new)], py,
                lambda x, o, n: f"nullif(translate({x.sql}, {o.sql}, {n.sql}), '')")  # fmt: skip


@function("CHR NCHR", 1, 1)
def chr_(ctx: Context, _node: Call, value: Ex) -> Ex:
    """CHR."""
    return make(ctx, varchar(4), [_number(ctx, value)], lambda v: chr(int(v)), lambda x: f"chr({whole_sql(x)}::INT)")


_ESCAPED = re.compile(r"\\(?:(\\)|([0-9a-fA-F]{4})|)")


def _unescaped(value: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[2] is None and found[1] is None:
            raise ora(30186)
        return "\\" if found[1] else chr(int(found[2], 16))

    return _ESCAPED.sub(one, value).encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


@function("UNISTR", 1, 1)
def unistr(ctx: Context, _node: Call, value: Ex) -> Ex:
    r"""UNISTR: \xxxx stands for a UTF-16 unit. Raises ORA-30186."""
    kind = OraType("NVARCHAR2", length=2000, chars=True)
    return make(ctx, kind, [text(ctx, value)], _unescaped, None)


@function("ASCII", 1, 1)
def ascii_(ctx: Context, _node: Call, value: Ex) -> Ex:
    """ASCII: the first character's bytes as a number."""
    return make(ctx, NUMBER, [text(ctx, value)], lambda v: Decimal(int.from_bytes(v[0].encode(), "big")),
                lambda x: f"CAST(ascii({x.sql}) AS DECIMAL(18,0))", rep="decimal", digits=(18, 0))  # fmt: skip


@function("REVERSE", 1, 1)
def reverse(ctx: Context, _node: Call, value: Ex) -> Ex:
    """REVERSE."""
    a = text(ctx, value)
    return make(ctx, _like(a.type), [a], lambda v: v[::-1], lambda x: f"reverse({x.sql})")


@function("REGEXP_LIKE", 2, 3)
def regexp_like(ctx: Context, _node: Call, value: Ex, pattern: Ex, flags: Ex | None = None) -> Ex:
    """REGEXP_LIKE."""
    x, p = ctx.bring(text(ctx, value)), ctx.bring(text(ctx, pattern))
    return condition(f"regexp_matches({x.sql}, {p.sql}, '{_flags(ctx, flags)}')")


def _flags(ctx: Context, flags: Ex | None) -> str:
    given = model_of(ctx, flags) or ""
    return "".join(flag for flag in {"i": "i", "c": "c", "n": "s", "m": "m"} if flag in given).replace("n", "s") or "c"


@function("REGEXP_REPLACE", 2, 6)
def regexp_replace(ctx: Context, _node: Call, value: Ex, pattern: Ex, new: Ex | None = None, *rest: Ex) -> Ex:
    """REGEXP_REPLACE of every occurrence."""
    a = text(ctx, value)
    flags = _flags(ctx, rest[2]) if len(rest) > 2 else "c"
    args = [a, text(ctx, pattern), text(ctx, new) if new is not None else constant(varchar(1), None)]
    return make(ctx, _like(a.type, 2), args, None, lambda x, p, n:
                f"nullif(regexp_replace({x.sql}, {p.sql}, coalesce({n.sql}, ''), 'g{flags}'), '')")  # fmt: skip


@function("REGEXP_SUBSTR", 2, 6)
def regexp_substr(ctx: Context, _node: Call, value: Ex, pattern: Ex, *rest: Ex) -> Ex:
    """REGEXP_SUBSTR with start, occurrence and group."""
    a = text(ctx, value)
    nth = whole_sql(ctx.bring(_number(ctx, rest[1]))) if len(rest) > 1 else "1"
    group = str(int(ctx.value(rest[3]))) if len(rest) > 3 else "0"
    start = f"substr({{0}}, {whole_sql(ctx.bring(_number(ctx, rest[0])))})" if rest else "{0}"
    return make(ctx, _like(a.type), [a, text(ctx, pattern)], None, lambda x, p:
                f"nullif((regexp_extract_all({start.format(x.sql)}, {p.sql}, {group}))[{nth}], '')")  # fmt: skip


@function("REGEXP_COUNT", 2, 4)
def regexp_count(ctx: Context, _node: Call, value: Ex, pattern: Ex, *_rest: Ex) -> Ex:
    """REGEXP_COUNT."""
    return make(
        ctx,
        NUMBER,
        [text(ctx, value), text(ctx, pattern)],
        None,
        lambda x, p: f"CAST(len(regexp_extract_all({x.sql}, {p.sql})) AS DECIMAL(18,0))",
        rep="decimal",
        digits=(18, 0),
    )


@function("REGEXP_INSTR", 2, 6)
def regexp_instr(ctx: Context, _node: Call, value: Ex, pattern: Ex, *_rest: Ex) -> Ex:
    """REGEXP_INSTR of the first occurrence."""
    return make(ctx, NUMBER, [text(ctx, value), text(ctx, pattern)],
                lambda v, p: Decimal(m.start() + 1 if (m := re.search(p, v)) else 0), lambda x, p:
                f"CAST(instr({x.sql}, nullif(regexp_extract({x.sql}, {p.sql}), '')) AS DECIMAL(18,0))",
                rep="decimal", digits=(18, 0))  # fmt: skip
