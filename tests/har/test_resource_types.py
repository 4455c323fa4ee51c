"""Resource types: as captured, else what the URL or the media type suggests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.entry import Content, Entry, Request, Response
from harlake.har.resource_types import (
    RESOURCE_TYPES,
    content_media_type,
    essence,
    is_textual,
    normal_type,
    resource_type,
)


def _entry(mime_type: str | None, url: str = "http://a.test/", captured: str | None = None) -> Entry:
    response = Response(content=Content(mimeType=mime_type))
    return Entry(request=Request(url=url), response=response, resourceType=captured)


@pytest.mark.parametrize(
    ("mime_type", "expected"),
    [
        ("text/html; charset=utf-8", "document"),
        ("application/xhtml+xml", "document"),
        ("TEXT/CSS", "stylesheet"),
        ("text/javascript", "script"),
        ("application/x-javascript", "script"),
        ("application/ecmascript", "script"),
        ("image/png", "image"),
        ("image/svg+xml", "image"),
        ("font/woff2", "font"),
        ("application/font-woff", "font"),
        ("application/vnd.ms-fontobject", "font"),
        ("audio/mpeg", "media"),
        ("video/mp4", "media"),
        ("application/manifest+json", "manifest"),
        ("application/vnd.api+json", "xhr"),
        ("application/xml", "xhr"),
        ("text/vtt", "texttrack"),
        ("text/event-stream", "eventsource"),
        ("application/octet-stream", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_media_types_suggest_a_type(mime_type: str | None, expected: str) -> None:
    """Where nobody says what a resource is for, its media type suggests it."""
    assert resource_type(_entry(mime_type)) == expected
    assert expected in RESOURCE_TYPES


def test_what_was_captured_comes_first() -> None:
    """What a browser said is taken in lower case; then comes the URL, then the media type."""
    assert resource_type(_entry("text/html", "ws://a.test/", "Fetch")) == "fetch"
    assert resource_type(_entry("text/html", "wss://a.test/")) == "websocket"
    assert resource_type(Entry(request=Request(url="http://a.test/"))) == "other"


@given(st.text(st.characters(exclude_characters=";,\n")), st.text(st.characters(exclude_characters=",\n")))
def test_parameters_do_not_matter(mime_type: str, parameters: str) -> None:
    """A media type is the same with whatever parameters, and without the white space around it."""
    assert essence(f" {mime_type} ;{parameters}") == (mime_type.strip().lower() or None)


@pytest.mark.parametrize(
    ("mime_type", "said"),
    [
        ("text/html, text/html", "text/html"),
        ("text/html; charset=utf-8,text/html;charset=utf-8", "text/html"),
        ("text/html\ntext/html", "text/html"),
        ("application/json,*/*", "application/json"),
        ("text/plain, application/json", "application/json"),
        ("text/plain,", "text/plain"),
        (",", None),
    ],
)
def test_a_media_type_that_is_there_twice_is_one(mime_type: str, said: str | None) -> None:
    """Headers that were sent twice are joined; the last type counts, as in a browser."""
    assert essence(mime_type) == said


def test_types_are_words() -> None:
    """Rows have them as filters can name them."""
    assert [normal_type(one) for one in ("XHR", " Signed Exchange ", "a,b", "!x", " ")] == [
        *("xhr", "signed-exchange", "a-b", "x", ""),
    ]
    assert resource_type(_entry("text/html", "WSS://a.test/")) == "websocket"
    assert resource_type(_entry("text/html", "http://a.test/", " , ")) == "document"


def test_bodies_without_a_media_type_have_none() -> None:
    """No content, none said, and nothing but white space are the same."""
    for content in (None, Content(), Content(mimeType=""), Content(mimeType=" ; a=b")):
        assert content_media_type(content) is None
    assert content_media_type(Content(mimeType="Text/HTML;a")) == "text/html"


@pytest.mark.parametrize(
    ("media_type", "textual"),
    [
        ("text/anything", True),
        ("application/json", True),
        ("application/vnd.api+json", True),
        ("application/x-www-form-urlencoded", True),
        ("image/svg+xml", True),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_some_media_types_are_texts(media_type: str, textual: bool) -> None:
    """A part of the subtype tells, not a part of a word."""
    assert is_textual(media_type) is textual
