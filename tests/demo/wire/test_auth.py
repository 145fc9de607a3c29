"""The proof of a password, both sides played here."""

import hashlib

import pytest

from app.demo.faces import FACES
from app.demo.wire import auth
from app.demo.wire.auth import Challenge
from app.demo.wire.primitives import Source


def pairs_of(message):
    pieces = iter([message[1:]])
    source = Source(lambda: next(pieces))
    source.start()
    return {source.text(): (source.text(), source.ub()) for _ in range(source.ub())}


def answered(challenge, password):
    """What a client sends back, and the key both share."""
    asked = {key: value for key, (value, _) in pairs_of(challenge.question()).items()}
    salt = bytes.fromhex(asked["AUTH_VFR_DATA"])
    key = hashlib.pbkdf2_hmac("sha512", password, salt + b"AUTH_PBKDF2_SPEEDY_KEY", 4096, 64)
    shared = hashlib.sha512(key + salt).digest()[:32]
    theirs, ours = auth._decrypt(shared, bytes.fromhex(asked["AUTH_SESSKEY"])), b"o" * 32
    mixed = (ours + theirs).hex().upper().encode()
    combo = hashlib.pbkdf2_hmac("sha512", mixed, bytes.fromhex(asked["AUTH_PBKDF2_CSK_SALT"]), 3, 32)
    padding = 16 - len(password) % 16
    shown = auth._encrypt(combo, b"s" * 16 + password + bytes((padding,)) * padding)
    return {"AUTH_SESSKEY": auth._encrypt(shared, ours).hex(), "AUTH_PASSWORD": shown.hex()}, combo


@pytest.mark.parametrize("password", ["app", "sixteen letters!", "비밀번호 아주 길고 긴 것", "x" * 1000])
def test_the_right_password_gets_the_servers_proof(password):
    challenge = Challenge(password)
    pairs, combo = answered(challenge, password.encode())
    proof = challenge.proof(pairs)
    assert proof is not None
    assert auth._decrypt(combo, bytes.fromhex(proof))[16:32] == b"SERVER_TO_CLIENT"


def test_anything_else_gets_none():
    challenge = Challenge("app")
    pairs, _ = answered(challenge, b"wrong")
    assert challenge.proof(pairs) is None
    right, _ = answered(challenge, b"app")
    for key in right:
        assert challenge.proof(right | {key: "zz"}) is None
        assert challenge.proof(right | {key: ""}) is None
        assert challenge.proof({name: value for name, value in right.items() if name != key}) is None
    nobody = Challenge(None)
    assert nobody.proof(answered(nobody, b"")[0]) is None


def test_an_unknown_user_is_asked_the_same_question_at_the_same_cost(monkeypatch):
    """What tells users apart would be the answer's shape or the work done for it; both are equal."""
    rounds = []
    derive = auth._derive
    monkeypatch.setattr(auth, "_derive", lambda *arguments: rounds.append(arguments[2:]) or derive(*arguments))
    known, unknown = (pairs_of(Challenge(password).question()) for password in ("app", None))
    assert {key: len(value) for key, (value, _) in known.items()} == {
        key: len(value) for key, (value, _) in unknown.items()
    }
    assert rounds[0] == rounds[1]


def test_the_question_has_the_verifier_type_in_its_flag():
    asked = pairs_of(Challenge("app").question())
    assert asked["AUTH_VFR_DATA"][1] == 0x4815
    assert len(asked["AUTH_SESSKEY"][0]) == 64


def test_version_numbers_are_packed_as_drivers_unpack_them():
    assert auth.version_number(FACES["19c"]) == 0x13030000
    assert auth.version_number(FACES["11g"]) == 0x0B200400
