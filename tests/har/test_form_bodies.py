"""Bodies put together from parameters, as real curl sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.support.wire import WireServer, posted, sent_by_curl, wire_server

_BOUNDARY: Final = "----Boundary7"
_MULTIPART: Final = f"multipart/form-data; boundary={_BOUNDARY}"
_FORM: Final = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    """A server that keeps what comes."""
    with wire_server() as served:
        yield served


def _param(name: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": value, **more}


@pytest.mark.parametrize(
    ("post_data", "size", "body"),
    [
        ({"mimeType": _FORM, "params": [_param("a b", "c&d~e*")]}, -1, b"a+b=c%26d%7Ee*"),
        (
            {"mimeType": _FORM, "params": [_param("email", "jane%40x.com"), _param("q", "a+b")]},
            24,
            b"email=jane%40x.com&q=a+b",
        ),
        (
            {"mimeType": _FORM, "params": [_param("email", "jane@x.com"), _param("q", "a b")]},
            24,
            b"email=jane%40x.com&q=a+b",
        ),
        ({"mimeType": _FORM, "params": [_param("q", "a b")]}, 7, b"q=a%20b"),
        ({"mimeType": _FORM, "params": [_param("flag")]}, 4, b"flag"),
        ({"mimeType": "application/json", "params": [_param('{"a":1,"b":"x y"}', "")]}, -1, b'{"a":1,"b":"x y"}'),
        ({"mimeType": "application/json", "params": [_param('{"a":"b', 'c"}')]}, -1, b'{"a":"b=c"}'),
        ({"mimeType": "application/json", "params": [_param("a", "1"), _param("b", "2")]}, -1, b'{"a":"1","b":"2"}'),
        ({"mimeType": "application/json", "params": [_param("a", 1), _param("b", [None])]}, -1, b'{"a":1,"b":[null]}'),
        ({"mimeType": "application/json", "params": [_param("a", "1")]}, 7, b'{"a":1}'),
        ({"mimeType": "application/json", "params": [_param("", '{"a":1}')]}, -1, b'{"a":1}'),
        ({"mimeType": "application/json", "params": [_param("%7B%22a%22%3A1%7D", "")]}, -1, b'{"a":1}'),
        ({"mimeType": "text/xml", "params": [_param("<a b", '"c"/>')]}, -1, b'<a b="c"/>'),
        ({"mimeType": _FORM, "params": [_param("q", "x%40y")]}, -1, b"q=x%40y"),
        ({"mimeType": _FORM, "params": [_param("q", "100%25 x")]}, -1, b"q=100%2525+x"),
        ({"mimeType": _FORM, "params": [_param("q", "a\nb")]}, 10, b"q=a%0D%0Ab"),
        ({"mimeType": _FORM, "params": [_param('{"a":1}', "")]}, -1, b'{"a":1}'),
        ({"mimeType": "text/plain", "params": [_param("a b", "c")]}, -1, b"a b=c"),
        ('{"a":1}', -1, b'{"a":1}'),
        ({"mimeType": "application/json", "text": {"a": 1}}, -1, b'{"a": 1}'),
        ({"mimeType": "x/y", "text": {"type": "base64", "value": "AP8="}}, -1, b"\0\xff"),
        ({"mimeType": "x/y", "text": "AP8=", "encoding": "base64"}, -1, b"\0\xff"),
        ({"mimeType": _FORM, "params": {"a": "1", "b": "2"}}, -1, b"a=1&b=2"),
    ],
)
def test_bodies(server: WireServer, post_data: Any, size: int, body: bytes) -> None:
    """However a HAR has a body, its bytes are sent."""
    assert sent_by_curl(server, posted(server, postData=post_data, bodySize=size)).body == body


def test_parts(server: WireServer) -> None:
    """Files with their names, types and bytes, and texts, between the boundaries that were captured."""
    params = [
        _param("title", 'Re"port'),
        _param("file", "a,b\n1,2\n", fileName="report.csv", contentType="text/csv"),
        _param("raw", "AP8=", encoding="base64", fileName="r.bin"),
    ]
    for post_data, headers in (
        ({"mimeType": _MULTIPART, "params": params}, []),
        ({"mimeType": "multipart/form-data", "params": params}, [{"name": "content-type", "value": _MULTIPART}]),
        ({"params": params}, [{"name": "Content-Type", "value": _MULTIPART}]),
    ):
        sent = sent_by_curl(server, posted(server, postData=post_data, headers=headers))
        assert sent.values("content-type") == [_MULTIPART]
        assert sent.body == (
            b'------Boundary7\r\nContent-Disposition: form-data; name="title"\r\n\r\nRe"port\r\n'
            b'------Boundary7\r\nContent-Disposition: form-data; name="file"; filename="report.csv"\r\n'
            b"Content-Type: text/csv\r\n\r\na,b\n1,2\n\r\n"
            b'------Boundary7\r\nContent-Disposition: form-data; name="raw"; filename="r.bin"\r\n\r\n\0\xff\r\n'
            b"------Boundary7--\r\n"
        )


def test_a_boundary_is_made_where_none_was_captured(server: WireServer) -> None:
    """It is in the header and around the parts, however the header is written."""
    post_data = {"mimeType": "multipart/form-data", "params": [_param("upfile", "aGk=", encoding="base64")]}
    for headers in ([], [{"name": "Content-Type", "value": "multipart/form-data"}]):
        sent = sent_by_curl(server, posted(server, postData=post_data, headers=headers))
        (said,) = sent.values("content-type")
        boundary = said.partition("boundary=")[2].encode()
        assert boundary
        assert sent.body == (
            b'--%b\r\nContent-Disposition: form-data; name="upfile"\r\n\r\nhi\r\n--%b--\r\n' % (boundary, boundary)
        )
