"""Tells by a file's first bytes what it is, if it is no JSON: an archive, a page, a script, text in another encoding.

Strategy: what begins as a HAR does is none of them, and costs one match. All others are compared with the marks of
formats, then with the ways in which texts begin. What a text stands for in base64 or the like is looked at in turn.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

#: So many bytes are enough: a tar archive's mark stands behind its first name, its owner and its times.
FIRST_BYTES: Final = 512

_UNPACK: Final = "unpack it and upload the HAR inside"
_JSON: Final = re.compile(rb"[ \t\r\n]*\{[ \t\r\n]*[\"}]")
_MARKS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1f\x8b", f"gzip data: {_UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"zstd data: {_UNPACK}"),
    (b"PK\x03\x04", f"a zip archive: {_UNPACK}"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"PK\x07\x08", f"a zip archive: {_UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"a 7z archive: {_UNPACK}"),
    (b"Rar!\x1a\x07", f"a RAR archive: {_UNPACK}"),
    (b"\xfd7zXZ\0", f"xz data: {_UNPACK}"),
    (b"LZIP", f"lzip data: {_UNPACK}"),
    (b"\x5d\0\0", f"LZMA data: {_UNPACK}"),
    (b"\x04\x22\x4d\x18", f"LZ4 data: {_UNPACK}"),
    (b"\xff\x06\0\0sNaPpY", f"Snappy data: {_UNPACK}"),
    (b"\x1f\x9d", f"data of compress (.Z): {_UNPACK}"),
    (b"!<arch>\n", f"an ar archive: {_UNPACK}"),
    (b"MSCF", f"a cabinet archive: {_UNPACK}"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of Microsoft Office"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"bplist00", "a binary property list"),
    (b"\x0a\x0d\x0d\x0a", "a capture of packets (pcapng)"),
    (b"\xd4\xc3\xb2\xa1", "a capture of packets (pcap)"),
    (b"\xa1\xb2\xc3\xd4", "a capture of packets (pcap)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
    (b"Salted__", "encrypted data: decrypt it"),
)
_BZIP2: Final = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_TAR: Final = slice(257, 262)
_UTF_16: Final = tuple(
    (re.compile(pattern, re.DOTALL), f"UTF-16 without a byte order mark: {how}")
    for how in ("write it as UTF-8, which HAR prescribes",)
    for pattern in (rb"[\t\n\r -~]\0[\t\n\r -~]\0", rb"\0[\t\n\r -~]\0[\t\n\r -~]")
)
_UTF_32: Final = re.compile(rb"\xff\xfe\0\0|\0\0\xfe\xff|[\t\n\r -~]\0\0\0|\0\0\0[\t\n\r -~]")

#: How texts begin, apart from white space.
_TEXTS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (
            rb"<!doctype\s+html|<(?:html|head|body|title|script|meta|div)\b",
            "an HTML page, maybe that of a login or an error",
        ),
        (rb"<\?xml\b|<!doctype\b|<[a-z][\w:.-]*[\s/>]", "XML"),
        (rb"<!--", "HTML or XML"),
        (rb"<<<<<<< ", "a file with conflicts of a merge in it"),
        (rb"HTTP/\d(?:\.\d)? \d{3}", "an HTTP message: the HAR may be its body"),
        (
            rb"(?:MIME-Version|From|Subject|Return-Path|Received|Content-Type|Content-Disposition): ",
            "a message with headers",
        ),
        (rb"--[^\s\"]{1,200}\r?\nContent-Disposition:", "a form of several parts: the HAR may be in one of them"),
        (rb"-----BEGIN ", "data in PEM"),
        (rb"version https://git-lfs\.", "a pointer of Git LFS: fetch the file itself"),
        (rb"curl\s+['\"$-]", "a curl command"),
        (rb"\)\]\}['\",]", "JSON behind a prefix against its use as a script: leave that out"),
        (rb"\d+:\d+:[a-z_]+;", "a file of flows of mitmproxy: export a HAR"),
        (
            rb"(?:[bru]|[br][br])?('''|\"\"\")|(?:[bu]|[br][br])['\"]\s*\{",
            "a literal of Python: write it with json.dumps",
        ),
        (rb"(?:OrderedDict|dict|defaultdict)\(", "a literal of Python: write it with json.dumps"),
        (rb"\"\s*\{\s*\\\"", "a JSON string with JSON inside: decode it once"),
        (
            rb"(?:var|let|const)\s+[\w$]+\s*=|(?:module\.)?exports\b|export\s|import\s|[\"']use strict|\(?function\b",
            "JavaScript",
        ),
        (rb"\(\s*\{|(?:window|self|globalThis|this)[.\[]", "JavaScript"),
        (
            rb"(?:/\*[^*]{0,200}\*/\s*)?[\w$.]+\s*\(\s*\{",
            "JSONP, which is JavaScript: leave out the call around the JSON",
        ),
        (rb"[\w$.]+\s*=\s*[{\[(]", "an assignment of JavaScript or Python: leave out what is before the value"),
        (rb"---\s*\n|log:\s*\n", "YAML"),
    )
)

_BASE64: Final = re.compile(rb"(?:[A-Za-z0-9+/_-]{4}|[\r\n])++={0,2}")
_HEX: Final = re.compile(rb"(?:0x)?((?:[0-9a-f]{2})++)", re.IGNORECASE)
_DATA_URL: Final = re.compile(rb"data:[^,]{0,200},", re.IGNORECASE)
_PERCENT: Final = re.compile(rb"(?:%(?:0[9ad]|20))*+%7B", re.IGNORECASE)

_CONTROLS: Final = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ZLIB_METHOD: Final = 8
_ZLIB_LARGEST_WINDOW: Final = 7
_ZLIB_CHECK: Final = 31
_ASCII: Final = 128


def kind_of(first: bytes) -> str | None:
    """Return what a file is, in words, by its first :data:`FIRST_BYTES`; None if it may be JSON, or is not known."""
    if _JSON.match(first):
        return None
    return _kind_of_data(first) or _kind_of_text(first.lstrip()) or _kind_of_others(first)


def _kind_of_data(first: bytes) -> str | None:
    for mark, kind in _MARKS:
        if first.startswith(mark):
            return kind
    if _BZIP2.match(first):
        return f"bzip2 data: {_UNPACK}"
    if first[_TAR] == b"ustar":
        return f"a tar archive: {_UNPACK}"
    if first and not first.strip(b"\0"):
        return "a run of zero bytes: it was never written, or its disk was full"
    if _UTF_32.match(first):
        return "UTF-32: write it as UTF-8, which HAR prescribes"
    for pattern, kind in _UTF_16:
        if pattern.match(first):
            return kind
    return f"zlib data: {_UNPACK}" if _is_zlib(first) else None


def _is_zlib(first: bytes) -> bool:
    """Return whether a file begins as RFC 1950 says, and not as a text."""
    if len(first) < 2 or first[0] & 15 != _ZLIB_METHOD or first[0] >> 4 > _ZLIB_LARGEST_WINDOW:
        return False
    return not (first[0] << 8 | first[1]) % _ZLIB_CHECK and not first[:8].isascii()


def _kind_of_text(text: bytes) -> str | None:
    for pattern, kind in _TEXTS:
        if pattern.match(text):
            return kind
    for name, decode in _ENCODINGS:
        decoded = decode(text)
        if decoded and (_JSON.match(decoded) or _kind_of_data(decoded)):
            return f"{name}: decode it"
    return None


def _from_base64(text: bytes) -> bytes:
    match = _BASE64.match(text)
    digits = b"".join(match[0].split()).translate(bytes.maketrans(b"-_", b"+/")) if match else b""
    try:
        return binascii.a2b_base64(digits[: len(digits) // 4 * 4])
    except binascii.Error:
        return b""


def _from_hex(text: bytes) -> bytes:
    match = _HEX.match(text)
    return bytes.fromhex(match[1].decode()) if match else b""


def _from_percent(text: bytes) -> bytes:
    return unquote_to_bytes(text) if _PERCENT.match(text) else b""


def _from_data_url(text: bytes) -> bytes:
    return b"{}" if _DATA_URL.match(text) else b""


_ENCODINGS: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("base64", _from_base64),
    ("hexadecimal digits", _from_hex),
    ("percent-encoded text", _from_percent),
    ("a data URL", _from_data_url),
)


def _kind_of_others(first: bytes) -> str | None:
    """Return that a file is no text, if it has what texts have not."""
    if _CONTROLS.search(first[:64]):
        return "binary data of an unknown kind; if it is compressed, as with Brotli, unpack it"
    if first and first[0] >= _ASCII:
        try:
            first.decode()
        except UnicodeDecodeError as error:
            if error.start < len(first) - 3:
                return "neither UTF-8 text nor a known kind of data; if it is compressed, as with Brotli, unpack it"
    return None
