"""Secrets that their shape tells, wherever they stand: tokens with a prefix of their producer, private keys, JWTs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harlake.har.redact.context import JWT, Context
from harlake.har.redact.json_strings import Edit
from harlake.har.redact.opaque import is_opaque
from harlake.har.redact.prefilter import Hits

_W: Final = rb"[A-Za-z0-9_-]"
#: A prefix that must be there, and what then is a secret; the group, where there is one.
_SHAPES: Final = tuple(
    (prefix, re.compile(shape, re.DOTALL | re.ASCII), kind)
    for kind, shapes in {
        "key": (
            (b"AKIA", rb"AKIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
            (b"ASIA", rb"ASIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
            (b"AIza", rb"AIza" + _W + rb"{35}"),
            (b"sk_live_", rb"sk_live_\w{10,}"),
            (b"rk_live_", rb"rk_live_\w{10,}"),
            (b"sk_test_", rb"sk_test_\w{10,}"),
            (b"whsec_", rb"whsec_[\w+/=]{16,}"),
            (b"gsk_", rb"gsk_[A-Za-z0-9]{30,}"),
            (b"r8_", rb"r8_[A-Za-z0-9]{30,}"),
            (b"sk-", rb"sk-(?=[A-Za-z_-]*\d)" + _W + rb"{20,}"),
            (b"key-", rb"key-[0-9a-f]{32}(?![0-9a-f])"),
            (b"PMAK-", rb"PMAK-[0-9a-f-]{20,}"),
            (b"AGE-SECRET-KEY-", rb"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
            (b"SG.", rb"SG\.[\w-]{16,}\.[\w-]{16,}"),
        ),
        "token": (
            *((b"gh%b_" % kind, rb"gh%b_\w{20,}" % kind) for kind in (b"p", b"o", b"u", b"s", b"r")),
            (b"github_pat_", rb"github_pat_\w{20,}"),
            (b"glpat-", rb"glpat-" + _W + rb"{16,}"),
            (b"xox", rb"xox[abceoprs](?:\.[a-z]+)?-[\w-]{10,}"),
            (b"xapp-", rb"xapp-[\w-]{10,}"),
            (b"ya29.", rb"ya29\.[\w-]{16,}"),
            (b"GOCSPX-", rb"GOCSPX-[\w-]{16,}"),
            (b"npm_", rb"npm_[A-Za-z0-9]{30,}"),
            (b"pypi-", rb"pypi-Ag[\w-]{16,}"),
            (b"dop_v1_", rb"dop_v1_[0-9a-f]{32,}"),
            (b"shp", rb"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}"),
            (b"hf_", rb"hf_[A-Za-z0-9]{30,}"),
            (b"hvs.", rb"hvs\.[\w-]{20,}"),
            (b"dapi", rb"dapi[0-9a-f]{32}"),
            (b"lin_api_", rb"lin_api_\w{20,}"),
            (b"ntn_", rb"ntn_\w{30,}"),
            (b"figd_", rb"figd_[\w-]{20,}"),
            (b"dckr_pat_", rb"dckr_pat_[\w-]{16,}"),
            (b"ATATT3", rb"ATATT3[\w=-]{20,}"),
            (b"sq0", rb"sq0[a-z]{3}-[\w-]{20,}"),
            (b"EAA", rb"EAA[A-Za-z0-9]{60,}"),
            (b"sntrys_", rb"sntrys_[\w+/=-]{20,}"),
            (b"rubygems_", rb"rubygems_[0-9a-f]{32,}"),
            (b":AA", rb"(?:bot)?\d{8,10}:AA[\w-]{30,}"),
            (b"earer ", rb"[Bb]earer +([\w.~+/-]{16,}=*)"),
        ),
        "password": (
            (b"curl ", rb"""curl [^\n]{0,200}?(?:-u|--user)[ =]["']?[^\s:"']{1,64}:([^\s"']{4,})"""),
            (b"login ", rb"login \S{1,64}\s{1,8}password\s{1,8}(\S{4,256})"),
        ),
        "privatekey": ((b"PRIVATE KEY", rb"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(.{16,}?)(?:-----END|\Z)"),),
        "webhook": (
            (b"/services/T", rb"/services/T\w+/B\w+/(\w{16,})"),
            (b"/webhooks/", rb"/webhooks/\d{5,}/([\w-]{16,})"),
            (b"webhook", rb"webhooks?/(?:[\w@.-]+/)*([\w-]{24,})"),
        ),
    }.items()
    for prefix, shape in shapes
)
#: Bytes before a prefix that a shape may begin in, and that it may have.
_BEFORE: Final = 40
_LONGEST: Final = 1 << 14
_IN_TEXT_JWT: Final = re.compile(rb"(?<![\w-])eyJ[\w-]{6,}\.[\w-]+\.[\w-]*(?:\.[\w-]+\.[\w-]+)?", re.ASCII)
_USERINFO: Final = re.compile(rb"""[^\s/:@"'<>\\?#]{0,256}:([^\s/@"'<>\\]{1,256})@""")
_USER: Final = re.compile(rb"""([^\s/:@"'<>\\?#]{16,256})@""")


def _by_prefix() -> dict[bytes, tuple[tuple[re.Pattern[bytes], str], ...]]:
    found: dict[bytes, tuple[tuple[re.Pattern[bytes], str], ...]] = {}
    for prefix, shape, kind in _SHAPES:
        found[prefix] = (*found.get(prefix, ()), (shape, kind))
    return found


#: What a text must have for any of the shapes to be in it, and the shapes.
PREFIXES: Final = _by_prefix()


def shape_edits(context: Context, data: bytes, hits: Hits | None) -> Iterator[Edit]:
    """Yield the edits of what is a secret by its shape; ``hits`` tell where one may be."""
    if hits is not None:
        yield from _tokens(context, data, hits)
        if b"@" in data:
            for at in (*(at + 3 for at in hits.urls), *(at + 5 for at in hits.escaped_urls)):
                if match := _USERINFO.match(data, at):
                    yield match.start(1), match.end(1), context.hide("password", match[1])
                elif (match := _USER.match(data, at)) and is_opaque(match[1]):
                    yield match.start(1), match.end(1), context.hide("token", match[1])
    for pattern in context.config.patterns:
        for match in pattern.finditer(data):
            if match.end() > match.start():
                yield match.start(), match.end(), context.hide("pattern", match[0])
    for value in context.config.values:
        at = data.find(value)
        while at >= 0:
            yield at, at + len(value), context.hide("value", value)
            at = data.find(value, at + len(value))


def _tokens(context: Context, data: bytes, hits: Hits) -> Iterator[Edit]:
    done: dict[object, int] = {}
    for at, prefix in hits.prefixes:
        if prefix == b"eyJ":
            match = _IN_TEXT_JWT.match(data, at) if at >= done.get(prefix, 0) else None
            if match is not None:
                done[prefix] = match.end()
                if JWT.fullmatch(match[0]):
                    yield match.start(), match.end(), context.hide("jwt", match[0])
        for shape, kind in PREFIXES.get(prefix, ()):
            if at < done.get(shape, 0):
                continue
            if shape.groups or prefix == b":AA":
                match = shape.search(data, max(0, at - _BEFORE), at + _LONGEST)
            else:
                match = None if at and data[at - 1 : at].isalnum() else shape.match(data, at)
            if match is not None:
                done[shape] = max(match.end(), at + len(prefix))
                yield match.start(shape.groups), match.end(shape.groups), context.hide(kind, match[shape.groups])
