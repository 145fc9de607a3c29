"""A statement's words, as DuckDB's own tokenizer splits them: what can be judged before the parser sees them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

WORD = re.compile(rb"\w+|:+=?|.", re.S)  # of what begins with a token: DuckDB 1.5 tells of no comment behind it
CASE_WORDS = (b"CASE", b"WHEN", b"END")


class Split(NamedTuple):
    """EXPLAIN's own words or nothing; the statement after them, without its semicolon; that statement's words."""

    explain: str
    body: str
    words: list[bytes]


def split(text: str, tokens: Callable[[str], list[int]]) -> Split:
    """``tokens``: where in the text's UTF-8 each token begins; DuckDB 2.0 counts comments too."""
    raw = text.encode()
    starts = [at for at in tokens(text) if not raw.startswith((b"--", b"/*"), at)]
    found = [(at, end, b"".join(WORD.findall(raw[at : at + 200])[:1])) for at, end in pairwise([*starts, len(raw)])]
    while found and found[-1][2] == b";":
        found.pop()
    while found and found[0][2] == b";":
        found.pop(0)
    explain: list[str] = []
    for word in (b"EXPLAIN", b"ANALYZE"):
        if found and found[0][2].upper() == word and (explain or word == b"EXPLAIN"):
            explain.append(found.pop(0)[2].decode().upper())
    body = raw[found[0][0] : found[-1][1]].decode() if found else ""
    return Split(" ".join(explain), body, [piece[2] for piece in found])


def longest_name(words: list[bytes]) -> int:
    """The parts of a.b.c: parsing and binding it takes their square."""
    longest = parts = 1
    for word, following in pairwise(words):
        parts += word == b"."
        longest = max(longest, parts)
        if b"." not in (word, following):
            parts = 1
    return longest


def comparisons(words: list[bytes]) -> int:
    """How many words the CASEs become: the parser copies x of CASE x WHEN … to each WHEN, with the CASEs in it."""
    return sum(_each(_case_words(words)))


def _case_words(words: list[bytes]) -> Iterator[bytes]:
    """Those of CASE, not names that are written like them: t.end, AS end, {end: 1}; nothing for each other word."""
    before, after = [b"", *words], [*words[1:], b""]
    for previous, word, following in zip(before, words, after, strict=False):
        named = previous == b"." or previous.upper() == b"AS" or following in (b":", b":=")
        yield word.upper() if word.upper() in CASE_WORDS and not named else b""


def _each(words: Iterator[bytes]) -> Iterator[int]:
    return (_within(words) for word in words if word == b"CASE")


def _within(words: Iterator[bytes]) -> int:
    """One CASE to its END: what stands before its first WHEN counts for each WHEN, what follows once."""
    before, after, whens = 0, 0, 0
    for word in words:
        if word == b"END":
            break
        if word == b"WHEN":
            whens += 1
        elif whens:
            after += _within(words) if word else 0
        else:
            before += _within(words) if word else 1
    return (1 + before) * max(1, whens) + after
