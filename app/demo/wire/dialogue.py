"""The session's own thread: read a call, do it, answer; until the client or a fault ends it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Container

from app.demo.boundary import Face, OracleError, Session
from app.demo.faults import Faults
from app.demo.wire import calls, replies
from app.demo.wire.auth import version_number
from app.demo.wire.channel import CANCELLED, KILLED, Broken, Channel, Gone
from app.demo.wire.lobs import Lobs
from app.demo.wire.negotiation import Agreed
from app.demo.wire.packets import END_OF_RESPONSE, Malformed
from app.demo.wire.primitives import dalc, ub
from app.demo.wire.replies import Outcome
from app.demo.wire.statements import Statements

log = logging.getLogger(__name__)
FUNCTION, PIGGYBACK = 3, 17
SCHEMA = re.compile(r'"[^"\0]+"|[\w$#]+')
ABORT_ON_ERROR = 2  # pipeline mode


class Dialogue:
    """One signed-in client."""

    def __init__(self, channel: Channel, session: Session, agreed: Agreed, face: Face, faults: Faults) -> None:
        self._channel, self._session, self._agreed, self._face = channel, session, agreed, face
        self._source = channel.source
        self._lobs = Lobs()
        self._statements = Statements(channel, session, agreed, faults, self._lobs)
        self._pipeline_mode = 0
        self._pipeline_failed = False
        self._late: OracleError | None = None  # of a piggyback, told with the call it came with
        self._calls: dict[int, Callable[[], Outcome | None]] = {
            calls.EXECUTE: lambda: self._statements.execute(self._source),
            calls.REEXECUTE: lambda: self._statements.reexecute(self._source, fetch=False),
            calls.REEXECUTE_AND_FETCH: lambda: self._statements.reexecute(self._source, fetch=True),
            calls.FETCH: lambda: self._statements.fetch(self._source),
            calls.LOB: self._lob,
            calls.COMMIT: lambda: self._plain(session.commit),
            calls.ROLLBACK: lambda: self._plain(session.rollback),
            calls.PING: lambda: None,
            calls.LOGOFF: self._log_off,
            calls.VERSION: self._version,
            calls.PIPELINE_END: self._end_pipeline,
        }
        self._piggybacks: dict[int, Callable[[], None]] = {
            calls.CLOSE_CURSORS: lambda: self._statements.close(calls.read_cursors_to_close(self._source)),
            calls.LOB: lambda: self._lobs.free(calls.read_locators_to_free(self._source)),
            calls.SET_SCHEMA: self._set_schema,
            calls.SET_END_TO_END: lambda: session.identify(calls.read_end_to_end(self._source)),
            calls.SET_KEY_VALUES: lambda: calls.skip_key_values(self._source),
            calls.SESSION_STATE: lambda: self._source.skip(0),
            calls.PIPELINE_BEGIN: self._begin_pipeline,
        }

    def run(self) -> None:
        """Until the connection ends: raises Gone, Dropped, Malformed or OSError."""
        try:
            while True:
                try:
                    self._one_call()
                except Broken:
                    self._channel.acknowledge_break()
                    self._answer(replies.error(self._failed(OracleError(CANCELLED, BREAK_TEXT)), self._agreed))
        finally:
            self._statements.close_all()

    def _one_call(self) -> None:
        self._source.start()
        try:
            outcome = self._understand_and_do()
        except OracleError as error:
            outcome = self._failed(error)
        answer = replies.status(self._session.in_transaction)
        if outcome is not None:
            outcome.in_transaction = self._session.in_transaction
            answer = replies.error(outcome, self._agreed)
        self._answer(answer)
        if outcome is not None and outcome.error is not None and outcome.error.code == KILLED:
            raise Gone("killed, and the client knows")

    def _understand_and_do(self) -> Outcome | None:
        """One call; a fault of our own becomes an error of this call alone, which does not end the session."""
        try:
            return self._do(self._function_after_piggybacks())
        except (OracleError, Broken, OSError, Malformed):
            raise
        except Exception as error:
            log.exception("a call failed inside the embedded server")
            raise OracleError(604, f"error in the embedded server: {type(error).__name__}, see its log") from error

    def _function_after_piggybacks(self) -> int:
        """Do what rides in front of a call; then the call's function number, its header read."""
        while (kind := self._source.u8()) == PIGGYBACK:
            self._piggybacks[self._function(self._piggybacks)]()
        if kind != FUNCTION:
            raise Malformed(f"message of type {kind}")
        return self._function(self._calls)

    def _function(self, known: Container[int]) -> int:
        """The header of a call or piggyback: which it is, its sequence number and, since 23ai, its token.

        One that this server does not know is an error of that message alone.
        """
        function = self._source.u8()
        self._source.u8()
        if self._agreed.field_version >= 18:
            self._source.ub()
        if function not in known:
            self._source.abandon()
            raise OracleError(3115, f"unsupported network datatype or representation: function {function}")
        return function

    def _do(self, function: int) -> Outcome | None:
        self._channel.check()
        late, self._late = self._late, None
        if self._pipeline_failed and function != calls.PIPELINE_END:
            late = OracleError(CANCELLED, BREAK_TEXT)
        if late:
            self._source.abandon()
            raise late
        return self._calls[function]()

    def _failed(self, error: OracleError) -> Outcome:
        self._pipeline_failed = self._pipeline_mode == ABORT_ON_ERROR and error.code != KILLED
        return Outcome(error=error, in_transaction=self._session.in_transaction)

    def _answer(self, message: bytes) -> None:
        out = self._channel.out
        out.write(message)
        if self._agreed.end_of_response:
            out.write(replies.END)
        out.end(END_OF_RESPONSE if self._agreed.end_of_response else 0)

    def _plain(self, action: Callable[[], None]) -> None:
        with self._channel.running(self._session.cancel):
            action()

    def _lob(self) -> Outcome:
        self._channel.out.write(self._lobs.do(calls.read_lob(self._source)))
        return Outcome()

    def _log_off(self) -> None:
        self._session.rollback()

    def _version(self) -> None:
        """What go-ora asks for."""
        self._channel.out.write(b"\x08" + dalc(self._face.banner.encode()) + ub(version_number(self._face)))

    def _set_schema(self) -> None:
        name = calls.read_schema(self._source)
        try:
            if not SCHEMA.fullmatch(name):
                raise OracleError(1435, "user does not exist")
            self._session.execute(f"ALTER SESSION SET CURRENT_SCHEMA = {name}", [[]]).close()
        except OracleError as error:
            self._late = error

    def _begin_pipeline(self) -> None:
        self._pipeline_mode, self._pipeline_failed = calls.read_pipeline_mode(self._source), False

    def _end_pipeline(self) -> None:
        self._pipeline_mode, self._pipeline_failed = 0, False


BREAK_TEXT = "user requested cancel of current operation"
