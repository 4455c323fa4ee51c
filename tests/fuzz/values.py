"""Values of parameters and members: those that make sense where they are, and those that a stranger would try."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from hypothesis import strategies as st

from harlake.analysis.comparison_options import CHANGES, KEYS, SUBJECTS
from harlake.export.forms import FORMS
from harlake.har.resource_types import RESOURCE_TYPES
from harlake.har.url_folding import FOLDS
from harlake.query.columns import COLUMNS
from harlake.query.row_window import FIELDS
from tests.fuzz.queries import queries
from tests.support.documents import json_values
from tests.support.hars import UNKNOWN_ID

#: Texts that break what does not expect them. Surrogates stand for bytes and escapes that are no characters.
HOSTILE: Final = (
    *("", " ", "\0", "a\0b", "\n", "\r\n", "\r\nX-Evil: 1", "\t", "\x1b[2J", "\x7f", "\x85", "\u2028", "\ufeff"),
    *("\u202e", "'", '"', "\\", "`", "$(id)", "${HOME}", "%", "%00", "%zz", "%u0041", "%ud800", "%ff", "%252e", "+"),
    *("&", "#", ";", "../../etc/passwd", "..%2f..%2fetc", "/etc/passwd", "C:\\", "~", ".", "..", "//"),
    *("file:///etc/passwd", "[", "]:", "\ud800", "\udcff", "\udc80\ud800", "😀", "é", "İ", "ß", "ſ", "\u0301" * 30),
    *("a" * 1_025, "é" * 2_049, "a" * 20_000, "0", "-0", "-1", "1e999", "-1e999", "NaN", "Infinity", "1_000", "٣"),
    *("0x10", "1e3", ".5", "9" * 400, "00", "1.0", str(2**31), str(2**32), str(2**53 + 1), str(2**63)),
    *(str(-(2**63) - 1), str(2**64), str(10**30), "true", "TRUE", "false", "null", "None", "undefined", "[]", "{}"),
    *("[[", '{"a":', "NaN", "!", "!!", ",", "," * 300, "*", "*a" * 30 + "*b", "**", "?", "(a+)+$", "(", "[", "(?i"),
    *("a{1000}{1000}", "\\C", "(?P<a>", "\\p{Greek}", "|" * 99, "' OR 1=1 --", "; DROP TABLE entries", "=1+1", "-2+3"),
    *("@SUM(1)", "1;2", "0001-01-01", "9999-12-31T23:59:60Z", "2026-01-31T12:00:00+23:59", "-271821-04-20"),
    *("10000-01-01", "2026-W05", "20260131T120000", "24:00"),
)

#: Seeds of :class:`random.Random`, for choices of which there are many: Hypothesis takes its time for each.
seeds: Final = st.binary(min_size=8, max_size=8)


def mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any], of: int = 6) -> st.SearchStrategy[Any]:
    """Return values of which one in so many is odd; ``one_of`` takes a strategy once, however often it is given."""
    return st.sampled_from([usual] * (of - 1) + [odd]).flatmap(lambda chosen: chosen)


hostile: Final = mostly(
    st.sampled_from(HOSTILE), st.text(max_size=20) | st.text(st.characters(codec=None), max_size=5), 3
)

_ids = st.sampled_from([f"@{kind}{number}@" for kind in ("session", "entry", "capture") for number in range(8)])


def _named(kind: str) -> st.SearchStrategy[str]:
    """Return names of what there is, and now and then something that is none."""
    usual = st.integers(0, 40).map(lambda number: f"@{kind}{number}@")
    odd = st.sampled_from([UNKNOWN_ID, UNKNOWN_ID.upper(), f"{{{UNKNOWN_ID}}}", UNKNOWN_ID.replace("-", ""), "x"])
    return mostly(usual, odd | _ids, 15)


def _words(*words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words)


def _joined(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return one or several values, some of them negated."""
    return st.lists(st.tuples(st.sampled_from(["", "", "!"]), words).map("".join), min_size=1, max_size=3).map(",".join)


def _cursor(members: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")


_numbers = st.integers(-(2**70), 2**70) | st.floats()
_forged_cursors = st.one_of(
    _named("entry"),
    st.tuples(
        st.sampled_from([*COLUMNS, "x", ""]) | json_values,
        st.booleans() | json_values,
        _numbers | json_values,
        st.integers(0, 9).map(lambda number: UNKNOWN_ID[:-1] + str(number)) | json_values,
        _numbers | json_values,
    ).map(lambda members: _cursor(list(members))),
    json_values.map(lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode()),
)
_cursors = mostly(st.integers(0, 40).map(lambda number: f"@cursor{number}@"), _forged_cursors, 3)
_times = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"), st.dates().map(lambda day: day.isoformat())
)
_sizes = st.integers(0, 10**7).map(str) | _words("0", "20kB", "5MB", "1GB", "999999999999999", "1M")
_truth = _words("true", "false")
_globs = _words("*", "*.test", "127.0.0.1*", "http://*", "/*", "*a*b*", "image/*", "*/json", "localhost", "example.com")
_patterns = _words("a", "^http", "/api/v[0-9]+/", "(a|b)+", ".*", "[0-9]{50}", "\\.js$", "(?i)ECHO", "\\d", "\\b")
_short_ids = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from(["", ":", ":0", ":17", ":99999999999"])).map(
    lambda parts: f"{parts[0]:08x}{parts[1]}"
)
_texts = _words("a", "http", "echo", "127.0.0.1", "é", "script", "<p>", "\\u00e9", '"', "0") | st.text(max_size=8)
_session_names = _words("Checkout", "a/b", "ß😀", "x" * 1_024, " spaced ", "con", "=cmd()") | st.text(max_size=12)

_FILTERS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "method": _joined(_words("GET", "post", "OPTIONS", "PROPFIND")),
    "status": _joined(_words("404", "2xx", "5XX", "400-499", "0", "999")),
    **dict.fromkeys(("host", "path", "url", "mime"), _joined(_globs)),
    **dict.fromkeys(("url~", "url_regex"), _patterns),
    "q": _texts,
    "type": _joined(st.sampled_from(sorted(RESOURCE_TYPES))),
    "page": _joined(st.integers(0, 9).map(lambda number: f"@page{number}@")),
    **dict.fromkeys(("from", "to"), _times),
    **dict.fromkeys(("min_time", "max_time"), st.floats(0, 1e6).map(str)),
    **dict.fromkeys(("min_size", "max_size"), _sizes),
    **dict.fromkeys(("error", "has_body"), _truth),
}
_filters = st.sampled_from(sorted(_FILTERS)).flatmap(
    lambda name: st.tuples(st.just(name), _FILTERS[name] | st.lists(_FILTERS[name], max_size=3))
)

_amounts = mostly(st.integers(0, 10**6) | st.floats(0, 1e9), _words("300kB", "1.5s", "10%", "x", ""))
_rules = st.one_of(
    st.fixed_dictionaries(
        {
            "metric": _words("requests", "hosts", "transferBytes", "time.p90", "wait.mean", "onLoad", "x.max"),
            "max": _amounts,
        },
        optional={
            "where": st.lists(_filters, max_size=2).map(dict),
            "thirdParty": st.booleans(),
            **dict.fromkeys(("min", "maxIncrease"), _amounts),
            **dict.fromkeys(("notWorse", "optional"), st.booleans()),
        },
    ),
    st.fixed_dictionaries({"forbid": st.lists(_filters, max_size=2).map(dict)}),
    st.fixed_dictionaries({"requireHeaders": st.lists(_words("etag", "cache-control: no", ":"), max_size=2)}),
)
_limits = st.lists(
    st.fixed_dictionaries({"resourceType": _words("script", "total", "third-party", "x"), "budget": st.floats(0, 1e6)}),
    max_size=2,
)
_budgets = st.one_of(
    st.fixed_dictionaries(
        {"rules": st.lists(_rules, min_size=1, max_size=3)}, optional={"firstParty": st.lists(_globs, max_size=2)}
    ),
    st.lists(
        st.fixed_dictionaries({"path": _globs}, optional={"resourceSizes": _limits, "resourceCounts": _limits}),
        min_size=1,
        max_size=2,
    ),
)

_orders = st.tuples(st.sampled_from(["", "-"]), st.sampled_from(sorted(COLUMNS))).map("".join)

_own_texts = st.lists(_words("sid", "x-a", "a.test") | st.sampled_from(HOSTILE), max_size=3)
_expressions = st.lists(_words("a.*t", r"/a/(\w+)", "(", "(?=a)", "a{9}") | st.sampled_from(HOSTILE), max_size=3)
#: Of redactions.
_configurations = st.fixed_dictionaries(
    {},
    optional={
        "level": _words("secrets", "strict", "all"),
        "key": _words("k" * 32, "short"),
        "paths": _expressions,
        "patterns": _expressions,
        **dict.fromkeys(
            ("names", "headers", "values"),
            st.fixed_dictionaries({}, optional={"redact": _own_texts, "keep": _own_texts}),
        ),
    },
)
#: By the names of parameters and of members of JSON bodies. A name of the API that is not here makes the run fail.
PLAUSIBLE: Final[dict[str, st.SearchStrategy[Any]]] = {
    **dict.fromkeys(("session", "session_id", "sessionId", "a", "b"), _named("session")),
    "entry_id": mostly(_named("entry"), _short_ids),
    "capture_id": _named("capture"),
    "import_id": _named("capture"),
    "upload_id": _named("upload"),
    "token": _words("@token0@", "harlake_" + "0" * 64, "harlake_", "x"),
    "body": _words("response", "request"),
    "number": mostly(st.just("0"), _words("1", "99"), 3),
    "sha256": _named("digest") | _words("0" * 64, "F" * 64),
    "sessions": mostly(st.lists(_named("session"), min_size=1, max_size=3), st.just([])),
    "baseline": st.lists(_named("session"), max_size=3),
    "budget": _budgets,
    "notWorse": _truth,
    "entryIds": st.lists(_named("entry"), max_size=5),
    **dict.fromkeys(("name", "sessionName", "session_name"), _session_names),
    "sql": queries,
    "limit": st.integers(1, 1_000).map(str),
    "start": mostly(st.integers(0, 100), st.integers(0, 2**64)).map(str),
    "fields": st.lists(st.sampled_from(FIELDS), min_size=1, max_size=5).map(",".join),
    **dict.fromkeys(("bins", "blocks"), st.integers(1, 10_000).map(str)),
    "cursor": _cursors,
    "sort": _orders,
    **_FILTERS,
    "filter": st.lists(_filters, max_size=3).map(dict),
    **dict.fromkeys(("fill", "csv_raw", "csvRaw", "case", "folded", "salvage", "dry_run", "dryRun"), _truth),
    "format": _words(*FORMS, "json", "arrow", "curl", "fetch", "python", "powershell"),
    "content": _words("attach", "embed"),
    "order": _words("stored", "time"),
    "redact": mostly(_words("secrets", "personal", "strict", "all"), _configurations.map(json.dumps), 3),
    "bodies": _words("none", "text", "max:100", "max:1kB", "max:0", "true", "false"),
    **dict.fromkeys(("max_part", "maxPart"), _words("1MB", "1000000", "500MB", "999999")),
    **dict.fromkeys(("size_ratio", "time_ratio", "count_ratio"), st.floats(1, 1e9).map(str)),
    **dict.fromkeys(("min_ms", "min_bytes", "min_count"), st.floats(0, 1e9).map(str)),
    "fold": _joined(_words("all", "none", *FOLDS)),
    "key": _joined(_words("url", "query:q", *KEYS)),
    "ignore": _joined(_globs | _words(*KEYS, *CHANGES, *SUBJECTS)),
    "map_host": _joined(_words("a.test=b.test", "*.a.test=*.b.test", "127.0.0.1:1=x", "=", "a=", "*=*")),
}


@cache
def value_of(name: str) -> st.SearchStrategy[Any]:
    """Return values of a parameter: more that make sense than others."""
    return mostly(PLAUSIBLE[name], hostile, 12)


def percent_encoded(text: str, safe: str = "@") -> str:
    """Return a text as a part of a URL, surrogates as the bytes that UTF-8 forbids."""
    return quote(text.encode("utf-8", "surrogatepass"), safe=safe)
