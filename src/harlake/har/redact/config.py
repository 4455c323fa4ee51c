"""What a redaction is asked for: how far it goes, and names, headers, paths, patterns and values of one's own.

Whoever asks a service sends regular expressions to be run on what others captured: these are RE2's, which take a time
that is linear in the text. On one's own machine, they are Python's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any, Final

import msgspec

from harlake.errors import BadRequestError
from harlake.har.redact.pseudonyms import KEY_BYTES

re2: Any
try:
    re2 = import_module("re2")
except ImportError:  # the extra ``redact`` is not installed
    re2 = None

#: Most members of each list, and bytes of each text in it: all are looked at for each value.
_MOST: Final = 1_000
_MOST_PATTERNS: Final = 100
_LONGEST: Final = 1_000


class Level(Enum):
    """How far a redaction goes; each level takes all that those before it take."""

    SECRETS = "secrets"
    PERSONAL = "personal"
    STRICT = "strict"


#: What a level may be, also in words, and what may be asked for.
LEVEL_NAMES: Final = [level.value for level in Level]
REDACTION_LEVELS: Final = ", ".join(LEVEL_NAMES)
REDACTIONS: Final = f"{REDACTION_LEVELS}, or a configuration in JSON"


@dataclass(frozen=True, slots=True)
class Config:
    """How far to go, and what else is, or is not, a secret: names and headers in lower case, values as bytes.

    With a ``key``, pseudonyms are the same in all that is redacted with it; without one, each time others.
    """

    level: Level = Level.SECRETS
    redact_names: frozenset[str] = frozenset()
    keep_names: frozenset[str] = frozenset()
    redact_headers: frozenset[str] = frozenset()
    keep_headers: frozenset[str] = frozenset()
    paths: tuple[re.Pattern[bytes], ...] = ()
    patterns: tuple[re.Pattern[bytes], ...] = ()
    values: frozenset[bytes] = frozenset()
    keep_values: frozenset[bytes] = frozenset()
    key: bytes | None = None


class _Lists(msgspec.Struct, forbid_unknown_fields=True):
    redact: list[str] = []
    keep: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    level: str | None = None
    key: str | None = None
    names: _Lists = msgspec.field(default_factory=_Lists)
    headers: _Lists = msgspec.field(default_factory=_Lists)
    values: _Lists = msgspec.field(default_factory=_Lists)
    paths: list[str] = []
    patterns: list[str] = []


def parse_level(text: str) -> Level:
    """Return the level of a name. Raises BadRequestError."""
    try:
        return Level(text)
    except ValueError:
        raise BadRequestError(f"redact={text!r} is not allowed; it takes {REDACTION_LEVELS}") from None


def any_of(names: Iterable[str]) -> re.Pattern[bytes]:
    """Return a pattern of any of some names, in any case.

    RE2 looks for all of them at once: a thousand take a two-hundredth of the time that Python takes, which tries one by
    one where RE2 is not installed, or they are too much for it.
    """
    text = b"|".join(re.escape(name.encode()) for name in sorted(names))
    if re2 is not None:
        options = re2.Options()
        options.case_sensitive = options.log_errors = False
        try:
            return re2.compile(text, options)  # type: ignore[no-any-return]
        except re2.error:
            pass
    return re.compile(text, re.IGNORECASE)


def parse_redaction(text: str) -> Config:
    """Return what is asked of a service: a level, or a configuration. Raises BadRequestError."""
    if text.lstrip().startswith("{"):
        return parse_config(text.encode(), compiled=_linear)
    return Config(parse_level(text.strip()))


def parse_config(
    text: bytes, level: str | None = None, compiled: Callable[[bytes], re.Pattern[bytes]] = re.compile
) -> Config:
    """Return what a configuration file asks for.

    Args:
        text: JSON with ``level``, ``key``, ``names``, ``headers`` and ``values``, each of these with ``redact`` and
            ``keep``, and ``paths`` and ``patterns``, regular expressions; all of them optional.
        level: The level that is asked for beside it, which counts.
        compiled: What makes a pattern of an expression.

    Raises:
        BadRequestError: Where it is none, with the member to blame.
    """
    try:
        given = msgspec.json.decode(text, type=_File)
    except msgspec.MsgspecError as error:
        raise BadRequestError(f"the configuration of the redaction is wrong: {error}") from None
    return Config(
        parse_level(level or given.level or Level.SECRETS.value),
        _lower("names.redact", given.names.redact),
        _lower("names.keep", given.names.keep),
        _lower("headers.redact", given.headers.redact),
        _lower("headers.keep", given.headers.keep),
        _patterns("paths", given.paths, compiled),
        _patterns("patterns", given.patterns, compiled),
        frozenset(value.encode() for value in _checked("values.redact", given.values.redact)),
        frozenset(value.encode() for value in _checked("values.keep", given.values.keep)),
        None if given.key is None else checked_key(given.key.encode()),
    )


def checked_key(key: bytes) -> bytes:
    """Return a key that is long enough. Raises BadRequestError."""
    if len(key) < KEY_BYTES:
        raise BadRequestError(f"a key has at least {KEY_BYTES} characters")
    return key


def _checked(member: str, texts: list[str], most: int = _MOST) -> list[str]:
    if len(texts) > most or any(not text or len(text) > _LONGEST for text in texts):
        raise BadRequestError(f"{member} takes at most {most:,} texts, of 1 to {_LONGEST:,} characters each")
    return texts


def _lower(member: str, texts: list[str]) -> frozenset[str]:
    return frozenset(text.lower() for text in _checked(member, texts))


def _patterns(
    member: str, texts: list[str], compiled: Callable[[bytes], re.Pattern[bytes]]
) -> tuple[re.Pattern[bytes], ...]:
    found: list[re.Pattern[bytes]] = []
    for number, text in enumerate(_checked(member, texts, _MOST_PATTERNS)):
        try:
            found.append(compiled(text.encode()))
        except (re.error, ValueError) as error:
            raise BadRequestError(f"{member}[{number}] is no regular expression: {error}") from None
    return tuple(found)


def _linear(text: bytes) -> re.Pattern[bytes]:
    if re2 is None:
        raise BadRequestError("regular expressions need RE2 here: pip install 'harlake[redact]'")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)  # type: ignore[no-any-return]
    except re2.error as error:
        detail = error.args[0]
        raise ValueError(detail.decode() if isinstance(detail, bytes) else detail) from None
