"""What can be chosen of a comparison, as clients write it: folding, key, hosts, and what is ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from harlake.analysis.endpoints import Thresholds
from harlake.errors import BadRequestError
from harlake.har.url_folding import FOLDS
from harlake.limits import MAX_FILTER_VALUES
from harlake.query.conditions import Condition
from harlake.query.globs import glob_condition

#: What tells endpoints apart; ``query:NAME`` is the value of a parameter. ``url`` is the four before ``operation``.
KEYS: Final = ("method", "scheme", "host", "path", "query", "operation")
_URL: Final = ("scheme", "host", "path", "query")

#: How an endpoint can have changed.
CHANGES: Final = (
    *("count", "status", "size", "transfer", "time", "mime", "type"),
    *("body", "headers", "redirect"),
)
#: What else differences are counted of.
SUBJECTS: Final = ("pages", "hosts", "third-parties")

#: Values of one parameter that a list may have.
_MOST: Final = MAX_FILTER_VALUES


@dataclass(frozen=True, slots=True)
class ComparisonOptions:
    """How two sides are compared.

    ``keys`` are some of :data:`KEYS`, ``kept`` the parameters whose values belong to them, ``hosts`` what hosts are
    called on the other side, ``ignored`` the changes and subjects that are none, and ``left_out`` holds for no entry.
    Up to ``limit`` endpoints are listed as added, removed, changed and folded each.
    """

    thresholds: Thresholds = Thresholds()  # noqa: RUF009 - immutable
    folds: frozenset[str] = frozenset(FOLDS)
    keys: frozenset[str] = frozenset(KEYS)
    kept: frozenset[str] = frozenset()
    hosts: dict[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    left_out: tuple[Condition, ...] = ()
    bodies: bool = False
    shows_folded: bool = False
    limit: int = 1_000


def parse_folds(texts: Sequence[str]) -> frozenset[str]:
    """Return what is folded: some names, ``all`` or ``none``. Raises BadRequestError."""
    names = _values(texts)
    if not names or names == ["all"]:
        return frozenset(FOLDS)
    if names == ["none"]:
        return frozenset()
    for name in names:
        if name not in FOLDS:
            raise BadRequestError(f"fold={name!r} is not allowed: all, none, or some of {', '.join(FOLDS)}")
    return frozenset(names)


def parse_keys(texts: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what tells endpoints apart, and the parameters whose values do. Raises BadRequestError."""
    keys: set[str] = set()
    kept: set[str] = set()
    for name in _values(texts):
        if name == "url":
            keys.update(_URL)
        elif name in KEYS:
            keys.add(name)
        elif name.startswith("query:") and name != "query:":
            kept.add(name.removeprefix("query:"))
        else:
            raise BadRequestError(f"key={name!r} is not allowed: url, query:NAME, or some of {', '.join(KEYS)}")
    return frozenset(keys or KEYS), frozenset(kept)


def parse_hosts(texts: Sequence[str]) -> dict[str, str]:
    """Return what hosts, with or without a port, are compared as: ``old=new``. Raises BadRequestError."""
    hosts: dict[str, str] = {}
    for text in _values(texts):
        old, mark, new = text.partition("=")
        if not (mark and old.strip() and new.strip()):
            raise BadRequestError(f"map_host={text!r} is not allowed: OLD=NEW, both hosts, with or without a port")
        hosts[old.strip().lower()] = new.strip().lower()
    return hosts


def parse_ignored(texts: Sequence[str]) -> tuple[frozenset[str], frozenset[str], tuple[Condition, ...]]:
    """Return what is ignored: of the key, of changes and subjects, and entries by globs. Raises BadRequestError."""
    of_key: set[str] = set()
    ignored: set[str] = set()
    left_out: list[Condition] = []
    for text in _values(texts):
        if text in KEYS:
            of_key.add(text)
            ignored.update(("hosts", "third-parties") if text == "host" else ())
        elif text in CHANGES or text in SUBJECTS:
            ignored.add(text)
        elif any(mark in text for mark in "/*."):
            of_url = glob_condition("url", text)
            of_host = glob_condition("host", text.lower())
            left_out.append(Condition(f"NOT ({of_url.sql} OR {of_host.sql})", of_url.parameters + of_host.parameters))
        else:
            allowed = ", ".join([*KEYS, *CHANGES, *SUBJECTS])
            raise BadRequestError(f"ignore={text!r} is not allowed: a glob of a URL or host, or some of {allowed}")
    return frozenset(of_key), frozenset(ignored), tuple(left_out)


def _values(texts: Sequence[str]) -> list[str]:
    values = [value.strip() for text in texts for value in text.split(",") if value.strip()]
    if len(values) > _MOST:
        raise BadRequestError(f"a parameter has {len(values)} values; {_MOST} are allowed")
    return values
