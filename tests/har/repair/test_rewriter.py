"""Rewritten entries: bodies that were not asked for are gone, that is said, and nothing else has changed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.raw_json import joined
from harlake.har.repair.rewriter import BodyFilter, Rewriter, entry_without, parse_body_filter
from tests.support.hars import entry
from tests.support.mutations import mutilated, written
from tests.support.reading import real_entries

_NONE = Rewriter(parse_body_filter("none"))

_TEXT = Rewriter(parse_body_filter("text"))

_FILL = Rewriter(fill=True)


def _carriers(one: Any) -> list[dict[str, Any]]:
    """Return what may carry a body."""
    holders = ((one.get("request"), "postData"), (one.get("response"), "content"))
    found = [holder.get(name) for holder, name in holders if isinstance(holder, dict)]
    return [carrier for carrier in found if isinstance(carrier, dict)]


def test_bodies_are_asked_for_in_words() -> None:
    """None, text, or up to a size in bytes."""
    assert parse_body_filter("none") == BodyFilter(max_bytes=0)
    assert parse_body_filter("text") == BodyFilter(textual=True)
    assert [parse_body_filter(f"max:{size}").max_bytes for size in ("0", "1500", "20kB", "1.5MB", "5 MB")] == [
        0,
        1500,
        20_000,
        1_500_000,
        5_000_000,
    ]
    for wrong in ("", "all", "max", "max:", "max:-1", "max:5 XB", "None"):
        with pytest.raises(ValueError, match="it takes"):
            parse_body_filter(wrong)


def test_without_anything_to_do_it_is_false() -> None:
    """A rewriter that changes nothing can be passed over."""
    assert not Rewriter()
    assert _NONE
    assert _FILL
    text = entry(1)
    assert Rewriter().entry(text) is text
    assert Rewriter().page(b"{}") == b"{}"
    assert Rewriter().log({"a": b"1"}) == {"a": b"1"}


def test_a_body_is_left_out_and_said_to_be() -> None:
    """All else in the entry is the text that it was: numbers, escapes, equal names, white space within values."""
    text = (
        b'{"n":1.50,"request":{"url":"x","postData":{"params":[],"text":"a\\u00e9","comment":"said","mimeType":"a/b"}},'
        b'"n":1e400,"response":{"status" : 2E2,"content":{"text":"aGVs\\r\\nbG8=","size":5,"encoding":"base64",'
        b'"_x":[ 1 ]}},"\\ud800":"\\udc80"}'
    )
    assert _NONE.entry(text) == (
        b'{"n":1.50,"request":{"url":"x","postData":{"mimeType":"a/b",'
        b'"comment":"said; body of 3 bytes left out by harlake"}},"n":1e400,"response":{"status":2E2,"content":'
        b'{"size":5,"_x":[ 1 ],"comment":"body of 5 bytes left out by harlake"}},"\\ud800":"\\udc80"}'
    )


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("null", "body"),
        ('""', "body"),
        ('"\\udc80"', "\udc80; body"),
        ("[1]", "[1]; body"),
        ('{"a":"b"}', '{"a":"b"}; body'),
    ],
)
def test_what_a_comment_said_is_kept(comment: str, expected: str) -> None:
    """A comment of any type stays."""
    text = b'{"response":{"content":{"comment":%b,"text":"abc"}}}' % comment.encode()
    content = json.loads(_NONE.entry(text))["response"]["content"]
    assert content == {"comment": f"{expected} of 3 bytes left out by harlake"}


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ({"mimeType": "text/html; charset=utf-8", "text": "x"}, True),
        ({"mimeType": "application/problem+json", "text": "x"}, True),
        ({"mimeType": "IMAGE/SVG+XML", "text": "x"}, True),
        ({"mimeType": "text/html", "text": "eA==", "encoding": "base64"}, False),
        ({"mimeType": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text": "x"}, False),
        ({"mimeType": "image/png", "text": "x"}, False),
        ({"mimeType": "", "text": "x"}, False),
        ({"text": "x"}, False),
        ({"mimeType": None, "text": "x"}, False),
        ({"mimeType": "image/png", "text": None}, True),
        ({"mimeType": "image/png", "_file": "a.png"}, True),
        ({"mimeType": "image/png"}, True),
    ],
)
def test_only_texts_are_kept(content: dict[str, Any], kept: bool) -> None:
    """With bodies=text, only what has a textual media type, and is not base64; what has no body stays anyway."""
    text = written({"response": {"content": content}})
    assert (_TEXT.entry(text) is text) == kept


@given(st.text(), st.integers(0, 40), st.booleans())
def test_sizes_are_those_of_decoded_bodies(body: str, limit: int, encoded: bool) -> None:
    """A body is measured as it was before it was put into JSON and base64, whatever that takes."""
    body = body.encode(errors="replace").decode()
    given_text = base64.encodebytes(body.encode()).decode() if encoded else body
    content = {"text": given_text, "encoding": "base64"} if encoded else {"text": given_text}
    text = written({"response": {"content": content}})
    size = len(body.encode())
    changed = Rewriter(BodyFilter(limit)).entry(text)
    assert (changed is text) == (size <= limit)
    if changed is not text:
        comment = json.loads(changed)["response"]["content"]["comment"]
        assert comment == f"body of {size} bytes left out by harlake"


def test_params_are_a_body() -> None:
    """Where there is no text, the names and values of params count."""
    posted = {"params": [{"name": "a", "value": "xyz"}, {"name": "b", "value": "é"}, {"name": "c"}, 1]}
    text = written({"request": {"url": "x", "postData": posted}})
    assert Rewriter(BodyFilter(8)).entry(text) is text
    assert json.loads(_NONE.entry(text))["request"]["postData"] == {"comment": "body of 8 bytes left out by harlake"}


@given(mutilated())
def test_nothing_but_bodies_is_left_out(one: dict[str, Any]) -> None:
    """Whatever an entry is like, it is the same but for bodies and the comments on them."""
    after = json.loads(_NONE.entry(written(one)))
    for carrier, left in zip(_carriers(one), _carriers(after), strict=True):
        if left == carrier:
            assert not carrier.get("text")
            assert not [one for one in carrier.get("params") or [] if isinstance(one, dict)]
            continue
        assert {"text", "params", "encoding"}.isdisjoint(left)
        assert str(left.pop("comment")).endswith(" bytes left out by harlake")
        before = {
            name: value for name, value in carrier.items() if name not in ("text", "params", "encoding", "comment")
        }
        assert left == before
        left.clear()
        carrier.clear()
    assert after == one


@pytest.mark.slow
def test_bodies_of_real_entries_are_left_out() -> None:
    """No body is left in any real entry, and doing it twice changes nothing."""
    entries = real_entries()
    assert len(entries) > 50
    for text in entries:
        changed = _NONE.entry(text)
        assert _NONE.entry(changed) is changed
        for carrier in _carriers(json.loads(changed)):
            assert not carrier.get("text")


def test_deep_entries_are_rewritten() -> None:
    """An entry that is nested deeper than any stack is filled, and loses its body, like others."""
    deep = b'"_deep":' + b"[" * 5_000 + b"]" * 5_000
    text = b'{"request":{"url":"x"},"response":{"content":{"text":"x",%b}},%b}' % (deep, deep)
    after = Rewriter(parse_body_filter("none"), fill=True).entry(text)
    assert after.count(deep) == 2
    assert b'"comment":"body of 1 bytes left out by harlake"' in after
    assert b'"timings"' in after


def test_both_can_be_asked_for() -> None:
    """Without bodies and filled: what mitmproxy insists on is there, and is empty."""
    text = joined([("request", b'{"url":"x","postData":{"text":"secret"}}')])
    posted = json.loads(Rewriter(parse_body_filter("none"), fill=True).entry(text))["request"]["postData"]
    assert posted == {
        "comment": "body of 6 bytes left out by harlake",
        "mimeType": "application/octet-stream",
        "text": "",
    }


def test_an_entry_without_bodies_has_no_messages() -> None:
    """What is left is what is around them; of a body it is said that it is gone, without counting it."""
    entry = b'{"_webSocketMessages":[1],"a":1,"response":{"content":{"size":3,"text":"abc"}}}'
    expected = b'{"a":1,"response":{"content":{"size":3,"comment":"body left out by harlake"}}}'
    assert entry_without(entry, parse_body_filter("none")) == expected
    assert entry_without(b'{"a": 1}', parse_body_filter("none")) == b'{"a": 1}'
