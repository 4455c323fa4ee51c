"""Uploads that are compressed or encoded, sent in every way that curl knows, and many at once."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard

from tests.support import hars
from tests.support.hars import assert_nothing_left, entries_of, entry, har, imported, saved
from tests.support.server import Server
from tests.support.uploads import TEXT, refused


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


@pytest.mark.slow
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


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("harm", ["damaged", "cut in half", "less its last byte", "followed by text"])
def test_damaged_compressed_files_are_refused(api: Server, tmp_path: Path, coding: str, harm: str) -> None:
    """Compressed data that is damaged or cut off anywhere is refused with a position, even where the HAR is whole."""
    data = gzip.compress(TEXT) if coding == "gzip" else zstandard.ZstdCompressor(write_checksum=True).compress(TEXT)
    harmed = {
        "damaged": _damaged(data),
        "cut in half": data[: len(data) // 2],
        "less its last byte": data[:-1],
        "followed by text": data + b"}",
    }
    answer = refused(api, saved(tmp_path / "x.har", harmed[harm]))
    assert {"byte", "line", "detail"} <= answer.keys()


def test_an_archive_that_is_no_capture_is_refused_with_its_content(api: Server, tmp_path: Path) -> None:
    """What is in a zip archive is said, and an archive of another kind is told as such."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.txt", TEXT)
    assert "'x.txt'" in refused(api, saved(tmp_path / "x.zip", data.getvalue()))["detail"]
    assert "7z" in refused(api, saved(tmp_path / "x.7z", b"7z\xbc\xaf\x27\x1c" + bytes(600)))["detail"]


@pytest.mark.slow
@pytest.mark.data_folder
def test_small_uploads_go_on_while_a_big_one_runs(api: Server, tmp_path: Path) -> None:
    """Uploads run side by side, and none gets into another."""
    big = hars.generated(tmp_path / "big.har", "mixed", 20_000_000)
    texts = [har(*(entry(number, b',"_upload":%d' % upload) for number in range(50))) for upload in range(20)]
    files = [saved(tmp_path / f"{number}.har", text) for number, text in enumerate(texts)]
    with ThreadPoolExecutor(5) as pool:
        slow = pool.submit(imported, api, big, "--limit-rate", "5M")
        hars.wait_for(lambda: hars.staged(api))
        answers = list(pool.map(lambda file: imported(api, file), files))
    for text, answer in zip(texts, answers, strict=True):
        assert entries_of(hars.export(api, answer["sessionId"])) == entries_of(text)
    assert entries_of(hars.export(api, slow.result()["sessionId"])) == entries_of(big.read_bytes())


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


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("bzip2", "the file is bzip2 data"),
        ("xz", "the file is xz data"),
        ("gzip | gzip", "the file is gzip data, inside of gzip data"),
        ("base64", "the file is base64"),
        ("iconv -t UTF-16LE", "the file is UTF-16 without a byte order mark"),
        ("iconv -t UTF-32", "the file is UTF-32"),
        ("sed 's/.*/<!DOCTYPE html><html>/'", "the file is an HTML page"),
        ("sed 's/{/{NaN/2'", "NaN is no JSON"),
        ("sed 's/{/{None/2'", "None is a word of Python"),
        ("tr '\"' \"'\"", "single quote"),
    ],
)
def test_a_refusal_names_what_the_file_is(api: Server, command: str, said: str) -> None:
    """Import and validation alike, whatever a shell has made of a HAR."""
    har_text = '{"log":{"version":"1.2","entries":[]}}'
    for route in ("import", "validate"):
        make = f"printf '%s' '{har_text}' | {command}"
        answer = json.loads(hars.shell(api, f"{make} | curl -sS URL/api/har/{route} -F 'file=@-;filename=a.har'"))
        assert said in answer["detail"]
        assert answer["byte"] is not None
