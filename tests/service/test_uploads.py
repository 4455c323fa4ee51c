"""Uploads of every kind: compressed, encoded, damaged, hostile, partly malformed, many at once."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.support import hars
from tests.support.hars import assert_nothing_left, entries_of, entry, har, imported, numbered, saved, send
from tests.support.server import Server, start_server

MIB = 1 << 20
TEXT = har(entry(0), entry(1, ',"_note":"Größe 𝄞 \\u2028"'.encode()), *map(entry, range(2, 400)))


@pytest.fixture
def api(server: Server) -> Iterator[Server]:
    """The shared server, empty before and after."""
    yield server
    hars.remove_sessions(server)


@contextmanager
def limited(tmp_path: Path, *options: str) -> Iterator[Server]:
    """A server with options of the test's own."""
    running = start_server(tmp_path / "data", *options)
    try:
        yield running
    finally:
        running.stop()


def refused(api: Server, file: Path, error: str = "Invalid HAR file format") -> dict[str, Any]:
    """Check that a file is refused and leaves nothing; return the answer."""
    status, answer = send(api, "import", file)
    assert (status, answer["error"]) == (400, error)
    assert_nothing_left(api)
    return dict(answer)


def _in_parts(compress: Callable[[bytes], bytes], text: bytes) -> bytes:
    """Return a text compressed in three parts, cut inside of entries, one of them empty."""
    return compress(text[:5_000]) + compress(b"") + compress(text[5_000:9_999]) + compress(text[9_999:])


def _without_size(text: bytes) -> bytes:
    """Return a text as a zstd frame that does not tell its size, as streams are."""
    return zstandard.ZstdCompressor(write_content_size=False).compress(text)


ENCODED = {
    "identity": TEXT,
    "bom": codecs.BOM_UTF8 + TEXT,
    "utf-16": codecs.BOM_UTF16_LE + TEXT.decode().encode("utf-16-le"),
    "utf-16 big": codecs.BOM_UTF16_BE + TEXT.decode().encode("utf-16-be"),
    "gzip": gzip.compress(TEXT),
    "gzip members": _in_parts(gzip.compress, TEXT),
    "gzip padded": gzip.compress(TEXT) + bytes(1_000),
    "zstd": zstandard.compress(TEXT),
    "zstd frames": _in_parts(zstandard.compress, TEXT),
    "zstd streamed": _in_parts(_without_size, TEXT),
    "gzip+bom": gzip.compress(codecs.BOM_UTF8 + TEXT),
    "zstd+utf-16": zstandard.compress(TEXT.decode().encode("utf-16")),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_wrapped_files_are_unwrapped(api: Server, tmp_path: Path, encoding: str) -> None:
    """Gzip and zstd in any number of parts, byte order marks and UTF-16 give the same entries as the bare file."""
    answer = imported(api, saved(tmp_path / "x.har", ENCODED[encoding]))
    assert (answer["imported"], answer["encoding"]) == (400, encoding.split(" ")[0])
    assert (answer["uploadBytes"], bool(answer["warnings"])) == (len(ENCODED[encoding]), "utf-16" in encoding)
    assert entries_of(hars.export(api, answer["sessionId"])) == entries_of(TEXT)


def test_layout_is_kept(api: Server, tmp_path: Path) -> None:
    """A HAR over many lines comes out with each entry over as many lines, byte for byte."""
    pretty = json.dumps(json.loads(TEXT), indent=2, ensure_ascii=False).replace("\n", "\r\n").encode()
    answer = imported(api, saved(tmp_path / "x.har", pretty))
    assert entries_of(hars.export(api, answer["sessionId"])) == entries_of(pretty)
    assert [len(one.splitlines()) > 20 for one in entries_of(pretty)] == [True] * 400


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("curl -sS URL/api/har/import -F 'file=<FILE'", "Imported: HAR"),
        ("cat FILE | curl -sS URL/api/har/import -F 'file=@-'", "Imported: -"),
        ("cat FILE | curl -sS URL/api/har/import -F 'file=@-;filename=a.b.har.gz'", "Imported: a.b"),
        ("curl -sS URL/api/har/import -H 'Transfer-Encoding: chunked' -F file=@FILE", "Imported: x"),
        ("curl -sS URL/api/har/import -H 'Expect:' -F 'file=@FILE;filename=C:\\dir\\y.HAR'", "Imported: y"),
        ("curl -sS URL/api/har/import --http1.0 -F file=@FILE", "Imported: x"),
    ],
)
def test_every_way_of_curl_to_send_a_file(api: Server, tmp_path: Path, command: str, name: str) -> None:
    """A file may come without a name, from a pipe, chunked, unannounced, or over HTTP/1.0."""
    file = hars.generated(tmp_path / "x.har", "mixed", 3_000_000)
    answer = json.loads(hars.shell(api, command.replace("FILE", str(file))))
    assert (answer["success"], answer["sessionName"], answer["uploadBytes"]) == (True, name, file.stat().st_size)
    assert entries_of(hars.export(api, answer["sessionId"])) == entries_of(file.read_bytes())


def _damaged(data: bytes) -> bytes:
    """Return data with one byte in the middle changed."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x55]) + data[middle + 1 :]


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("harm", ["damaged", "cut in half", "less its last byte", "followed by text"])
def test_damaged_compressed_files_are_refused(api: Server, tmp_path: Path, kind: str, harm: str) -> None:
    """Compressed data that is damaged or cut off anywhere is refused with a place, even where the HAR is whole."""
    data = gzip.compress(TEXT) if kind == "gzip" else zstandard.ZstdCompressor(write_checksum=True).compress(TEXT)
    harmed = {
        "damaged": _damaged(data),
        "cut in half": data[: len(data) // 2],
        "less its last byte": data[:-1],
        "followed by text": data + b"}",
    }
    answer = refused(api, saved(tmp_path / "x.har", harmed[harm]))
    assert {"byte", "line", "detail"} <= answer.keys()


def _gzip_bomb(path: Path, start: bytes, filling: bytes, size: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(start)
        for _ in range(size // MIB):
            file.write(filling * MIB)


def _zstd_bomb(path: Path, start: bytes, filling: bytes, size: int) -> None:
    with path.open("wb") as raw, zstandard.ZstdCompressor(level=1).stream_writer(raw) as file:
        file.write(start)
        for _ in range(size // MIB):
            file.write(filling * MIB)


START = b'{"log":{"entries":['


@pytest.mark.parametrize("bomb", [_gzip_bomb, _zstd_bomb])
@pytest.mark.parametrize(
    ("start", "filling", "statuses"),
    [
        (START, b" ", [400]),
        (START + b"[", b"0", [400]),
        (b"", b"\0", [400]),
        (START + entry(0)[:-1] + b',"x":"', b"a", [400]),
        (START + entry(0)[:-1] + b',"x":"', b"}", [400]),
        (b'{"x":"', b"\\\\", [400, 413]),
        (b'{"log":{"x":["', b"[", [400, 413]),
    ],
    ids=["spaces", "a number", "zeros", "a string", "brackets", "envelope", "brackets in the envelope"],
)
def test_bombs_are_refused(
    tmp_path: Path, bomb: Callable[..., None], start: bytes, filling: bytes, statuses: list[int]
) -> None:
    """What expands to 400 MB is refused with its place, and never held beyond one entry of the greatest length."""
    bomb(tmp_path / "x.har", start, filling, 400 * MIB)
    with limited(tmp_path) as api:
        send(api, "import", saved(tmp_path / "small.har", TEXT))
        hars.remove_sessions(api)
        before = api.resident()
        for route in ("import", "validate"):
            status, answer = send(api, route, tmp_path / "x.har")
            assert status in statuses
            assert {"byte", "line"} <= answer.keys()
        assert_nothing_left(api)
        peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{api.process.pid}/status").read_text())
        assert peak is not None
        # The largest entry that is allowed, and what every import takes beside it.
        assert int(peak[1]) * 1024 - before < (128 + 52) * MIB


@pytest.mark.parametrize("end", [b"", b'\n"}'], ids=["cut off", "malformed"])
def test_a_fault_in_a_large_body_is_found_at_once(tmp_path: Path, end: bytes) -> None:
    """A fault behind a body of many brackets is found in a time that is not quadratic in the body's length."""
    body = b'{\\"id\\":12345,\\"tags\\":[1,2,3]},' * 130_000
    file = saved(tmp_path / "x.har", START + entry(0) + b"," + entry(1)[:-1] + b',"x":"' + body + end)
    server = start_server(tmp_path / "data")
    try:
        # Not a measurement: the answer takes a second, or else half an hour.
        assert send(server, "import", file, "-m", "20")[0] == 400
    finally:
        server.kill()


def test_a_zip_archive_is_refused_with_advice(api: Server, tmp_path: Path) -> None:
    """A zip archive is told as such."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.har", TEXT)
    assert "zip" in refused(api, saved(tmp_path / "x.zip", data.getvalue()))["detail"]


def test_small_uploads_go_on_while_a_big_one_runs(api: Server, tmp_path: Path) -> None:
    """Uploads run side by side, and none gets into another."""
    big = hars.generated(tmp_path / "big.har", "mixed", 60_000_000)
    texts = [har(*(entry(number, b',"_upload":%d' % upload) for number in range(50))) for upload in range(20)]
    files = [saved(tmp_path / f"{number}.har", text) for number, text in enumerate(texts)]
    with ThreadPoolExecutor(5) as pool:
        slow = pool.submit(imported, api, big, "--limit-rate", "30M")
        hars.wait_for(lambda: hars.staged(api))
        answers = list(pool.map(lambda file: imported(api, file), files))
    for text, answer in zip(texts, answers, strict=True):
        assert entries_of(hars.export(api, answer["sessionId"])) == entries_of(text)
    assert entries_of(hars.export(api, slow.result()["sessionId"])) == entries_of(big.read_bytes())


MALFORMED: list[tuple[bytes, str, str]] = [
    (b"1", "", "not an object"),
    (b"null", "", "not an object"),
    (b'["x"]', "", "not an object"),
    (b"{}", ".request", "no request"),
    (b'{"request":[]}', ".request", "request is not an object"),
    (b'{"request":{}}', ".request.url", "request has no url"),
    (b'{"request":{"url":null}}', ".request.url", "request.url is not a string"),
]


def test_malformed_entries_are_counted_and_described(api: Server, tmp_path: Path) -> None:
    """Of a HAR with malformed entries the others are imported; what is wrong is told with its place."""
    entries = [entry(0)]
    for number, (text, _, _) in enumerate(MALFORMED, 1):
        entries += [b"\n" + text, entry(number)]
    text = har(*entries)
    places = [text.index(b"\n" + one) + 1 for one, _, _ in MALFORMED]
    errors = [
        {"entry": 2 * number + 1, "byte": place, "line": number + 2, "column": 1}
        | {"path": f"log.entries[{2 * number + 1}]{path}", "reason": reason}
        for number, (place, (_, path, reason)) in enumerate(zip(places, MALFORMED, strict=True))
    ]
    file = saved(tmp_path / "x.har", text)
    answer = imported(api, file)
    assert (answer["success"], answer["imported"], answer["total"], answer["warnings"]) == (True, 8, 15, [])
    assert answer["errors"] == errors
    assert entries_of(hars.export(api, answer["sessionId"])) == [entry(number) for number in range(8)]
    validation = send(api, "validate", file)[1]
    assert (validation["entryCount"], validation["importable"], validation["errors"]) == (15, 8, errors)


def test_only_the_first_hundred_problems_are_described(api: Server, tmp_path: Path) -> None:
    """All malformed entries are counted, a hundred described, and a warning says that there are more."""
    answer = imported(api, saved(tmp_path / "x.har", har(*[b"{}"] * 150, entry(0))))
    assert (answer["imported"], answer["total"], len(answer["errors"])) == (1, 151, 100)
    assert [("100" in one, "150" in one) for one in answer["warnings"]] == [(True, True)]


def test_an_import_of_malformed_entries_only(api: Server, tmp_path: Path) -> None:
    """A HAR in which no entry can be imported becomes an empty capture, and says so."""
    answer = imported(api, saved(tmp_path / "x.har", har(b"{}", b"1")))
    assert (answer["success"], answer["imported"], answer["total"]) == (True, 0, 2)
    assert entries_of(hars.export(api, answer["sessionId"])) == []


def test_an_entry_over_the_limit_is_left_out(tmp_path: Path) -> None:
    """An entry that is larger than the limit is counted as failed, and those around it are imported."""
    large = entry(1, b',"_x":"' + b'\\"]}' * 500_000 + b'","_y":' + b"[" * 500 + b"]" * 500)
    just_right = entry(2, b',"_x":"%b"' % (b"a" * (100_000 - len(entry(2)) - len(',"_x":""'))))
    text = har(entry(0), large, just_right, just_right[:-1] + b" }", entry(3))
    with limited(tmp_path, "--max-entry-bytes", "100000") as api:
        answer = imported(api, saved(tmp_path / "x.har", text))
        assert (answer["imported"], answer["total"]) == (3, 5)
        assert [(one["entry"], one["path"]) for one in answer["errors"]] == [
            (1, "log.entries[1]"),
            (3, "log.entries[3]"),
        ]
        assert entries_of(hars.export(api, answer["sessionId"])) == [entry(0), just_right, entry(3)]


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        har(entry(0), entry(1, b',"_x":' + DEEP)),
        har(entry(0), DEEP, entry(1)),
        har(entry(0), b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        har(entry(0), head=b'"_x":' + DEEP + b","),
        har(entry(0), tail=b',"_x":' + DEEP),
        DEEP,
    ],
    ids=["in an entry", "as an entry", "objects", "before", "after", "instead"],
)
def test_absurd_nesting_is_refused(api: Server, tmp_path: Path, text: bytes) -> None:
    """Nesting of 100,000 levels is refused with its place wherever it is, and the server lives on."""
    file = saved(tmp_path / "x.har", text)
    status, answer = send(api, "import", file)
    assert (status, {"byte", "line"} <= answer.keys()) == (400, True)
    assert send(api, "validate", file)[0] == 400
    assert_nothing_left(api)


def test_deep_nesting_is_kept(api: Server, tmp_path: Path) -> None:
    """Nesting deeper than Python's own limits, in an entry, is kept byte for byte."""
    deep = entry(1, b',"_x":' + b'{"a":[' * 2_000 + b"]}" * 2_000)
    answer = imported(api, saved(tmp_path / "x.har", har(entry(0), deep, entry(2))))
    assert answer["imported"] == 3
    ids = hars.ids_of(api, answer["sessionId"])
    assert [api.curl(f"/api/entries/{one}") for one in ids] == [entry(0), deep, entry(2)]


NO_HAR = {
    "JSONP": b"onInputData(" + numbered(2) + b");",
    "HTML": b"<!DOCTYPE html>\n<html><body>404</body></html>",
    "empty": b"",
    "white space": b" \n\t",
    "only a byte order mark": codecs.BOM_UTF8,
    "an odd byte of UTF-16": (codecs.BOM_UTF16_LE + numbered(2).decode().encode("utf-16-le"))[:-1],
    "Latin-1": har(entry(0), entry(1, ',"_x":"Größe"'.encode("latin-1"))),
    "text after": numbered(2) + b"\nx",
    "another HAR after": numbered(2) + numbered(2),
    "a comma too many": har(entry(0), b""),
    "zeros after": numbered(2) + bytes(100),
}


@pytest.mark.parametrize("kind", NO_HAR)
def test_what_is_no_json_is_refused(api: Server, tmp_path: Path, kind: str) -> None:
    """A file that is no JSON document is refused with a place and a reason."""
    answer = refused(api, saved(tmp_path / "x.har", NO_HAR[kind]))
    assert {"byte", "line", "detail"} <= answer.keys()


def test_files_cut_off_anywhere_are_refused_at_their_end(api: Server, tmp_path: Path) -> None:
    """A HAR that is cut off is refused, the place is its end, and nothing of it is kept."""
    text = hars.generated(tmp_path / "whole.har", "mixed", 3_000_000).read_bytes().rstrip()
    for cut in sorted(random.Random(1).sample(range(1, len(text)), 20)):
        answer = refused(api, saved(tmp_path / "x.har", text[:cut]))
        assert (answer["byte"], answer["line"]) == (cut, text.count(b"\n", 0, cut) + 1)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("multipart/form-data", b"--x--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + TEXT),
        ("multipart/form-data; boundary=x", b"no part at all"),
    ],
    ids=["no boundary", "cut off", "no part"],
)
def test_malformed_forms_are_refused(api: Server, tmp_path: Path, headers: str, body: bytes) -> None:
    """A body that is no multipart form, or whose form is cut off after a whole HAR, is refused and not kept."""
    file = saved(tmp_path / "body", body)
    status, answer = api.status("/api/har/import", "-H", f"Content-Type: {headers}", "--data-binary", f"@{file}")
    assert (status, answer["error"]) == (400, "Invalid request")
    assert_nothing_left(api)
