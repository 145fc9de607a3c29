"""How much a regular expression repeats: where its automaton has too many states, each character costs them all."""

from __future__ import annotations

import re

TOKEN = re.compile(
    r"(?P<group>\()|(?P<end>\))|(?P<count>\{(?P<least>\d{1,9}),?(?P<most>\d{0,9})\})|(?P<many>[*+?])"
    r"|\\.|\[\^?\]?(?:\\.|[^\]\\])*(?:\]|\Z)|.",
    re.S,
)


def repeated(pattern: str) -> int:
    """All that ``*``, ``+``, ``?`` and ``{n,m}`` repeat, written out: of (a{2}b?){3} it is (2 + 1) * 3."""
    outside: list[int] = []  # what the groups around us had before they began
    total = last = 0  # of the group we are in; how much of it is what stands last
    for token in TOKEN.finditer(pattern):
        if token["group"]:
            outside.append(total)
            total = last = 0
        elif token["end"] and outside:
            last, total = total, total + outside.pop()
        elif token["many"] or token["count"]:
            times = 1 if token["many"] else int(token["most"] or token["least"])
            total, last = total - last + max(1, last) * times, max(1, last) * times
        else:
            last = 0
    return total + sum(outside)
