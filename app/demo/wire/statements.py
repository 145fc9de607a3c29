"""Statements of one session: cursors, executing, and streaming their rows out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.demo.boundary import BLOB, CLOB, Bind, Column, OracleError, Result, Session
from app.demo.faults import Faults
from app.demo.wire import calls, replies
from app.demo.wire.auth import MOST_CURSORS
from app.demo.wire.binds import Rows, returning_binds
from app.demo.wire.calls import Execute, Place
from app.demo.wire.cells import encode_rows
from app.demo.wire.channel import Channel
from app.demo.wire.lobs import Lobs
from app.demo.wire.negotiation import Agreed
from app.demo.wire.outs import out_binds
from app.demo.wire.primitives import Source
from app.demo.wire.replies import ROW_HEADER, Outcome

BLOCK, LOB_BLOCK = 10_000, 50  # rows asked of the engine at a time


@dataclass(slots=True)
class Cursor:
    """A parsed statement the client knows by number, and the rows of its last execution that are still to come."""

    number: int
    sql: str = ""
    plsql: bool = False
    returning: int = 0
    places: list[Place] = field(default_factory=list)
    defines: list[Place] = field(default_factory=list)
    columns: tuple[Column, ...] = ()
    described: tuple[Column, ...] | None = None
    result: Result | None = None
    sent: int = 0

    def finish(self) -> None:
        """No more rows are wanted of the last execution."""
        if self.result is not None:
            result, self.result = self.result, None
            result.close()

    @property
    def lacks_defines(self) -> bool:
        """Whether the client has still to say how it wants the LOB columns."""
        return not self.defines and any(column.type in (CLOB, BLOB) for column in self.columns)

    @property
    def wants_locators(self) -> bool:
        return any(place.type in (CLOB, BLOB) for place in self.defines)


class Statements:
    """Executes and fetches for one session; answers go to its channel."""

    def __init__(self, channel: Channel, session: Session, agreed: Agreed, faults: Faults, lobs: Lobs) -> None:
        self._channel, self._session, self._agreed, self._faults = channel, session, agreed, faults
        self._lobs = lobs
        self._cursors: dict[int, Cursor] = {}
        self._last = 0

    def close(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            if cursor := self._cursors.pop(number, None):
                cursor.finish()

    def close_all(self) -> None:
        self.close(list(self._cursors))

    def _open(self, number: int) -> Cursor:
        if number:
            if number not in self._cursors:
                self._channel.source.abandon()
                raise OracleError(1001, "invalid cursor")
            return self._cursors[number]
        if len(self._cursors) >= MOST_CURSORS:
            raise OracleError(1000, "maximum open cursors exceeded")
        self._last = self._last % 65535 + 1
        while self._last in self._cursors:
            self._last = self._last % 65535 + 1
        return Cursor(self._last)

    def execute(self, source: Source) -> Outcome:
        """A full execute: parse, bind, define, run, fetch, commit, as its options say."""
        call = calls.read_execute(source, self._agreed.field_version)
        cursor = self._open(call.cursor)
        if call.sql is not None:
            cursor.finish()
            cursor.sql, cursor.described, cursor.defines = call.sql, None, []
            cursor.plsql = not call.options & calls.NOT_PLSQL
            cursor.returning = returning_binds(call.sql)
        if call.asks(calls.RUN):
            cursor.places = call.binds
            rows = self._bind_rows(cursor, source, 1 if call.is_query else max(1, call.iterations))
        else:
            rows = []
        self._faults.drop("drop_at_execute", self._session.user)
        if call.defines:
            cursor.defines = call.defines
        try:
            outcome = self._carry_out(cursor, call, rows)
        except BaseException:
            cursor.finish()
            raise
        self._cursors[cursor.number] = cursor
        return outcome

    def _bind_rows(self, cursor: Cursor, source: Source, count: int) -> list[list[Bind]]:
        try:
            reader = Rows(cursor.places, cursor.returning, cursor.plsql, self._lobs.content)
        except OracleError:
            source.abandon()
            raise
        return reader.read(source, count)

    def _carry_out(self, cursor: Cursor, call: Execute, rows: list[list[Bind]]) -> Outcome:
        if call.asks(calls.DESCRIBE_ONLY) or not call.options & (calls.RUN | calls.DEFINE | calls.WITH_ROWS):
            return self._describe(cursor)
        outcome = Outcome(cursor=cursor.number)
        if call.asks(calls.RUN):
            outcome = self._run(cursor, rows, call)
        if cursor.columns:
            self._describe_if_new(cursor)
            eager = self._agreed.is_go and not call.asks(calls.DEFINE)
            wanted = max(call.prefetch, call.iterations if self._agreed.is_go else 0)
            if (call.asks(calls.WITH_ROWS) or eager) and not cursor.lacks_defines:
                outcome = self._rows(cursor, wanted)
        if call.asks(calls.AND_COMMIT):
            self._commit()
        return outcome

    def _describe(self, cursor: Cursor) -> Outcome:
        with self._channel.running(self._session.cancel):
            cursor.columns = tuple(self._session.describe(cursor.sql))
        if cursor.columns:
            self._describe_if_new(cursor)
        return Outcome(cursor=cursor.number)

    def _describe_if_new(self, cursor: Cursor) -> None:
        if cursor.described != cursor.columns:
            self._channel.out.write(replies.describe(cursor.columns, self._agreed))
            cursor.described, cursor.defines = cursor.columns, []

    def _run(self, cursor: Cursor, rows: list[list[Bind]], call: Execute | None = None) -> Outcome:
        cursor.finish()
        cursor.sent = 0
        if call and (call.asks(calls.BATCH_ERRORS) or call.flags & calls.DML_ROW_COUNTS):
            return self._run_singly(cursor, rows, call)
        if cursor.returning and len(rows) > 1:
            return self._run_returning(cursor, rows)
        result = self._execute(cursor.sql, rows)
        cursor.columns = tuple(result.columns)
        if cursor.columns:
            cursor.result = result
            return Outcome(cursor=cursor.number)
        outcome = Outcome(cursor=cursor.number, rows=result.row_count, rowid=result.rowid)
        self._send_back(cursor, result)
        result.close()
        return outcome

    def _send_back(self, cursor: Cursor, result: Result | None) -> None:
        out = result.out if result else ()
        self._channel.out.write(out_binds(out, cursor.places, cursor.returning, self._lobs))

    def _run_returning(self, cursor: Cursor, rows: list[list[Bind]]) -> Outcome:
        """executemany with RETURNING … INTO: the client wants each execution's values in a message of their own."""
        done = Outcome(cursor=cursor.number)
        for row in rows:
            result = self._execute(cursor.sql, [row])
            self._send_back(cursor, result)
            done.rows, done.rowid = done.rows + result.row_count, result.rowid
            result.close()
        return done

    def _execute(self, sql: str, rows: Sequence[Sequence[Bind]]) -> Result:
        with self._channel.running(self._session.cancel):
            return self._session.execute(sql, rows)

    def _run_singly(self, cursor: Cursor, rows: list[list[Bind]], call: Execute) -> Outcome:
        """executemany that goes on after errors or counts each row: one execution a row."""
        counts, errors = [], []
        for number, row in enumerate(rows):
            try:
                result = self._execute(cursor.sql, [row])
            except OracleError as error:
                if not call.asks(calls.BATCH_ERRORS) or error.code in (1013, 28):
                    raise
                errors.append((number, error))
                counts.append(0)
                if cursor.returning:  # the client counts messages: one without values for each refused row
                    self._send_back(cursor, None)
            else:
                counts.append(result.row_count)
                if cursor.returning:
                    self._send_back(cursor, result)
                result.close()
        if call.flags & calls.DML_ROW_COUNTS:
            self._channel.out.write(replies.row_counts(counts))
        return Outcome(cursor=cursor.number, rows=sum(counts), batch=errors)

    def reexecute(self, source: Source, fetch: bool) -> Outcome:
        """The same statement with new values; ``fetch``: a query whose first rows are wanted at once."""
        cursor = self._open(source.ub())
        iterations, _, options = source.ub(), source.ub(), source.ub()
        rows = self._bind_rows(cursor, source, 1 if fetch or cursor.columns else iterations)
        self._faults.drop("drop_at_execute", self._session.user)
        try:
            return self._carry_out_again(cursor, rows, iterations if fetch else 0, bool(options & 1))
        except BaseException:
            cursor.finish()
            raise

    def _carry_out_again(self, cursor: Cursor, rows: list[list[Bind]], wanted: int, commit: bool) -> Outcome:
        outcome = self._run(cursor, rows)
        if cursor.columns:
            self._describe_if_new(cursor)
            if wanted and not cursor.lacks_defines:
                outcome = self._rows(cursor, wanted)
        if commit:
            self._commit()
        return outcome

    def fetch(self, source: Source) -> Outcome:
        cursor = self._open(source.ub())
        try:
            return self._rows(cursor, source.ub())
        except BaseException:
            cursor.finish()
            raise

    def _commit(self) -> None:
        with self._channel.running(self._session.cancel):
            self._session.commit()

    def _rows(self, cursor: Cursor, wanted: int) -> Outcome:
        """Send up to ``wanted`` rows as they come from the engine, and say whether they were the last."""
        last = cursor.result is None
        if not last and wanted:
            self._channel.out.write(ROW_HEADER)
        while wanted and not last:
            count, last = self._block(cursor, wanted)
            wanted -= count
            cursor.sent += count
            self._faults.strike_at_row(cursor.sent, self._session.user)
            self._channel.check()
        if last and cursor.result is not None:
            if self._faults.take("drop_at_last", self._session.user) is not None:
                self._channel.out.cut()
            cursor.finish()
        return Outcome(cursor=cursor.number, rows=cursor.sent, no_more=last)

    def _block(self, cursor: Cursor, wanted: int) -> tuple[int, bool]:
        """Send one block of rows; how many they were, and whether they were the last."""
        assert cursor.result is not None  # noqa: S101 - for the type checker: the caller has looked
        until = self._faults.rows_until(self._session.user)
        if until is not None:
            wanted = min(wanted, max(1, until - cursor.sent))
        with self._channel.running(self._session.cancel):
            if cursor.wants_locators:
                cells, last = cursor.result.fetch_cells(min(wanted, LOB_BLOCK))
                wanted_types = [place.type for place in cursor.defines]
                count, data = len(cells), encode_rows(cells, cursor.columns, wanted_types, self._lobs)
            else:
                rows = cursor.result.fetch(min(wanted, BLOCK))
                count, data, last = rows.count, rows.data, rows.last
        if not count and not last:
            raise RuntimeError("the engine gave no rows and says that more follow")
        self._channel.out.write(data)
        return count, last
