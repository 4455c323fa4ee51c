"""WARC files: records paired, in whatever order they come, and files that warcio writes."""

from __future__ import annotations

import gzip
import io
import itertools

import pytest

from harlake.errors import InvalidJsonError
from tests.support.conversions import entries_made, texts_of

_REQUEST = b"GET /%d HTTP/1.1\r\nHost: h.test\r\n\r\n"
_RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nbody %d"


def _record(kind: str, number: int, block: bytes, *fields: str) -> bytes:
    head = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{kind}-{number}>",
        "WARC-Date: 2026-01-02T03:04:05Z",
        f"WARC-Target-URI: http://h.test/{number}",
        f"Content-Length: {len(block)}",
        *fields,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def _request(number: int, *fields: str) -> bytes:
    return _record("request", number, _REQUEST % number, *fields)


def _response(number: int, *fields: str) -> bytes:
    return _record("response", number, _RESPONSE % number, *fields)


def _concurrent(kind: str, number: int) -> str:
    return f"WARC-Concurrent-To: <urn:uuid:{kind}-{number}>"


_INFO = _record("warcinfo", 0, b"software: x\r\n")


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("named_by", ["request", "response"])
def test_records_are_paired(order: tuple[int, ...], named_by: str) -> None:
    """Whichever of the two names the other, and however records are mixed."""
    by_request = named_by == "request"
    records = []
    for number in (1, 2):
        records.append(_request(number, *[_concurrent("response", number)] * by_request))
        records.append(_response(number, *[_concurrent("request", number)] * (not by_request)))
    made = entries_made(_INFO + b"".join(records[place] for place in order))
    assert sorted(one["request"]["url"] for one in made) == ["http://h.test/1", "http://h.test/2"]
    for one in made:
        number = one["request"]["url"][-1]
        assert one["request"]["headers"] == [{"name": "Host", "value": "h.test"}]
        assert one["response"]["content"]["text"] == f"body {number}"
        assert one["startedDateTime"] == "2026-01-02T03:04:05Z"


def test_records_without_a_counterpart() -> None:
    """A response has been asked for by GET, a request has had no response, a resource is one."""
    resource = _record("resource", 3, b"<p>", "Content-Type: text/html")
    made = {one["request"]["url"][-1]: one for one in entries_made(_INFO + _response(1) + _request(2) + resource)}
    assert (made["1"]["request"]["method"], made["1"]["response"]["status"]) == ("GET", 200)
    assert made["2"]["response"]["status"] == 0
    assert made["3"]["response"]["content"]["text"] == "<p>"


def test_what_is_left_out_is_said() -> None:
    """Records of other protocols are counted, as are bodies that are elsewhere."""
    dns = _record("response", 1, b"x").replace(b"http://h.test/1", b"dns:abcdefh.te1")
    revisit = _record("revisit", 2, b"HTTP/1.1 200 OK\r\n\r\n")
    texts, report = texts_of(_INFO + dns + revisit)
    assert len(texts) == 1
    assert [line.partition(":")[0] for line in report.warnings] == [
        "records that are not of HTTP are left out",
        "bodies are in another record, or another file",
    ]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_damage_is_located(compress: type[bytes]) -> None:
    """A file that is cut off, or has something between records, is refused with the byte."""
    good = _INFO + _request(1)
    for data, complaint in (
        (good[:-20], "ends inside of a WARC record"),
        (good + b"oops" + good, "here should be the beginning"),
        (good + _request(2).replace(b"Content-Length: ", b"Content-Length: -"), "does not say how long"),
    ):
        with pytest.raises(InvalidJsonError, match=complaint) as raised:
            texts_of(compress(data))
        assert raised.value.byte in (len(_INFO), len(good))


# warcio leaves files that it has not closed to be collected.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("is_compressed", [False, True])
def test_what_warcio_writes_is_read(is_compressed: bool) -> None:
    """Records of the library that most tools use, compressed one by one, or not."""
    warcio = pytest.importorskip("warcio")
    statuses = pytest.importorskip("warcio.statusandheaders")
    file = io.BytesIO()
    writer = warcio.WARCWriter(file, gzip=is_compressed)
    writer.write_record(writer.create_warcinfo_record("x.warc", {"software": "test"}))
    for number in range(50):
        body = b"\x89\0body %d" % number
        head = statuses.StatusAndHeaders("200 OK", [("Content-Type", "image/png")], protocol="HTTP/1.1")
        url = f"https://h.test/{number}?q={number}"
        response = writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=head)
        asked = statuses.StatusAndHeaders(f"GET /{number} HTTP/1.1", [("Host", "h.test")], is_http_request=True)
        request = writer.create_warc_record(url, "request", payload=io.BytesIO(b""), http_headers=asked)
        writer.write_request_response_pair(request, response)
    texts, report = texts_of(file.getvalue())
    assert report.encoding == ("gzip+warc" if is_compressed else "warc")
    assert report.warnings == []
    made = entries_made(file.getvalue())
    assert [one["request"]["url"] for one in made] == [f"https://h.test/{number}?q={number}" for number in range(50)]
    assert all(one["request"]["headers"] and one["response"]["content"]["encoding"] == "base64" for one in made)
    assert len(texts) == 50
