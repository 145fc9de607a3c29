"""What SQL of users may hold, judged on the parsed statement: tables, functions by a list of the allowed, growth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.errors import SqlRefused
from app.query.functions import COLLECTORS, COUNTED, GROWING, PATTERNS, PLAIN, TABLE_FUNCTIONS
from app.query.patterns import repeated
from app.query.tokens import comparisons, longest_name
from app.query.unfolding import Tables, Unfolding
from app.schemas.names import folded

MOST_DISTINCT = 50  # aggregates over DISTINCT: each keeps a table of its own
MOST_TEXT, MOST_NESTED, MOST_JOINED, MOST_SELECTS, MOST_PARTS = 20_000, 60, 30, 100, 20
MOST_GROWTH = 10_000  # how many times longer than a cell a value may get
MOST_WRITTEN = 20_000  # expressions, with everything written out as it is when it is bound
MOST_COLUMNS = 20_000  # of all its SELECTs together
MOST_TABLES = 1000  # tables, with every WITH written out where it is used
MOST_COMPARED = 3000  # words that CASE x WHEN … may become in the parser
MOST_REPEATED = 100  # states of a regular expression: each character of a text may cost them all, uninterrupted
MOST_COUNT = 10_000  # characters or elements made out of nothing
SYSTEM = re.compile(r"duckdb_|pg_|sqlite_|pragma_|information_schema|_sync|system|temp", re.I)
Node = dict[str, Any]


def refuse(reason: str) -> SqlRefused:
    return SqlRefused([{"field": "sql", "message": reason}], reason=reason)


def check_text(text: str) -> None:
    """What is wrong before parsing: length, NUL, nesting that would take the parser's stack."""
    if len(text) > MOST_TEXT:
        raise refuse(f"it is longer than {MOST_TEXT} characters")
    if re.search("[\0\ud800-\udfff]", text):
        raise refuse("it holds a character that is no text, such as NUL")
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if deepest > MOST_NESTED:
        raise refuse(f"it nests deeper than {MOST_NESTED} brackets")
    if len(re.findall(r"\b(?:not|case)\b", text, re.I)) > 200:
        raise refuse("it has more than 200 NOT or CASE")


def check_words(words: list[bytes]) -> None:
    """What takes the parser itself too long; nothing stops it, and others wait for it."""
    if longest_name(words) > MOST_PARTS:
        raise refuse(f"a name has more than {MOST_PARTS} parts")
    if comparisons(words) > MOST_COMPARED:
        raise refuse(f"it has more than {MOST_COMPARED} words of CASE, written out")


def check_tree(tree: Node, tables: Tables) -> None:
    """Refuse the statement (DuckDB's ``json_serialize_sql``) that reads or calls what is not allowed.

    ``tables(catalog, schema, name)``: the columns of a table that people may read, else 0. Raises SqlRefused.
    """
    nodes = list(_walk(tree))
    ctes = {folded(entry["key"]) for node in nodes for entry in node.get("cte_map", {}).get("map", [])}
    for name in ctes:
        if SYSTEM.match(name) or not re.fullmatch(r"[^./\\:*?\[\]{}'\"]{1,100}", name):
            raise refuse(f"a WITH name cannot be {name}")
    for node in nodes:
        _check_node(node, ctes, tables)
    _check_shape(nodes)
    _check_unfolding(nodes, tables)
    _check_collectors(tree, selects=0, inside=False)
    _check_growth(nodes)


def _walk(node: Any) -> Iterator[Node]:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack += item.values()
        elif isinstance(item, list):
            stack += item


def _check_node(node: Node, ctes: set[str], tables: Tables) -> None:
    kind = node.get("type")
    if kind == "BASE_TABLE":
        catalog, schema, name = node["catalog_name"], node["schema_name"], node["table_name"]
        if not (not catalog and not schema and folded(name) in ctes) and not tables(catalog, schema, name):
            raise refuse(f"there is no table named {'.'.join(filter(None, [catalog, schema, name]))} to read")
    elif kind == "TABLE_FUNCTION":
        name = folded(node["function"].get("function_name", ""))
        if name not in TABLE_FUNCTIONS:
            raise refuse(f"the table function {name} is not available")
    elif kind == "SHOW_REF" and node.get("show_type") not in ("DESCRIBE", "SUMMARY"):
        raise refuse("SHOW is not available; DESCRIBE and SUMMARIZE of a table are")
    elif kind in ("VALUE_PARAMETER", "PARAMETER") or node.get("class") == "PARAMETER":
        raise refuse("it has a parameter without a value")
    elif node.get("class") in ("FUNCTION", "WINDOW"):
        _check_function(node)


def _check_function(node: Node) -> None:
    name = folded(node["function_name"])
    if node.get("catalog") not in ("", None, "system") or node.get("schema") not in ("", None, "main", "pg_catalog"):
        raise refuse(f"the function {name} is not available")
    known = PLAIN | GROWING | COUNTED.keys() | PATTERNS.keys() | COLLECTORS | TABLE_FUNCTIONS
    if name not in known:
        raise refuse(f"the function {name} is not available")
    if name in PATTERNS:
        _check_pattern(name, _argument(node, PATTERNS[name]))
    if name in ("format", "printf") and not _plain_format(_argument(node, 0)):
        raise refuse(f"the format of {name} must be written out, without widths over 999")


def _check_pattern(name: str, pattern: Node) -> None:
    if not _literal(pattern):
        raise refuse(f"the pattern of {name} must be written out as text")
    if repeated(str(pattern["value"]["value"])) > MOST_REPEATED:
        raise refuse(f"the pattern of {name} repeats its parts more than {MOST_REPEATED} times, written out")


def _check_shape(nodes: list[Node]) -> None:
    """Statements whose planning alone would take minutes."""
    selects = [node for node in nodes if node.get("type") == "SELECT_NODE"]
    joins = sum(node.get("type") == "JOIN" for node in nodes)
    if len(selects) > MOST_SELECTS:
        raise refuse(f"it has more than {MOST_SELECTS} SELECTs")
    if joins > MOST_JOINED:
        raise refuse(f"it joins more than {MOST_JOINED} tables")
    if sum(node.get("distinct") is True for node in nodes if node.get("class") == "FUNCTION") > MOST_DISTINCT:
        raise refuse(f"it has more than {MOST_DISTINCT} aggregates over DISTINCT")


def _check_unfolding(nodes: list[Node], tables: Tables) -> None:
    """An alias that uses an alias, a WITH table that uses a WITH table: binding writes them out, two by two by two."""
    if _unfolded_tables(nodes) > MOST_TABLES:
        raise refuse("its WITH tables use each other too often")
    unfolding = Unfolding(nodes[0], tables)
    if unfolding.columns > MOST_COLUMNS:
        raise refuse(f"its columns multiply: more than {MOST_COLUMNS} in all its SELECTs")
    if unfolding.written > MOST_WRITTEN:
        raise refuse(f"its columns use each other too often: more than {MOST_WRITTEN} expressions, written out")
    if unfolding.longer > MOST_GROWTH:
        raise refuse("its values could grow without bound: encodings multiply")


def _unfolded_tables(nodes: list[Node]) -> int:
    """How many tables the statement reads with every WITH written out where it is used."""
    entries = [entry for node in nodes for entry in node.get("cte_map", {}).get("map", [])]
    used: dict[str, list[str]] = {}
    for entry in entries:
        used.setdefault(folded(entry["key"]), []).extend(_tables_used(node for node in _walk(entry["value"])))
    sizes: dict[str, int] = {}

    def size(name: str) -> int:
        if name not in sizes:
            sizes[name] = 1  # while it is counted: a recursive one uses itself
            sizes[name] += sum(size(other) for other in used.get(name, []))
        return sizes[name]

    return sum(size(name) for name in _tables_used(nodes))


def _tables_used(nodes: Iterable[Node]) -> list[str]:
    return [folded(node["table_name"]) for node in nodes if node.get("type") == "BASE_TABLE"]


def _check_collectors(node: Any, *, selects: int, inside: bool) -> None:
    """Text and lists collected from many rows may be huge: only as a result column, never as another's input."""
    if isinstance(node, list):
        for child in node:
            _check_collectors(child, selects=selects, inside=inside)
        return
    if not isinstance(node, dict):
        return
    is_function = node.get("class") in ("FUNCTION", "OPERATOR", "WINDOW", "COMPARISON", "BETWEEN", "CASE", "LAMBDA")
    name = folded(node["function_name"]) if node.get("class") in ("FUNCTION", "WINDOW") else ""
    if name in COLLECTORS and (selects > 1 or inside or node["class"] == "WINDOW"):
        raise refuse(f"{name} may stand only as a column of the outermost SELECT, outside other functions")
    deeper = selects + (node.get("type") in ("SELECT_NODE", "SHOW_REF", "PIVOT"))
    for child in node.values():
        _check_collectors(child, selects=deeper, inside=inside or is_function)


def _check_growth(nodes: list[Node]) -> None:
    """The product of all that lengthens a value: repeat by its count, a || b by its parts, [a, b] by its items."""
    recursive = any(node.get("type") == "RECURSIVE_CTE_NODE" for node in nodes)
    inner = {id(child) for node in nodes if _concat(node) for child in node["children"] if _concat(child)}
    inner |= {id(node["function"]) for node in nodes if node.get("type") == "TABLE_FUNCTION"}  # these stream
    growth = _searching(nodes)
    for node in nodes:
        if node.get("class") == "FUNCTION" and id(node) not in inner:
            factor = _factor(node)
            if factor > 1 and recursive:
                raise refuse(f"{node['function_name']} lengthens values, which a recursive query may not")
            growth *= factor
        if growth > MOST_GROWTH:
            raise refuse("its values could grow without bound: repeat, ||, lists and replacements multiply")


def _searching(nodes: list[Node]) -> int:
    """What repeating patterns cost on the statement's own texts, as if they were longer; 1 without both."""
    calls = [node for node in nodes if node.get("class") == "FUNCTION"]
    patterns = [
        _argument(node, PATTERNS[name]) for node in calls if (name := folded(node["function_name"])) in PATTERNS
    ]
    states = max((repeated(str(pattern["value"]["value"])) for pattern in patterns), default=0)
    own = {id(pattern) for pattern in patterns}
    texts = [node["value"]["value"] for node in nodes if id(node) not in own and _literal(node)]
    longest = max((len(text) for text in texts if isinstance(text, str)), default=0)
    return max(1, states) * max(1, longest // 20) if states > 1 else 1


def _factor(node: Node) -> int:
    name = folded(node["function_name"])
    if name in COUNTED:
        return _count(node, name)
    if name in GROWING:
        if name in ("replace", "regexp_replace", "translate"):
            new = _argument(node, 2)
            return max(1, len(str(new["value"]["value"]))) if _literal(new) else 1000
        return max(1, sum(1 for leaf in _leaves(node) if leaf.get("class") != "CONSTANT"))
    return 1


def _count(node: Node, name: str) -> int:
    """The literal count of repeat and its like."""
    position = COUNTED[name]
    arguments = node["children"] if position is None else [_argument(node, position)]
    counts = [_integer(argument) for argument in arguments]
    if None in counts:
        hint = f": FROM {name}(…) takes any" if name in TABLE_FUNCTIONS else ""
        raise refuse(f"the count of {name} must be written out as a whole number{hint}")
    most = max(abs(count or 0) for count in counts)
    if most > MOST_COUNT:
        raise refuse(f"the count of {name} must be at most {MOST_COUNT}")
    return max(1, most)


def _leaves(node: Node) -> Iterator[Node]:
    for child in node["children"]:
        if _concat(child):
            yield from _leaves(child)
        else:
            yield child


def _concat(node: Any) -> bool:
    return isinstance(node, dict) and node.get("class") == "FUNCTION" and node["function_name"] in ("||", "concat")


def _argument(node: Node, position: int) -> Node:
    children = node["children"]
    return children[position] if position < len(children) else {}


def _literal(node: Node) -> bool:
    return node.get("class") == "CONSTANT" and node["value"].get("is_null") is not True


def _integer(node: Node) -> int | None:
    if node.get("class") == "FUNCTION" and node["function_name"] == "-" and len(node["children"]) == 1:
        inner = _integer(node["children"][0])
        return None if inner is None else -inner
    value = node["value"].get("value") if _literal(node) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _plain_format(node: Node) -> bool:
    return _literal(node) and not re.search(r"\d{4}|\*|\{[^}]*\{", str(node["value"].get("value")))
