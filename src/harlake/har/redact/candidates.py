"""Whether the value of a name that is, or may be, one of a secret is one; and what becomes of it."""

from __future__ import annotations

import html
import json
import re
from typing import Final
from urllib.parse import unquote_to_bytes

from harlake.har.redact.context import JWT, Context, Flavour
from harlake.har.redact.names import Likelihood, is_password, secret_kind, takes_numbers, words
from harlake.har.redact.opaque import is_opaque
from harlake.har.redact.pseudonyms import PSEUDONYM

_TRIVIAL: Final = frozenset(
    b"""true false null undefined none nil yes no on off bearer basic token password string number object function
    required optional enabled disabled default unknown empty text hidden include omit same-origin anonymous guest public
    nan inherit 0 1""".split()
)
_CODE: Final = re.compile(rb"[(){}<>]|\$\{|\{\{|=>|\.\.\.|^[*\xe2\x80\xa2.xX#-]+$")
_WORD: Final = re.compile(rb"[A-Za-z]++(?:[-_ .:/][A-Za-z]++)*+[ .:!?]*")
_PROSE: Final = re.compile(rb"\S++(?:\s++\S++){2,}+")
_LETTERS_ONLY: Final = re.compile(rb"[A-Za-z_-]{1,19}")
_ENCODED: Final = re.compile(rb"(?:[A-Za-z0-9_.~!*'()+-]|%[0-9A-Fa-f]{2})++")
#: How seeds of one-time passwords are written.
_BASE32: Final = re.compile(rb"[A-Z2-7]{16,64}=*")
_DIGITS: Final = re.compile(rb"\d+")
_DIGITS_OF_KEY: Final = 9
_LONGEST_MAYBE: Final = 4096
#: Names of so many things that only what is short enough for a token counts.
_BROAD: Final = frozenset(("data", "payload", "value", "blob", "id", "uid", "content", "user"))
_LONGEST_BROAD: Final = 600
_STRONG: Final = frozenset(("token", "secret", "passphrase", "mnemonic", "phrase"))
_PHRASES: Final = frozenset(("passphrase", "mnemonic", "phrase", "seed", "pass"))


def is_secret(context: Context, name: str, says: Likelihood, value: bytes, flavour: Flavour) -> bool:
    """Return whether a value is a secret, going by its name and by what it looks like."""
    bare = value.strip()
    if len(bare) < 2 or bare.lower() in _TRIVIAL or PSEUDONYM.search(bare):
        return False
    if says is Likelihood.MAYBE:
        plain = canonical(bare, flavour)
        broad = words(name)[-1:] and words(name)[-1] in _BROAD
        longest = _LONGEST_BROAD if broad else _LONGEST_MAYBE
        if name.lower().endswith("seed") and _BASE32.fullmatch(plain):
            return True
        return len(plain) <= longest and (is_opaque(plain) or JWT.fullmatch(plain) is not None)
    if _DIGITS.fullmatch(bare):
        return takes_numbers(name) or is_password(name) or len(bare) >= _DIGITS_OF_KEY
    if flavour in (Flavour.SCRIPT, Flavour.MARKUP):
        return len(bare) >= 6 and not _CODE.search(bare) and not _WORD.fullmatch(bare) and not _is_prose(name, bare)
    if _CODE.fullmatch(bare) or (bare[:1] in (b"{", b"[") and flavour is Flavour.JSON):
        return False
    if is_password(name):
        return not (context.is_response and _is_prose(name, bare))
    if _is_prose(name, bare) and context.is_response:
        return False
    strong = not _STRONG.isdisjoint(words(name)[-1:])
    return not (_LETTERS_ONLY.fullmatch(bare) and not (strong and len(bare) >= 3))


def hidden(context: Context, name: str, value: bytes, flavour: Flavour) -> bytes:
    """Return what becomes of the value of a name; of cookies, their names stay."""
    plain = canonical(value, flavour)
    if words(name)[-1:] == ("cookie",) and b"=" in plain.rstrip(b"="):
        return cookies(context, value, name.lower().startswith("set"))
    kind = secret_kind(name)
    return context.hide("code" if takes_numbers(name) and _DIGITS.fullmatch(plain) else kind, plain)


def cookies(context: Context, header: bytes, is_set: bool) -> bytes:
    """Return a header of cookies with their values hidden; with ``is_set``, what follows each are attributes."""
    lines = header.split(b"\n") if is_set else [header]
    return b"\n".join(_cookies(context, line, is_set) for line in lines)


def _cookies(context: Context, line: bytes, is_set: bool) -> bytes:
    parts = line.split(b";")
    for number, part in enumerate(parts):
        name, equals, value = part.partition(b"=")
        if equals and value.strip() and not (is_set and number):
            parts[number] = name + equals + cookie_value(context, name.strip(), value)
    return b";".join(parts)


def cookie_value(context: Context, name: bytes, value: bytes) -> bytes:
    """Return what becomes of a cookie's value."""
    if name.decode("utf-8", "replace").lower() in context.config.keep_names:
        return value
    bare = value.strip().strip(b'"')
    return value.replace(bare, context.hide("cookie", bare)) if bare else value


def canonical(value: bytes, flavour: Flavour) -> bytes:
    """Return a value without the escapes that it is written with, so that equal secrets are equal."""
    for _ in range(4):
        if b"\\" not in value:
            break
        try:
            value = json.loads(b'"%b"' % value.replace(b"\n", b"\\n")).encode("utf-8", "surrogatepass")
        except ValueError:
            break
    if b"%" in value:
        for _ in range(3):
            plain = unquote_to_bytes(value)
            if plain == value:
                break
            if flavour is not Flavour.FORM and not _ENCODED.fullmatch(value):
                break
            value = plain
    if b"&" in value and b";" in value:
        value = html.unescape(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    return value


def _is_prose(name: str, value: bytes) -> bool:
    return _PROSE.fullmatch(value) is not None and not _PHRASES & set(words(name))
