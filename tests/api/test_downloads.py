"""Headers of downloads: names that are safe in any of them, and bodies that a browser may show."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.api.downloads import body_headers, named, safe_media_type
from harlake.api.exports import accepted_encodings, content_disposition
from harlake.har.bodies import Body


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        *(("gzip", {"gzip"}), ("gzip, ZSTD", {"gzip", "zstd"}), ("gzip;q=0.5,br", {"gzip", "br"})),
        *(("gzip;q=0", set()), ("gzip; q=0.000, zstd;q=0.001", {"zstd"}), ("gzip ; q = 0 ,br", {"br"})),
        *(("*", {"*"}), ("gzip;level=1", {"gzip"})),
    ],
)
def test_accepted_encodings(header: str, accepted: set[str]) -> None:
    """Codings of weight 0 are refused; a wildcard names none."""
    assert accepted_encodings(header) == accepted


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("My Session", 'attachment; filename="My_Session_7.har"'),
        ("a/../b\r\nX: y", 'attachment; filename="a_b_X_y_7.har"'),
        ("é", "attachment; filename=\"__7.har\"; filename*=UTF-8''%C3%A9_7.har"),
    ],
)
def test_a_download_is_named_after_its_session(name: str, expected: str) -> None:
    """Letters and digits stay, all else becomes underscores; ASCII is for clients that know no other."""
    assert content_disposition(name, 7, ".har") == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(lambda text: text * (2_000 // len(text))))
def test_a_long_name_makes_a_short_header(name: str) -> None:
    """Clients refuse long headers, and file systems names of more than 255 bytes."""
    header = content_disposition(name, 1_700_000_000_000, ".parquet")
    assert len(header) < 1_000
    called = unquote(header.rpartition("'")[2]) if "*" in header else header.split('"')[1]
    assert len(called.encode()) <= 255
    assert called.endswith("_1700000000000.parquet")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_is_safe_in_a_header(name: str) -> None:
    """It is one line of ASCII, its quotes are balanced, and clients of RFC 8187 get it as it is."""
    header = named("inline", name)
    match = re.fullmatch(r'inline; filename="[A-Za-z0-9._-]*"(?:; filename\*=UTF-8\'\'([A-Za-z0-9._~%-]+))?', header)
    assert match is not None
    assert (match[1] is None) == name.isascii()
    assert match[1] is None or unquote(match[1]) == name


@pytest.mark.parametrize(
    ("mime_type", "is_text", "expected"),
    [
        *(("text/HTML; charset=latin-1", True, "text/html; charset=utf-8"), (None, True, "text/plain; charset=utf-8")),
        *(("image/png", False, "image/png"), (None, False, "application/octet-stream")),
        *(("a\r\nb", True, "application/octet-stream"), ("text", False, "application/octet-stream")),
    ],
)
def test_media_types(mime_type: str | None, is_text: bool, expected: str) -> None:
    """Texts are sent in UTF-8; what is no media type is not sent as one."""
    assert safe_media_type(Body(b"", mime_type, is_text)) == expected


@pytest.mark.parametrize(
    ("mime_type", "url", "expected"),
    [
        ("image/png", "https://a/b/c.png?d", 'inline; filename="c.png"'),
        ("text/html", "https://a/b/", 'attachment; filename="response.html"'),
        ("text/css", "https://a/x%2F..%2Fy", 'attachment; filename="x_.._y"'),
        ("image/svg+xml", "http://[", 'attachment; filename="response.svg"'),
        ("application/json", "data:,", 'inline; filename="response.json"'),
    ],
)
def test_a_body_is_shown_only_if_it_is_harmless(mime_type: str, url: str, expected: str) -> None:
    """What could run or load anything is to be saved; no browser may guess at it or let it do anything."""
    headers = body_headers(Body(b"", mime_type, False), url, "response")
    assert headers["content-disposition"] == expected
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox")
    assert "x-harlake-warning" not in headers
    warned = body_headers(Body(b"", mime_type, False, "why"), url, "response")
    assert warned["x-harlake-warning"] == "why"
