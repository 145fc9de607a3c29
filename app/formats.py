"""How pages write numbers, sizes, spans and moments; English and Korean."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from app.errors import every_error
from app.words import N_, words

SPANS = ((86400, "{n} day", "{n} days"), (3600, "{n} hr", "{n} hr"), (60, "{n} min", "{n} min"))

UNIT_WORDS = {
    "ms": N_("{n} ms"),
    "s": N_("{n} seconds"),
    "m": N_("{n} minutes"),
    "h": N_("{n} hours"),
    "d": N_("{n} days"),
    "w": N_("{n} weeks"),
    "mo": N_("{n} months"),
    "q": N_("{n} quarters"),
    "y": N_("{n} years"),
}


def grouped(value: float | None) -> str:
    """1234567 as 1,234,567; nothing for nothing."""
    return "" if value is None else f"{value:,.0f}" if isinstance(value, int) or value >= 100 else f"{value:,.2f}"


def size(value: int | None) -> str:
    """Bytes in the unit that gives one to three digits."""
    amount, units = float(value or 0), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if amount >= 10 or units[0] == "B" else f"{amount:.1f} {units[0]}"


def span(seconds: float | None, language: str) -> str:
    """A length of time in its largest unit: "2 min", "2분"."""
    if seconds is None:
        return ""
    text = words(language)
    for unit, one, many in SPANS:
        if seconds >= unit:
            n = int(seconds // unit)
            return text.ngettext(one, many, n).format(n=n)
    return text.gettext("{n} sec").format(n=int(seconds))


def spelt(resolution: str, language: str) -> str:
    """``10m`` as a reader says it."""
    text = words(language)
    found = re.fullmatch(r"(\d+)([a-z]+)", resolution)
    if found is None or found[2] not in UNIT_WORDS:
        return text.gettext("Automatic") if resolution == "auto" else resolution
    n, many = int(found[1]), UNIT_WORDS[found[2]]
    return text.ngettext(many.removesuffix("s") if n == 1 else many, many, n).format(n=n)


def ago(moment: datetime | None, now: datetime, language: str) -> str:
    if moment is None:
        return words(language).gettext("never")
    return words(language).gettext("{span} ago").format(span=span(max(0, (now - moment).total_seconds()), language))


def until(moment: datetime, now: datetime, language: str) -> str:
    if moment <= now:
        return words(language).gettext("any moment")
    return words(language).gettext("in {span}").format(span=span((moment - now).total_seconds(), language))


def exact(moment: datetime | None, zone: ZoneInfo) -> str:
    """To the second, in ``zone``, which stands behind it: the browser puts the reader's own in its place."""
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone.key}"


def iso(moment: datetime | None) -> str:
    """For ``<time datetime>``; the browser shows it in the reader's zone."""
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


TOLD = (  # what runs note and log, beside errors
    N_("{error} Trying again in {seconds} s."),
    N_("{error} Started over at a new moment."),
    N_("This was a full: there was none before."),
    N_("This was a full: the last one had {cursor} as its cursor."),
    N_("{table}: {count} columns, snapshot: {snapshot}"),
    N_("BIGINT or DECIMAL, by its values"),
    N_("{rows} rows are in place of {before}"),
    N_("reading from {column} {value}"),
    N_("{rows} rows have no {column} and are read each time."),
    N_("{rows} rows have no {column} and are not read by an incremental."),
    N_("{rows} rows differ: reconcile."),
    N_("Without a snapshot Oracle's rows cannot be compared: counted only."),
    N_("{gone} rows were removed or marked, {missing} were missing, {changed} were different"),
    N_("{rows} rows that Oracle no longer has were kept."),
    N_("{rows} rows more than in Oracle are here; deleted rows are kept."),
    N_("{rows} rows that Oracle no longer has are kept and no part of the proof."),
    N_("Rows marked as deleted were left out: the columns have changed."),
    N_("Column {column} was added."),
    N_("Column {column} was dropped."),
    N_("Column {column} was widened ({before} to {after})."),
    N_("Oracle no longer has SCN {scn}: started over at a new moment."),
    N_("{done} of {all} chunks are there already, at SCN {scn}"),
    N_("{error} All numbers are read once more, as text."),
    N_("{rows} rows have a {column} after Oracle's clock ({ceiling}); the watermark stays below it."),
    N_("{rows} rows have a {column} that is not {format}, such as {example}."),
    N_("{column}: {type} is not copied"),
    N_("{type} is not copied"),
    N_("an empty LOB is kept as NULL"),
    N_("The checksums are those of the rows that this run read."),
    N_("paused by {actor}"),
    N_("resumed by {actor}"),
    N_("cancelled by {actor}"),
    N_("Nothing was written: the table is as it was before this run."),
    N_("Merganser ended while this ran; the old table is kept."),
    N_("The run was {state}."),
)


def retold(sentence: str, language: str) -> str:
    """A sentence of ours, as English as the records keep it, in the reader's language; others as they are."""
    if language == "en":
        return sentence
    for pattern, template in _sentences():
        found = pattern.fullmatch(sentence)
        if found:
            holes = found.groupdict()
            values = holes | {"error": retold(holes["error"], language)} if "error" in holes else holes
            return words(language).gettext(template).format(**values)
    return sentence


@cache
def _sentences() -> list[tuple[re.Pattern[str], str]]:
    """Every sentence as a pattern with its holes named; the wordiest first, those of mere holes not at all."""
    errors = sorted({error.sentence for error in every_error()}, key=len, reverse=True)
    known = [sentence for sentence in (*TOLD, *errors) if re.search(r"[a-z]{3}", re.sub(r"\{\w+\}", "", sentence))]
    return [(re.compile(_pattern(sentence), re.S), sentence) for sentence in known]


def _pattern(sentence: str) -> str:
    parts = re.split(r"\{(\w+)\}", sentence)
    return "".join(f"(?P<{part}>.*?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))


def anchor(name: str) -> str:
    """A table's name as part of an element id: letters of CSS only, different for different names."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else "x" + name.encode("utf-8").hex()


HEIGHTS = {"ok": 20, "warn": 13, "bad": 7, "none": 2}


def strip(days: list[str]) -> list[tuple[str, str]]:
    """A strip of days as one SVG path a kind: bars 6 wide, 8 apart, standing on 20."""
    paths: dict[str, list[str]] = {}
    for place, day in enumerate(days):
        paths.setdefault(day, []).append(f"M{place * 8} {20 - HEIGHTS[day]}h6v{HEIGHTS[day]}h-6z")
    return [(day, "".join(bars)) for day, bars in paths.items()]


def line(values: list[float], height: int = 22) -> str:
    """Values as the points of an SVG polyline, 100 wide, the greatest at the top."""
    top, step = max([*values, 1e-9]), 100 / max(1, len(values) - 1)
    return " ".join(f"{place * step:.1f},{1 + height - height * value / top:.1f}" for place, value in enumerate(values))


def segment(name: str) -> str:
    """A name as one segment of an address, whatever is in it."""
    return quote(name, safe="")


def filters(language: str, zone: str) -> dict[str, Callable[..., Any]]:
    """What templates call these, with the language and the server's zone already said."""

    def by_now(said: Callable[[Any, datetime, str], str]) -> Callable[[Any], str]:
        return lambda moment: said(moment, datetime.now(UTC), language)

    return {
        "grouped": grouped,
        "size": size,
        "iso": iso,
        "anchor": anchor,
        "segment": segment,
        "strip": strip,
        "line": line,
        "ago": by_now(ago),
        "until": by_now(until),
        "span": lambda seconds: span(seconds, language),
        "retold": lambda sentence: retold(sentence, language),
        "moment": lambda moment: exact(moment, ZoneInfo(zone)),
    }
