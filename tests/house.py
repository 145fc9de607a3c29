"""The rules of the house as functions that return what breaks them; test_house_rules.py holds the tree to them."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web
from jinja2 import Environment

from app import formats
from app.config import Settings
from app.errors import every_error
from app.guard import ROUTES
from app.schemas.accounts import Permission

OWN_NAMES = {
    "Merganser",
    "DuckDB",
    "Oracle",
    "CSV",
    "Parquet",
    "JSON",
    "SQL",
    "PNG",
    "NULL",
    "API",
    "Swagger UI",
    "ReDoc",
}
SPOKEN = re.compile(r'(?:title|aria-label|placeholder|alt)="([^"]*)"')
HOLES = re.compile(r"%\(\w+\)s|\{\w+\}")


def broken_floors(root: Path) -> str:
    """import-linter's report when a contract of setup.cfg is broken; nothing when all are kept."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "setup.cfg", "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def long_files(files: Iterable[Path], limit: int = 400) -> list[str]:
    return [str(file) for file in files if len(file.read_text("utf-8").splitlines()) > limit]


def undescribed(files: Iterable[Path]) -> list[str]:
    return [str(file) for file in files if ast.get_docstring(ast.parse(file.read_text("utf-8"))) is None]


def without_subject(root: Path) -> list[str]:
    """Test files that stand where nothing stands in the app: tests/x/test_y.py is for app/x/y.py or app/x/y/."""
    stray = []
    for test in (root / "tests").rglob("test_*.py"):
        place = test.relative_to(root / "tests")
        subject = root / "app" / place.parent / place.stem.removeprefix("test_")
        allowed = place.parts[0] in {"browser", "test_house_rules.py", "test_run.py"}
        if not (allowed or subject.with_suffix(".py").is_file() or subject.is_dir()):
            stray.append(str(place))
    return stray


def undeclared_routes(app: web.Application) -> list[str]:
    """Addresses without a permission; a new one must be in a door's ``routes``."""
    table = app[ROUTES]
    return [
        f"{route.method} {resource.canonical}"
        for resource in app.router.resources()
        for route in resource
        if not resource.canonical.startswith("/static")
        and not (route.handler in table and isinstance(table[route.handler].needs, Permission))
    ]


def unnamed_parts(templates: Iterable[Path]) -> list[str]:
    """Parts whose first element's id is not their name, alone or with a dash and what tells instances apart."""
    wrong = []
    for part in templates:
        text = re.sub(r"{#.*?#}|{%.*?%}", "", part.read_text("utf-8"), flags=re.S)
        first = re.search(r"<\w[^>]*>", text)
        if first is None or not re.search(rf'id="{part.stem}(-{{{{.*?}}}}[^"]*)?"', first.group()):
            wrong.append(part.name)
    return wrong


def korean(folder: Path) -> dict[str, str]:
    """All entries of the catalogue. Raises when two files translate a sentence differently."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        for english, entry in json.loads(file.read_text("utf-8")).items():
            if found.setdefault(english, entry) != entry:
                raise AssertionError(f"{file.name} translates {english!r} differently")
    return found


def lost_placeholders(entries: dict[str, str]) -> list[str]:
    return [key for key, value in entries.items() if sorted(HOLES.findall(key)) != sorted(HOLES.findall(value))]


def said(templates: Iterable[Path], code: Iterable[Path]) -> set[str]:
    """Every sentence a person can read: of templates, errors, formats, and of code that marks it with N_()."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    sentences = {error.sentence for error in every_error()} | {"never", "{span} ago", "{n} sec"}
    sentences |= {many for _, _, many in formats.SPANS}
    sentences |= {field.description or "" for field in Settings.model_fields.values()}
    for template in templates:
        for _, function, message in environment.extract_translations(template.read_text("utf-8")):
            given = message if isinstance(message, tuple) else (message,)
            sentences.add(given[1 if function == "ngettext" else 0] or "")
    for file in code:
        sentences |= set(re.findall(r'\bN_\(\s*"((?:[^"\\]|\\.)*)"\s*\)', file.read_text("utf-8")))
    return {text for text in sentences if text and re.search(r"[A-Za-z]", text)}


def one_language_only(template: str) -> set[str]:
    """Words in a template that do not go through _() or trans: between tags and in spoken attributes."""
    text = re.sub(r"{#.*?#}|<!--.*?-->|<script.*?</script>|<style.*?</style>|<svg.*?</svg>", "", template, flags=re.S)
    text = re.sub(r"{%-?\s*trans.*?endtrans\s*-?%}", "", text, flags=re.S)
    text = re.sub(r"{{.*?}}|{%.*?%}", "", text, flags=re.S)
    parts = SPOKEN.findall(text) + re.sub(r"<[^>]*>", "\n", text).splitlines()
    words = {re.sub(r"&#?\w+;", "", part).strip(" ·/,.:;()!?→←↑↓×+-*%") for part in parts}
    return {word for word in words - OWN_NAMES if re.search(r"[A-Za-z가-힣]", word)}
