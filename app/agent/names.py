"""Names of tables and columns inside a sentence: with Korean particles, in plural, with spaces, misspelt. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from unicodedata import normalize

from app.agent.known import Known, KnownTable

PARTICLES = (
    "이라는|라는|에서는|에서|에게|에는|에도|에만|에|으로는|으로|로는|로|의|을|를|은|는|이랑|랑|이나|이고|이며|이면서|이|가|"
    "과|와|하고|이하고|보다|중에서|중에|중|도|만|부터|까지|별로|별|이야|야|인가요|인가|인지|인|좀|당|마다"
)
HANGUL = "가-힣"
# what people call columns whose names are English abbreviations
SYNONYMS = {
    "공장": ("FACTORY", "FAC", "PLANT", "SITE"), "라인": ("LINE",), "설비": ("EQP", "EQUIP", "EQUIPMENT", "MACHINE"),
    "장비": ("EQP", "EQUIP", "EQUIPMENT", "TOOL"), "값": ("VALUE", "VAL"), "측정값": ("VALUE", "VAL"),
    "금액": ("AMOUNT", "AMT", "PRICE"), "수량": ("QTY", "QUANTITY"), "고객": ("CUSTOMER", "CUST"),
    "거래처": ("CUSTOMER", "VENDOR"), "상태": ("STATUS", "STATE"), "온도": ("TEMP", "TEMPERATURE"),
    "작업자": ("OPERATOR", "WORKER"), "제품": ("PRODUCT", "ITEM"), "품목": ("ITEM", "PRODUCT"),
    "공정": ("STEP", "PROCESS"),
    "로트": ("LOT",), "이름": ("NAME",), "factory": ("FAC", "PLANT"), "value": ("VALUE", "VAL"),
    "values": ("VALUE", "VAL"), "amount": ("AMOUNT", "AMT"), "quantity": ("QTY",), "temperature": ("TEMP",),
    "equipment": ("EQP", "EQUIP"), "machine": ("EQP", "MACHINE"), "customer": ("CUSTOMER", "CUST"), "lot": ("LOT",),
}  # fmt: skip

# and tables
BUSINESS = {
    "주문": "ORDER", "오더": "ORDER", "이력": "HIST", "재고": "INVENTORY", "실적": "RESULT", "불량": "DEFECT",
    "고객": "CUSTOMER", "제품": "PRODUCT", "품목": "ITEM", "자재": "MATERIAL", "출하": "SHIP", "로트": "LOT",
}  # fmt: skip


@dataclass(frozen=True)
class Mention:
    start: int
    end: int
    name: str
    exact: bool = True


def tables_in(text: str, known: Known) -> list[Mention]:
    """The tables that ``text`` names, by their name, their source or its table; the longest name wins."""
    names: list[tuple[str, str]] = []
    for table in known.tables:
        names.append((table.name, table.name))
        names += [(alias, table.name) for alias in (table.source, table.source.rpartition(".")[2]) if alias]
    return _mentions(text, names)


def business_table(text: str, known: Known) -> Mention | None:
    """The one table whose English name holds what the business calls it: 주문 for ORDERS."""
    for word, part in BUSINESS.items():
        found = re.search(rf"(?<![{HANGUL}])({word})(?=(?:{PARTICLES}|내역|건)?(?![{HANGUL}]))", text)
        holding = [t.name for t in known.tables if re.search(rf"(?:^|_){part}", t.name, re.I)]
        if found and len(holding) == 1:
            return Mention(found.start(1), found.end(1), holding[0], exact=False)
    return None


def misspelt_table(text: str, known: Known, words: Iterable[str]) -> Mention | None:
    """The one word of ``text`` that is almost a table's name and no word of the language itself."""
    names = {_letters(table.name): table.name for table in known.tables}
    ordinary = set(words)
    for found in re.finditer(rf"[A-Za-z][\w$#]{{3,}}|[{HANGUL}]{{3,}}", text, re.ASCII):
        bare = (
            re.sub(rf"({PARTICLES})$", "", found[0].lower()) if re.match(rf"[{HANGUL}]", found[0]) else found[0].lower()
        )
        close = get_close_matches(_letters(bare), names, n=1, cutoff=0.8)
        if close and bare not in ordinary:
            return Mention(found.start(), found.start() + len(bare), names[close[0]], exact=False)
    return None


def _letters(name: str) -> str:
    """Lower case, Korean syllables taken apart: one wrong vowel is one wrong letter."""
    return normalize("NFD", name.lower())


def parted(text: str, known: Known) -> str:
    """평균온도 as 평균 온도, 주문금액 as 주문 금액: what is written together and is no name as it stands."""
    measured = "|".join(word for word in SYNONYMS if word != "값")
    before = "|".join(["평균", "최대", "최소", "최고", "최저", "누적", *BUSINESS])
    names = {name for table in known.tables for name in (table.name, *(column.name for column in table.columns))}
    joined = rf"(?<![{HANGUL}])({before})({measured})(?=(?:{PARTICLES})?(?![{HANGUL}]))"
    return re.sub(joined, lambda m: m[0] if m[0] in names else f"{m[1]} {m[2]}", text)


def columns_in(text: str, table: KnownTable, *, loosely: bool = True) -> list[Mention]:
    """The columns of ``table`` that ``text`` names; ``loosely`` also by what people call such columns, and misspelt."""
    found = _mentions(text, [(column.name, column.name) for column in table.columns])
    if not loosely:
        return found
    found += _synonyms(text, table, found)
    found += _misspelt(text, table, found)
    return sorted(found, key=lambda mention: mention.start)


def tables_with(text: str, known: Known) -> list[KnownTable]:
    """The tables that have all the columns which ``text`` names; none when it names no column."""
    named = {mention.name for table in known.tables for mention in columns_in(text, table, loosely=False)}
    return [t for t in known.tables if named and named <= {column.name for column in t.columns}] if named else []


def _mentions(text: str, names: Sequence[tuple[str, str]]) -> list[Mention]:
    taken: list[Mention] = []
    for spelt, name in sorted(names, key=lambda pair: -len(pair[0])):
        for found in _pattern(spelt).finditer(text):
            start, end = found.start(1), found.end(1)
            if all(end <= other.start or start >= other.end for other in taken):
                taken.append(Mention(start, end, name))
    return sorted(taken, key=lambda mention: mention.start)


def _pattern(name: str, ending: str = "") -> re.Pattern[str]:
    """The name on its own or with a particle behind it; "_" may be a space, an English plural may come or go.

    ``ending`` may stand behind a Korean one and belongs to it.
    """
    body = re.escape(name).replace("_", r"[_ ]?").replace(r"\ ", r"\s+")
    if re.fullmatch(rf"[{HANGUL}]{{4,}}", name):  # 설비점검 is often written as 설비 점검
        body = r"\s?".join(name)
    if re.search(rf"[{HANGUL}]$", name):
        body += ending
        after = rf"(?=(?:테이블|데이터)?(?:{PARTICLES})?(?![\w가-힣]))"
    else:
        plural = "(?:es|s)?" if re.search(r"[A-Za-z]$", name) and len(name) > 2 else ""
        if re.search(r"[^aeiouAEIOU][yY]$", name):
            body, plural = f"{body[:-1]}(?:y|ies)", ""
        body = (body[:-1] + "s?" if len(name) > 3 and name[-1] in "sS" else body) + plural
        after = r"(?![A-Za-z0-9_$#])"
    return re.compile(rf"(?<![A-Za-z0-9_$#{HANGUL}])({body}){after}", re.I)


def _synonyms(text: str, table: KnownTable, taken: Sequence[Mention]) -> list[Mention]:
    found = []
    for word, parts in SYNONYMS.items():
        fitting = [column for column in table.columns if set(re.split(r"[_\W]", column.name.upper())) & set(parts)]
        free = [column for column in fitting if all(mention.name != column.name for mention in taken)]
        if len(fitting) == 1 and free:
            places = [
                m
                for m in _pattern(word, "(?:명|이름)?").finditer(text)
                if all(m.end() <= t.start or m.start() >= t.end for t in taken)
            ]
            found += [Mention(place.start(1), place.end(1), free[0].name, exact=False) for place in places[:1]]
    return found


def _misspelt(text: str, table: KnownTable, taken: Sequence[Mention]) -> list[Mention]:
    names = {column.name.lower(): column.name for column in table.columns if len(column.name) > 4}
    found = []
    for word in re.finditer(r"(?<![\w])[A-Za-z][A-Za-z0-9_$#]{4,}(?![A-Za-z0-9_])", text):
        if any(word.start() < mention.end and word.end() > mention.start for mention in taken):
            continue
        close = get_close_matches(word[0].lower(), names, n=1, cutoff=0.84)
        if close:
            found.append(Mention(word.start(), word.end(), names[close[0]], exact=False))
    return found
