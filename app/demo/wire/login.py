"""From the first packet to a session: connect, negotiate, prove the password."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.demo.boundary import Database, Face, OracleError, Session
from app.demo.faults import Faults
from app.demo.wire import auth, negotiation, packets, replies
from app.demo.wire.channel import Channel, Gone
from app.demo.wire.negotiation import Agreed
from app.demo.wire.packets import Malformed
from app.demo.wire.primitives import LARGEST_MESSAGE
from app.demo.wire.replies import Outcome

PROTOCOL, TYPES, FUNCTION, FAST_AUTH = 1, 2, 3, 34
SERVICE = re.compile(rb"\((?:SERVICE_NAME|SID)\s*=\s*([^)]*)\)", re.IGNORECASE)
LOGIN_LIMIT = 64 << 10  # bytes of one message before the login
LOGIN_SECONDS = 60.0


class Refused(Exception):
    """The login failed and the client knows."""


@dataclass
class Login:
    """One client's way in. ``run`` returns its session, or raises Refused, Gone, Dropped, Malformed or OSError."""

    channel: Channel
    face: Face
    database: Database
    faults: Faults
    agreed: Agreed = field(default_factory=Agreed)
    service: str = "FREEPDB1"
    settings: dict[str, str] = field(default_factory=dict)
    session: Session | None = None

    def run(self) -> Session:
        self.channel.patience, self.channel.source.limit = LOGIN_SECONDS, LOGIN_LIMIT
        self._connect()
        challenge, user = None, ""
        while True:
            function = self._next()
            if function == auth.PHASE_ONE:
                user, challenge = self._phase_one()
            elif function == auth.PHASE_TWO and challenge:
                return self._phase_two(user, challenge)

    def _connect(self) -> None:
        """Answer CONNECT; from ACCEPT on packets have the agreed size and 32-bit lengths."""
        packet = packets.read_packet(self.channel.stream, wide=False)
        if packet is None:
            raise Gone("no packet came")
        if packet.type != packets.CONNECT:
            raise Malformed(f"first packet of type {packet.type}")
        client = negotiation.read_connect(packet.body)
        descriptor = client.descriptor + self._rest(client.missing)
        if (words := self.faults.take("refuse")) is not None:
            self.channel.out.packet(packets.REFUSE, negotiation.refuse(int(words[1]) if len(words) > 1 else 12516))
            raise Refused("refuse")
        if named := SERVICE.search(descriptor):
            self.service = named[1].decode("utf-8", "replace")
        sdu, body = negotiation.accept(self.face, client)
        self.channel.out.packet(packets.ACCEPT, body)
        self.channel.agree(sdu, wide=self.face.tns >= 315)

    def _rest(self, missing: int) -> bytes:
        """A long connect descriptor comes in a packet of its own."""
        if missing <= 0:
            return b""
        packet = packets.read_packet(self.channel.stream, wide=False)
        if packet is None or packet.type != packets.DATA or len(packet.body) < missing:
            raise Malformed("the connect descriptor is missing")
        return packet.body[:missing]

    def _next(self) -> int:
        """Answer negotiation messages until a function call comes; its number, header read."""
        source, out = self.channel.source, self.channel.out
        while True:
            source.start()
            kind = source.u8()
            if kind == PROTOCOL:
                negotiation.read_protocol(source, self.agreed)
                out.write(negotiation.protocol_answer(self.face))
                out.end()
            elif kind == TYPES:
                negotiation.read_types(source, self.agreed, self.face)
                source.abandon()
                out.write(negotiation.TYPES_ANSWER)
                out.end()
            elif kind == FAST_AUTH:
                return self._fast_auth()
            elif kind == FUNCTION and self.agreed.field_version:
                return self._function()
            else:
                raise Malformed(f"message of type {kind} before the login")

    def _function(self) -> int:
        function = self.channel.source.u8()
        self.channel.source.u8()
        if self.agreed.field_version >= 18:
            self.channel.source.ub()
        return function

    def _fast_auth(self) -> int:
        """All of it in one message, its answers too; the call inside it has no token yet."""
        negotiation.read_fast_auth(self.channel.source, self.agreed, self.face)
        self.channel.source.u8()
        self.channel.out.write(negotiation.protocol_answer(self.face) + negotiation.TYPES_ANSWER)
        return auth.PHASE_ONE

    def _phase_one(self) -> tuple[str, auth.Challenge]:
        user, _, pairs = auth.read_auth(self.channel.source)
        self.settings |= pairs
        self.channel.out.user = user
        self.faults.drop("drop_at_connect", user)
        challenge = auth.Challenge(self.database.password(user))
        self._answer(challenge.question() + replies.error(Outcome(), self.agreed))
        return user, challenge

    def _phase_two(self, user: str, challenge: auth.Challenge) -> Session:
        _, mode, pairs = auth.read_auth(self.channel.source)
        proof = challenge.proof(pairs)
        if proof is None:
            raise self._refused(OracleError(1017, "invalid username/password; logon denied"))
        if mode & auth.PRIVILEGED or "AUTH_NEWPASSWORD" in pairs:
            raise self._refused(OracleError(1031, "insufficient privileges"))
        if "PROXY_CLIENT_NAME" in pairs:
            raise self._refused(OracleError(28150, "proxy not authorized to connect as client"))
        secret = ("AUTH_SESSKEY", "AUTH_PASSWORD", "AUTH_PBKDF2_SPEEDY_KEY")
        self.settings |= {key: value for key, value in pairs.items() if key not in secret}
        try:
            session = self.database.connect(user, self.settings)
        except OracleError as error:
            raise self._refused(error) from error
        self.session = session  # before the client knows: it may be killed from now on, and must be closed
        self._answer(auth.welcome(session, self.face, self.service, proof) + replies.error(Outcome(), self.agreed))
        self.channel.patience, self.channel.source.limit = None, LARGEST_MESSAGE
        return session

    def _refused(self, error: OracleError) -> Refused:
        """Tell the client, and what to raise."""
        self._answer(replies.error(Outcome(error=error), self.agreed))
        return Refused(str(error))

    def _answer(self, message: bytes) -> None:
        self.channel.out.write(message + (replies.END if self.agreed.end_of_response else b""))
        self.channel.out.end(packets.END_OF_RESPONSE if self.agreed.end_of_response else 0)
