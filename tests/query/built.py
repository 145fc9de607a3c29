"""Hostile statements too long or too regular to be written out in hostile.txt; there they stand by name."""

from collections.abc import Callable


def nested(wrap: Callable[[str], str], inner: str, times: int) -> str:
    for _ in range(times):
        inner = wrap(inner)
    return inner


def listed(times: int, each: str, between: str = ", ") -> str:
    """``each`` with its {i}, {j} = i + 1."""
    return between.join(each.format(i=i, j=i + 1) for i in range(times))


WIDE = f"(SELECT {listed(1400, 'big AS c{i}')} FROM iv)"
BUILT = {
    "@deep-brackets": "SELECT " + "(" * 900 + "1" + ")" * 900,
    "@deep-lists": "SELECT " + "[" * 500 + "1" + "]" * 500,
    "@long-text": f"SELECT '{'x' * 20_000}'",
    "@many-nots": "SELECT " + "NOT " * 3000 + "true",
    "@many-joins": f"SELECT count(*) FROM {listed(40, 'iv t{i}')}",
    "@many-selects": " UNION ALL ".join(["SELECT 1"] * 200),
    "@long-sum": "SELECT " + "+".join(["1"] * 900),
    "@in-list": f"SELECT count(*) FROM iv WHERE big IN ({listed(3500, '{i}')})",
    "@deep-subqueries": "SELECT count(*) FROM iv a0 WHERE "
    + listed(14, "EXISTS (SELECT 1 FROM iv a{j} WHERE a{j}.big = a{i}.big AND", " ") + " true" + ")" * 14,
    "@many-dots": "SELECT iv" + ".a" * 9_900 + " FROM iv",
    "@many-dots-between-comments": "SELECT iv" + "/**/.a" * 3_000 + " FROM iv",
    "@aliases": f"SELECT 1 AS a0, {listed(60, 'a{i} + a{i} AS a{j}')}",
    "@aliases-in-a-subquery": "SELECT a60 FROM (SELECT small AS a0, "
    + listed(60, "CASE WHEN a{i} > 1 THEN a{i} ELSE a{i} END AS a{j}") + " FROM iv)",
    "@aliases-of-one": f"SELECT small AS a0, {listed(9, 'a{i} + a{i} AS a{j}')}, {listed(1500, 'a9+1')} FROM iv",
    "@with-tables": "WITH a0 AS NOT MATERIALIZED (SELECT 1 AS x), "
    + listed(40, "a{j} AS NOT MATERIALIZED (FROM a{i} UNION ALL FROM a{i})") + " FROM a40",
    "@with-joins": f"WITH a0 AS (SELECT 1 x), {listed(15, 'a{j} AS (SELECT * FROM a{i} b, a{i} c)')} SELECT * FROM a15",
    "@hexes": "SELECT " + "hex(" * 55 + "repeat('a', 1000)" + ")" * 55,
    "@hexes-of-aliases": f"SELECT FACTORY AS x0, {listed(26, 'hex(x{i}) AS x{j}')} FROM iv",
    "@hexes-of-with-tables": "WITH a0 AS (SELECT FACTORY x FROM iv), "
    + listed(26, "a{j} AS (SELECT hex(x) x FROM a{i})") + " SELECT length(x) FROM a26",
    "@base64s": "SELECT " + "to_base64(" * 55 + "encode(FACTORY)" + ")" * 55 + " FROM iv",
    "@bits": "SELECT length(FACTORY" + "::BLOB::BIT::VARCHAR" * 8 + ") FROM iv",
    "@lists-as-text": f"SELECT length({nested('[{}]::VARCHAR'.format, 'FACTORY', 24)}) FROM iv",
    "@lists-as-json": f"SELECT length({nested('[{}]::JSON::VARCHAR'.format, 'FACTORY', 24)}) FROM iv",
    "@rows-as-text": nested("SELECT q::VARCHAR AS a FROM ({}) q".format, "SELECT '''' AS a", 25),
    "@rows-in-rows": nested("SELECT q AS a, q AS b FROM ({}) q".format, "SELECT 1 AS a", 20),
    "@distincts": f"SELECT {listed(800, 'count(DISTINCT big + {i})')} FROM iv",
    "@unions": " UNION ".join(["SELECT a.big FROM iv a, iv b"] * 20),
    "@spaces-in-a-text": "SELECT ';" + " " * 19_900 + "x'",
    "@spaces-before-explain": " " * 60 + "EXPLAIN/**/SELECT 1",
    "@comments-before-explain": "/**/" * 4000 + "EXPLAIN/**/SELECT 1",
    "@cases-of-cases": f"SELECT {nested('CASE {} WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 3 END'.format, 'small', 12)}",
    "@cases-of-names": f"SELECT {nested('CASE (SELECT {} AS end) WHEN 1 THEN 1 WHEN 2 THEN 2 END'.format, '1', 14)}",
    "@nullifs": f"SELECT {nested('nullif({}, 1)'.format, 'small', 29)} FROM iv",
    "@split-parts": f"SELECT {nested('split_part({}, chr(97), 1)'.format, 'FACTORY', 20)} FROM iv",
    "@fmods": f"SELECT {nested('fmod({}, 2)'.format, 'small', 24)} FROM iv",
    "@columns-of-columns": nested("SELECT upper(COLUMNS(*)), lower(COLUMNS(*)) FROM ({})".format, "FROM iv", 17),
    "@columns-joined": nested("SELECT concat(*COLUMNS(*)) a, concat(*COLUMNS(*)) b FROM ({})".format, "FROM iv", 26),
    "@columns-in-where": f"SELECT 1 FROM {WIDE} WHERE {listed(60, 'COLUMNS(*) > {i}', ' OR ')}",
    "@wide-stars": f"SELECT {listed(60, '*')} FROM {WIDE}",
    "@pushed-down": "SELECT * FROM ("
    + nested("SELECT a + a AS a FROM ({})".format, "SELECT small a FROM iv", 28) + ") WHERE a > 3",
    "@pushed-down-wide": "SELECT * FROM ("
    + nested("SELECT greatest(a, a, a, a) AS a FROM ({})".format, "SELECT small a FROM iv", 12) + ") WHERE a > 3",
    "@pushed-down-renamed": "SELECT * FROM ("
    + nested("SELECT x+x FROM ({}) AS q(x)".format, "SELECT small FROM iv", 28) + ") AS q(y) WHERE y > 3",
    "@pushed-down-by-place": "SELECT * FROM ("
    + nested("SELECT greatest(#1, #1, #1, #1) AS a FROM ({})".format, "SELECT small a FROM iv", 12) + ") WHERE a > 3",
    "@pushed-down-replaced": "SELECT * FROM ("
    + nested("SELECT * REPLACE (greatest(a, a, a, a) AS a) FROM ({})".format, "SELECT small a FROM iv", 12)
    + ") WHERE a > 3",
    "@pushed-down-lateral": "SELECT * FROM ("
    + nested("SELECT b a FROM ({}) q, LATERAL (SELECT greatest(q.a, q.a, q.a) b)".format, "SELECT small a FROM iv", 14)
    + ") WHERE a > 3",
    "@ins-of-ins": f"SELECT {nested('({} IN (1, 2, small))::INT'.format, 'small', 28)} FROM iv",
    "@case-of-a-long-sum": f"SELECT CASE {'+'.join(['small'] * 200)} {listed(800, 'WHEN {i} THEN 1', ' ')} END FROM iv",
    "@pivot": "FROM (PIVOT iv ON small IN (1,2,3,4,5,6,7,8), nt IN (1,2,3,4,5,6,7,8), big IN (1,2,3,4,5,6,7,8),"
    " v IN (1,2,3,4,5,6,7,8), FACTORY IN (1,2,3,4,5,6,7,8) USING count(*))",
    "@types-in-types": "SELECT NULL::INT" + "[]" * 3000,
    "@casts": "SELECT 1" + "::INT" * 2500,
    "@methods": "SELECT FACTORY" + ".lower()" * 2200 + " FROM iv",
    "@indexes": "SELECT FACTORY" + "[1]" * 6000 + " FROM iv",
    "@zones": "SELECT ts" + " AT TIME ZONE 'UTC'" * 900 + " FROM iv",
    "@cube": f"SELECT count(*) FROM iv GROUP BY CUBE({listed(20, 'big + {i}')})",
    "@cubes": f"SELECT count(*) FROM iv GROUP BY {listed(4, 'CUBE(big + {i}, small, nt, v, ts, tz, FACTORY)')}",
    "@names-alike": "SELECT " + ",".join(["small"] * 1990) + " FROM iv",
    "@columns-1900": f"SELECT {listed(1900, 'big+{i}', ',')} FROM iv",
    "@columns-2001": f"SELECT {listed(2001, '{i}', ',')}",
    "@expressions": "SELECT " + ",".join(["big+small*2-1"] * 1250) + " FROM iv",
    "@windows": f"SELECT {listed(500, 'sum(big) OVER (ORDER BY big+{i})')} FROM iv",
    "@clique": f"SELECT count(*) FROM {listed(30, 'iv a{i}')} WHERE "
    + " AND ".join(f"a{i}.big = a{j}.big" for i in range(30) for j in range(i)),
    "@full-joins": "SELECT count(*) FROM iv " + listed(29, "FULL JOIN iv a{i} USING (big)", " "),
    "@ors-of-ands": f"SELECT count(*) FROM iv WHERE {listed(450, '(big={i} AND small={j})', ' OR ')}",
    "@ands-of-ors": f"SELECT count(*) FROM iv WHERE {listed(450, '(big={i} OR small={j})', ' AND ')}",
    "@a-pattern-on-a-long-text": "SELECT count(*) FROM iv WHERE "
    f"regexp_matches(FACTORY || '{'ab' * 7000}', '[ab]{{1,90}}c')",
    "@many-optional-parts": f"SELECT count(*) FROM iv WHERE regexp_matches(FACTORY, '{'[ab]?' * 300}c')",
    "@surrogate": "SELECT '\ud800'",
}  # fmt: skip
