"""Names of files less what a build puts into them: hashes of contents, and versions.

Of webpack ``main.3f2a1b9c.chunk.js``, of Vite and Rollup ``index-BfX1q2Zk.js``, of esbuild ``main-5PKI3RVT.js``, of
Rails ``application-<64 hexadecimal digits>.css``, of Django ``base.27e20196a850.css``, of Next.js
``_app-0c1b2a3d4e5f6789.js``, of .NET ``site.fpxk2gjt8w.css``. A hash is told from a word by its digits, or by capitals
where no word has them.
"""

from __future__ import annotations

import re
from typing import Final

HASH: Final = "{hash}"
FOLDED_VERSION: Final = "{version}"

#: The endings of a file's name, behind all that may be a hash: ``.chunk.js.map``.
_ENDINGS: Final = re.compile(
    r"(?:\.(?:chunk|bundle|min|module|legacy|async|esm|umd|prod|p)(?=\.))*+\.[A-Za-z][A-Za-z0-9]{0,6}(?:\.(?:map|gz|br))?\Z"
)
_SEPARATED: Final = re.compile(r"[-_.~]")

#: Bytes of the shortest and the longest hash; SHA-512 has 128 hexadecimal digits.
_SHORTEST: Final = 6
_LONGEST: Final = 128
#: Of Vite, Rollup and esbuild: base64 with - and _ instead of + and /.
_BASE64_LENGTH: Final = 8

_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_ALPHANUMERIC: Final = re.compile(r"[A-Za-z0-9]+")
_BASE64: Final = re.compile(r"[A-Za-z0-9_-]{8}")
_BASE32: Final = re.compile(r"[A-Z2-7]{8}")
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_CAMEL: Final = re.compile(r"[A-Z]?[a-z]++(?:[A-Z][a-z]++)*+|[A-Z]++")
_RUNS: Final = re.compile(r"[a-z]+|[A-Z]+|[0-9]+|[_-]+")

#: A version in a name: ``jquery-3.6.0``, ``lodash@4.17.21``, ``bootstrap.v5.1``.
_VERSION: Final = re.compile(
    r"([-_.@])v?[0-9]{1,5}(?:\.[0-9]{1,8}){1,3}(?:[-.]?(?:alpha|beta|rc|pre)[0-9.]*)?(?=[-_.@]|\Z)"
)


def without_hash(name: str) -> str:
    """Return a file's name with ``{hash}`` for each hash in it; names without an ending have none."""
    endings = _ENDINGS.search(name)
    if endings is None or endings.start() == 0:
        return name
    stem, ending = name[: endings.start()], name[endings.start() :]
    # Of Next.js and Vite, hashes may have - and _ in them: the longest that is one, from the end.
    if len(stem) > _BASE64_LENGTH and stem[-_BASE64_LENGTH - 1] in "-._~" and _is_base64(stem[-_BASE64_LENGTH:]):
        return stem[:-_BASE64_LENGTH] + HASH + ending
    if is_hash(stem):
        return HASH + ending
    parts: list[str] = []
    last = 0
    for match in _SEPARATED.finditer(stem):
        parts += [_shown(stem[last : match.start()]), match[0]]
        last = match.end()
    parts.append(_shown(stem[last:]))
    return "".join(parts) + ending


def without_version(name: str) -> str:
    """Return a name with ``{version}`` for each version in it."""
    return _VERSION.sub(rf"\1{FOLDED_VERSION}", name) if "." in name else name


def is_hash(text: str) -> bool:
    """Return whether a text is the hash of something, rather than a word or a number of a few digits."""
    length = len(text)
    if not _SHORTEST <= length <= _LONGEST or not _ALPHANUMERIC.fullmatch(text):
        return False
    runs = _RUNS.findall(text)
    digits = sum(len(run) for run in runs if run[0].isdigit())
    if digits == length:
        return length >= _BASE64_LENGTH
    if _HEXADECIMAL.fullmatch(text):
        return length >= _BASE64_LENGTH or digits > 1
    if length < _BASE64_LENGTH or len(runs) < 3:
        return False
    if digits == 0:
        return length == _BASE64_LENGTH and not _CAMEL.fullmatch(text)
    return is_random(text, runs)


def is_random(text: str, runs: list[str] | None = None) -> bool:
    """Return whether letters, capitals and digits of a text change places more often than in words."""
    runs = _RUNS.findall(text) if runs is None else runs
    return (len(runs) >= 4 and 3 * len(runs) >= len(text)) or (len(text) >= 16 and 5 * len(runs) >= len(text))


def _is_base64(text: str) -> bool:
    if not _BASE64.fullmatch(text):
        return False
    if _BASE32.fullmatch(text) or is_hash(text):
        return True
    # As words have their capitals, eight characters are two of them.
    words = _WORDS.findall(text)
    is_mixed = len(words) > 2 and text != text.lower()
    return is_mixed or text.strip("-_") != text or (len(words) == 1 and not _CAMEL.fullmatch(text))


def _shown(part: str) -> str:
    return HASH if is_hash(part) else part
