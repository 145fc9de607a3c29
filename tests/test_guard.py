"""Who may: every address as every role, sign-in, open mode, foreign pages, proxies, and what lands in the audit."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import ClientResponse, ClientWebSocketResponse, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer

from app import keys
from app.config import Settings
from app.guard import ROUTES, Route, add_routes
from app.main import create_app
from app.schemas.accounts import Actor, AuditAsked, AuditEntry, Permission, Role, UserEdit
from tests.people import CLI, PASSWORD, add, bearer, cookie, session, token
from tests.roles import LEAST, ROLES

JSON = {"Content-Type": "application/json"}
PEOPLE = {"boss": Role.ADMIN, "kim": Role.USER, "lee": Role.VIEWER}
WRITE = "/api/v1/sync/reset"


@pytest.fixture
async def people(app: web.Application, client: TestClient) -> dict[str, str]:
    """An account of each role, and a token for each, by the role's name."""
    for name, role in PEOPLE.items():
        await add(app, name, role)
    return {role: await token(app, name, role) for name, role in PEOPLE.items()}


def origin(client: TestClient) -> dict[str, str]:
    """What a browser sends with a write from our own page."""
    return {"Origin": str(client.make_url("/")).rstrip("/")}


def sample(path: str) -> str:
    return re.sub(r"\{\w+(:[^}]*)?\}", "nothing", path)


async def admitted(client: TestClient, method: str, path: str, headers: dict[str, str]) -> bool:
    """Whether the guard lets the request through to its handler; what that answers does not matter here."""
    if path.startswith("/ws/"):
        with suppress(WSServerHandshakeError):
            async with client.ws_connect(path, headers=headers):
                return True
        return False
    answer = await client.request(method, path, data=b"{", headers=headers | JSON, allow_redirects=False)
    led = path == "/welcome" or "toast" in answer.cookies  # these lead to /login because they have done their work
    to_login = answer.status == 303 and answer.headers["Location"].startswith("/login") and not led
    refused = answer.status in {401, 403} or to_login
    if refused and path.startswith("/api/"):
        assert (await answer.json())["error"]["code"] in {"not_signed_in", "not_allowed", "foreign_origin"}
    return not refused


async def test_every_address_admits_exactly_whom_the_table_says(
    app: web.Application, client: TestClient, people: dict[str, str]
) -> None:
    wrong = []
    for route in list(app[ROUTES].values()):
        name = f"{route.method} {route.path}"
        for rank, role in enumerate(ROLES):
            headers = bearer(people[role]) if role != "nobody" else {}
            expected = rank >= ROLES.index(LEAST[name])
            if await admitted(client, route.method, sample(route.path), headers) != expected:
                wrong.append(f"{role} at {name}: expected {'yes' if expected else 'no'}")
    assert wrong == []


async def test_a_forgotten_declaration_is_refused_to_everyone(settings: Settings) -> None:
    app = create_app(settings)

    async def forgotten(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/forgotten", forgotten)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        assert (await client.get("/forgotten")).status == 403


async def test_in_open_mode_everything_is_allowed(client: TestClient) -> None:
    assert await admitted(client, "GET", "/api/v1/users", {})
    assert await admitted(client, "POST", WRITE, {})
    assert await admitted(client, "GET", "/ws/sync/progress", {})


@pytest.mark.usefixtures("people")
async def test_once_an_account_exists_everyone_signs_in(client: TestClient) -> None:
    assert (await client.get("/api/v1/tables")).status == 401
    page = await client.get("/sync?state=failed", allow_redirects=False)
    assert (page.status, page.headers["Location"]) == (303, "/login?next=%2Fsync%3Fstate%3Dfailed")
    part = await client.get("/sync", headers={"HX-Request": "true"}, allow_redirects=False)
    assert (part.status, part.headers["HX-Redirect"]) == (401, "/login")
    assert (await client.get("/health")).status == 200


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "Via", "X-Real-IP"])
async def test_open_mode_is_for_this_machine_not_for_a_proxy(client: TestClient, header: str) -> None:
    answer = await client.get("/health", headers={header: "10.0.0.9"})
    assert answer.status == 403
    assert (await answer.json())["error"]["code"] == "proxy_without_accounts"


async def test_a_token_in_the_address_is_worth_nothing(client: TestClient, people: dict[str, str]) -> None:
    secret = people["admin"]
    for name in ("token", "access_token", "authorization", "session"):
        assert (await client.get("/api/v1/tables", params={name: secret})).status == 401
        assert not await admitted(client, "GET", f"/ws/sync/progress?{name}={secret}", {})


async def test_a_made_up_token_or_cookie_is_nobody(client: TestClient, people: dict[str, str]) -> None:
    for headers in (bearer("mrg_wrong"), bearer(""), cookie("wrong"), {"Authorization": "Basic Ym9zczp4"}):
        assert (await client.get("/api/v1/tables", headers=headers)).status == 401
    both = bearer("mrg_wrong") | cookie(people["admin"])  # a token is no session
    assert (await client.get("/api/v1/tables", headers=both)).status == 401


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
async def test_a_foreign_page_can_neither_write_nor_open_a_socket(client: TestClient, foreign: dict[str, str]) -> None:
    """In open mode nothing but the Origin stands between a foreign page in the same browser and the data."""
    for body in (JSON, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        answer = await client.post(WRITE, data=b"{}", headers=foreign | body)
        assert (await answer.json())["error"]["code"] == "foreign_origin"
    assert not await admitted(client, "GET", "/ws/sync/progress", foreign)


@pytest.mark.usefixtures("people")
async def test_a_foreign_page_in_somebodys_browser_is_in_the_audit_once_a_minute(
    app: web.Application, client: TestClient
) -> None:
    signed_in, foreign = cookie(await session(app, "boss")), {"Origin": "https://evil.example"}
    for _ in range(3):
        await client.post(WRITE, data=b"{}", headers=signed_in | foreign)
        await client.post(WRITE, data=b"{}", headers=foreign)  # a stranger's own browser
    entries, total = await app[keys.AUDIT].find(AuditAsked(action="guard"))
    assert [(entry.actor, entry.subject, entry.result) for entry in entries] == [
        ("boss", f"https://evil.example -> POST {WRITE}", "foreign_origin")
    ]
    assert total == 1


async def test_a_session_without_an_origin_cannot_write_but_a_token_can(
    app: web.Application, client: TestClient, people: dict[str, str]
) -> None:
    signed_in = cookie(await session(app, "boss"))
    assert (await client.get("/api/v1/users", headers=signed_in)).status == 200
    assert not await admitted(client, "POST", WRITE, signed_in)
    assert not await admitted(client, "GET", "/ws/sync/progress", signed_in)
    assert await admitted(client, "POST", WRITE, signed_in | origin(client))
    assert await admitted(client, "GET", "/ws/sync/progress", signed_in | origin(client))
    assert await admitted(client, "POST", WRITE, signed_in | {"Sec-Fetch-Site": "same-origin"})
    assert await admitted(client, "POST", WRITE, bearer(people["admin"]))
    assert await admitted(client, "GET", "/ws/sync/progress", bearer(people["admin"]))


@pytest.mark.usefixtures("people")
async def test_a_form_without_an_origin_signs_nobody_in(client: TestClient) -> None:
    """Else a foreign page could sign its reader in under the page's own account."""
    address, form = "/api/v1/account/login", {"name": "boss", "password": PASSWORD}
    assert (await client.post(address, data=form)).status == 403
    assert (await client.post(address, data=form, headers={"Origin": "https://evil.example"})).status == 403
    assert (await client.post(address, json=form)).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", "[::", "", "localhost@evil.example"]
)
async def test_a_host_name_we_do_not_know_is_refused(client: TestClient, host: str) -> None:
    for path in ("/health", "/static/app.css", "/ws/sync/progress"):
        answer = await client.get(path, headers={"Host": host})
        assert answer.status in {400, 403}, path


async def raw(client: TestClient, lines: str) -> bytes:
    """An answer to bytes that no client library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(lines.replace("\n", "\r\n").encode())
    answer = await asyncio.wait_for(reader.read(4096), 5)
    writer.close()
    return answer


async def test_two_hosts_or_none_are_refused(client: TestClient) -> None:
    two = await raw(client, "GET /health HTTP/1.1\nHost: localhost\nHost: evil.example\nConnection: close\n\n")
    none = await raw(client, "GET /health HTTP/1.0\n\n")
    assert two.split()[1] in {b"400", b"403"}
    assert none.split()[1] == b"403"


async def sign_in(client: TestClient, name: str = "kim", password: str = PASSWORD, **headers: str) -> ClientResponse:
    body = {"name": name, "password": password}
    return await client.post("/api/v1/account/login", json=body, headers=headers)


@pytest.mark.usefixtures("people")
async def test_the_session_cookie_is_out_of_reach_of_scripts_and_foreign_pages(client: TestClient) -> None:
    given = (await sign_in(client)).headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(given.split("; "))
    assert "Secure" not in given


async def proxied(settings: Settings, trusted: str) -> AsyncIterator[TestClient]:
    app = create_app(settings.model_copy(update={"trusted_proxies": (trusted,), "allowed_hosts": ("mes.example",)}))
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        await add(app, "kim", Role.ADMIN)
        yield client


PROXY = {"X-Forwarded-For": "10.9.9.9, 203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "mes.example"}


async def test_a_trusted_proxy_tells_address_host_and_scheme(settings: Settings) -> None:
    async for client in proxied(settings, "127.0.0.0/8"):
        answer = await sign_in(client, **PROXY)
        assert "Secure" in answer.headers["Set-Cookie"]
        own = cookie(answer.cookies["session"].value) | PROXY
        ours = await client.post("/api/v1/account/logout", headers=own | {"Origin": "https://mes.example"})
        assert ours.status == 200
        client.session.cookie_jar.clear()
        entries, _ = await client.server.app[keys.AUDIT].find(AuditAsked())  # type: ignore[attr-defined]
        assert {entry.address for entry in entries} == {"203.0.113.7"}  # not what the client wrote before it


async def test_an_untrusted_proxy_tells_nothing(settings: Settings) -> None:
    async for client in proxied(settings, "10.0.0.1"):
        answer = await sign_in(client, **PROXY)
        assert answer.status == 200
        assert "Secure" not in answer.headers["Set-Cookie"]
        entries, _ = await client.server.app[keys.AUDIT].find(AuditAsked())  # type: ignore[attr-defined]
        assert {entry.address for entry in entries} == {"127.0.0.1"}


async def opened(client: TestClient, headers: dict[str, str]) -> ClientWebSocketResponse:
    socket = await client.ws_connect("/ws/sync/progress", headers=headers)
    await socket.receive_json(timeout=3)  # the snapshot
    return socket


async def test_a_change_of_role_or_activity_ends_the_open_sockets_of_that_account_alone(
    app: web.Application, client: TestClient, people: dict[str, str]
) -> None:
    kim = await opened(client, cookie(await session(app, "kim")) | origin(client))
    kims_script = await opened(client, bearer(people["user"]))
    boss = await opened(client, bearer(people["admin"]))
    await app[keys.ACCOUNTS].edit_user("kim", UserEdit(role=Role.VIEWER), CLI)
    for socket in (kim, kims_script):
        await socket.receive(timeout=3)
        assert socket.close_code == 1008
    again = await opened(client, bearer(people["user"]))  # it may still read
    await app[keys.ACCOUNTS].edit_user("kim", UserEdit(active=False), CLI)
    await again.receive(timeout=3)
    assert again.close_code == 1008
    assert not await admitted(client, "GET", "/ws/sync/progress", bearer(people["user"]))
    await boss.send_json({"type": "ping"})
    assert (await boss.receive_json(timeout=3))["type"] == "pong"


async def test_signing_out_ends_the_sockets_of_that_session_alone(
    app: web.Application, client: TestClient, people: dict[str, str]
) -> None:
    here, there = await session(app, "kim"), await session(app, "kim")
    socket, other = [await opened(client, cookie(each) | origin(client)) for each in (here, there)]
    await client.post("/api/v1/account/logout", headers=cookie(here) | origin(client))
    await socket.receive(timeout=3)
    assert socket.close_code == 1008
    await other.send_json({"type": "ping"})
    assert (await other.receive_json(timeout=3))["type"] == "pong"


async def told(app: web.Application) -> list[AuditEntry]:
    return (await app[keys.AUDIT].find(AuditAsked()))[0]


async def test_deeds_are_written_down_with_who_where_and_how_it_ended(
    app: web.Application, client: TestClient, people: dict[str, str]
) -> None:
    await client.post(WRITE, json={"oracle_table": "NO.SUCH"}, headers=bearer(people["admin"]))
    await client.post(WRITE, json={"oracle_table": "NO.SUCH"}, headers=bearer(people["viewer"]))
    await sign_in(client, "kim", "wrong password")
    await sign_in(client, "kim")
    found = [(each.actor, each.via, each.action, each.subject, each.result) for each in reversed(await told(app))]
    assert found == [
        ("boss", "api", "sync.reset", "NO.SUCH", "target_not_found"),
        ("lee", "api", "sync.reset", "", "not_allowed"),
        ("kim", "", "account.login", "kim", "wrong_sign_in"),
        ("kim", "", "account.login", "kim", "ok"),
    ]
    assert {each.address for each in await told(app)} == {"127.0.0.1"}
    assert PASSWORD not in repr(await told(app))


async def test_reading_is_not_written_down_and_strangers_cannot_fill_the_disk(
    app: web.Application, client: TestClient, people: dict[str, str]
) -> None:
    await client.get("/api/v1/tables", headers=bearer(people["viewer"]))
    for _ in range(5):
        await client.post(WRITE, json={})
    assert await told(app) == []


async def test_a_deed_whose_client_went_away_is_written_down(settings: Settings) -> None:
    app = create_app(settings)
    begun = asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        begun.set()
        await asyncio.Event().wait()
        return web.Response()

    add_routes(app, [Route("POST", "/api/v1/slow", slow, Permission.SQL, audit="sql.run")])
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    _, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
    writer.write(b"POST /api/v1/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    await asyncio.wait_for(begun.wait(), 5)
    writer.close()
    async with asyncio.timeout(5):
        while not (found := await told(app)):  # noqa: ASYNC110 - written after the client has gone
            await asyncio.sleep(0.01)
    assert (found[0].action, found[0].result) == ("sql.run", "cancelled")
    await runner.cleanup()


async def test_too_many_tries_are_answered_with_the_wait(client: TestClient, people: dict[str, str]) -> None:
    for _ in range(10):
        assert (await sign_in(client, "lee", "wrong")).status == 401
    answer = await sign_in(client, "lee")
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert (await sign_in(client, "kim")).status == 200  # others are not locked out


async def test_the_own_command_line_is_an_admin_while_the_server_runs(app: web.Application, client: TestClient) -> None:
    await add(app, "boss", Role.ADMIN)
    assert (await client.get("/api/v1/users", headers=bearer(app[keys.ACCOUNTS].own_token))).status == 200
    actor = await app[keys.ACCOUNTS].by_token(app[keys.ACCOUNTS].own_token)
    assert actor == Actor(name="cli", role=Role.ADMIN, via="cli")
