"""Secrets of URLs: in their user, path, query and fragment, and in URLs that they have in these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harlake.har.redact.candidates import canonical, hidden, is_secret
from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.json_strings import Edit
from harlake.har.redact.named_values import likelihood_of, said
from harlake.har.redact.names import Likelihood
from harlake.har.redact.opaque import is_opaque
from harlake.har.redact.prefilter import PATHS, Hits

_PAIR: Final = re.compile(rb"(?<=[?&#;])([^=&#;?]{1,256})=([^&#]*)")
#: Parameters that stand beside ``code`` and ``state`` where these are OAuth's.
_OAUTH: Final = re.compile(
    rb"[?&#](?:client_id|redirect_uri|response_type|grant_type|session_state|id_token|scope|iss|code_challenge|authuser)="
)
_OAUTH_NAMES: Final = frozenset(("code", "state", "nonce", "session_state"))
_AFTER_WORD: Final = re.compile(
    rb"/[\w-]*(?:" + b"|".join(PATHS) + rb")[\w-]*/([^/?#;]{12,})",
    re.IGNORECASE,
)
_PARAMETER: Final = re.compile(rb";(?:jsessionid|sid|session|phpsessid)=([^;/?#&]+)", re.IGNORECASE)
_SHORTEST_OAUTH: Final = 6


def url_edits(context: Context, url: bytes, hits: Hits | None) -> Iterator[Edit]:
    """Yield the edits of a URL, but for those that any text has."""
    if b"=" in url:
        is_oauth = _OAUTH.search(url) is not None
        for match in _PAIR.finditer(url):
            name, says = said(context, match[1])
            new = None if says is Likelihood.NO else query_value(context, name, match[2], is_oauth=is_oauth)
            if new is not None:
                yield match.start(2), match.end(2), new
    path = url.partition(b"?")[0].partition(b"#")[0]
    for match in _AFTER_WORD.finditer(path) if hits is not None and hits.paths else ():
        if is_opaque(match[1]) or (len(match[1]) >= 20 and re.search(rb"\d", match[1]) and b"." not in match[1]):
            yield match.start(1), match.end(1), context.hide("token", match[1])
    for match in _PARAMETER.finditer(url) if b";" in url else ():
        yield match.start(1), match.end(1), context.hide("session", match[1])
    for pattern in context.config.paths:
        for match in pattern.finditer(path):
            group = 1 if pattern.groups else 0
            yield match.start(group), match.end(group), context.hide("path", match[group])
    if context.strict:
        at = 0
        for segment in re.split(rb"([/?&=#;])", url):
            if is_opaque(segment):
                yield at, at + len(segment), context.hide("opaque", segment)
            at += len(segment)


def query_value(context: Context, name: str, value: bytes, *, is_oauth: bool = False) -> bytes | None:
    """Return what becomes of a value of a query, None where it stays."""
    says = likelihood_of(context, name)
    if says is Likelihood.NO:
        return None
    if is_oauth and name in _OAUTH_NAMES and len(value) >= _SHORTEST_OAUTH:
        return context.hide("code" if value.isdigit() else "oauth", canonical(value, Flavour.FORM))
    if not is_secret(context, name, says, value, Flavour.FORM):
        return None
    return hidden(context, name, value, Flavour.FORM)
