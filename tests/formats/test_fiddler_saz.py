"""Archives of Fiddler: three files for each session."""

from __future__ import annotations

import base64
import gzip

import pytest

from harlake.errors import InvalidJsonError
from harlake.limits import Limits
from tests.support.conversions import entries_made, texts_of, zipped

_REQUEST = (
    b"POST https://api.example.test/v1?a=b HTTP/1.1\r\nHost: api.example.test\r\nContent-Type: text/plain\r\n\r\nneedle"
)
_BODY = gzip.compress(b"found it", mtime=0)
_CHUNKS = b"5\r\n" + _BODY[:5] + b"\r\n%x;x=y\r\n" % (len(_BODY) - 5) + _BODY[5:] + b"\r\n0\r\n\r\n"
_RESPONSE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n" + _CHUNKS
_META = b"""\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>
<Session SID="1" BitFlags="0">
  <SessionTimers ClientConnected="2026-01-02T10:00:00.0000000+01:00"
    ClientBeginRequest="2026-01-02T10:00:01.2345678+01:00"
    GatewayTime="0" DNSTime="4" TCPConnectTime="7" HTTPSHandshakeTime="0"
    FiddlerBeginRequest="2026-01-02T10:00:01.2400000+01:00" ServerGotRequest="2026-01-02T10:00:01.2410000+01:00"
    ServerBeginResponse="2026-01-02T10:00:01.3410000+01:00" ServerDoneResponse="2026-01-02T10:00:01.3430000+01:00"
    ClientDoneResponse="2026-01-02T10:00:01.3585670+01:00" />
  <PipeInfo />
  <SessionFlags>
    <SessionFlag N="x-hostIP" V="192.0.2.3" />
    <SessionFlag N="ui-comments" V="see &lt;here&gt;" />
  </SessionFlags>
</Session>
"""
_FILES = {
    "[Content_Types].xml": b"<Types/>",
    "_index.htm": b"<html></html>",
    "raw/01_c.txt": _REQUEST,
    "raw/01_m.xml": _META,
    "raw/01_s.txt": _RESPONSE,
    "raw/02_c.txt": b"GET /p HTTP/1.0\r\nHost: plain.test:8080\r\n\r\n",
    "raw/03_c.txt": b"CONNECT tunnel.test:443 HTTP/1.1\r\nHost: tunnel.test:443\r\n\r\n",
    "raw/03_s.txt": b"HTTP/1.1 200 Connection Established\r\n\r\n",
}


def test_sessions_become_entries() -> None:
    """Chunks are joined, codings undone, times and flags read; what has no response has none."""
    first, second, third = entries_made(zipped(_FILES))
    assert first["request"]["url"] == "https://api.example.test/v1?a=b"
    assert first["request"]["postData"]["text"] == "needle"
    assert first["response"]["content"]["text"] == "found it"
    assert first["response"]["bodySize"] == len(_CHUNKS)
    assert first["startedDateTime"] == "2026-01-02T10:00:01.234567+01:00"
    assert first["time"] == pytest.approx(124)
    timings = first["timings"]
    assert (timings["dns"], timings["connect"], timings["ssl"]) == (4, 7, -1)
    assert (timings["send"], timings["wait"], timings["receive"]) == pytest.approx((1, 100, 2))
    assert (first["serverIPAddress"], first["comment"]) == ("192.0.2.3", "see <here>")
    assert (second["request"]["url"], second["response"]["status"]) == ("http://plain.test:8080/p", 0)
    assert (third["request"]["url"], third["response"]["status"]) == ("https://tunnel.test:443", 200)


def test_members_with_backslashes() -> None:
    """Early versions have separated folders as Windows does."""
    files = {name.replace("/", "\\"): content for name, content in _FILES.items()}
    assert len(entries_made(zipped(files))) == 3


def test_a_coding_that_is_not_known_leaves_the_body_as_it_was_sent() -> None:
    """It is in the entry as base64, and a warning says so."""
    response = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n\x8b\x01\x80abc"
    texts, report = texts_of(zipped({"raw/1_c.txt": _REQUEST, "raw/1_s.txt": response}))
    assert base64.b64encode(b"\x8b\x01\x80abc") in texts[0]
    assert report.warnings == ["bodies are kept as they were sent, compressed: br of 'https://api.example.test/v1?a=b'"]


def test_an_expanding_body_stays_as_it_is() -> None:
    """What would become larger than an entry may be is not decoded."""
    bomb = gzip.compress(bytes(2_000_000))
    response = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb
    archive = zipped({"raw/1_c.txt": _REQUEST, "raw/1_s.txt": response})
    texts, report = texts_of(archive, Limits(max_entry_bytes=1_000_000))
    assert len(texts) == 1
    assert len(texts[0]) < 2 * len(bomb)
    assert "gzip of" in report.warnings[0]


def test_xml_that_is_malformed_is_named() -> None:
    """The error has the member, and the line in it."""
    files = _FILES | {"raw/01_m.xml": b"<Session>\n<oops</Session>"}
    with pytest.raises(InvalidJsonError, match=r"malformed XML: .* in 'raw/01_m\.xml'") as raised:
        texts_of(zipped(files))
    assert raised.value.line == 2
