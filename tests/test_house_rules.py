"""The rules that hold the whole house (CONTRIBUTING.md says why)."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from app import config, formats
from app.config import Settings
from app.errors import every_error
from app.guard import ROUTES
from app.main import create_app
from app.schemas.accounts import Permission

ROOT = Path(__file__).parent.parent
APP = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CODE = [*APP, *sorted((ROOT / "tests").rglob("*.py")), ROOT / "run.py"]


def test_imports_run_down_only() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "setup.cfg", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", [*CODE, *TEMPLATES], ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_over_400_lines(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 400


def test_run_py_is_under_80_lines() -> None:
    assert len((ROOT / "run.py").read_text().splitlines()) < 80


def test_tests_mirror_the_app() -> None:
    """A test file stands where its subject stands: tests/x/test_y.py for app/x/y.py or the package app/x/y/."""
    extra = []
    for test in (ROOT / "tests").rglob("test_*.py"):
        relative = test.relative_to(ROOT / "tests")
        subject = ROOT / "app" / relative.parent / relative.name.removeprefix("test_").removesuffix(".py")
        known = subject.with_suffix(".py").is_file() or subject.is_dir()
        if not known and relative.parts[0] not in {"test_house_rules.py", "browser", "test_run.py"}:
            extra.append(str(relative))
    assert not extra, extra


def test_every_module_says_what_it_is_for() -> None:
    assert [str(f) for f in APP if not f.read_text("utf-8").startswith('"""')] == []


def test_every_route_declares_its_permission(settings: Settings) -> None:
    app = create_app(settings)
    undeclared = [
        str(resource)
        for resource in app.router.resources()
        for route in resource
        if not resource.canonical.startswith("/static") and route.handler not in app[ROUTES]
    ]
    assert undeclared == []
    assert all(isinstance(route.needs, Permission) for route in app[ROUTES].values())


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in every_error()]
    assert sorted(set(codes)) == sorted(codes)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for code in codes)


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_every_setting_is_in_the_readme(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    assert [name for name in config.Settings.model_fields if f"`{name.upper()}`" not in text] == []


@pytest.mark.parametrize("part", [t for t in TEMPLATES if t.name.startswith("_")], ids=lambda p: p.name)
def test_a_parts_id_is_its_name(part: Path) -> None:
    """The first element carries the part's name as id, alone or with a dash and what tells instances apart."""
    text = re.sub(r"{#.*?#}|{%-?\s*(?:from|import|set|macro).*?%}", "", part.read_text("utf-8"), flags=re.S)
    first = re.search(r"<\w[^>]*>", text)
    assert first is not None
    assert re.search(rf'id="{part.stem}(-{{{{.*?}}}})?"', first.group()), first.group()


def _korean() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted((ROOT / "app" / "locale" / "ko").glob("*.json")):
        entries = json.loads(file.read_text("utf-8"))
        clash = {key for key in entries.keys() & found.keys() if entries[key] != found[key]}
        assert not clash, f"{file.name} translates differently: {clash}"
        found |= entries
    return found


def _said() -> set[str]:
    """Every string a person can read: of the templates, of errors, of formats."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    said = {error.sentence for error in every_error()} | {"never", "{span} ago", "{n} sec"}
    said |= {many for _, _, many in formats.SPANS}
    for template in TEMPLATES:
        for _, _, message in environment.extract_translations(template.read_text("utf-8")):
            said.add(message[1] if isinstance(message, tuple) else message)
    for file in APP:
        said |= set(re.findall(r'\bN_\("((?:[^"\\]|\\.)*)"\)', file.read_text("utf-8")))
    return {text for text in said if text and re.search(r"[A-Za-z]", text)}


def test_everything_that_is_said_is_said_in_korean() -> None:
    assert sorted(_said() - _korean().keys()) == []


def test_the_korean_keeps_every_placeholder() -> None:
    holes = re.compile(r"%\(\w+\)s|\{\w+\}")
    wrong = [key for key, value in _korean().items() if sorted(holes.findall(key)) != sorted(holes.findall(value))]
    assert wrong == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_no_template_speaks_one_language_only(template: Path) -> None:
    """Text between tags, and the attributes a person hears or sees, goes through _() or trans."""
    text = template.read_text("utf-8")
    text = re.sub(r"{#.*?#}|<!--.*?-->|<script.*?</script>|<style.*?</style>|<svg.*?</svg>", "", text, flags=re.S)
    text = re.sub(r"{%-?\s*trans.*?endtrans\s*-?%}", "", text, flags=re.S)
    text = re.sub(r"{{.*?}}|{%.*?%}", "", text, flags=re.S)
    spoken = re.findall(r'(?:title|aria-label|placeholder|alt)="([^"]*)"', text)
    spoken += re.sub(r"<[^>]*>", "\n", text).splitlines()
    own = {"Merganser", "DuckDB", "Oracle", "CSV", "Parquet", "JSON", "SQL", "PNG", "API", "Swagger UI", "ReDoc"}
    words = {part.strip(" ·/,.:;()&!?→←↑↓×+-*%") for part in spoken}
    alien = {word for word in words if re.search(r"[A-Za-z가-힣]", word) and word not in own}
    assert not {word for word in alien if not re.fullmatch(r"&\w+;|<.*", word)}
