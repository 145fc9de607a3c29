"""Every error a person or a script can meet: a class, a status, a stable code, one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar


class AppError(Exception):
    """An error with a sentence for its reader. ``values`` fill the sentence's ``{names}``; never put a secret there."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    sentence: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, details: Sequence[dict[str, Any]] = (), **values: object) -> None:
        self.details, self.values = list(details), values
        super().__init__(self.message())

    def message(self, template: str | None = None) -> str:
        """The sentence in English, or in the language of ``template`` (the translated sentence)."""
        return (template or self.sentence).format(**self.values)


class Malformed(AppError):
    status, code, sentence = 400, "malformed", "The request cannot be read: {reason}."


class NotSignedIn(AppError):
    status, code, sentence = 401, "not_signed_in", "Please sign in."


class NotAllowed(AppError):
    status, code, sentence = 403, "not_allowed", "Your role does not allow this."


class WrongSignIn(AppError):
    status, code, sentence = 401, "wrong_sign_in", "The name or the password is not right."


class WrongCode(AppError):
    status, code, sentence = 403, "wrong_code", "This is not the code that the terminal shows."


class NotOpenAnymore(AppError):
    status, code, sentence = 409, "not_open_anymore", "There already is an admin. Please sign in."


class NoAccounts(AppError):
    status, code = 409, "no_accounts"
    sentence = (
        "This needs an account of your own. The first admin is made at /welcome or by run.py user add NAME --admin."
    )


class UserNotFound(AppError):
    status, code, sentence = 404, "user_not_found", "There is no account named {name}."


class UserExists(AppError):
    status, code, sentence = 409, "user_exists", "There already is an account named {name}."


class LastAdmin(AppError):
    status, code, sentence = 409, "last_admin", "The last active admin can neither be removed nor lose the role."


class WeakPassword(AppError):
    status, code = 422, "weak_password"
    sentence = (
        "A password has {shortest} to {longest} characters, at least {different} different ones,"
        " and does not contain the account's name."
    )


class RoleTooHigh(AppError):
    status, code, sentence = 403, "role_too_high", "A token cannot have more than your own role, {role}."


class TokenNotFound(AppError):
    status, code, sentence = 404, "token_not_found", "There is no such token."


class SessionNotFound(AppError):
    status, code, sentence = 404, "session_not_found", "There is no such session."


class TooSlow(AppError):
    status, code, sentence = 408, "too_slow", "The request did not arrive within {seconds} seconds."


class ForeignOrigin(AppError):
    status, code, sentence = 403, "foreign_origin", "This request did not come from our own pages."


class ProxyWithoutAccounts(AppError):
    status, code = 403, "proxy_without_accounts"
    sentence = "Through a proxy this server answers only once accounts exist. Make the first admin on its own machine."


class UnknownHost(AppError):
    status, code = 403, "unknown_host"
    sentence = "This server does not answer to the host name {host}. Add it to ALLOWED_HOSTS."


class NotFound(AppError):
    status, code, sentence = 404, "not_found", "There is nothing at this address."


class WrongMethod(AppError):
    status, code, sentence = 405, "wrong_method", "This address does not take {method}."


class TableNotFound(AppError):
    status, code, sentence = 404, "table_not_found", "There is no table named {name}."


class ColumnNotFound(AppError):
    status, code, sentence = 422, "column_not_found", "Table {table} has no column named {column}."


class FilterNotFitting(AppError):
    status, code, sentence = 422, "filter_not_fitting", "The value {value} does not fit column {column}."


class RunNotFound(AppError):
    status, code, sentence = 404, "run_not_found", "There is no run {sync_id}."


class TargetNotFound(AppError):
    status, code, sentence = 404, "target_not_found", "There is no target named {name}."


class JobNotFound(AppError):
    status, code, sentence = 404, "job_not_found", "There is no scheduled job {id}."


class JobBusy(AppError):
    status, code, sentence = 409, "job_busy", "The job {name} is still running."


class BadSchedule(AppError):
    status, code, sentence = 422, "bad_schedule", "This schedule cannot be used: {reason}."


class KeyReused(AppError):
    status, code = 422, "key_reused"
    sentence = "This Idempotency-Key was used before with another body."


class TableBusy(AppError):
    status, code, sentence = 409, "table_busy", "Table {table} is already being synced by run {sync_id}."


class NameTaken(AppError):
    status, code = 409, "name_taken"
    sentence = "The DuckDB name {name} already belongs to {owner}. Try {proposal}."


class ChatNotFound(AppError):
    status, code, sentence = 404, "chat_not_found", "There is no such conversation."


class AgentBusy(AppError):
    status, code, sentence = 409, "agent_busy", "One question at a time: cancel the one that runs, or wait for it."


class BadFrame(AppError):
    status, code, sentence = 400, "bad_frame", "This is not a message the chat understands."


class AgentFailed(AppError):
    status, code, sentence = 503, "agent_failed", "The language model could not answer: {reason}"


class AmbiguousTable(AppError):
    status, code = 409, "ambiguous_table"
    sentence = "Several Oracle tables are named {name}: {candidates}. Say which, as OWNER.TABLE."


class NotPossibleNow(AppError):
    status, code, sentence = 409, "not_possible_now", "A run that is {state} cannot do this."


class TooLarge(AppError):
    status, code, sentence = 413, "too_large", "The request is larger than {limit}."


class WrongMediaType(AppError):
    status, code, sentence = 415, "wrong_media_type", "Send {wanted}."


class Invalid(AppError):
    status, code, sentence = 422, "invalid", "Some fields are not valid: {fields}."


class TooMany(AppError):
    status, code, sentence = 429, "too_many", "Too many at once. Try again in {seconds} seconds."


class OracleNotConfigured(AppError):
    status, code = 503, "oracle_not_configured"
    sentence = "No Oracle is set up yet. Set ORACLE_DSN, ORACLE_USER and ORACLE_PASSWORD, or run the demo."


class OracleAway(AppError):
    status, code, sentence = 503, "oracle_away", "Oracle does not answer: {reason}"


class OracleSilent(OracleAway):
    code = "oracle_silent"
    sentence = "Oracle gave no answer within {seconds} seconds (ORACLE_CALL_TIMEOUT): {reason}"


class OracleRefused(AppError):
    status, code = 503, "oracle_refused"
    sentence = "Oracle refuses the login {user} (not tried again): {reason}"


class OracleNeedsThick(AppError):
    status, code = 503, "oracle_needs_thick"
    sentence = (
        "This Oracle is older than 12.1 and needs thick mode: install Oracle Instant Client 19, set ORACLE_MODE=thick"
        " and ORACLE_CLIENT_LIB_DIR. ({reason})"
    )


class OracleThickFailed(AppError):
    status, code = 503, "oracle_thick_failed"
    sentence = "Thick mode cannot start: {reason} Set ORACLE_CLIENT_LIB_DIR to the folder of Oracle Instant Client."


class OracleDenied(AppError):
    status, code, sentence = 422, "oracle_denied", "The Oracle login may not do this: {reason}"


class OracleFailed(AppError):
    status, code, sentence = 422, "oracle_failed", "Oracle reports: {reason}"


class OracleCancelled(AppError):
    status, code, sentence = 409, "cancelled", "The call to Oracle was cancelled."


class SourceNotFound(AppError):
    status, code, sentence = 404, "source_not_found", "Oracle has no such table, or not for this login: {reason}"


class SnapshotLost(AppError):
    status, code, sentence = 503, "snapshot_lost", "Oracle no longer has this moment of the table: {reason}"


class TornBatch(AppError):
    status, code, sentence = 500, "torn_batch", "The driver delivered columns of different lengths."


class TooManyDigits(AppError):
    status, code, sentence = 422, "too_many_digits", "A number has more digits than its column: {reason}"


class DoesNotFit(AppError):
    status, code = 422, "does_not_fit"
    sentence = "Column {column}: {value} does not fit any exact DuckDB type. Override the column as {override}."


class Shrunk(AppError):
    status, code = 422, "shrunk"
    sentence = "The table would shrink from {before} to {after} rows. If that is right, run it with allow_shrink."


class RowMovedBack(AppError):
    status, code = 422, "row_moved_back"
    sentence = (
        "Oracle has {oracle} rows and here would be {duckdb}: a row was deleted or its cursor moved back."
        " Nothing was changed; run a full."
    )


class ProofFailed(AppError):
    status, code, sentence = 422, "proof_failed", "The proof failed ({column}): Oracle {oracle}, here {duckdb}."


class KeyNotUnique(AppError):
    status, code = 422, "key_not_unique"
    sentence = "The key ({key}) is not unique in Oracle: {count} keys stand for more than one row."


class SchemaChanged(AppError):
    status, code = 422, "schema_changed"
    sentence = "Column {column} changed in Oracle from {before} to {after}. Nothing was written; a full mends it."


class KeyNeeded(AppError):
    status, code, sentence = 422, "key_needed", "{action} needs the key columns of {table}: set them on the target."


class CursorNotPossible(AppError):
    status, code, sentence = 422, "cursor_not_possible", "Column {column} cannot be the cursor: {reason}"


class NothingToCopy(AppError):
    status, code, sentence = 422, "nothing_to_copy", "No column of {table} can be copied."


class DiskFull(AppError):
    status, code, sentence = 503, "disk_full", "There is no room left on the disk for {table}; the old table is kept."


class RunInterrupted(AppError):
    status, code = 503, "interrupted"
    sentence = "Oracle no longer has the table as it was when this run began. Resume it: that is a fresh full."


class WarehouseAway(AppError):
    status, code, sentence = 503, "warehouse_away", "The DuckDB file cannot be used: {reason}"


class StoreAway(AppError):
    status, code = 503, "store_away"
    sentence = "The app's own records cannot be opened in DATA_DIR ({path}): {reason}"


class QueryTimeout(AppError):
    status, code, sentence = 422, "query_timeout", "The query took longer than {seconds} seconds and was stopped."


class QueryFailed(AppError):
    status, code, sentence = 422, "query_failed", "The query failed: {reason}"


class QueryCancelled(AppError):
    status, code, sentence = 409, "query_cancelled", "The query was stopped before it ended."


class QueryNotFound(AppError):
    status, code, sentence = 404, "query_not_found", "No such query is running."


class SqlRefused(AppError):
    status, code, sentence = 422, "sql_refused", "This SQL is not run here: {reason}."


class SettingsError(AppError):
    status, code, sentence = 500, "settings", "{reason}"


def every_error(root: type[AppError] = AppError) -> Iterator[type[AppError]]:
    """All error classes that are loaded, the root first."""
    yield root
    for child in root.__subclasses__():
        yield from every_error(child)
