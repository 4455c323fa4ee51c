"""WARC files: records are as long as they say, and what is in them cannot end them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io

from warcio.archiveiterator import ArchiveIterator

from tests.support.exported import HOSTILE, exchange, exported


def _records(data: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Read records as the standard has them."""
    records = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        assert first == "WARC/1.1"
        fields = dict(line.split(": ", 1) for line in lines)
        length = int(fields["Content-Length"])
        block, data = data[:length], data[length:]
        assert data.startswith(b"\r\n\r\n")
        data = data[4:]
        digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
        assert fields["WARC-Block-Digest"] == f"sha1:{digest}"
        records.append((fields, block))
    return records


def test_entries_are_pairs_of_records() -> None:
    """After one that says what made it; a body is stored decoded, and headers say so."""
    headers = [{"name": "Content-Encoding", "value": "gzip"}, {"name": "Content-Length", "value": "22"}]
    data = exported("warc", exchange("http://a.test/x?y", response={"headers": headers}))
    (info, _), (response, block), (request, asked) = _records(data)
    assert info["WARC-Type"] == "warcinfo"
    assert response["WARC-Target-URI"] == request["WARC-Target-URI"] == "http://a.test/x?y"
    assert response["WARC-Date"] == "2026-01-02T03:04:05.678000Z"
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert block == (
        b"HTTP/1.1 200 OK\r\nX-Archive-Orig-Content-Encoding: gzip\r\nX-Archive-Orig-Content-Length: 22\r\n"
        b"Content-Length: 2\r\n\r\nok"
    )
    assert asked == b"GET /x?y HTTP/1.1\r\nHost: a.test\r\n\r\n"
    ids = [fields["WARC-Record-ID"] for fields, _ in _records(data)]
    assert len(set(ids)) == 3


def test_each_record_is_a_member_of_gzip() -> None:
    """The text is the same; there are as many members as records."""
    entries = [exchange(f"http://a.test/{number}") for number in range(3)]
    packed, text = exported("warc.gz", *entries), exported("warc", *entries)
    assert gzip.decompress(packed) == text
    assert packed.count(b"\x1f\x8b\x08") >= len(_records(text)) == 7


def test_hostile_texts_end_no_record() -> None:
    """Nor a header, or a line."""
    hostile = f"{HOSTILE}\r\n\r\nWARC/1.1\r\nX: y"
    headers = [{"name": "X", "value": hostile}, {"name": hostile, "value": "x"}]
    entry = exchange(
        f"http://a.test/{hostile}",
        request={"headers": headers},
        response={"headers": headers, "statusText": hostile, "content": {"text": hostile}},
    )
    records = _records(exported("warc", entry))
    assert [fields["WARC-Type"] for fields, _ in records] == ["warcinfo", "response", "request"]
    assert all(line.partition(b":")[0] in (b"X", b"Content-Length", b"Host") or line.startswith((b"HTTP", b"GET"))
               for _, block in records[1:] for line in block.partition(b"\r\n\r\n")[0].split(b"\r\n"))  # fmt: skip


def test_warcio_reads_it_whole() -> None:
    """Digests are right, HTTP messages are parsed, and bodies are those that were captured, in both forms."""
    entries = [exchange(f"http://a.test/{number}", response={"status": 200 + number}) for number in range(4)]
    for form in ("warc", "warc.gz"):
        records = ArchiveIterator(io.BytesIO(exported(form, *entries)), check_digests="raise")
        found = [
            (one.rec_type, one.http_headers.get_statuscode(), one.content_stream().read())
            for one in records
            if one.rec_type == "response"
        ]
        assert found == [("response", str(200 + number), b"ok") for number in range(4)]
