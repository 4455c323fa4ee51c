"""What a file is that is no HAR, told by its first bytes: people send what an archive, a server or a script gave them.

A file that begins as a JSON object does is never looked at: what is wrong with it has a place of its own.
"""

from __future__ import annotations

import re
from typing import Final

#: So many bytes tell every kind: a tar archive has its mark behind the name of its first file.
ENOUGH: Final = 512

#: A JSON object, or nothing but what may stand before one.
_OBJECT: Final = re.compile(rb'[ \t\r\n]*+(?:\{[ \t\r\n]*+(?:["}]|$)|$)', re.DOTALL)

_PACKED: Final = ": unpack it and upload the HAR inside"
_OTHER: Final = ", not a HAR"

#: Beginnings of what has a HAR inside, maybe.
_ARCHIVES: Final = {
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "an empty zip archive",
    b"\x1f\x8b": "gzip data inside of a compressed file",
    b"\x28\xb5\x2f\xfd": "zstd data inside of a compressed file",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ\0": "xz data",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x04\x22\x4d\x18": "lz4 data",
    b"LZIP": "lzip data",
    b"]\0\0": "lzma data",
    b"\x1f\x9d": "data of the program compress",
    b"\xff\x06\0\0sNaPpY": "snappy data",
    b"MSCF": "a cabinet archive",
}

#: Beginnings of what is something else.
_OTHERS: Final = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a RIFF file",
    b"\xd4\xc3\xb2\xa1": "a pcap capture of packets",
    b"\xa1\xb2\xc3\xd4": "a pcap capture of packets",
    b"\x4d\x3c\xb2\xa1": "a pcap capture of packets",
    b"\x0a\x0d\x0d\x0a": "a pcapng capture of packets",
    b"SQLite format 3\0": "a SQLite database",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"bplist": "a binary property list",
    b"\xd0\xcf\x11\xe0": "an Office document",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"WARC/": "a WARC file",
    b"HTTP/": "an HTTP message",
    b"data:": "a data: URL",
    b"http://": "a URL",
    b"https://": "a URL",
}

#: Encodings of Unicode whose characters have two bytes or four, with a mark or without.
_WIDE: Final = (
    (re.compile(rb"\xff\xfe\0\0|[\t\n\r -~]\0\0\0"), "UTF-32"),
    (re.compile(rb"\0\0\xfe\xff|\0\0\0[\t\n\r -~]"), "UTF-32"),
    (re.compile(rb"[\t\n\r -~]\0[\t\n\r -~]\0"), "UTF-16 without a byte order mark"),
    (re.compile(rb"\0[\t\n\r -~]\0[\t\n\r -~]"), "UTF-16 without a byte order mark"),
)

#: Texts, behind white space.
_TEXTS: Final = (
    (re.compile(rb"<!--|<!doctype html|<(?:html|head|body|title|meta|script|div|h1|p)\b", re.IGNORECASE), "HTML"),
    (re.compile(rb"<[?!a-z]", re.IGNORECASE), "XML"),
    # What JSON, gzip and zstd begin with, in base64.
    (re.compile(rb"(?:ey[A-P]|ew[og0k]|H4sI|KLUv|e30)[A-Za-z0-9+/_\r\n-]*+(?:=|$)"), "base64"),
    (re.compile(rb"--[^\r\n]{1,70}\r?\ncontent-", re.IGNORECASE), "the body of a form"),
    (re.compile(rb"[0-9]+:[0-9]+:[a-z]"), "a flow file of mitmproxy"),
    (re.compile(rb"---[ \t]*\r?\n|%YAML|log:\s"), "YAML"),
    (re.compile(rb"(?:curl|wget) [-'\"h]"), "a command line"),
    (
        re.compile(
            rb"(?:var|let|const|function|class|import|export|async|return|if|try)\b(?=[ \t\r\n({*])"
            rb"|[\"']use strict[\"']|module\.exports\b|[A-Za-z_$][\w$.]*[ \t]*=|[A-Za-z_$][\w$.]*\(|[(!;]"
        ),
        "JavaScript",
    ),
)

_TAR: Final = slice(257, 262)


def why_no_har(first: bytes) -> str | None:
    """Return why a file is refused whose first bytes these are; None where they may be those of a JSON document."""
    if _OBJECT.match(first):
        return None
    for beginning, kind in _ARCHIVES.items():
        if first.startswith(beginning):
            return kind + _PACKED
    if first[_TAR] == b"ustar":
        return "a tar archive" + _PACKED
    if _is_zlib(first):
        return "zlib data" + _PACKED
    for beginning, kind in _OTHERS.items():
        if first.startswith(beginning):
            return kind + _OTHER
    for pattern, kind in _WIDE:
        if pattern.match(first):
            return kind + ": harlake reads UTF-8, and UTF-16 that begins with its mark"
    text = first.lstrip(b" \t\r\n")
    for pattern, kind in _TEXTS:
        if pattern.match(text):
            return kind + _OTHER
    return None


def may_be_refused(first: bytes) -> bool:
    """Return whether more bytes have to come before :func:`why_no_har` can tell."""
    return len(first) < ENOUGH and not _OBJECT.match(first)


def _is_zlib(first: bytes) -> bool:
    """Return whether bytes begin as a zlib stream with a usual window does (RFC 1950 §2.2)."""
    return (
        len(first) > 1 and first[0] == 0x78 and not int.from_bytes(first[:2], "big") % 31 and first[1] not in b"\t\n\r "
    )
