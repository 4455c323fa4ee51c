"""The search in entries: against Python's own ``in``, for every way of spelling a text in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.text_search import TextQuery
from tests.conftest import SHARED_HARS, needs_real_hars

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


def _spelled(text: str, ways: list[int]) -> str:
    """Spell a string in JSON, each character in a way of its own."""
    short = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
    spelled = []
    for number, character in enumerate(text):
        way = ways[number % len(ways)]
        units = character.encode("utf-16-be").hex()
        escaped = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
        plain = character if character not in '"\\' and ord(character) >= 32 else escaped
        spelled.append([plain, escaped, escaped.upper().replace("\\U", "\\u"), short.get(character, plain)][way])
    return '"' + "".join(spelled) + '"'


@given(
    before=_TEXT | st.just(""), text=_TEXT, ways=st.lists(st.integers(0, 3), min_size=1, max_size=5), case=st.booleans()
)
def test_no_spelling_is_missed(before: str, text: str, ways: list[int], case: bool) -> None:
    """A text is found in a string, however that is spelled, at the offset at which Python finds it."""
    entry = ('{"a":[{"b":' + _spelled(before + text, ways) + "}]}").encode()
    query = TextQuery(text, case=case)
    assert query.may_be_in(entry)
    (hit,) = query.hits(entry)
    assert hit.where == "a[0].b"
    if case:
        assert (hit.offset, hit.count) == ((before + text).index(text), (before + text).count(text))
    assert text in hit.snippet or not case


@given(text=_TEXT, query=_TEXT)
def test_no_hit_is_false(text: str, query: str) -> None:
    """What is not in a string is not found, whatever is around it."""
    others = {"a number": 1.5, "an array": [True, None]}  # names longer than any query
    entry = json.dumps({query: text, **others}).encode()
    assert [hit.where for hit in TextQuery(query).hits(entry)] == ([query] if query in text else [])


def test_case() -> None:
    """Case differs unless it is said not to."""
    entry = json.dumps({"a": "Straße ÄÖ HELLO"}).encode()
    assert not list(TextQuery("hello").hits(entry))
    assert [hit.offset for hit in TextQuery("hello", case=False).hits(entry)] == [10]
    assert [hit.offset for hit in TextQuery("äö", case=False).hits(entry)] == [7]
    assert TextQuery("äö", case=False).may_be_in(entry)


@given(
    before=_TEXT | st.just(""),
    text=_TEXT,
    ways=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    changed=st.lists(st.sampled_from([str.upper, str.lower, str]), min_size=1, max_size=5),
)
def test_no_case_is_missed(before: str, text: str, ways: list[int], changed: list[Callable[[str], str]]) -> None:
    """Of letters whose other case is one letter, either is found, at its own offset."""
    other = "".join(
        one if len(one) == 1 else letter
        for number, letter in enumerate(text)
        for one in [changed[number % len(changed)](letter)]
    )
    entry = ('{"a":[{"b":' + _spelled(before + other, ways) + "}]}").encode()
    query = TextQuery(text, case=False)
    assert query.may_be_in(entry)
    (hit,) = query.hits(entry)
    assert hit.offset <= len(before)
    assert (before + other)[hit.offset : hit.offset + len(text)] in hit.snippet


@pytest.mark.parametrize(("text", "query"), [("MASS", "maß"), ("ſ K", "s k"), ("s", "sſ"), ("K", "Kk"), ("ı", "i")])
def test_letters_that_are_no_other_case(text: str, query: str) -> None:
    """A letter that becomes two in capitals is itself only; and one is found only where the query has all of it."""
    entry = json.dumps({"a": text}, ensure_ascii=False).encode()
    assert not list(TextQuery(query, case=False).hits(entry))


@pytest.mark.parametrize(
    ("letter", "query"),
    [
        ("a", "a" * 4_000 + "b"),
        ("a", "A" * 4_000 + "B"),
        ("ä", "ä" * 2_000 + "b"),
        ("Ä", "ä" * 2_000 + "é"),
        ("a", "a" * 2_000 + '"' + "a" * 2_000),
        ("a", "b" + "a" * 4_000),
        ("\\\\u4e2d", "".join(map(chr, range(0x4E2E, 0x5300)))),
    ],
)
@pytest.mark.parametrize("case", [True, False])
def test_a_long_query_in_a_long_text(letter: str, query: str, case: bool) -> None:
    """It takes as long as the text is, and not as many times that as the query is long: this ends at once, or never."""
    text = letter * 1_000_000
    entry = json.dumps({"a": text, "b": query[:-1]}, ensure_ascii=False).encode()
    assert not list(TextQuery(query, case=case).hits(entry))


@pytest.mark.parametrize("mime_type", ["text/html", "application/json; charset=utf-8", "image/png"])
def test_base64_bodies(mime_type: str) -> None:
    """Texts in base64 are decoded and searched, other bodies are not, and the base64 never is."""
    content = {"mimeType": mime_type, "encoding": "base64", "text": "aGVsbG8gd29ybGQ="}
    entry = json.dumps({"response": {"content": content}}).encode()
    query = TextQuery("world")
    assert query.may_be_in(entry)
    hits = list(query.hits(entry))
    assert [(hit.where, hit.offset, hit.is_decoded) for hit in hits] == (
        [] if mime_type == "image/png" else [("response.content.text", 6, True)]
    )
    assert not list(TextQuery("bGVs").hits(entry))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(one)


@pytest.mark.slow
@needs_real_hars
@pytest.mark.parametrize("text", ["function", "é", '"', "\\", "</script>", "https://", "€", "\n\n", "a"])
def test_real_files(text: str) -> None:
    """In real files, the entries that hold a text are those in which Python finds it."""
    query = TextQuery(text)
    searched = 0
    for path in sorted(SHARED_HARS.glob("**/*.har"))[:60]:
        raw = path.read_bytes()
        try:
            entries = json.loads(raw.decode("utf-8-sig"))["log"]["entries"]
        except (ValueError, KeyError, TypeError):
            continue
        for one in entries[:30] if isinstance(entries, list) else []:
            if b"base64" in (entry := json.dumps(one, ensure_ascii=False).encode("utf-8", "replace")):
                continue
            expected = sum(text in string for string in _strings(json.loads(entry)))
            assert len(list(query.hits(entry))) == expected, path
            assert not expected or query.may_be_in(entry)
            searched += 1
    assert searched > 100


_DEEP = b"[" * 5000 + b"]" * 5000


@pytest.mark.parametrize(
    "odd", [_DEEP, b"1e999", b"1" * 6000, b'"\\ud800"'], ids=["deep", "1e999", "digits", "surrogate"]
)
def test_what_no_decoder_represents_is_searched(odd: bytes) -> None:
    """An entry that can be imported can be searched, whatever else is in it."""
    entry = b'{"a":%b,"b":[1,{"c":"x"},[],{"c\\u0064":"n\\u0065edle"}],"d":{},"e":"needle"}' % odd
    assert [(hit.where, hit.offset) for hit in TextQuery("needle").hits(entry)] == [("b[3].cd", 0), ("e", 0)]
    assert not list(TextQuery("cd").hits(entry))


@given(st.recursive(_TEXT | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner)), _TEXT)
def test_both_ways_through_an_entry_are_one(value: Any, text: str) -> None:
    """What is decoded and what is only scanned has the same strings at the same paths."""
    entry = json.dumps({"a": value}).encode()
    odd = entry[:-1] + b',"_":1e999}'
    assert list(TextQuery(text).hits(entry)) == list(TextQuery(text).hits(odd))


def test_base64_in_lines() -> None:
    """Base64 may be in lines, as everywhere else."""
    content = {"mimeType": "text/html", "encoding": "base64", "text": "aGVsbG8g\r\nd29ybGQ=\n"}
    (hit,) = TextQuery("world").hits(json.dumps({"response": {"content": content}}).encode())
    assert (hit.offset, hit.is_decoded) == (6, True)
