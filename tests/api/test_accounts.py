"""Accounts over the JSON API, as a script and as an admin use them."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from app.schemas.accounts import Role
from tests.api.conftest import Api
from tests.people import PASSWORD, add, bearer, cookie, session, token

API = "/api/v1"


@pytest.fixture
async def boss(app: web.Application, client: TestClient) -> dict[str, str]:
    """Headers of an admin's signed-in browser."""
    await add(app, "boss", Role.ADMIN)
    return cookie(await session(app, "boss")) | {"Origin": str(client.make_url("/")).rstrip("/")}


async def ask(client: TestClient, method: str, path: str, who: dict[str, str], status: int, **body: Any) -> Any:
    answer = await client.request(method, API + path, headers=who, json=body or None)
    told = await answer.json()
    assert answer.status == status, told
    return told["data"] if told["success"] else told["error"]


async def test_an_admin_makes_changes_and_removes_an_account(client: TestClient, boss: dict[str, str]) -> None:
    made = await ask(client, "POST", "/users", boss, 201, name="kim", password=PASSWORD, role="user")
    assert (made["name"], made["role"], made["active"]) == ("kim", "user", True)
    assert (await ask(client, "PATCH", "/users/KIM", boss, 200, role="viewer"))["role"] == "viewer"
    assert (await ask(client, "PATCH", "/users/kim", boss, 200, active=False))["active"] is False
    assert [user["name"] for user in await ask(client, "GET", "/users", boss, 200)] == ["boss", "kim"]
    await ask(client, "DELETE", "/users/kim", boss, 200)
    assert (await ask(client, "GET", "/users/kim", boss, 404))["code"] == "user_not_found"


async def test_what_may_not_be_is_refused_with_its_code(client: TestClient, boss: dict[str, str]) -> None:
    for status, code, body in (
        (422, "weak_password", {"name": "kim", "password": "short"}),
        (422, "invalid", {"name": "a b", "password": PASSWORD}),
        (422, "invalid", {"name": "kim", "password": PASSWORD, "rank": "god"}),
        (409, "user_exists", {"name": "BOSS", "password": PASSWORD}),
    ):
        assert (await ask(client, "POST", "/users", boss, status, **body))["code"] == code
    assert (await ask(client, "PATCH", "/users/boss", boss, 409, role="user"))["code"] == "last_admin"
    assert (await ask(client, "DELETE", "/users/boss", boss, 409))["code"] == "last_admin"


async def test_no_answer_holds_a_password_or_its_hash(client: TestClient, boss: dict[str, str]) -> None:
    for path in ("/users", "/users/boss", "/account", "/account/sessions", "/tokens", "/audit"):
        answer = await client.get(API + path, headers=boss)
        assert answer.status == 200
        assert "argon2" not in await answer.text()
        assert PASSWORD not in await answer.text()


async def test_a_script_works_with_a_token_that_is_shown_once(client: TestClient, boss: dict[str, str]) -> None:
    made = await ask(client, "POST", "/tokens", boss, 201, name="night job", role="viewer", days=30)
    script = bearer(made["token"])
    await ask(client, "GET", "/tables", script, 200)
    assert (await ask(client, "GET", "/users", script, 403))["code"] == "not_allowed"
    (listed,) = await ask(client, "GET", "/tokens", boss, 200)
    assert "token" not in listed
    assert listed["last_used"] is not None
    await ask(client, "DELETE", f"/tokens/{made['id']}", boss, 200)
    await ask(client, "GET", "/tables", script, 401)


async def test_sign_in_own_password_and_sign_out(
    app: web.Application, client: TestClient, boss: dict[str, str]
) -> None:
    await add(app, "kim", Role.VIEWER)
    own = {"Origin": boss["Origin"]}
    me = await ask(client, "POST", "/account/login", own, 200, name="kim", password=PASSWORD)
    assert me["role"] == "viewer"  # the client's cookie jar now holds the session
    (here,) = [each for each in await ask(client, "GET", "/account/sessions", own, 200) if each["current"]]
    assert here["address"] == "127.0.0.1"
    await ask(client, "POST", "/account/password", own, 401, current="wrong", new="another horse 8")
    await ask(client, "POST", "/account/password", own, 200, current=PASSWORD, new="another horse 8")
    await ask(client, "POST", "/account/logout", own, 200)
    await ask(client, "GET", "/account", own, 401)


async def test_who_guesses_cannot_tell_which_name_exists(
    app: web.Application, client: TestClient, boss: dict[str, str]
) -> None:
    await add(app, "gone", Role.USER)
    await ask(client, "PATCH", "/users/gone", boss, 200, active=False)
    told = set()
    for name, password in (("boss", "wrong"), ("nobody.at.all", PASSWORD), ("gone", PASSWORD), ("gone", "wrong")):
        answer = await client.post(f"{API}/account/login", json={"name": name, "password": password})
        own = {name: value for name, value in answer.headers.items() if name not in {"Date", "X-Request-ID"}}
        body = (await answer.text()).replace(answer.headers["X-Request-ID"], "")
        told.add((answer.status, body, str(sorted(own.items()))))
    assert len(told) == 1
    for name in ("boss", "nobody.at.all"):  # both are limited, and say when to come again
        for _ in range(11):
            answer = await client.post(f"{API}/account/login", json={"name": name, "password": "wrong"})
        assert answer.status == 429
        assert 50 < int(answer.headers["Retry-After"]) <= 60


async def test_the_audit_is_read_by_filter_and_page(client: TestClient, boss: dict[str, str]) -> None:
    for name in ("kim", "lee"):
        await ask(client, "POST", "/users", boss, 201, name=name, password=PASSWORD)
    answer = await (await client.get(f"{API}/audit?action=users&limit=1", headers=boss)).json()
    assert answer["page"] == {"limit": 1, "offset": 0, "total": 2}
    assert (answer["data"][0]["actor"], answer["data"][0]["subject"]) == ("boss", "lee")


async def test_in_open_mode_there_is_no_account_to_ask_about(client: TestClient) -> None:
    for path in ("/account", "/account/sessions", "/tokens"):
        assert (await ask(client, "GET", path, {}, 409))["code"] == "no_accounts"
    refused = await ask(client, "POST", "/users", {}, 409, name="eve", password=PASSWORD, role="admin")
    assert refused["code"] == "no_accounts"


async def test_a_viewers_token_sees_no_one_elses(
    app: web.Application, client: TestClient, boss: dict[str, str]
) -> None:
    await add(app, "kim", Role.VIEWER)
    script = bearer(await token(app, "kim", Role.VIEWER))
    assert (await ask(client, "GET", "/tokens?owner=*", script, 403))["code"] == "not_allowed"
    assert [each["owner"] for each in await ask(client, "GET", "/tokens", script, 200)] == ["kim"]
    await ask(client, "GET", "/tokens?owner=*", boss, 200)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEEDS = [  # what is asked, of which door, and the deed's name in the audit
    ("POST", "/api/v1/targets", {"oracle_table": "{source}", "duckdb_table": "t"}, "targets.add"),
    ("PATCH", "/api/v1/targets/t", {"note": "x"}, "targets.edit"),
    ("POST", "/api/v1/sync/start", {"oracle_table": "{source}", "sync_type": "test", "row_limit": 5}, "sync.start"),
    ("POST", "/api/v1/sync/none/pause", {}, "sync.pause"),
    ("POST", "/api/v1/sync/none/resume", {}, "sync.resume"),
    ("POST", "/api/v1/sync/none/cancel", {}, "sync.cancel"),
    ("POST", "/api/v1/sync/reset", {"oracle_table": "{source}"}, "sync.reset"),
    ("POST", "/api/v1/scheduler/jobs", {"name": "n", "cron": "0 2 * * *", "targets": ["*"]}, "scheduler.add"),
    ("PATCH", "/api/v1/scheduler/jobs/none", {"enabled": False}, "scheduler.edit"),
    ("POST", "/api/v1/scheduler/jobs/none/run", {}, "scheduler.run"),
    ("DELETE", "/api/v1/scheduler/jobs/none", {}, "scheduler.drop"),
    ("DELETE", "/api/v1/targets/t", {}, "targets.drop"),
    ("POST", "/api/v1/users", {"name": "kim", "password": "hunter hunter 2"}, "users.add"),
    ("PATCH", "/api/v1/users/kim", {"password": "hunter hunter 3"}, "users.edit"),
    ("DELETE", "/api/v1/users/kim", {}, "users.remove"),
    ("POST", "/api/v1/tokens", {"name": "night", "role": "viewer"}, "tokens.add"),
    ("DELETE", "/api/v1/tokens/none", {}, "tokens.remove"),
    ("POST", "/api/v1/sql", {"sql": "SELECT 1"}, "sql.run"),
    ("POST", "/api/v1/sql", {"sql": "DROP TABLE t"}, "sql.run"),
    ("POST", "/sync/start", {"oracle_table": "{source}", "sync_type": "test"}, "sync.start"),
    ("POST", "/sync/targets/of/none/reset", {}, "sync.reset"),
    ("POST", "/sync/targets/of/none", {"note": "x"}, "targets.edit"),
    ("POST", "/sync/targets/of/none/delete", {}, "targets.drop"),
    ("POST", "/scheduler/jobs/none/enabled", {"enabled": "false"}, "scheduler.edit"),
    ("POST", "/scheduler/jobs/none/run", {}, "scheduler.run"),
    ("POST", "/sql", {"sql": "SELECT 2"}, "sql.run"),
    ("POST", "/admin/users", {"name": "lee", "password": "hunter hunter 4", "role": "viewer"}, "users.add"),
    ("POST", "/account/tokens", {"name": "day", "role": "viewer"}, "tokens.add"),
    ("POST", "/account/password", {"current": "hunter", "new": "hunter 5", "again": "hunter 5"}, "account.password"),
    ("POST", "/api/v1/account/login", {"name": "boss", "password": "hunter 6"}, "account.login"),
    ("POST", "/logout", {}, "account.logout"),
]


async def test_each_kind_of_deed_is_written_down_by_both_doors_without_a_secret(api: Api, source: str) -> None:
    client, app = api.client, api.client.server.app  # type: ignore[attr-defined]
    await add(app, "boss", Role.ADMIN)
    who = cookie(await session(app, "boss")) | {"Origin": str(client.make_url("/")).rstrip("/")}
    script = bearer(await token(app, "boss", Role.ADMIN))
    async with client.ws_connect("/ws/agent", headers=who) as agent:
        await agent.send_json({"type": "chat", "content": "SELECT 3 AS three"})
        while (await agent.receive_json(timeout=20))["type"] != "done":
            pass
    done = [("agent.run_sql", "agent")]
    for method, path, body, deed in DEEDS:
        said = {
            name: str(value).format(source=source) if isinstance(value, str) else value for name, value in body.items()
        }
        form = not path.startswith("/api/")
        sent = {"data": said, "headers": who | FORM} if form else {"json": said, "headers": who}
        assert (await client.request(method, path, allow_redirects=False, **sent)).status < 500, path
        done.append((deed, "page" if form else "api"))
    found = await (await client.get(f"{API}/audit?limit=200", headers=script)).json()
    told = [(entry["action"], entry["via"]) for entry in reversed(found["data"]) if entry["actor"] == "boss"]
    assert [pair for pair in done if pair not in [*told, ("account.login", "api")]] == []
    assert "account.login" in {action for action, _ in told}
    assert {entry["address"] for entry in found["data"]} == {"127.0.0.1"}
    assert {"ok", "sql_refused", "run_not_found", "wrong_sign_in"} <= {e["result"] for e in found["data"]}
    assert not [secret for secret in ("hunter", "mrg_", "argon2") if secret in str(found)]
