"""Why a statement was not run, in the reader's language; what is not listed here is told as the service tells it."""

from __future__ import annotations

import re

from app.errors import AppError, SqlRefused
from app.words import N_, words

KNOWN = {
    r"there is no table named (?P<name>.+) to read": N_("There is no table named {name}."),
    r"the (?:table )?function (?P<name>\S+) is not available": N_("The function {name} is not available here."),
    r"write exactly one statement": N_("Write exactly one statement."),
    r"only (?:SELECT and EXPLAIN|one plain SELECT).*": N_("Only SELECT and EXPLAIN are run here."),
    r"SHOW is not available.*": N_("SHOW is not available here. Use DESCRIBE or SUMMARIZE of a table."),
    r"it has a parameter without a value": N_("The statement has a parameter without a value."),
    r"the pattern of .* repeats .*": N_("A regular expression repeats its parts too often."),
    r"(?:it|a name) (?:nests|joins|is longer|has more).*": N_("The statement is too long or nested too deeply."),
    r".*(?:without bound|columns multiply|use each other).*": N_(
        "The values of this statement could grow without bound."
    ),
}


def sentence(error: AppError, language: str) -> str:
    """One sentence for the reader."""
    text = words(language)
    reason = str(error.values.get("reason", "")) if isinstance(error, SqlRefused) else ""
    for pattern, known in KNOWN.items():
        if reason and (found := re.fullmatch(pattern, reason, flags=re.S)):
            return text.gettext(known).format(**found.groupdict())
    return error.message(text.gettext(error.sentence))
