"""The login: proof of the password by the 12c verifier, without the password on the wire."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.demo.boundary import Face, Session
from app.demo.wire.packets import Malformed
from app.demo.wire.primitives import Source, dalc, ub

PHASE_ONE, PHASE_TWO = 118, 115
VERIFIER_12C = 0x4815
ROUNDS, SHORT_ROUNDS = 4096, 3
PRIVILEGED = 0x0F400060  # mode bits of SYSDBA, SYSOPER and their kin
MOST_PAIRS = 256
MOST_CURSORS = 300  # open at once in a session, as Oracle's OPEN_CURSORS; the driver counts on it
Pairs = dict[str, str]


def read_auth(source: Source) -> tuple[str, int, Pairs]:
    """After the function header of either phase: the user's name as Oracle stores it, the mode, and the pairs."""
    has_user = source.u8()
    source.ub()
    mode = source.ub()
    source.u8()
    count = source.ub()
    source.raw(2)
    if count > MOST_PAIRS:
        raise Malformed(f"{count} pairs in a login")
    name = (source.clr() or b"").decode("utf-8", "replace") if has_user else ""
    pairs = {}
    for _ in range(count):
        key, value = source.text(), source.text()
        source.ub()
        pairs[key.rstrip("\0")] = value.rstrip("\0")
    return name[1:-1] if name[:1] == name[-1:] == '"' else name.upper(), mode, pairs


def parameters(pairs: Iterable[tuple[str, str, int]]) -> bytes:
    """A PARAMETER message of name, value and flag."""
    listed = [dalc(key.encode()) + dalc(value.encode()) + ub(flag) for key, value, flag in pairs]
    return b"\x08" + ub(len(listed)) + b"".join(listed)


def _derive(password: bytes, salt: bytes, rounds: int, size: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password, salt, rounds, size)


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16)))


def _encrypt(key: bytes, data: bytes) -> bytes:
    return _cipher(key).encryptor().update(data)


def _decrypt(key: bytes, data: bytes) -> bytes:
    return _cipher(key).decryptor().update(data)


class Challenge:
    """One login's secrets: what the server sends after phase one, and the check of phase two.

    ``password`` None (an unknown user) makes a challenge that nobody can answer, at the same cost.
    """

    def __init__(self, password: str | None) -> None:
        self._password = (secrets.token_hex(16) if password is None else password).encode()
        self._salt, self._mix, self._ours = secrets.token_bytes(16), secrets.token_bytes(16), secrets.token_bytes(32)
        key = _derive(self._password, self._salt + b"AUTH_PBKDF2_SPEEDY_KEY", ROUNDS, 64)
        self._hash = hashlib.sha512(key + self._salt).digest()[:32]

    def question(self) -> bytes:
        return parameters(
            [
                ("AUTH_SESSKEY", _encrypt(self._hash, self._ours).hex().upper(), 0),
                ("AUTH_VFR_DATA", self._salt.hex().upper(), VERIFIER_12C),
                ("AUTH_PBKDF2_CSK_SALT", self._mix.hex().upper(), 0),
                ("AUTH_PBKDF2_VGEN_COUNT", str(ROUNDS), 0),
                ("AUTH_PBKDF2_SDER_COUNT", str(SHORT_ROUNDS), 0),
            ]
        )

    def proof(self, pairs: Pairs) -> str | None:
        """The server's own proof in return, when the client has shown that it knows the password; else None."""
        try:
            theirs = _decrypt(self._hash, bytes.fromhex(pairs["AUTH_SESSKEY"]))[:32]
            mixed = (theirs + self._ours).hex().upper().encode()
            combo = _derive(mixed, self._mix, SHORT_ROUNDS, 32)
            shown = _decrypt(combo, bytes.fromhex(pairs["AUTH_PASSWORD"]))[16:]
        except (KeyError, ValueError):
            return None
        padding = shown[-1] if shown else 0
        if not hmac.compare_digest(shown[: len(shown) - padding], self._password):
            return None
        return _encrypt(combo, secrets.token_bytes(16) + b"SERVER_TO_CLIENT" + bytes((16,)) * 16).hex().upper()


def version_number(face: Face) -> int:
    """As drivers take it apart: 18c and later have 8 bits for the update."""
    first, second, third, fourth, fifth = face.version
    if face.field_version >= 11:
        return first << 24 | second << 16 | third << 12 | fourth << 4 | fifth
    return first << 24 | second << 20 | third << 12 | fourth << 8 | fifth


def welcome(session: Session, face: Face, service: str, proof: str) -> bytes:
    """The answer to a right password."""
    pairs = {
        "AUTH_SVR_RESPONSE": proof,
        "AUTH_VERSION_STRING": "- Production",
        "AUTH_VERSION_SQL": "26",
        "AUTH_VERSION_NO": str(version_number(face)),
        "AUTH_SESSION_ID": str(session.sid),
        "AUTH_SERIAL_NUM": str(session.serial),
        "AUTH_INSTANCENAME": "FREE",
        "AUTH_SC_SERVICE_NAME": service,
        "AUTH_SC_DBUNIQUE_NAME": "FREE",
        "AUTH_SC_REAL_DBUNIQUE_NAME": "FREE",
        "AUTH_SC_INSTANCE_NAME": "FREE",
        "AUTH_SC_SERVER_HOST": "localhost",
        "AUTH_SC_DB_DOMAIN": "",
        "AUTH_MAX_OPEN_CURSORS": str(MOST_CURSORS),
        "AUTH_MAX_IDEN_LENGTH": "30" if face.name == "11g" else "128",
    }
    return parameters((key, value, 0) for key, value in pairs.items())
