"""The filter vocabulary: each name against an evaluation of the same rows in Python, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import BadRequestError
from harlake.limits import MAX_FILTER_BYTES, MAX_FILTER_VALUES
from harlake.query.conditions import Condition
from harlake.query.filters import Filter, filter_names, parse_filter
from tests.support.folders import Folder, folder_of
from tests.support.hars import har

#: URLs with their hosts and paths.
_URLS: dict[str, tuple[str | None, str | None]] = {
    "http://a.test/": ("a.test", "/"),
    "https://user@A.Test:8443/a_b/100%?q=x": ("a.test", "/a_b/100%"),
    "http://b.test": ("b.test", "/"),
    "wss://api.b.test/a?b/x.js": ("api.b.test", "/a"),
    r"http://b.test/axb/C\d.js#end": ("b.test", "/axb/C/d.js"),
    "data:,x": (None, None),
}
_CHOICES: dict[str, list[Any]] = {
    "url": list(_URLS),
    "method": ["GET", "get", "Post", None],
    "status": [None, -1, 0, 200, 204, 301, 404, 999, 1_000],
    "mime": [None, "text/html", "Image/PNG; a=b", "application/json"],
    "type": ["script", "Image", "xhr"],
    "page": [None, "p", "P", "q,r"],
    "time": [None, -1, 0, 5, 5.5, 1e9],
    "content": [None, -1, 0, 50, 1_000],
    "body": [None, -1, 70],
    "error": [None, "", "net::ERR_ABORTED"],
    "text": [None, "ok"],
    "started": [None, "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+02:00", "2024-01-02T00:00:00.001Z"],
}
_RANDOM = Random(6)
_ENTRIES = [{name: _RANDOM.choice(choices) for name, choices in _CHOICES.items()} for _ in range(120)]

_Entry = dict[str, Any]


def _less_unknown(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _text(entry: _Entry) -> bytes:
    content = _less_unknown({"size": entry["content"], "mimeType": entry["mime"], "text": entry["text"]})
    response = {"status": entry["status"], "content": content, "bodySize": entry["body"], "_error": entry["error"]}
    request = _less_unknown({"url": entry["url"], "method": entry["method"]})
    members = {"startedDateTime": entry["started"], "time": entry["time"], "pageref": entry["page"]}
    members |= {"request": request, "response": _less_unknown(response), "_resourceType": entry["type"]}
    return json.dumps(_less_unknown(members)).encode()


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of entries that have any of the above."""
    with folder_of(har(*map(_text, _ENTRIES))) as folder:
        yield folder


def _glob(text: str | None, pattern: str) -> bool:
    return text is not None and re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def _in_range(number: int, value: str) -> bool:
    low, _, high = value.replace("xx", "00").partition("-")
    return int(low) <= number <= int(high or low) + (99 if "xx" in value else 0)


def _within(entry: _Entry, name: str, value: str) -> bool:
    """Return whether a number or time of an entry is known, and on the right side of a bound."""
    if name in ("from", "to"):
        started = entry["started"] and datetime.fromisoformat(entry["started"])
        bound = datetime.fromisoformat(value)
        bound = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
        return started is not None and (started >= bound if name == "from" else started < bound)
    of_body = (size for size in (entry["content"], entry["body"]) if size is not None and size >= 0)
    number = entry["time"] if name.endswith("time") else next(of_body, None)
    limit = float(value.removesuffix("B").replace("k", "000"))
    return number is not None and (number >= limit if name.startswith("min") else number <= limit)


def _has(entry: _Entry, name: str, value: str) -> bool:
    """Return whether an entry has a value of a name of the vocabulary."""
    url, (host, path), status = entry["url"], _URLS[entry["url"]], max(entry["status"] or 0, 0)
    match name:
        case "method":
            return (entry["method"] or "").upper() == value.upper()
        case "status":
            return _in_range(status, value)
        case "host" | "mime":
            media_type = entry["mime"] and entry["mime"].partition(";")[0].lower()
            return _glob(host if name == "host" else media_type, value.lower())
        case "path" | "url":
            return _glob(path if name == "path" else url, value)
        case "url~":
            return re.search(value, url) is not None
        case "q":
            return value.lower() in url.lower()
        case "type":
            return bool(entry["type"].lower() == value.lower())
        case "page":
            return bool(entry["page"] == value)
        case "error":
            return (bool(entry["error"]) or status <= 0 or status >= 400) == (value == "true")
        case "has_body":
            return (entry["text"] is not None) == (value == "true")
    return _within(entry, name, value)


_INSTANTS = ["2024-01-01", "2023-12-31T23:00:00", "2024-01-02T01:00:00.001+01:00"]
_SINGLE = {
    "from": _INSTANTS,
    "to": _INSTANTS,
    "error": ["true", "false"],
    "has_body": ["true", "false"],
    "min_time": ["0", "5.1", "1e3"],
    "max_time": ["0", "5.5"],
    "min_size": ["0", "50B", "1kB"],
    "max_size": ["70"],
}
_VALUES = {
    "method": ["get", "POST", "PUT"],
    "status": ["0", "200", "2xx", "404", "9xx", "200-301"],
    "host": ["*", "A.test", "*.test", "api.*"],
    "path": ["*", "/", "/a_b/*", "*%", r"*\d*", "/a?b/*"],
    "url": ["http*", "*?*", "*A_b*", "data:,x", "*,*"],
    "url~": ["^https?:", "a.b", r"\.js$", "[,%]"],
    "q": ["A_B", "%", "TEST/", ","],
    "mime": ["*", "image/*", "TEXT/html", "*json"],
    "type": ["script", "IMAGE", "font"],
    "page": ["p", "q"],
}
_alternatives = {
    name: st.lists(st.tuples(st.booleans(), st.sampled_from(_VALUES[name])), min_size=1, max_size=3) for name in _VALUES
}
_alternatives |= {
    name: st.tuples(st.just(False), st.sampled_from(_SINGLE[name])).map(lambda one: [one]) for name in _SINGLE
}
_asked = st.lists(st.sampled_from([*_VALUES, *_SINGLE]), unique=True, max_size=3).flatmap(
    lambda names: st.fixed_dictionaries({name: _alternatives[name] for name in names})
)


def _parsed(asked: dict[str, list[tuple[bool, str]]]) -> Filter:
    return parse_filter([(name, "!" * negated + value) for name, values in asked.items() for negated, value in values])


def _selected(folder: Folder, entry_filter: Filter) -> list[int]:
    where = entry_filter.where()
    return [
        ordinal
        for (ordinal,) in folder.data_dir.index.rows(
            folder.captures, f"SELECT ordinal FROM entries WHERE {where.sql} ORDER BY ordinal", where.parameters
        )
    ]


@given(asked=_asked)
def test_what_passes_is_what_passes_in_python(folder: Folder, asked: dict[str, list[tuple[bool, str]]]) -> None:
    """Values of a name are alternatives, what is excluded is not there, and all names hold; NULL is no value."""

    def passes(entry: _Entry) -> bool:
        for name, values in asked.items():
            included = [_has(entry, name, value) for negated, value in values if not negated]
            excluded = [_has(entry, name, value) for negated, value in values if negated]
            if any(excluded) or (included and not any(included)):
                return False
        return True

    assert _selected(folder, _parsed(asked)) == [number for number, entry in enumerate(_ENTRIES) if passes(entry)]


def test_each_name_is_tried() -> None:
    """What is tried above is the whole vocabulary."""
    assert {*_VALUES, *_SINGLE} == set(filter_names())


def test_commas_separate_values_unless_they_may_be_part_of_one(folder: Folder) -> None:
    """Several values, or one after the other, are the same filter."""
    for name in _VALUES:
        first, second = _VALUES[name][:2]
        joined, apart = parse_filter([(name, f"{first},{second}")]), parse_filter([(name, first), (name, second)])
        assert (joined == apart) == (name not in ("path", "url", "url~", "q"))
    assert _selected(folder, parse_filter([("q", ",")])) == _selected(folder, parse_filter([("url", "data:,x")]))


@given(_asked, _asked)
def test_digests_tell_filters_apart(first: dict[str, Any], second: dict[str, Any]) -> None:
    """They are the same where the same is asked in the same words, and else they are not."""
    a, b = _parsed(first), _parsed(second)
    assert (a.digest() == b.digest()) == (a.conditions == b.conditions)
    assert _parsed(first).digest() == a.digest()


def test_what_a_filter_tells_of_itself() -> None:
    """Whether it asks for anything, looks at URLs, and with which patterns; other conditions come first."""
    for name in [*_VALUES, *_SINGLE]:
        entry_filter = parse_filter([(name, {**_VALUES, **_SINGLE}[name][0])])
        assert entry_filter
        assert entry_filter.reads_urls == (name in ("path", "url", "url~", "q"))
    assert parse_filter([("url~", "a,b"), ("url~", "!c")]).patterns == ("a,b", "c")
    assert not parse_filter([])
    assert Filter().where() == Condition("true")
    where = parse_filter([("page", "p"), ("status", "0")]).where(Condition("x = ?", (1,)), Condition("y"))
    assert where.parameters == (1, "p", 0, 0)
    assert where.sql.startswith("x = ? AND y AND (")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "abc"),
        ("status", "499-400"),
        ("status", "1000"),
        ("status", ""),
        ("status", "10xx"),
        ("type", " "),
        ("from", "yesterday"),
        ("min_time", "-1"),
        ("max_time", "nan"),
        ("max_time", "inf"),
        ("error", "maybe"),
        ("has_body", "!true"),
        ("method", "GET,"),
        ("q", "!"),
        ("colour", "red"),
        ("sort", "size"),
    ],
)
def test_refusals(name: str, value: str) -> None:
    """A wrong name or value is named, with what is allowed."""
    with pytest.raises(BadRequestError) as raised:
        parse_filter([(name, value)])
    assert name in str(raised.value)
    assert filter_names().get(name, "filters are method, status, host") in str(raised.value)


@pytest.mark.parametrize("name", ["host", "path", "url~", "q", "page"])
def test_filters_have_limits(name: str) -> None:
    """So many values of all names together, of so many bytes each; who asks for more is told which, and little else."""
    many = [(name, "a")] * (MAX_FILTER_VALUES - 1)
    assert parse_filter([*many, ("status", "200")])
    for parameters in ([*many, ("method", "GET,PUT")], [("method", ",".join(["GET"] * (MAX_FILTER_VALUES + 1)))]):
        with pytest.raises(BadRequestError, match=f"^method: a filter may have {MAX_FILTER_VALUES} values"):
            parse_filter(parameters)
    for value in ("é" * (MAX_FILTER_BYTES // 2) + "a", "a" * 100_000, "\ud800"):
        with pytest.raises(BadRequestError, match=f"^{name}='") as raised:
            parse_filter([(name, value)])
        assert len(str(raised.value)) < 500


def test_expensive_expressions_are_refused() -> None:
    """What RE2 would take a second for is not asked of it."""
    with pytest.raises(BadRequestError, match=r"^url~='\(\?:"):
        parse_filter([("url~", "(?:[^q]{0,30}){30}q")])


@pytest.mark.parametrize("name", sorted(_SINGLE))
def test_one_value_only(name: str) -> None:
    """What cannot be one of several is refused when it is given twice."""
    value = _SINGLE[name][0]
    with pytest.raises(BadRequestError, match=f"{name} is given 2 times; it takes one value"):
        parse_filter([(name, value), (name, value)])


_any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(name=st.sampled_from(sorted(filter_names())), value=_any_text)
def test_whatever_is_asked_for(name: str, value: str) -> None:
    """Any value is either refused with its name, or becomes conditions whose SQL holds nothing of it."""
    try:
        parsed = parse_filter([(name, value)])
    except BadRequestError as error:
        assert name in str(error)  # noqa: PT017 - it may be raised, or not
        return
    (condition,) = parsed.conditions
    assert condition.sql.count("?") == len(condition.parameters)
    assert parsed.digest() == parse_filter([(name, value)]).digest()
