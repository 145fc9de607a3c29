"""The values a client binds: rows of them behind the statement, LOB locators replaced by what the LOBs hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from app.demo.boundary import BLOB, CLOB, Bind, OracleError
from app.demo.wire.calls import ARRAY_BIND, Place
from app.demo.wire.packets import Malformed
from app.demo.wire.primitives import Source

LONGEST_IN_PLACE = 32767  # values of larger binds come last in their row
UNSUPPORTED = {102: "REF CURSOR", 109: "object", 114: "BFILE", 119: "JSON", 127: "VECTOR"}
MOST_EMPTY_ROWS = 1_000_000  # executions of a statement that binds nothing
# Text, comments, quoted names, binds and words, in the order in which they hide each other.
TOKEN = re.compile(
    r"'(?:[^']|'')*+(?:'|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)|\"[^\"]*(?:\"|\Z)|:\s*(?:\w+|\"[^\"]*\")|\w+", re.DOTALL
)
Contents = Callable[[bytes], bytes]


def returning_binds(sql: str) -> int:
    """How many binds of a DML statement stand behind RETURNING … INTO: those are described but carry no value."""
    if "RETURNING" not in sql.upper():
        return 0
    words = [token.upper() for token in TOKEN.findall(sql) if token[0] not in "'-/\""]
    if not words or words[0] not in ("INSERT", "UPDATE", "DELETE", "MERGE") or "RETURNING" not in words:
        return 0
    tail = words[words.index("RETURNING") :]
    return sum(word.startswith(":") for word in tail[tail.index("INTO") :]) if "INTO" in tail else 0


class Rows:
    """Reads rows of bind values. ``plsql`` blocks keep all values in their order; SQL has the large ones last."""

    def __init__(self, places: Sequence[Place], returning: int, plsql: bool, contents: Contents) -> None:
        self._contents = contents
        for place in places:
            if place.type in UNSUPPORTED or place.flag & ARRAY_BIND:
                what = UNSUPPORTED.get(place.type, "array")
                raise OracleError(3115, f"unsupported network datatype or representation: {what} bind")
        given = range(len(places) - returning)
        large = {place for place in given if not plsql and places[place].size > LONGEST_IN_PLACE}
        self._order = [place for place in given if place not in large] + sorted(large)
        self._lobs = {place for place in given if places[place].type in (CLOB, BLOB)}
        self._in_order = self._order == list(range(len(places)))
        self._described = [(place.type, place.size, place.csfrm) for place in places]
        self._types, self._sizes = [place.type for place in places], [place.size for place in places]
        self._forms = [place.csfrm for place in places]

    def read(self, source: Source, count: int) -> list[list[Bind]]:
        """``count`` rows; raises Malformed when something else comes."""
        if not self._order:
            if count > MOST_EMPTY_ROWS:
                raise Malformed(f"{count} executions")
            return [self._row([]) for _ in range(count)]
        return [self._row(self._values(source)) for _ in range(count)]

    def _values(self, source: Source) -> list[bytes | None]:
        """One row's values in the order they come in."""
        if source.u8() != 7:
            raise Malformed("a row of binds does not begin as one")
        if not self._lobs:
            return source.clrs(len(self._order))
        return [self._lob(source) if place in self._lobs else source.clr() for place in self._order]

    def _lob(self, source: Source) -> bytes | None:
        locator = source.dalc()
        return self._contents(locator) if locator else None

    def _row(self, values: list[bytes | None]) -> list[Bind]:
        """The values at their places; what stands behind RETURNING … INTO has none."""
        if self._in_order:
            return list(map(Bind._make, zip(self._types, self._sizes, self._forms, values, strict=True)))
        row = dict(zip(self._order, values, strict=True))
        return [Bind(*self._described[place], row.get(place)) for place in range(len(self._described))]
