"""Uploads: HARs of real producers that have been damaged, HARs that are made up, and forms that are no forms."""

from __future__ import annotations

import gzip
import re
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import Final

import zstandard
from hypothesis import strategies as st

from tests.conftest import FIXTURES, SHARED_HARS
from tests.fuzz.values import HOSTILE, mostly, seeds, value_of
from tests.support.documents import hars
from tests.support.hars import har
from tests.support.mutations import mutilated, written

#: Larger ones take their time, and show nothing more.
_MAX_BYTES: Final = 200_000

#: What takes the place of a value, or comes between any two bytes.
_VALUES: Final = (
    *(b"null", b"true", b"-1", b"0", b"1e999", b"-0.0", b"9" * 400, b"1" * 5_000, b'""', b'"\\ud800"', b'"\\u0000"'),
    *(b"[]", b"{}", b"[" * 300 + b"]" * 300, b"[" * 12_000, b'{"a":' * 1_000, b'"' + b"x" * 70_000 + b'"', b'"=1+1"'),
    *(b'"\\x"', b'"2026-02-30T12:00:00Z"', b'" 2026-01-31"', b'"0001-01-01T00:00:00+14:00"', b'"data:,x"'),
    *(b'"http://[::1"', b'"http://a:b"', b'"\x1b[2J"', b"\xff", b"\xed\xa0\x80", b"\0", b'"', b"}", b"]", b","),
    *(b'"entries":[],', b'"log":{},', b'"_harlake":{},'),
    *(b'"content":{"text":"%%%","encoding":"base64","mimeType":"text/plain"}', b'"pages":[{"id":"a"},{"id":"a"}],'),
)
_VALUE: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null')


@cache
def _corpus() -> list[Path]:
    """Return what is damaged: the fixtures, and HARs of real producers where they are beside the repository."""
    found = chain(FIXTURES.glob("*.har"), SHARED_HARS.glob("*/*.har"))
    return sorted(path for path in found if path.stat().st_size <= _MAX_BYTES)


def _damage(text: bytes, random: Random) -> bytes:
    """Return a text with one thing in it changed."""
    start = random.randrange(len(text) + 1)
    end = min(len(text), start + random.choice((1, 1, 10, 1_000)))
    match random.randrange(12):
        case 0:
            return text[:start]
        case 1:
            return text[:start] + text[end:]
        case 2:
            return text[:end] + text[start:]
        case 3:
            return text[:start] + bytes(byte ^ 1 << random.randrange(8) for byte in text[start:end]) + text[end:]
        case 4:
            return text[:start] + random.choice(_VALUES) + text[start:]
        case 5 | 6 | 7 | 8 | 9 | 10:
            value = _VALUE.search(text, start)
            return text if value is None else text[: value.start()] + random.choice(_VALUES) + text[value.end() :]
        case _:
            other = random.choice(_corpus()).read_bytes()
            return text[:start] + other[random.randrange(len(other) + 1) :][:5_000] + text[end:]


def _damaged_file(seed: bytes) -> bytes:
    """Return one of the corpus, with up to three things changed."""
    random = Random(seed)
    text = random.choice(_corpus()).read_bytes()
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        text = _damage(text, random)
    return text


_texts: Final = st.sampled_from(
    [
        *[st.builds(_damaged_file, seeds)] * 6,
        hars(),
        st.lists(mutilated(), max_size=3).map(lambda entries: har(*map(written, entries))),
        st.sampled_from([b"", b"{}", b"[]", b"PK\3\4", b"\x89HDF", *_VALUES]) | st.binary(max_size=50),
    ]
).flatmap(lambda chosen: chosen)


def _encoded(text: bytes, kind: int, seed: bytes) -> bytes:
    """Return a file in an encoding, right or wrong; more often in none."""
    random = Random(seed)
    match kind:
        case 0:
            return _gzipped(text)
        case 1:
            return zstandard.compress(text, 1)
        case 2:
            return zstandard.compress(_gzipped(text), 1)
        case 3:
            return _gzipped(text[: len(text) // 2]) + _gzipped(text[len(text) // 2 :])
        case 4:
            packed = random.choice((_gzipped(text), zstandard.compress(text)))
            return _damage(packed, random)
        case 5:
            return b"\xef\xbb\xbf" + text
        case 6:
            codec = random.choice(("utf-16", "utf-16-be", "utf-32", "latin-1"))
            return text.decode("utf-8", "replace").encode(codec, "replace")
        case 7:
            return random.choice((b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xce\xb2\xcf\x81", b"\xff\xfe")) + text
        case _:
            return text


def _gzipped(text: bytes) -> bytes:
    return gzip.compress(text, 1, mtime=0)


files: Final = st.builds(_encoded, _texts, st.integers(0, 15), seeds)


def _part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode("utf-8", "surrogatepass") + value


_FORM: Final = b"multipart/form-data; boundary=b"

_ODD_TYPES: Final = (
    *(b"multipart/form-data", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=c", b"text/plain"),
    *(b"", b'multipart/form-data; boundary="b"', b"multipart/mixed; boundary=b", b"application/json"),
    *(b"multipart/form-data; charset", b"multipart/form-data; boundary=" + b"b" * 300),
    *(b"multipart/form-data; boundary=b; boundary=c", b"\xff/\0; boundary=b"),
)
_ODD_LINES: Final = (
    *(b"--b", b"--b--\r\n", b"\r\n", b"\n", b"--b\r\n\r\n\r\n", b"--b\r\nno colon\r\n\r\n", b"--b\r\n: x\r\n\r\n"),
    *(b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n", b"--b\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", b"x" * 9_000),
    b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''%zz\r\n\r\n{}\r\n",
    b"".join(b"--b\r\n%b\r\n" % _part("x", b"x") for _ in range(70)),
)


_FILE_NAMES: Final = ("a.har", "a.har.gz", "ß 1.har", "")
_FILE_HEADERS: Final = ("", "\r\nContent-Type: application/json", "\r\nContent-Encoding: gzip", "\r\nX: \0")

_file_parts: Final = st.builds(
    lambda file, name, more: _part("file", file, f'; filename="{name}"{more}'),
    files,
    mostly(st.sampled_from(_FILE_NAMES), st.sampled_from(HOSTILE), 10),
    st.sampled_from(_FILE_HEADERS),
)


@cache
def forms(names: tuple[str, ...]) -> st.SearchStrategy[tuple[bytes, bytes]]:
    """Return multipart forms with parts of these names, each with its Content-Type."""
    fields = [_field_parts(name) for name in names if name != "file"]
    others: st.SearchStrategy[list[bytes]]
    others = st.just([]) | st.lists(st.one_of(fields), max_size=1) if fields else st.just([])
    parts = st.builds(lambda file, before, after: [*before, file, *after], _file_parts, others, others)
    usual = parts.map(lambda parts: (_joined(parts), _FORM))
    odd = st.builds(_odd_form, parts.map(_joined), st.integers(0, 4), seeds)
    return mostly(usual, odd, 8)


def _field_parts(name: str) -> st.SearchStrategy[bytes]:
    return value_of(name).map(lambda value: _part(name, str(value).encode("utf-8", "surrogatepass")))


def _joined(parts: list[bytes]) -> bytes:
    return b"".join(b"--b\r\n%b\r\n" % part for part in parts) + b"--b--\r\n"


def _odd_form(body: bytes, kind: int, seed: bytes) -> tuple[bytes, bytes]:
    """Return what is nearly a form."""
    random = Random(seed)
    line = random.choice(_ODD_LINES)
    match kind:
        case 0:
            return body, random.choice(_ODD_TYPES)
        case 1:
            return body.replace(b"\r\n", b"\n"), _FORM
        case 2:
            return _damage(body, random), _FORM
        case 3:
            lines = body.split(b"\r\n")
            lines.insert(random.randrange(6) % len(lines), line)
            return b"\r\n".join(lines), _FORM
        case _:
            return body + line + body, _FORM
