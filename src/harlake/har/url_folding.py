"""Folded URLs: URLs less what differs from one request to the next of the same endpoint, and from one build to another.

``https://a.test/users/17?page=2&a=1#top`` becomes ``https://a.test/users/{id}?a=*&page=*``: without the fragment, with
``*`` for the values of the query, whose names are sorted, each once. What is folded of the path is a choice:

* ``ids``: numbers, 8 or more hexadecimal digits, UUIDs, dates, and tokens, as segments of their own, become ``{id}``;
* ``hashes``: of contents, in names of files (:mod:`harlake.har.asset_names`), and Next.js's name of a build;
* ``versions``: ``/v2/``, ``/1.2.3/``, ``jquery-3.6.0.js``;
* ``sessions``: ``;jsessionid=…``, ``/(S(…))/``, what follows ``/session/``;
* ``query``: the values of the query.

A folded URL comes with its *name*, in which the path is as it was: names tell apart what is asked for on both sides.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from harlake.har.asset_names import FOLDED_VERSION, HASH, is_random, without_hash, without_version

#: What can be folded.
FOLDS: Final = ("query", "ids", "hashes", "versions", "sessions")

ID: Final = "{id}"
SESSION: Final = "{session}"

#: Names of parameters that say what is called: their values are part of an endpoint, where these are few.
_CALLS: Final = frozenset(
    (
        *("op", "operation", "operationname", "opname", "action", "act", "method", "cmd", "command", "do", "func"),
        *("function", "fn", "rpc", "procedure", "task", "request", "doc_id", "sub", "controller", "view", "route"),
    )
)
_LONGEST_CALL: Final = 80

#: An identifier, and the ending of a file's name that may follow: a number, or 8 or more hexadecimal digits.
_SHORT_ID: Final = re.compile(r"(?:[0-9]+|[0-9a-fA-F]{8,})(\.[A-Za-z][A-Za-z0-9]{0,4})?")
#: Tokens have a digit among them, and at least so many characters; base64's and UUIDs are such.
_TOKEN_LENGTH: Final = 20
_TOKEN: Final = re.compile(r"(?:[0-9a-fA-F]{8,}|[A-Za-z_~-]*[0-9][A-Za-z0-9_~-]*={0,2})(\.[A-Za-z][A-Za-z0-9]{0,4})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?(?:[T_ ][0-9:.Z+-]*)?(\.[A-Za-z][A-Za-z0-9]{0,4})?")
#: As Stripe's ``cus_NffrFeUfNV2Hib``.
_PREFIXED_ID: Final = re.compile(r"[a-z]{1,6}_(?=[A-Za-z]*[0-9])[A-Za-z0-9]{12,}()")
_WORD: Final = re.compile(r"[A-Za-z0-9]{10,}")
#: Words with numbers of a few digits between hyphens are a title, however long.
_TITLE: Final = re.compile(
    r"(?:[A-Z]?[a-z]*+[0-9]{0,4}|[A-Z]++[0-9]{0,4})"
    r"(?:[-_~](?:[A-Z]?[a-z]*+[0-9]{0,4}|[A-Z]++[0-9]{0,4})(?=[-_~]|\Z))++"
)

_VERSIONED: Final = re.compile(
    r"(?:v|version|ver|release|rel|rev|build|deploy)[-_.]?[0-9]++(?:[._-][0-9]++)*+(?:[._-]?(?:alpha|beta|rc|pre|preview|p)[0-9.]*)?"
    r"|[0-9]{1,5}(?:\.[0-9]{1,10}){1,3}(?:[-+][A-Za-z0-9.+-]*)?",
    re.IGNORECASE,
)
_REVISION: Final = re.compile(
    r"(?:rev|build|release|deploy|commit)[-_.](?=[A-Za-z]*[0-9])[A-Za-z0-9]{4,}", re.IGNORECASE
)

_MATRIX: Final = re.compile(r";([A-Za-z_][\w.-]*)=[^;]*")
_COOKIELESS: Final = re.compile(r"\((?:[A-Z]\([^()]{8,}+\))++\)|\([A-Za-z0-9+/=%]{12,}\)")
_SESSION: Final = re.compile(
    r"(?:sid|sess|session|jsessionid|phpsessid)[-_=:.](?=.*[0-9])[A-Za-z0-9_-]{6,}", re.IGNORECASE
)
_SESSION_ID: Final = re.compile(r"(?=.*[0-9])[A-Za-z0-9_-]{6,}")
_BEFORE_SESSION: Final = frozenset({"session", "sid", "jsessionid", "phpsessid"})
#: What is in Next.js's ``/_next/static/`` beside the folder of the build.
_NOT_BUILDS: Final = frozenset({"chunks", "css", "media", "development", "webpack", "image", "runtime", "pages"})


class FoldedUrl(NamedTuple):
    """A URL folded, its name, and what it calls, empty where it does not say.

    ``by_ids`` says that nothing but identifiers makes the name differ from the folded URL.
    """

    name: str
    folded: str
    by_ids: bool
    call: str


def fold_url(url: str, folds: frozenset[str]) -> FoldedUrl:
    """Return a URL folded by some of :data:`FOLDS`."""
    if url[:5].lower() == "data:":
        short = url.partition(",")[0] + "," if "query" in folds else url
        return FoldedUrl(short, short, by_ids=True, call="")
    path, mark, query = url.partition("#")[0].partition("?")
    parts = path.split("/")
    folded, by_ids = list(parts[:3]), True
    for number in range(3, len(parts)):
        segment = parts[number]
        found = _in_context(parts, number, folds) or _fold_segment(segment, folds)
        folded.append(found)
        by_ids = by_ids and (found in (segment, ID))
    names, call = _query(query, folds) if mark else ("", "")
    return FoldedUrl(path + mark + names, "/".join(folded) + mark + names, by_ids, call)


def _query(query: str, folds: frozenset[str]) -> tuple[str, str]:
    """Return a query folded, and what it calls."""
    if "query" not in folds:
        return query, ""
    names: set[str] = set()
    calls: list[str] = []
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            names.add((without_id(name) if "ids" in folds else name) + "=*")
            if value and name.lower() in _CALLS and len(value) <= _LONGEST_CALL:
                calls.append(pair)
    return "&".join(sorted(names, key=str.encode)), "&".join(sorted(calls))


def _in_context(parts: list[str], number: int, folds: frozenset[str]) -> str | None:
    """Return what a segment is folded into because of those before it."""
    segment, before = parts[number], parts[number - 1].lower()
    if "sessions" in folds and before in _BEFORE_SESSION and number > 3 and _SESSION_ID.fullmatch(segment):
        return SESSION
    is_build = number > 4 and parts[number - 2] == "_next" and number + 1 < len(parts)
    if "hashes" in folds and is_build and (before == "data" or (before == "static" and segment not in _NOT_BUILDS)):
        return HASH
    return None


@lru_cache(maxsize=8_192)
def _fold_segment(segment: str, folds: frozenset[str]) -> str:
    """Return a segment of a path folded."""
    if "sessions" in folds:
        if _COOKIELESS.fullmatch(segment) or _SESSION.fullmatch(segment):
            return SESSION
        if ";" in segment:
            head, _, _ = segment.partition(";")
            return _fold_segment(head, folds) + _MATRIX.sub(r";\1=*", segment[len(head) :])
    if not any(map(str.isdigit, segment)) and len(segment) < 8:
        return segment  # as most are
    if "versions" in folds and (_VERSIONED.fullmatch(segment) or _REVISION.fullmatch(segment)):
        return FOLDED_VERSION
    if "ids" in folds and _SHORT_ID.fullmatch(segment):
        return without_id(segment)
    if "hashes" in folds and "." in segment and (found := without_hash(segment)) != segment:
        return without_version(found) if "versions" in folds else found
    if "versions" in folds and (found := without_version(segment)) != segment:
        return found
    return without_id(segment) if "ids" in folds else segment


def without_id(text: str) -> str:
    """Return ``{id}``, and the ending of a file's name, in place of an identifier; other texts as they are."""
    if len(text) < _TOKEN_LENGTH:
        match = _SHORT_ID.fullmatch(text) or _DATE.fullmatch(text) or _PREFIXED_ID.fullmatch(text)
    else:
        match = _TOKEN.fullmatch(text) or _DATE.fullmatch(text) or _PREFIXED_ID.fullmatch(text)
        if match and _TITLE.fullmatch(text.removesuffix(match[1] or "")):
            match = None
    if match:
        return ID + (match[1] or "")
    if _WORD.fullmatch(text) and any(map(str.isdigit, text)) and is_random(text):
        return ID
    return text
