"""The ways in which a value may be written in JSON: in URLs, in markup, in JSON inside of it, and in base64."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote_from_bytes, quote_plus

from harlake.har.redact.json_strings import inside_of

#: Characters that programs escape in JSON that is part of a page, or of a script.
_IN_SCRIPTS: Final = b"<>&'=+/"
#: Values that are longer are not looked for with each of their characters escaped.
_LONGEST_ESCAPED: Final = 256
#: Characters that nothing escapes.
_UNRESERVED: Final = re.compile(rb"[A-Za-z0-9_.~-]+")


def text_spellings(value: bytes) -> set[bytes]:
    """Return the ways in which a value may be written as text inside of a JSON string."""
    if _UNRESERVED.fullmatch(value):
        return {value} | _escaped(value)
    quoted = quote_from_bytes(value, safe="").encode()
    component = quote_from_bytes(value, safe="!~*'()").encode()
    plain = {value, quoted, component, _lower(quoted), _lower(component), quote_plus(value, safe="").encode()}
    plain.add(quote_from_bytes(quoted, safe="").encode())
    plain.add(quote_from_bytes(value, safe="/").encode())
    plain.add(quote_from_bytes(value, safe="-._~!$&'()*+,;=:@/?").encode())
    if any(character in value for character in b"<>&\"'"):
        named = html.escape(value.decode("utf-8", "surrogateescape"))
        plain |= {
            spelled.encode("utf-8", "surrogateescape")
            for spelled in (
                named,
                named.replace("&#x27;", "&#39;"),
                named.replace("&#x27;", "'"),
                named.replace("&quot;", "&#34;"),
            )
        }
    found: set[bytes] = set()
    for text in plain:
        for once in {_inside(text), _inside(text).replace(b"/", b"\\/"), _script(text), _ascii(text)}:
            twice = _inside(once)
            found |= {once, twice, _ascii(once), _inside(twice), _ascii(twice)}
    return found | _escaped(value)


def base64_spellings(value: bytes) -> Iterator[bytes]:
    """Yield what each base64 has in common of which a value is a part, at all three alignments."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + value)
        start = (0, 2, 3)[shift]
        spare = (shift + len(value)) % 3
        core = encoded[start : len(encoded) - (0, 3, 2)[spare]]
        yield core
        if b"+" in core or b"/" in core:
            yield core.replace(b"+", b"-").replace(b"/", b"_")
            yield core.replace(b"/", b"\\/")
            yield core.replace(b"+", b"%2B").replace(b"/", b"%2F")


def _escaped(value: bytes) -> set[bytes]:
    """Return a value with each of its characters escaped."""
    if len(value) > _LONGEST_ESCAPED:
        return set()
    units = [b"\\u%04x" % unit for unit in _units(value)]
    return {b"".join(units), b"".join(b"\\u" + unit[2:].upper() for unit in units)}


def _inside(text: bytes) -> bytes:
    try:
        return inside_of(text)
    except UnicodeDecodeError:
        return text


def _ascii(text: bytes) -> bytes:
    """Return a text between quotes as programs write it that escape all that is not ASCII."""
    try:
        return json.dumps(text.decode("utf-8", "surrogatepass"))[1:-1].encode()
    except UnicodeDecodeError:
        return text


def _script(text: bytes) -> bytes:
    return b"".join(b"\\u%04x" % byte if byte in _IN_SCRIPTS else bytes((byte,)) for byte in _inside(text))


def _lower(quoted: bytes) -> bytes:
    pieces = quoted.split(b"%")
    return b"%".join((pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])))


def _units(value: bytes) -> list[int]:
    encoded = value.decode("utf-8", "replace").encode("utf-16-be")
    return [int.from_bytes(encoded[at : at + 2]) for at in range(0, len(encoded), 2)]
