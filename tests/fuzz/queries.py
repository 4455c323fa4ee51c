"""Queries in SQL: of what is allowed, with types that fit or at random, and damaged now and then."""

from __future__ import annotations

import re
from typing import Final

from hypothesis import strategies as st

from harlake.query.sql_functions import AGGREGATES, FUNCTIONS, TABLE_FUNCTIONS, WINDOW_FUNCTIONS
from harlake.query.sql_views import VIEW_COLUMNS

_Text = st.SearchStrategy[str]

_FUNCTIONS: Final = sorted(name for group in FUNCTIONS for name in group.names if name.isidentifier())
_AGGREGATES: Final = sorted(name for group in AGGREGATES for name in group.names)
_WINDOW: Final = sorted(name for group in WINDOW_FUNCTIONS for name in group.names)
_TABLE_FUNCTIONS: Final = sorted(name for group in TABLE_FUNCTIONS for name in group.names)
_COLUMNS: Final = sorted({name for texts in VIEW_COLUMNS.values() for text in texts for name in text.split()})
_OPERATORS: Final = (
    *("+", "-", "*", "/", "//", "%", "**", "||", "=", "<>", "<", ">=", "AND", "OR", "LIKE", "ILIKE", "NOT LIKE", "IN"),
    *("IS DISTINCT FROM", "&", "|", "<<", ">>", "->>", "^@", "&&", "@>", "~~"),
)
_LITERALS: Final = (
    *(
        "1",
        "0",
        "-1",
        "2",
        "NULL",
        "true",
        "1e308",
        "9223372036854775807",
        "0.1",
        "''",
        "'a'",
        "'%a%'",
        "'é😀'",
        "'{}'",
    ),
    *("'2026-01-31'", "DATE '2026-01-31'", "INTERVAL 1 DAY", "[1, 2, 3]", "{'a': 1}", "[]", "MAP {'a': 1}", "'$.a'"),
    *("'\\x00'::BLOB", "170141183460469231731687303715884105727", "'NaN'::DOUBLE", "current_date", "'(a+)+$'", "*"),
)
_TYPES: Final = ("INTEGER", "VARCHAR", "DOUBLE", "BLOB", "UUID", "DATE", "TIMESTAMP", "JSON", "INTEGER[]", "HUGEINT")

#: What a query must not have; each is to be refused, and none to fail.
_FORBIDDEN: Final = (
    *("read_text('/etc/passwd')", "read_csv('http://127.0.0.1/')", "duckdb_settings()", "current_setting('home')"),
    *("'/etc/passwd'", "catalog.entries", "frames", "getenv('HOME')", "levenshtein(url, url)", "repeat(url, 1000000)"),
    *("information_schema.tables", "sqlite_master", "query('SELECT 1')", "json_serialize_plan('SELECT 1')", "$1", "?"),
)
_JUNK: Final = (
    *(";", "--", "/*", "*/", "'", '"', "(", ")", "[", "]", "{", "}", ",", ".", "::", "$$", "\\", "\0", "\ud800"),
    *("\u200b", "COPY", "ATTACH", "PRAGMA", "SET", "INSTALL", "CALL", "EXPLAIN", "SAMPLE 10%", "COLLATE de", "OVER ()"),
    *("PIVOT", "e1", "0x", "'a", "(" * 300, "NOT " * 200, "1 + " * 500, "x" * 3_000, "UNION ALL SELECT 1 " * 60),
    "U&'\\0041'",
)


def _called(names: list[str], arguments: _Text, most: int = 3) -> _Text:
    """Return calls with any number of arguments, whatever the function takes."""
    drawn = st.lists(arguments, max_size=most).map(", ".join)
    return st.builds("{}({})".format, st.sampled_from(names), drawn)


# --- with types that fit: most of these run -----------------------------------------------------------------------

_text_leaves: Final = st.sampled_from(
    [
        *(f"e.{name}" for name in VIEW_COLUMNS["entries"][0].split() if name != "media_type"),
        "'a'",
        "''",
        "'é😀'",
        "'%a_'",
    ]
)
_number_leaves: Final = st.sampled_from(
    [
        "e.time_ms",
        "e.status",
        "e.ordinal",
        "e.bytes",
        "e.content_size",
        "e.wait_ms",
        "e.dns_ms",
        "0",
        "1",
        "-1",
        "2.5",
        "NULL",
    ]
)
_TEXT_FUNCTIONS: Final = (
    *("lower", "upper", "trim", "reverse", "md5", "hex", "to_base64", "url_encode", "url_decode", "strip_accents"),
    *("to_json", "regexp_escape", "any_value", "max", "min", "first", "mode", "json_quote", "typeof"),
)
_NUMBER_FUNCTIONS: Final = (
    *("abs", "floor", "sqrt", "ln", "exp", "sign", "sum", "avg", "count", "median", "stddev", "bit_count", "factorial"),
    *("to_seconds", "to_days", "chr", "approx_count_distinct", "kurtosis", "product", "even", "gamma", "cot"),
)
_texts: Final = st.one_of(
    _text_leaves,
    st.builds("{}({})".format, st.sampled_from(_TEXT_FUNCTIONS), _text_leaves),
    st.builds("concat({}, {})".format, _text_leaves, _number_leaves),
    st.builds("substr({}, {}, {})".format, _text_leaves, st.integers(-3, 9), st.integers(0, 2**33)),
    st.builds("replace({}, {}, {})".format, _text_leaves, _text_leaves, st.sampled_from(["''", "'xyz'"])),
    st.builds("{}({}, {}, 'é')".format, st.sampled_from(["lpad", "rpad"]), _text_leaves, st.integers(-1, 3_000)),
    st.builds(
        "regexp_extract({}, {})".format, _text_leaves, st.sampled_from(["'[a-z]+'", "'(a|b)*c'", "'('", "'\\\\'"])
    ),
    st.builds("strftime(e.started_at, {})".format, st.sampled_from(["'%Y-%j'", "'%f%f'", "'%'", "''"])),
    st.builds("printf({}, {})".format, st.sampled_from(["'%d'", "'%s'", "'%99d'", "'{{}}'"]), _number_leaves),
)
_measures: Final = st.one_of(
    _number_leaves,
    st.builds("{}({})".format, st.sampled_from(_NUMBER_FUNCTIONS), _number_leaves),
    st.builds("length({})".format, _texts),
    st.builds(
        "({} {} {})".format, _number_leaves, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), _number_leaves
    ),
    st.builds("quantile_cont({}, {})".format, _number_leaves, st.sampled_from(["0.5", "[0, 1]", "2", "-1"])),
    st.builds("{}() OVER (ORDER BY {})".format, st.sampled_from(["row_number", "rank", "cume_dist"]), _number_leaves),
    st.builds(
        "lag({}, {}) OVER ()".format, _number_leaves, st.sampled_from([1, -1, 10**9, 2**63 - 1, -(2**63), 2**64])
    ),
    st.builds("date_diff({}, e.started_at, now())".format, st.sampled_from(["'day'", "'century'", "'x'"])),
    st.builds("CAST({} AS {})".format, _number_leaves, st.sampled_from(_TYPES)),
)
_conditions: Final = st.one_of(
    st.builds(
        "{} {} {}".format, _number_leaves, st.sampled_from(["=", "<", ">=", "<>", "IS DISTINCT FROM"]), _number_leaves
    ),
    st.builds("{} LIKE {}".format, _text_leaves, st.sampled_from(["'%a%'", "'h_%'", "'%'", "'%a%b%c%'"])),
    st.builds("contains({}, {})".format, _text_leaves, _text_leaves),
    st.builds("{} IN ('GET', {})".format, _text_leaves, _text_leaves),
    st.builds("{} BETWEEN 0 AND 100".format, _number_leaves),
    st.just("e.session IN (SELECT id FROM sessions)"),
)
_JOINS: Final = (
    *("JOIN pages p ON p.capture = e.capture", "LEFT JOIN captures c ON c.id = e.capture", "CROSS JOIN sessions s"),
    *("ASOF JOIN pages p ON e.started_at >= p.started_at", "POSITIONAL JOIN captures c"),
    *("SEMI JOIN entries f USING (url)", ", range(3) r", ", unnest([1, 2]) u"),
)
_ENDS: Final = (
    *("GROUP BY ALL", "ORDER BY ALL", "ORDER BY 1 DESC NULLS LAST", "LIMIT 5", "LIMIT 10%", "LIMIT 5 OFFSET 2"),
    *("GROUP BY 1", "HAVING count(*) > 1", "QUALIFY row_number() OVER () < 3", "USING SAMPLE 3"),
    "WINDOW w AS (ORDER BY 1)",
)
_fitting: Final = st.builds(
    "{}SELECT {}{}, {} FROM {} e {}{}{}".format,
    st.sampled_from(
        ["", "", "", "WITH t AS (FROM entries) ", "WITH t AS NOT MATERIALIZED (SELECT * FROM entries LIMIT 9) "]
    ),
    st.sampled_from(["", "", "DISTINCT "]),
    _texts,
    _measures,
    st.sampled_from(["entries", "entries", "entries", "(FROM entries WHERE status > 0)", "t"]),
    st.sampled_from(["", "", "", "", *_JOINS]),
    st.just("") | _conditions.map(" WHERE {}".format),
    st.sampled_from(["", " GROUP BY ALL", *(f" {end}" for end in _ENDS)]),
)

# --- at random: most of these are refused, each for another reason ------------------------------------------------


def _extended(inner: _Text) -> _Text:
    return st.one_of(
        _called(_FUNCTIONS, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(_OPERATORS), inner),
        st.builds("{}::{}".format, inner, st.sampled_from(_TYPES)),
        st.builds("TRY_CAST({} AS {})".format, inner, st.sampled_from(_TYPES)),
        st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
        st.builds("({} IN ({}, {}))".format, inner, inner, inner),
        st.builds("[x || {} FOR x IN {} IF x IS NOT NULL]".format, inner, inner),
        st.builds("list_transform({}, lambda x: {})".format, inner, inner),
        st.builds("{}[{}:{}]".format, inner, inner, inner),
        st.builds("(SELECT {} FROM entries LIMIT 1)".format, inner),
        _called(_AGGREGATES, inner, 2),
        st.builds("{} OVER (PARTITION BY {} ORDER BY {})".format, _called(_WINDOW, inner, 2), inner, inner),
    )


_expressions: Final = st.recursive(st.sampled_from(_COLUMNS) | st.sampled_from(_LITERALS), _extended, max_leaves=6)
_calls: Final = st.builds("SELECT {} FROM entries e".format, _called(_FUNCTIONS, _text_leaves | _number_leaves))
_WITHS: Final = (
    "WITH t AS MATERIALIZED (FROM pages), u AS (FROM t) ",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 50) ",
    *("WITH RECURSIVE t(n) AS (SELECT 'a' UNION ALL SELECT n || n FROM t) ", "WITH entries AS (SELECT 1 AS url) "),
)
_wild: Final = st.builds(
    "{}SELECT {} FROM {} e {}{}{}".format,
    st.sampled_from(["", "", "", *_WITHS]),
    st.lists(_expressions, min_size=1, max_size=3).map(", ".join),
    st.sampled_from([*VIEW_COLUMNS, "t"]) | _called(_TABLE_FUNCTIONS, _expressions, 2),
    st.sampled_from(["", "", *_JOINS]),
    st.just("") | _expressions.map(" WHERE {}".format),
    st.sampled_from(["", "", "", " UNION SELECT 1", " EXCEPT FROM e", " INTERSECT ALL SELECT 'a', 2"]),
)
_damages: Final = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from(["", *_JUNK, *_FORBIDDEN])), min_size=1, max_size=3
)
_SHORT: Final = (
    *("DESCRIBE entries", "SUMMARIZE pages", "FROM sessions", "VALUES (1, 'a')", "SHOW TABLES", "TABLE entries"),
    *(
        f"SELECT {column} FROM {table}"
        for table in VIEW_COLUMNS
        for column in ("*", "count(*)", "id", "COLUMNS(*)::JSON")
    ),
)


def _damaged(text: str, damages: list[tuple[int, str]]) -> str:
    """Return a query with some of its words replaced, or doubled."""
    words = re.findall(r"\w+|\s+|.", text, re.DOTALL)
    for at, word in damages:
        at %= len(words)
        words[at] = word or f"{words[at]} {words[at]}"
    return "".join(words)


#: Queries, of which about a half runs. Strategies are made once: to make one for each draw takes most of the time.
queries: Final[_Text] = st.sampled_from(
    [*[_fitting] * 4, *[_calls] * 2, _wild, st.builds(_damaged, _fitting, _damages), st.sampled_from(_SHORT)]
).flatmap(lambda chosen: chosen)
