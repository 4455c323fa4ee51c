"""What a file is that is no HAR."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidHarError
from harlake.har.parse.file_kinds import ENOUGH, may_be_refused, why_no_har
from harlake.upload.decompression import UploadDecoder

_HAR: Final = b'{"log":{"version":"1.2","creator":{"name":"example","version":"1"},"entries":[]}}'


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.har", _HAR)
    return file.getvalue()


def _tar(mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        member = tarfile.TarInfo("a.har")
        member.size = len(_HAR)
        archive.addfile(member, io.BytesIO(_HAR))
    return file.getvalue()


_FILES: Final = {
    "a zip archive": _zip(),
    "gzip data inside": gzip.compress(gzip.compress(_HAR)),
    "a zip archive: unpack": gzip.compress(_zip()),
    "bzip2 data": bz2.compress(_HAR),
    "xz data": lzma.compress(_HAR),
    "lzma data": lzma.compress(_HAR, lzma.FORMAT_ALONE),
    "zlib data": zlib.compress(_HAR),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "a tar archive": _tar(),
    "a tar archive: unpack": _tar("w:gz"),
    "UTF-16 without": _HAR.decode().encode("utf-16-le"),
    "UTF-16 without a": _HAR.decode().encode("utf-16-be"),
    "UTF-32": _HAR.decode().encode("utf-32"),
    "UTF-32: harlake": _HAR.decode().encode("utf-32-be"),
    "HTML": b"<!DOCTYPE html><html><body>Sign in</body></html>",
    "HTML, not": b"\n <html lang='en'>",
    "XML": b"<?xml version='1.0'?><log/>",
    "base64": base64.b64encode(_HAR),
    "base64, not": base64.encodebytes(gzip.compress(_HAR * 20)),
    "JavaScript": b"var har = {};",
    "JavaScript, not": b"callback({})",
    "JavaScript, not a": b"export default {}",
    "a data: URL": b"data:application/json;base64,e30=",
    "a WARC file": b"WARC/1.0\r\n",
    "an HTTP message": b"HTTP/1.1 200 OK\r\n\r\n" + _HAR,
    "the body of a form": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n{}',
    "a flow file of mitmproxy": b"1234:7:version;",
    "YAML": b"log:\n  entries: []\n",
    "a PDF document": b"%PDF-1.7",
    "a PNG picture": b"\x89PNG\r\n\x1a\n",
}


def _decode(data: bytes, step: int) -> bytes:
    decoder = UploadDecoder()
    parts = [part for at in range(0, len(data), step) for part in decoder.feed(data[at : at + step])]
    return b"".join([*parts, *decoder.close()])


@pytest.mark.parametrize("kind", _FILES)
@pytest.mark.parametrize("step", [1, 1_000_000])
def test_what_it_is_is_said(kind: str, step: int) -> None:
    """At its first byte, however it comes."""
    with pytest.raises(InvalidHarError) as caught:
        _decode(_FILES[kind], step)
    error = caught.value
    assert (error.detail or "").startswith(kind)
    assert (error.byte, error.line, error.column) == (0, 1, 1)


_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON, st.sampled_from([None, 1, "\t"]), st.text(" \t\r\n"), st.booleans())
def test_no_json_is_refused(value: object, indent: int | str | None, space: str, ascii_only: bool) -> None:
    """Also where a HAR may not begin so: what is wrong with it has a place."""
    text = (space + json.dumps(value, indent=indent, ensure_ascii=ascii_only)).encode(errors="surrogatepass")
    assert all(why_no_har(text[:length]) is None for length in range(min(len(text), 2 * ENOUGH)))
    assert _decode(text, 7) == text


def test_an_object_is_not_waited_for() -> None:
    """Its first two bytes are enough."""
    assert not may_be_refused(b'{"')
    assert not may_be_refused(b'\n\t{\n  "')
    assert may_be_refused(b"{'")
    assert not may_be_refused(b" " * ENOUGH)
