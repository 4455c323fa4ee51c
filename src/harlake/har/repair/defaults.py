"""What strict readers demand of a HAR, and what they are given where it is missing.

Strategy: a table of HAR 1.2's objects, each member with its kind and its default, so that what one of Chrome, Firefox,
har-validator, Playwright, mitmproxy and haralyzer refuses is mended, and what all of them take stays as it is. From the
same table, a strict msgspec type tells of most entries in one decode that there is nothing to mend.

Defaults are those of the specification, where it has any: -1 for sizes that are not known, 0 for phases of a request
that must not be negative, no text where a text is demanded. Members of other names are passed over.

Sources: HAR 1.2 specification, http://www.softwareishard.com/blog/har-12-spec/; har-schema 2.0; Chrome's importer
(HARFormat.ts), Firefox's (har-importer.js), Playwright's (harBackend.ts), mitmproxy's (io/har.py).
"""

from __future__ import annotations

import binascii
from typing import Any, Final

import msgspec

from harlake.har.envelope import unquoted
from harlake.har.raw_json import Member
from harlake.har.repair.object_types import Each, Object, Pair, made, may, must
from harlake.har.repair.value_types import (
    Address,
    BodyText,
    Date,
    Flag,
    HeaderText,
    Integer,
    Nullable,
    Number,
    Positive,
    Text,
    Url,
    is_body,
)

_TEXT: Final = Text()
_NUMBER: Final = Number()
_POSITIVE: Final = Positive()
_INTEGER: Final = Integer()
_DATE: Final = Date()
_FLAG: Final = Flag()

#: What stands for a date that nobody knows, and that readers insist on.
_EPOCH: Final = "1970-01-01T00:00:00.000Z"

_BASE64: Final = b'"base64"'

#: What Chrome takes for a media type that is not known.
_UNKNOWN: Final = "x-unknown"

_PROGRAM: Final = Object(name=must(_TEXT, ""), version=must(_TEXT, ""), comment=may(_TEXT))

_PAIR: Final = Pair(name=must(HeaderText(), ""), value=must(HeaderText(), ""), comment=may(_TEXT))

_COOKIE: Final = Pair(
    name=must(_TEXT, ""),
    value=must(_TEXT, ""),
    path=may(_TEXT),
    domain=may(_TEXT),
    expires=may(Nullable(_DATE)),
    httpOnly=may(_FLAG),
    secure=may(_FLAG),
    comment=may(_TEXT),
)

_PARAM: Final = Object(
    name=must(_TEXT, ""), value=may(_TEXT), fileName=may(_TEXT), contentType=may(_TEXT), comment=may(_TEXT)
)

# mitmproxy insists on the text, even where there are params.
_POST_DATA: Final = Object(
    mimeType=must(_TEXT, "application/octet-stream"),
    text=must(BodyText(), ""),
    params=may(Each(_PARAM)),
    comment=may(_TEXT),
)

_REQUEST: Final = Object(
    method=must(_TEXT, "GET"),
    url=must(Url(), ""),
    httpVersion=must(_TEXT, ""),
    cookies=must(Each(_COOKIE), []),
    headers=must(Each(_PAIR), []),
    queryString=must(Each(_PAIR), []),
    postData=may(_POST_DATA),
    headersSize=must(_INTEGER, -1),
    bodySize=must(_INTEGER, -1),
    comment=may(_TEXT),
)


class _Content(Object):
    """A body that is said to be base64, and is not, is taken for the text that it is."""

    def fill(self, found: list[Member]) -> list[Member]:
        """Return the members of ``content``."""
        filled = super().fill(found)
        last = dict(filled)
        if bytes(last.get("encoding", b"")) != _BASE64 or "text" not in last or _is_base64(last["text"]):
            return filled
        return [(name, value) for name, value in filled if name != "encoding"]


def _is_base64(text: bytes) -> bool:
    """Return whether a lenient decoder takes a string for base64."""
    try:
        binascii.a2b_base64(unquoted(text))
    except ValueError:
        return False
    return True


_CONTENT: Final = _Content(
    size=must(_INTEGER, -1),
    compression=may(_INTEGER),
    mimeType=must(_TEXT, _UNKNOWN),
    text=may(BodyText()),
    encoding=may(_TEXT),
    comment=may(_TEXT),
)

_RESPONSE: Final = Object(
    status=must(_INTEGER, 0),
    statusText=must(_TEXT, ""),
    httpVersion=must(_TEXT, ""),
    cookies=must(Each(_COOKIE), []),
    headers=must(Each(_PAIR), []),
    content=made(_CONTENT),
    redirectURL=must(_TEXT, ""),
    headersSize=must(_INTEGER, -1),
    bodySize=must(_INTEGER, -1),
    comment=may(_TEXT),
    # Chrome's own: it refuses what it cannot take for a number.
    _transferSize=may(Nullable(_NUMBER)),
    _serviceWorkerRouterRuleIdMatched=may(Nullable(_NUMBER)),
)

_CACHED: Final = Object(
    expires=may(_DATE),
    lastAccess=must(_DATE, _EPOCH),
    eTag=must(_TEXT, ""),
    hitCount=must(_INTEGER, 0),
    comment=may(_TEXT),
)

_CACHE: Final = Object(beforeRequest=may(Nullable(_CACHED)), afterRequest=may(Nullable(_CACHED)), comment=may(_TEXT))

_TIMINGS: Final = Object(
    blocked=may(_NUMBER),
    dns=may(_NUMBER),
    connect=may(_NUMBER),
    ssl=may(_NUMBER),
    send=must(_POSITIVE, 0),
    wait=must(_POSITIVE, 0),
    receive=must(_POSITIVE, 0),
    comment=may(_TEXT),
    # Chrome's own.
    _blocked_queueing=may(Nullable(_NUMBER)),
    _blocked_proxy=may(Nullable(_NUMBER)),
    _workerStart=may(Nullable(_NUMBER)),
    _workerReady=may(Nullable(_NUMBER)),
    _workerFetchStart=may(Nullable(_NUMBER)),
    _workerRespondWithSettled=may(Nullable(_NUMBER)),
    _workerRouterEvaluationStart=may(Nullable(_NUMBER)),
    _workerCacheLookupStart=may(Nullable(_NUMBER)),
)

# Chrome's own, which it refuses where they are null.
_CALL_FRAME: Final = Object(lineNumber=may(Nullable(_NUMBER)), columnNumber=may(Nullable(_NUMBER)))
_STACK: Final = Object(callFrames=may(Each(_CALL_FRAME)), parent=may(Nullable(Object())))
_INITIATOR: Final = Object(lineNumber=may(Nullable(_NUMBER)), stack=may(Nullable(_STACK)))
_MESSAGE: Final = Object(time=may(Nullable(_NUMBER)), opcode=may(Nullable(_NUMBER)))

_ENTRY: Final = Object(
    pageref=may(_TEXT),
    startedDateTime=must(_DATE, _EPOCH),
    time=must(_NUMBER, 0),
    request=made(_REQUEST),
    response=made(_RESPONSE),
    cache=made(_CACHE),
    timings=made(_TIMINGS),
    serverIPAddress=may(Address()),
    connection=may(_TEXT),
    comment=may(_TEXT),
    _initiator=may(_INITIATOR),
    _webSocketMessages=may(Each(_MESSAGE)),
)

# haralyzer insists on the times, which are optional.
_PAGE_TIMINGS: Final = Object(onContentLoad=must(_NUMBER, -1), onLoad=must(_NUMBER, -1), comment=may(_TEXT))

PAGE: Final = Object(
    startedDateTime=must(_DATE, _EPOCH),
    id=must(_TEXT, ""),
    title=must(_TEXT, ""),
    pageTimings=made(_PAGE_TIMINGS),
    comment=may(_TEXT),
)

#: A log without its entries.
LOG: Final = Object(
    version=must(_TEXT, "1.2"),
    creator=made(_PROGRAM),
    browser=may(_PROGRAM),
    pages=must(Each(PAGE), []),
    comment=may(_TEXT),
)

_strict: Final = msgspec.json.Decoder(_ENTRY.strict)


def filled(entry: bytes) -> bytes:
    """Return an entry that strict readers take; the very text where there is nothing to mend."""
    return entry if _is_complete(entry) else _ENTRY.mend(entry) or entry


def _is_complete(entry: bytes) -> bool:
    """Return whether one decode can tell that there is nothing to mend."""
    try:
        found: Any = _strict.decode(entry)
    except (msgspec.MsgspecError, RecursionError):
        return False
    content, posted = found.response.content, found.request.postData
    if not is_body(content.text) or not (posted is msgspec.UNSET or is_body(posted.text)):
        return False
    return content.text is msgspec.UNSET or content.encoding != "base64" or _is_base64(content.text)
