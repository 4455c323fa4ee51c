"""Secrets of headers, by the class of each: harmless ones, URLs, addresses, cookies, credentials, and all others."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final

from harlake.har.redact.candidates import canonical, cookies, is_secret
from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.named_values import likelihood_of
from harlake.har.redact.names import Likelihood, secret_kind, words
from harlake.har.redact.opaque import is_opaque

#: A long list, and why this module is as long: headers whose values are no secrets, opaque as they may look.
_SAFE: Final = frozenset(
    [
        ":authority",
        ":method",
        ":scheme",
        ":status",
        ":version",
        ":protocol",
        "accept",
        "accept-ch",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "accept-patch",
        "accept-post",
        "accept-ranges",
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-allow-private-network",
        "access-control-expose-headers",
        "access-control-max-age",
        "access-control-request-headers",
        "access-control-request-method",
        "age",
        "allow",
        "alt-svc",
        "alt-used",
        "cache-control",
        "cdn-cache-control",
        "clear-site-data",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-md5",
        "content-range",
        "content-security-policy",
        "content-security-policy-report-only",
        "content-type",
        "critical-ch",
        "cross-origin-embedder-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "date",
        "device-memory",
        "digest",
        "dnt",
        "downlink",
        "early-data",
        "ect",
        "etag",
        "expect",
        "expect-ct",
        "expires",
        "feature-policy",
        "grpc-encoding",
        "grpc-status",
        "grpc-timeout",
        "host",
        "http2-settings",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "keep-alive",
        "last-modified",
        "max-forwards",
        "nel",
        "origin",
        "origin-agent-cluster",
        "p3p",
        "permissions-policy",
        "ping-from",
        "ping-to",
        "pragma",
        "priority",
        "proxy-connection",
        "public-key-pins",
        "public-key-pins-report-only",
        "range",
        "referrer-policy",
        "report-to",
        "reporting-endpoints",
        "retry-after",
        "rtt",
        "save-data",
        "sec-ch-ua",
        "sec-ch-ua-arch",
        "sec-ch-ua-bitness",
        "sec-ch-ua-full-version",
        "sec-ch-ua-full-version-list",
        "sec-ch-ua-mobile",
        "sec-ch-ua-model",
        "sec-ch-ua-platform",
        "sec-ch-ua-platform-version",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "sec-fetch-user",
        "sec-gpc",
        "sec-purpose",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-version",
        "server",
        "server-timing",
        "service-worker",
        "service-worker-allowed",
        "service-worker-navigation-preload",
        "sourcemap",
        "strict-transport-security",
        "surrogate-control",
        "surrogate-key",
        "te",
        "timing-allow-origin",
        "tk",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "upgrade-insecure-requests",
        "user-agent",
        "vary",
        "via",
        "want-digest",
        "warning",
        "x-amz-cf-id",
        "x-amz-cf-pop",
        "x-amz-id-2",
        "x-amz-request-id",
        "x-amz-version-id",
        "x-amzn-requestid",
        "x-amzn-trace-id",
        "x-azure-ref",
        "x-cache",
        "x-cache-hits",
        "x-cdn",
        "x-client-data",
        "x-content-type-options",
        "x-dns-prefetch-control",
        "x-download-options",
        "x-edge-location",
        "x-fastly-request-id",
        "x-fb-debug",
        "x-frame-options",
        "x-goog-generation",
        "x-goog-hash",
        "x-goog-stored-content-length",
        "x-guploader-uploadid",
        "x-ms-request-id",
        "x-msedge-ref",
        "x-permitted-cross-domain-policies",
        "x-powered-by",
        "x-request-id",
        "x-requested-with",
        "x-robots-tag",
        "x-runtime",
        "x-served-by",
        "x-timer",
        "x-ua-compatible",
        "x-varnish",
        "x-vercel-id",
        "x-xss-protection",
        "traceparent",
        "tracestate",
        "cf-ray",
        "cf-cache-status",
        "x-github-request-id",
        "x-correlation-id",
        "x-trace-id",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-cloud-trace-context",
        "x-datadog-trace-id",
        "x-akamai-request-id",
        "akamai-grn",
        "x-nf-request-id",
        "fly-request-id",
        "x-proxy-cache",
        "x-cacheable",
        "x-drupal-cache",
        "x-generator",
        "x-hw",
        "x-amz-meta-md5",
        "x-fb-trip-id",
        "x-sourcemap",
    ]
)
_URLS: Final = frozenset(
    [
        "referer",
        "referrer",
        "location",
        "content-location",
        "link",
        "refresh",
        ":path",
        "x-original-url",
        "x-rewrite-url",
        "x-forwarded-uri",
        "x-original-uri",
        "x-forwarded-url",
        "x-request-url",
        "x-url",
        "uri",
        "x-accel-redirect",
        "x-pjax-url",
        "x-up-location",
        "turbo-location",
        "hx-current-url",
        "hx-redirect",
        "hx-location",
        "hx-push-url",
        "x-redirect",
        "x-callback-url",
        "x-hub-topic",
        "lc",
    ]
)
_ADDRESSES: Final = re.compile(
    r"x-forwarded-for|forwarded|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip|x-cluster-client-ip|fastly-client-ip|"
    r"x-remote-(?:ip|addr)|remote-addr|x-originating-ip|client-ip"
)
_CREDENTIALS: Final = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "x-authorization",
        "x-original-authorization",
        "www-authenticate",
        "authentication-info",
        "proxy-authenticate",
        "proxy-authentication-info",
        "x-forwarded-authorization",
        "x-amz-authorization",
    )
)
_CHALLENGES: Final = frozenset(("www-authenticate", "proxy-authenticate"))
_BASIC: Final = re.compile(rb"(Basic\s+)([A-Za-z0-9+/_=-]+)\s*", re.IGNORECASE)
_PARAMETER: Final = re.compile(rb'([\w-]+)=(?:"([^"]*)"|([^\s,;"]+))')
_KNOWN: Final = frozenset(
    [
        "username",
        "realm",
        "uri",
        "algorithm",
        "qop",
        "nc",
        "opaque",
        "signedheaders",
        "headers",
        "keyid",
        "charset",
        "domain",
        "stale",
        "error",
        "error_description",
        "scope",
        "oauth_version",
        "oauth_timestamp",
        "oauth_signature_method",
        "created",
        "expires",
        "version",
    ]
)
_SCHEME: Final = re.compile(rb"[A-Za-z][\w-]{1,24}\s+")
#: Unknown headers of responses that name what they carry, unless strictly.
_TRACES: Final = frozenset(
    [
        "request",
        "trace",
        "debug",
        "hash",
        "digest",
        "uuid",
        "version",
        "span",
        "build",
        "revision",
        "cache",
        "pop",
        "region",
        "backend",
        "backnode",
        "node",
        "server",
        "host",
    ]
)
_TOKENS: Final = re.compile(rb'[^\s,;=&"\'<>()|{}\[\]]+={0,2}')


def header_value(
    context: Context, name: str, value: bytes, treat_text: Callable[[bytes], bytes], treat_url: Callable[[bytes], bytes]
) -> bytes:
    """Return what becomes of a header's value; ``treat_text`` and ``treat_url`` say so of texts and of URLs."""
    lower = name.lower()
    if lower in context.config.keep_headers:
        return value
    if lower in context.config.redact_headers:
        return context.hide("header", value)
    if lower in ("cookie", "set-cookie", "set-cookie2", "cookie2"):
        return cookies(context, value, lower.startswith("set"))
    if lower in _CREDENTIALS:
        return credentials(context, value, is_challenge=lower in _CHALLENGES)
    if lower in _URLS:
        return treat_url(value)
    if lower == "sec-websocket-protocol":
        return _protocols(context, value)
    if lower in _SAFE or _ADDRESSES.fullmatch(lower):
        return treat_text(value)
    says = likelihood_of(context, name)
    is_trace = context.is_response and not context.strict and not _TRACES.isdisjoint(words(name)[-1:])
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
    if name.lower() in _KNOWN or not value or (is_challenge and not is_opaque(value)):
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
