"""Functions of bytes: hashes, RAW, LOBs and ROWIDs."""

from __future__ import annotations

import hashlib
import zlib
from decimal import Decimal
from typing import Any

from app.demo.engine.codec import cells
from app.demo.engine.errors import ora
from app.demo.engine.functions.register import function
from app.demo.engine.plan import convert
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex
from app.demo.engine.plan.make import make
from app.demo.engine.sql.nodes import Call
from app.demo.engine.types import NUMBER, OraType, varchar

_HASHES = {"SHA1": "sha1", "SHA256": "sha256", "SHA384": "", "SHA512": "", "MD5": "md5"}


@function("STANDARD_HASH", 1, 2)
def standard_hash(ctx: Context, _node: Call, value: Ex, method: Ex | None = None) -> Ex:
    """STANDARD_HASH of the value's bytes."""
    if ctx.who.face == "11g":
        raise ora(904, '"STANDARD_HASH"', at=_node.at)
    name = str(ctx.value(method)).upper() if method is not None else "SHA1"
    if name not in _HASHES:
        raise ora(1760)
    size = {"SHA1": 20, "MD5": 16, "SHA256": 32, "SHA384": 48, "SHA512": 64}[name]
    encode = cells.encoder(value.type)

    def py(v: Any) -> bytes:
        return hashlib.new(name.lower(), encode(v) or b"", usedforsecurity=False).digest()

    plain = _HASHES[name] and value.type.rep in ("text", "bytes") and not value.type.national
    return make(
        ctx,
        OraType("RAW", length=size),
        [value],
        py,
        (lambda x: f"unhex({_HASHES[name]}({x.sql}))") if plain else _hash_wire(value, _HASHES[name]),
    )


def _hash_wire(value: Ex, fn: str) -> Any:
    if not value.wire or not fn:
        return None
    return lambda x: f"CASE WHEN {x.sql} IS NULL THEN NULL ELSE unhex({fn}(({x.wire})[2:])) END"


@function("ORA_HASH", 1, 3)
def ora_hash(ctx: Context, _node: Call, value: Ex, most: Ex | None = None, seed: Ex | None = None) -> Ex:
    """ORA_HASH: some stable hash; Oracle's own is not published."""
    buckets = int(ctx.value(most)) + 1 if most is not None else 1 << 32
    start = int(ctx.value(seed)) if seed is not None else 0
    a = convert.text(ctx, value) if convert.kind_of(value.type) != "bytes" else value
    return make(
        ctx,
        NUMBER,
        [a],
        lambda v: Decimal(zlib.crc32(str(v).encode(), start) % buckets),
        lambda x: f"CAST(hash({x.sql}, {start}) % {buckets} AS DECIMAL(18,0))",
        rep="decimal",
        digits=(18, 0),
    )


@function("RAWTOHEX", 1, 1)
def rawtohex(ctx: Context, _node: Call, value: Ex) -> Ex:
    """RAWTOHEX."""
    if value.type.text:
        return make(ctx, varchar(4000), [value], lambda v: v.encode().hex().upper(), lambda x: f"hex(encode({x.sql}))")
    return convert.text(ctx, value)


@function("HEXTORAW", 1, 1)
def hextoraw(ctx: Context, _node: Call, value: Ex) -> Ex:
    """HEXTORAW."""
    return convert.raw(ctx, convert.text(ctx, value))


@function("UTL_RAW.CAST_TO_RAW", 1, 1)
def cast_to_raw(ctx: Context, _node: Call, value: Ex) -> Ex:
    """UTL_RAW.CAST_TO_RAW."""
    return make(ctx, OraType("RAW", length=2000), [value], lambda v: v.encode(), lambda x: f"encode({x.sql})")


@function("UTL_RAW.CAST_TO_VARCHAR2", 1, 1)
def cast_to_varchar2(ctx: Context, _node: Call, value: Ex) -> Ex:
    """UTL_RAW.CAST_TO_VARCHAR2."""
    return make(ctx, varchar(4000), [value], lambda v: v.decode("utf-8", "replace"), lambda x: f"decode({x.sql})")


@function("DBMS_LOB.GETLENGTH", 1, 1)
def getlength(ctx: Context, _node: Call, value: Ex) -> Ex:
    """DBMS_LOB.GETLENGTH."""
    fn = "length" if value.type.text else "octet_length"
    return make(ctx, NUMBER, [value], lambda v: Decimal(len(v)), lambda x: f"CAST({fn}({x.sql}) AS DECIMAL(18,0))",
                rep="decimal", digits=(18, 0))  # fmt: skip


@function("DBMS_LOB.SUBSTR", 1, 3)
def lob_substr(ctx: Context, _node: Call, value: Ex, amount: Ex | None = None, start: Ex | None = None) -> Ex:
    """DBMS_LOB.SUBSTR."""
    many = int(ctx.value(amount)) if amount is not None else 32767
    first = int(ctx.value(start)) if start is not None else 1
    if value.type.text:
        return make(ctx, varchar(4000), [value], lambda v: v[first - 1 : first - 1 + many],
                    lambda x: f"nullif(substr({x.sql}, {first}, {many}), '')")  # fmt: skip
    return make(ctx, OraType("RAW", length=2000), [value], lambda v: v[first - 1 : first - 1 + many],
                lambda x: f"array_slice({x.sql}, {first}, {first + many - 1})")  # fmt: skip


@function("ROWIDTOCHAR ROWIDTONCHAR", 1, 1)
def rowidtochar(ctx: Context, _node: Call, value: Ex) -> Ex:
    """ROWIDTOCHAR."""
    return convert.text(ctx, convert.rowid_value(ctx, value))


@function("CHARTOROWID", 1, 1)
def chartorowid(ctx: Context, _node: Call, value: Ex) -> Ex:
    """CHARTOROWID."""
    return convert.rowid_value(ctx, value)


@function("DBMS_ROWID.ROWID_BLOCK_NUMBER", 1, 2)
def rowid_block(ctx: Context, _node: Call, value: Ex, *_rest: Ex) -> Ex:
    """The block of a ROWID."""
    a = convert.rowid_value(ctx, value)
    return make(
        ctx,
        NUMBER,
        [a],
        lambda v: Decimal(v >> 16 & 0xFFFFFF),
        lambda x: f"CAST(({x.sql} >> 16) & 16777215 AS DECIMAL(18,0))",
        rep="decimal",
        digits=(18, 0),
    )


@function("DBMS_ROWID.ROWID_OBJECT", 1, 2)
def rowid_object(ctx: Context, _node: Call, value: Ex, *_rest: Ex) -> Ex:
    """The data object number of a ROWID."""
    a = convert.rowid_value(ctx, value)
    return make(ctx, NUMBER, [a], lambda v: Decimal(v >> 40), lambda x: f"CAST({x.sql} >> 40 AS DECIMAL(18,0))",
                rep="decimal", digits=(18, 0))  # fmt: skip
