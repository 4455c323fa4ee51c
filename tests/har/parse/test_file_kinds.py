"""What a file is, told by its first bytes."""

from __future__ import annotations

import base64
import bz2
import codecs
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.parse.file_kinds import FIRST_BYTES, kind_of

HAR = b'{"log":{"version":"1.2","creator":{"name":"example","version":"1"},"entries":[]}}'


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("a.har")
        member.size = len(HAR)
        archive.addfile(member, io.BytesIO(HAR))
    return file.getvalue()


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.har", HAR)
    return file.getvalue()


KINDS = [
    (gzip.compress(HAR, mtime=0), "gzip"),
    (zstandard.compress(HAR), "zstd"),
    (bz2.compress(HAR), "bzip2"),
    (bz2.compress(b""), "bzip2"),
    (lzma.compress(HAR), "xz"),
    (lzma.compress(HAR, lzma.FORMAT_ALONE), "LZMA"),
    *((zlib.compress(HAR, level), "zlib") for level in (0, 1, 6, 9)),
    (_tar(), "tar archive"),
    (_zip(), "zip archive"),
    (b"PK\x05\x06" + bytes(18), "empty zip"),
    (b"7z\xbc\xaf\x27\x1c\x00\x04", "7z archive"),
    (b"Rar!\x1a\x07\x01\x00", "RAR archive"),
    (b"\x89PNG\r\n\x1a\n\0\0", "PNG"),
    (b"%PDF-1.7\n", "PDF"),
    (b"SQLite format 3\0", "SQLite"),
    (b"\x1b\x12\x00\xf8\x8d\x94", "Brotli"),
    (b"\x8b\x28\x80\x7b\x22\x6c", "Brotli"),
    (zlib.compress(HAR)[2:], "binary|UTF-8 text"),
    (bytes(4_000), "zero bytes"),
    *((HAR.decode().encode(name), "UTF-16 without") for name in ("utf-16-le", "utf-16-be")),
    *((HAR.decode().encode(name), "UTF-32") for name in ("utf-32-le", "utf-32-be", "utf-32")),
    (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML"),
    (b"\n\n<HTML lang=en>", "HTML"),
    (b'<?xml version="1.0"?><log/>', "XML"),
    (b"<log><entry/></log>", "XML"),
    (base64.b64encode(HAR), "base64"),
    (base64.encodebytes(HAR), "base64"),
    (base64.b64encode(gzip.compress(HAR, mtime=0)), "base64"),
    (base64.urlsafe_b64encode(HAR).rstrip(b"="), "base64"),
    (HAR.hex().encode(), "hexadecimal"),
    (b"%7B%22log%22%3A%7B%7D%7D", "percent-encoded"),
    (b"data:application/json;base64,e30=", "data URL"),
    (json.dumps(HAR.decode()).encode(), "JSON string"),
    (b"b'{\"log\": 1}'", "Python"),
    (b"OrderedDict([('log', 1)])", "Python"),
    (b"var har = {\n", "JavaScript"),
    (b"module.exports = {", "JavaScript"),
    (b"export default {", "JavaScript"),
    (b'({"log":{}})', "JavaScript"),
    (b'onInputData({"log":{}});', "JSONP"),
    (b'har = {"log":{}}', "assignment"),
    (b"log:\n  version: 1.2\n", "YAML"),
    (b')]}\'\n{"log":{}}', "prefix"),
    (b"HTTP/1.1 200 OK\r\n", "HTTP message"),
    (b"--x1\r\nContent-Disposition: form-data", "form"),
    (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    (b"1234:7:version;1:9#", "mitmproxy"),
]


@pytest.mark.parametrize(("data", "kind"), KINDS)
def test_files_that_are_no_json_are_named(data: bytes, kind: str) -> None:
    """By their marks, by how their text begins, or by what they are in base64 and the like."""
    found = kind_of(data[:FIRST_BYTES])
    assert found is not None
    assert any(one in found for one in kind.split("|"))


@given(
    st.sampled_from(["", " ", "\n\t ", "\r\n"]),
    st.dictionaries(st.text(), st.text() | st.integers()),
    st.sampled_from([None, 2]),
)
def test_json_objects_are_json(space: str, document: dict[str, object], indent: int | None) -> None:
    """Whatever is in them, and however they are written."""
    text = space + json.dumps(document, indent=indent, ensure_ascii=False)
    assert kind_of(text.encode()[:FIRST_BYTES]) is None


@pytest.mark.parametrize(
    "text", ["", " \n", "[1]", "5", "-1", "null", "true", '"a"', "{log:1}", "{'log':1}", "// x\n{}"]
)
def test_what_a_parser_says_better_is_left_to_it(text: str) -> None:
    """JSON that is no object, and text that is nearly JSON, have a place where they go wrong."""
    assert kind_of(text.encode()) is None


@given(st.binary(max_size=FIRST_BYTES))
def test_any_bytes_are_something_or_nothing(data: bytes) -> None:
    """No bytes make it fail."""
    for text in (data, codecs.BOM_UTF8 + data):
        assert kind_of(text) is None or kind_of(text)
