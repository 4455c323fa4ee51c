"""Secrets of headers, by the class of each: harmless ones, URLs, addresses, cookies, credentials, and all others."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final

from harlake.har.redact.candidates import canonical, cookies, is_secret
from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.header_names import ADDRESSES, CREDENTIALS, KNOWN, SAFE, TRACES, URLS
from harlake.har.redact.named_values import likelihood_of
from harlake.har.redact.names import Likelihood, secret_kind, words
from harlake.har.redact.opaque import is_opaque

_CHALLENGES: Final = frozenset(("www-authenticate", "proxy-authenticate"))
_BASIC: Final = re.compile(rb"(Basic\s+)([A-Za-z0-9+/_=-]+)\s*", re.IGNORECASE)
_PARAMETER: Final = re.compile(rb'([\w-]+)=(?:"([^"]*)"|([^\s,;"]+))')
_SCHEME: Final = re.compile(rb"[A-Za-z][\w-]{1,24}\s+")
_TOKENS: Final = re.compile(rb'[^\s,;=&"\'<>()|{}\[\]]+={0,2}')


def header_value(
    context: Context, name: str, value: bytes, treat_text: Callable[[bytes], bytes], treat_url: Callable[[bytes], bytes]
) -> bytes:
    """Return what becomes of a header's value; ``treat_text`` and ``treat_url`` say so of texts and of URLs."""
    lower = name.lower()
    config = context.config
    if lower in config.keep_headers:
        return value
    if lower in config.redact_headers:
        return context.hide("header", value)
    if lower in SAFE:
        return treat_text(value)
    if lower in ("cookie", "set-cookie", "set-cookie2", "cookie2"):
        return cookies(context, value, lower.startswith("set"))
    if lower in CREDENTIALS:
        return credentials(context, value, is_challenge=lower in _CHALLENGES)
    if lower in URLS:
        return treat_url(value)
    if lower == "sec-websocket-protocol":
        return _protocols(context, value)
    if ADDRESSES.fullmatch(lower):
        return treat_text(value)
    says = likelihood_of(context, name)
    is_trace = context.is_response and not context.strict and not TRACES.isdisjoint(words(name)[-1:])
    if is_trace and says is not Likelihood.YES:
        return treat_text(value)
    if says is not Likelihood.NO and is_secret(context, name, says, value, Flavour.TEXT):
        return context.hide(secret_kind(name), value)
    treated = treat_text(value)
    if treated != value:
        return treated
    return _TOKENS.sub(lambda token: _token(context, token[0]), value)


def credentials(context: Context, value: bytes, *, is_challenge: bool = False) -> bytes:
    """Return what becomes of credentials: the scheme stays, and what says how they are made."""
    if basic := _BASIC.fullmatch(value):
        return basic[1] + _basic(context, basic[2])
    scheme = _SCHEME.match(value)
    start = scheme.end() if scheme else 0
    if is_challenge and is_opaque(value[start:]):
        return value[:start] + context.hide("token", value[start:])
    if is_challenge:
        return _PARAMETER.sub(lambda parameter: _parameter(context, parameter, is_challenge=True), value)
    rest = value[start:]
    if _PARAMETER.match(rest) and not is_opaque(rest):
        return value[:start] + _PARAMETER.sub(lambda parameter: _parameter(context, parameter), rest)
    return value[:start] + context.hide("token", rest) if rest else value


def _basic(context: Context, encoded: bytes) -> bytes:
    try:
        user, colon, password = base64.b64decode(encoded + b"=" * (-len(encoded) % 4)).partition(b":")
    except binascii.Error:
        user = colon = password = b""
    if colon and len(password) > 1:
        context.hide("password", password)
    elif colon and len(user) > 1 and is_opaque(user):  # as some APIs have their keys
        context.hide("key", user)
    return context.hide("basic", encoded)


def _parameter(context: Context, parameter: re.Match[bytes], *, is_challenge: bool = False) -> bytes:
    name, value = parameter[1].decode(), parameter[2] if parameter[2] is not None else parameter[3]
    if name.lower() in KNOWN or not value or (is_challenge and not is_opaque(value)):
        return parameter[0]
    return parameter[0].replace(value, context.hide("credential", canonical(value, Flavour.FORM)))


def _protocols(context: Context, value: bytes) -> bytes:
    """Hide what is no protocol's name: what clients send there that cannot send other headers."""
    parts = value.split(b",")
    names = [part.strip() for part in parts]
    for number, bare in enumerate(names):
        after_word = number and re.search(rb"bearer|token|auth|jwt|key|access", names[number - 1], re.IGNORECASE)
        if len(bare) >= 12 and (after_word or is_opaque(bare) or len(bare) >= 40):
            parts[number] = parts[number].replace(bare, _prefixed(context, bare))
        elif (dot := bare.rfind(b".")) > 0 and is_opaque(bare[dot + 1 :]):
            parts[number] = parts[number].replace(bare[dot + 1 :], context.hide("token", bare[dot + 1 :]))
    return b",".join(parts)


def _prefixed(context: Context, value: bytes) -> bytes:
    """Hide a token, which may have a name with a dot before it, as Kubernetes has."""
    head, dot, tail = (
        value.rpartition(b"|")
        if b"|" in value
        else value.rpartition(b".bearer.")
        if b".bearer." in value
        else (b"", b"", value)
    )
    return head + dot + context.hide("token", tail)


def _token(context: Context, token: bytes) -> bytes:
    return context.hide("opaque", token) if is_opaque(token) else token
