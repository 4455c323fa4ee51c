"""What a redaction is asked for: how far it goes, and names, headers, paths, patterns and values of one's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import msgspec

from harlake.errors import BadRequestError

#: Most members of each list, and bytes of each text in it: all are looked at for each value.
_MOST: Final = 1_000
_LONGEST: Final = 1_000


class Level(Enum):
    """How far a redaction goes; each level takes all that those before it take."""

    SECRETS = "secrets"
    PERSONAL = "personal"
    STRICT = "strict"


#: What a level may be, in words.
REDACTION_LEVELS: Final = ", ".join(level.value for level in Level)


@dataclass(frozen=True, slots=True)
class Config:
    """How far to go, and what else is, or is not, a secret: names and headers in lower case, values as bytes."""

    level: Level = Level.SECRETS
    redact_names: frozenset[str] = frozenset()
    keep_names: frozenset[str] = frozenset()
    redact_headers: frozenset[str] = frozenset()
    keep_headers: frozenset[str] = frozenset()
    paths: tuple[re.Pattern[bytes], ...] = ()
    patterns: tuple[re.Pattern[bytes], ...] = ()
    values: frozenset[bytes] = frozenset()
    keep_values: frozenset[bytes] = field(default_factory=frozenset)


class _Lists(msgspec.Struct, forbid_unknown_fields=True):
    redact: list[str] = []
    keep: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    level: str | None = None
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


def parse_config(text: bytes, level: str | None = None) -> Config:
    """Return what a configuration file asks for.

    Args:
        text: JSON with ``level``, ``names``, ``headers`` and ``values``, each with ``redact`` and ``keep``, and
            ``paths`` and ``patterns``, regular expressions; all of them optional.
        level: The level that is asked for beside it, which counts.

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
        _patterns("paths", given.paths),
        _patterns("patterns", given.patterns),
        frozenset(value.encode() for value in _checked("values.redact", given.values.redact)),
        frozenset(value.encode() for value in _checked("values.keep", given.values.keep)),
    )


def _checked(member: str, texts: list[str]) -> list[str]:
    if len(texts) > _MOST or any(not text or len(text) > _LONGEST for text in texts):
        raise BadRequestError(f"{member} takes at most {_MOST:,} texts, of 1 to {_LONGEST:,} characters each")
    return texts


def _lower(member: str, texts: list[str]) -> frozenset[str]:
    return frozenset(text.lower() for text in _checked(member, texts))


def _patterns(member: str, texts: list[str]) -> tuple[re.Pattern[bytes], ...]:
    found: list[Any] = []
    for number, text in enumerate(_checked(member, texts)):
        try:
            found.append(re.compile(text.encode()))
        except re.error as error:
            raise BadRequestError(f"{member}[{number}] is no regular expression: {error}") from None
    return tuple(found)
