"""The decoded body of an entry's response, whatever the entry says of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import NoBodyError
from harlake.har.bodies import request_body, response_body
from harlake.har.form_bodies import FORM


def _entry(**content: Any) -> bytes:
    return json.dumps({"request": {"url": "/"}, "response": {"content": content}}).encode()


@given(st.binary())
def test_base64_is_decoded(body: bytes) -> None:
    """A body that is marked base64 is decoded, with line breaks in it or without."""
    for text in (base64.b64encode(body), base64.encodebytes(body)):
        assert response_body(_entry(text=text.decode(), encoding="base64")).data == body


@given(
    st.permutations(["text", "encoding", "mimeType", "size"]),
    st.sampled_from(["aGk=", "hi"]),
    st.sampled_from(["base64", "", None]),
)
def test_a_content_as_specified_is_read_like_any_other(names: list[str], text: str, encoding: str | None) -> None:
    """What is found in one pass is what is found where something else in the entry is odd."""
    content = {"text": text, "encoding": encoding, "mimeType": "text/x", "size": 1}
    usual = _entry(**{name: content[name] for name in names})
    odd = usual.replace(b'{"content"', b'{"content":7,"content"')
    assert response_body(odd) == response_body(usual)


@given(st.text())
def test_text_is_utf8(text: str) -> None:
    """A text is given in UTF-8."""
    assert response_body(_entry(text=text)).data == text.encode()


def test_what_is_marked_base64_and_is_none_is_text() -> None:
    """A body that is wrongly marked base64 is given as the text that it is."""
    assert response_body(_entry(text="<html>", encoding="base64")).data == b"<html>"


def test_lone_surrogates_are_replaced() -> None:
    """What UTF-8 cannot say is replaced."""
    assert response_body(_entry(text="a\udc80b")).data == "a\ufffdb".encode()


@pytest.mark.parametrize(
    "entry",
    [b"{}", b"7", b'{"response":null}', b'{"response":{"content":[]}}', _entry(), _entry(text=None)],
)
def test_there_may_be_no_body(entry: bytes) -> None:
    """Without a text, there is no body."""
    with pytest.raises(NoBodyError):
        response_body(entry)


@pytest.mark.parametrize("content", [{"text": {"a": [1]}}, {"text": 5, "mimeType": "x/y"}, "text", [1, 2], {"a": 1}])
def test_a_body_may_be_a_json_value(content: Any) -> None:
    """Whatever it stands in place of, it is given as JSON text, or as the text that it is; and that is said."""
    body = response_body(json.dumps({"response": {"content": content}}).encode())
    value = content.get("text", content) if isinstance(content, dict) else content
    assert body.data == (value if isinstance(value, str) else json.dumps(value)).encode()
    assert body.warning == "a JSON value in the HAR"


@pytest.mark.parametrize("more", [{}, {"text": ""}, {"text": None}, {"mimeType": FORM}])
def test_forms_are_put_together(more: dict[str, Any]) -> None:
    """Parameters without a text become a form, and are said to be one whatever they were."""
    params = [{"name": "a b", "value": "&"}, {"name": "c"}, {"value": "nameless"}]
    body = request_body(json.dumps({"request": {"postData": more | {"params": params}}}).encode())
    assert (body.data, body.mime_type, bool(body.warning)) == (b"a+b=%26&c=", FORM, True)


def test_a_body_beside_the_har_is_said_to_be_there() -> None:
    """Playwright writes bodies into files: which one is in the error."""
    with pytest.raises(NoBodyError, match=r"the response's body is in the file 'a\.png'"):
        response_body(_entry(_file="a.png"))
    with pytest.raises(NoBodyError, match="the request's body was not captured"):
        request_body(b"{}")
