"""The languages: English in the source, Korean beside it in `locale/ko/*.json`, one file a feature."""

from __future__ import annotations

import json
from functools import cache
from gettext import NullTranslations
from pathlib import Path

LANGUAGES = ("ko", "en")
LOCALE = Path(__file__).parent / "locale"


class Words(NullTranslations):
    """A catalogue of one language. What is missing stays English; the house rules find it."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.entries = _entries(language)

    def gettext(self, message: str) -> str:
        return self.entries.get(message, message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        # Korean counts without a plural, so its entry stands under the English plural.
        return self.entries.get(plural) or (singular if n == 1 else plural)


def N_(message: str) -> str:
    """Marks a text that a person will read, so that the house rules ask for its Korean."""
    return message


def _entries(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted((LOCALE / language).glob("*.json")):
        found |= json.loads(file.read_text("utf-8"))
    return found


@cache
def words(language: str) -> Words:
    return Words(language)


def preferred(accept_language: str, chosen: str | None = None) -> str:
    """The reader's language: the one chosen before, else the best of Accept-Language, else English."""
    if chosen in LANGUAGES:
        return chosen
    wanted = sorted(map(_weighted, accept_language.split(",")), reverse=True)
    return next((tag for weight, tag in wanted if tag in LANGUAGES and weight > 0), "en")


def _weighted(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return float(weight or 1), tag.split("-")[0].lower()
    except ValueError:
        return 0.0, ""
