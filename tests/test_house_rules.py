"""The rules that hold the whole house (CONTRIBUTING.md says why), each shown to fail on a house that breaks it."""

import re
import shutil
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from blockbuster import BlockBuster

from app.config import Settings
from app.errors import every_error
from app.guard import ROUTES, Route, add_routes
from app.main import create_app
from app.schemas.accounts import Permission
from tests import house
from tests.roles import LEAST

ROOT = Path(__file__).parent.parent
APP = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CODE = [*APP, *TEMPLATES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "static").glob("*.*s"), ROOT / "run.py"]
KOREAN = ROOT / "app" / "locale" / "ko"


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_imports_run_down_only() -> None:
    assert house.broken_floors(ROOT) == ""


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("store.py", "import app.main"),
        ("sync/upwards.py", '"""x"""\nimport aiohttp'),
        ("query/second.py", '"""x"""\nimport duckdb'),
        ("demo/curious.py", '"""x"""\nimport app.errors'),
        ("utils.py", '"""x"""'),
    ],
)
def test_a_broken_floor_is_found(tmp_path: Path, module: str, line: str) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    assert house.broken_floors(tmp_path) == ""  # the copy itself is sound
    target = tmp_path / "app" / module
    target.write_text((target.read_text("utf-8") if target.is_file() else "") + f"\n{line}\n", "utf-8")
    assert house.broken_floors(tmp_path) != ""


def test_no_file_is_over_400_lines(tmp_path: Path) -> None:
    assert house.long_files(CODE) == []
    assert house.long_files([file(tmp_path, "long.py", "x\n" * 401)]) != []


def test_run_py_is_under_80_lines() -> None:
    assert house.long_files([ROOT / "run.py"], limit=79) == []


def test_every_module_says_what_it_is_for(tmp_path: Path) -> None:
    assert house.undescribed(APP) == []
    assert house.undescribed([file(tmp_path, "mute.py", "x = 1\n")]) != []


def test_tests_mirror_the_app(tmp_path: Path) -> None:
    assert house.without_subject(ROOT) == []
    file(tmp_path, "tests/sync/test_ghost.py", "")
    assert house.without_subject(tmp_path) == ["sync/test_ghost.py"]


def test_every_route_declares_its_permission(settings: Settings) -> None:
    app = create_app(settings)
    assert house.undeclared_routes(app) == []

    async def forgotten(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/forgotten", forgotten)
    assert "GET /forgotten" in house.undeclared_routes(app)


def test_every_route_is_in_the_table_of_roles(settings: Settings) -> None:
    """tests/roles.py says by hand who may; test_guard.py then asks each address as each role."""
    declared = {f"{route.method} {route.path}" for route in create_app(settings)[ROUTES].values()}
    assert sorted(declared - LEAST.keys()) == [], "add the least role of these to tests/roles.py"
    assert sorted(LEAST.keys() - declared) == [], "these are gone: take them out of tests/roles.py"


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in every_error()]
    assert sorted(set(codes)) == sorted(codes)
    assert [code for code in codes if not re.fullmatch(r"[a-z][a-z0-9_]*", code)] == []


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_every_setting_is_in_the_readme(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    assert [name for name in Settings.model_fields if f"`{name.upper()}`" not in text] == []


def test_a_parts_id_is_its_name(tmp_path: Path) -> None:
    assert house.unnamed_parts(t for t in TEMPLATES if t.name.startswith("_")) == []
    assert house.unnamed_parts([file(tmp_path, "_row.html", '<tr id="row">')]) == ["_row.html"]


def test_everything_that_is_said_is_said_in_korean(tmp_path: Path) -> None:
    entries = house.korean(KOREAN)
    assert sorted(house.said(TEMPLATES, APP) - entries.keys()) == []
    page = file(
        tmp_path, "x.html", '{{ _("Never translated") }}{% trans n=2 %}one{% pluralize %}{{ n }} hats{% endtrans %}'
    )
    code = file(tmp_path, "x.py", 'TITLE = N_("Marked in code")')
    assert {"Never translated", "%(n)s hats", "Marked in code"} <= house.said([page], [code]) - entries.keys()


def test_the_korean_keeps_every_placeholder() -> None:
    assert house.lost_placeholders(house.korean(KOREAN)) == []
    assert house.lost_placeholders({"{n} rows of {name}": "{n}행"}) != []


def test_one_sentence_has_one_translation(tmp_path: Path) -> None:
    file(tmp_path, "a.json", '{"Save": "저장"}')
    file(tmp_path, "b.json", '{"Save": "저장하기"}')
    with pytest.raises(AssertionError):
        house.korean(tmp_path)


def test_no_template_speaks_one_language_only() -> None:
    alien = {t.name: words for t in TEMPLATES if (words := house.one_language_only(t.read_text("utf-8")))}
    assert alien == {}
    assert house.one_language_only('<b>{{ _("Rows") }}</b> rows') == {"rows"}
    assert house.one_language_only('<button title="Close">×</button>') == {"Close"}


async def test_what_blocks_the_event_loop_fails(settings: Settings, strict_loop: BlockBuster) -> None:
    """The fixture that page and API tests run under sees a handler of ours that blocks."""
    blocking = compile("import time\nasync def handler(_):\n    time.sleep(0.001)", str(ROOT / "app" / "x.py"), "exec")
    scope: dict[str, object] = {}
    exec(blocking, scope)  # as if it stood in app/
    with pytest.raises(Exception, match=r"Blocking call to time\.sleep"):
        await scope["handler"](None)  # type: ignore[operator]


async def test_every_error_of_the_api_has_one_shape(app: web.Application, client: TestClient) -> None:
    """Each address of the API, asked wrongly, answers with the contract's ErrorResponse and its request id."""
    asked = 0
    for route in app[ROUTES].values():
        if route.path.startswith("/api/") and route.body is not None:
            path = re.sub(r"\{\w+(:[^}]*)?\}", "nothing", route.path)
            answer = await client.request(route.method, path, data=b"{", headers={"Content-Type": "application/json"})
            assert answer.status == 400, path
            await has_error_shape(answer, "malformed")
            asked += 1
    await has_error_shape(await client.get("/api/v1/nothing"), "not_found")
    assert asked > 0 or not any(r.body for r in app[ROUTES].values())


async def has_error_shape(answer: object, code: str) -> None:
    body = await answer.json()  # type: ignore[attr-defined]
    assert body["success"] is False
    assert body["error"]["code"] == code
    assert body["error"].keys() == {"code", "message", "details"}
    assert body["request_id"] == answer.headers["X-Request-ID"]  # type: ignore[attr-defined]


async def test_an_error_of_our_own_says_nothing_but_its_id(settings: Settings) -> None:
    app = create_app(settings)

    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("secret password in a traceback")

    add_routes(app, [Route("GET", "/api/v1/broken", broken, Permission.PUBLIC)])
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        answer = await client.get("/api/v1/broken")
        assert answer.status == 500
        assert "secret" not in await answer.text()
