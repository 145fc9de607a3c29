"""A cron expression in words, for the patterns that people use; others are shown as they are. Pure."""

from __future__ import annotations

import re

from app.words import N_, words

# English sentence → the fields it speaks of. Fields are: seconds left out, minute, hour, day, month, weekday.
PATTERNS: tuple[tuple[str, str], ...] = (
    (r"\* \* \* \* \*", N_("every minute")),
    (r"\*/(?P<n>\d+) \* \* \* \*", N_("every {n} minutes")),
    (r"(?P<minute>\d+) \* \* \* \*", N_("every hour at minute {minute}")),
    (r"(?P<minute>\d+) \*/(?P<n>\d+) \* \* \*", N_("every {n} hours at minute {minute}")),
    (r"(?P<minute>\d+) (?P<hour>\d+) \* \* \*", N_("every day at {time}")),
    (r"(?P<minute>\d+) (?P<hour>\d+) \* \* (?:1-5|mon-fri)", N_("on weekdays at {time}")),
    (r"(?P<minute>\d+) (?P<hour>\d+) \* \* (?P<day>[0-7])", N_("every {weekday} at {time}")),
    (r"(?P<minute>\d+) (?P<hour>\d+) (?P<date>\d+) \* \*", N_("on day {date} of each month at {time}")),
)
WEEKDAYS = (N_("Sunday"), N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"))


def spoken(cron: str, language: str) -> str:
    """``0 2 * * *`` as "every day at 02:00"; what has no pattern here stays as it is."""
    say = words(language).gettext
    fields = cron.split()
    plain = " ".join(fields[1:] if len(fields) == 6 and fields[0] == "0" else fields).lower()
    for pattern, sentence in PATTERNS:
        found = re.fullmatch(pattern, plain)
        if found:
            return say(sentence).format(**_values(found.groupdict(), language))
    return cron


def _values(found: dict[str, str], language: str) -> dict[str, str]:
    values = dict(found)
    if "hour" in found:
        values["time"] = f"{int(found['hour']):02}:{int(found['minute']):02}"
    if "day" in found:
        values["weekday"] = words(language).gettext(WEEKDAYS[int(found["day"]) % 7])
    return values
