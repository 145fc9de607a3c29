"""What a request asks for, given what is known of its table: the type of run and the target it works with."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import Invalid
from app.schemas.sync import Source, SyncStart, SyncType, Target
from app.sync.plan import need_key


def kind_of(body: SyncStart, target: Target | None) -> SyncType:
    """The type asked for, else the target's default: incremental where it has a cursor, else full.

    Raises Invalid when there is neither a type nor a target, or a value that this type has no use for.
    """
    kind = body.sync_type or (target.default_type if target else None)
    if kind is None:
        raise _invalid("sync_type", "this table has no target yet: say which type of sync")
    if body.last_value is not None and kind is not SyncType.INCREMENTAL:
        raise _invalid("last_value", "only an incremental reads from a value on")
    if body.row_limit is not None and kind is not SyncType.TEST:
        raise _invalid("row_limit", "only a test reads a limited number of rows")
    return kind


def effective(target: Target, body: SyncStart) -> Target:
    """The target with the body's values, which hold for this run only."""
    asked = {
        "duckdb_table": body.duckdb_table,
        "key": body.primary_key,
        "cursor": body.time_column,
        "allow_shrink": body.allow_shrink,
    }
    changes: dict[str, object] = {name: value for name, value in asked.items() if value is not None}
    if "cursor" in changes and changes["cursor"] != target.cursor:
        changes |= {"cursor_kind": None, "cursor_format": None}  # they belong to the other column
    return target.model_copy(update=changes)


def fresh_target(source: Source) -> Target:
    """What Oracle's dictionary proposes: the name in lower case, the key; a cursor is for a person to say."""
    return Target(owner=source.owner, table=source.table, duckdb_table=source.table.lower(), key=source.key)


def with_default(target: Target, asked: Mapping[str, object]) -> Target:
    """The default type that follows from the cursor, where nobody asked for another; an empty cursor is none."""
    target = target.model_copy(update={"cursor": target.cursor or None})
    if "default_type" in asked:
        return target
    usual = SyncType.INCREMENTAL if target.cursor else SyncType.FULL
    free = target.default_type in (SyncType.INCREMENTAL, SyncType.FULL)
    return target.model_copy(update={"default_type": usual}) if free and ("cursor" in asked or not asked) else target


def refuse_impossible(target: Target, kind: SyncType) -> None:
    """Raises Invalid for an incremental without a cursor, KeyNeeded for a reconcile without a key."""
    if kind is SyncType.INCREMENTAL and not target.cursor:
        raise _invalid("time_column", "an incremental needs a cursor column: set it on the target")
    if kind is SyncType.RECONCILE:
        need_key(target, "A reconcile")


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(fields=f"{field}: {message}", details=[{"field": field, "message": message}])
