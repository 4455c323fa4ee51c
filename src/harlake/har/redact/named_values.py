r"""Finds values by the names that precede them, in texts of any form.

Strategy: whatever form a text has, a name is followed by few kinds of separators, and these tell where the value ends.
So nothing is parsed: a word that names secrets is looked for, then the identifier around it, then what follows. Quotes
may be escaped to any depth, as in JSON that is a string of JSON, and the text may be cut off or broken anywhere.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from typing import Final

from harlake.har.redact.candidates import hidden, is_secret
from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.json_strings import Edit
from harlake.har.redact.names import Likelihood, likelihood, takes_numbers
from harlake.har.redact.prefilter import Hits

#: The beginnings of all words that names.py knows, but for those that are too short to be looked for in texts.
_STEMS: Final = re.compile(
    rb"tok(?:en)?|pass|pwd|secr|senha|contrase|motde|key|auth|sess|csrf|xsrf|sig|otp|pin|cv[vc]|cred|cook|jwt|bear|hmac|saml|"
    rb"asser|code|state|nonce|ticket|sid|chall|seed|mnem|grant|verif|priv|ssn|pem|dsn|conn|data|payl|magic|phrase|invite"
    rb"|relay|sas\b|kennw|wachtw|haslo|heslo|clave|losen|parola|sifre|psk|[_-]pw\b|mot_de|wresult|captcha|turnst",
    re.IGNORECASE,
)
#: What a text must have for any of them to be in it.
STEMS: Final = (
    b"tok pass pwd secr senha contrase motde key auth sess csrf xsrf sig otp pin cvv cvc cred cook jwt bear hmac saml "
    b"asser code state nonce ticket sid chall seed mnem grant verif priv ssn pem dsn conn data payl magic phrase "
    b"invite relay sas kennw wachtw haslo heslo clave losen parola sifre psk _pw -pw mot_de wresult captcha turnst"
).split()
_IN_NAMES: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.[]-"
_END: Final = re.compile(rb"(?:[\w$.\[-]|\](?=[\w.\[]|%5[BbDd])|%5[BbDd])*+")
_REACH: Final = 80
_MOST_NAMES: Final = 10_000
#: Bytes that a value may have, and what may stand between a name and a value that belong together.
_LONGEST: Final = 1 << 16
_BETWEEN: Final = 2048

_SPACE: Final = rb"(?:\s|\\++[nrt])*+"
_QUOTE: Final = rb"""\\*(?:["'`]|&quot;|&\#34;|&\#39;)"""
_SEPARATOR: Final = re.compile(
    rb"(?:"
    + _QUOTE
    + rb"|\]|%5[Dd])*+(?P<space>"
    + _SPACE
    + rb")(?P<sign>=>|:=|[:=]|&\#61;|%(?:25)*+3[dD]|\\u003[dD])"
    + _SPACE
)
_OPENING: Final = re.compile(_QUOTE)
_NUMBER: Final = re.compile(rb"\d{3,12}(?=[\s,}\]&]|\Z)")
_UNTIL_SPACE: Final = re.compile(
    rb"(?:(?:Bearer|Basic|Token|Digest|JWT|ApiKey)[ +])?[^\s&;,\"'<>()\[\]{}\\|^]+", re.IGNORECASE
)
_UNTIL_AMPERSAND: Final = re.compile(rb"[^&\s\"'<>\\#]+")
_UNTIL_ENCODED: Final = re.compile(rb"(?:[^&\s\"'<>\\%#]|%(?!(?:25)*+(?:26|22|23)))++")
_UNTIL_LINE: Final = re.compile(rb"[^\r\n\"\\]+")
_PAIRED: Final = re.compile(
    rb"(?P<quote>"
    + _QUOTE
    + rb")"
    + _SPACE
    + rb",[^{}]{0,256}?(?P=quote)?(?:value|Value|val|content|secret|defaultValue|v)(?P=quote)?"
    + _SPACE
    + rb":"
    + _SPACE
    + rb"(?="
    + _QUOTE
    + rb")"
)
_NAMED_BY: Final = re.compile(
    rb"(?:name|Name|key|Key|field|label|header|k|n|id)(?:" + _QUOTE + rb")?\s*:\s*" + _QUOTE + rb"$"
)
_VALUE_BEFORE: Final = re.compile(
    rb"(?:value|val|content|v)(?P<quote>"
    + _QUOTE
    + rb")"
    + _SPACE
    + rb":"
    + _SPACE
    + rb"(?P=quote)(?P<value>[^\"'`{}]{4,1024}?)(?P=quote)[^{}]{0,128}$"
)
_ARGUMENT: Final = re.compile(_QUOTE + rb"\s*,\s*(?=" + _QUOTE + rb")")
_ATTRIBUTE: Final = re.compile(rb"""(?:name|id|property|itemprop|http-equiv|key)\s*=\s*\\*["']?$""")
_CONTENT: Final = re.compile(
    rb"""\b(?:content|value|data-value)\s*=\s*(?P<quote>\\*["'])(?P<value>[^<>]*?)(?P=quote)"""
)
_ELEMENT: Final = re.compile(rb"(?:[\s/:][^<>]{0,512})?>\s*(?:<!\[CDATA\[)?(?P<value>[^<>]+?)(?:\]\]>)?\s*</")
_PLIST: Final = re.compile(rb"</\w+>\s*<(?P<tag>\w+)>(?P<value>[^<]+)</(?P=tag)>")
_PART: Final = re.compile(rb"[^\r\n]*+(?:\r?\n[^\r\n:]++:[^\r\n]*+)*+\r?\n\r?\n")
_LISTED: Final = re.compile(rb"\[" + _SPACE)
_OPTION: Final = re.compile(rb"[ =]+(?P<value>[^\s\"'\\]{4,})")


def named_edits(context: Context, data: bytes, flavour: Flavour, hits: Hits | None) -> Iterator[Edit]:
    """Yield the edits of values whose name says that they are secrets."""
    done = 0
    own = context.own_names
    places: Iterable[int] = hits.stems if hits is not None else ()
    if own is not None:
        places = heapq.merge(places, (match.start() for match in own.finditer(data)))
    for place in places:
        if place < done or (hit := _STEMS.match(data, place) or (own and own.match(data, place))) is None:
            continue
        start, end = place, _END.match(data, hit.end(), hit.end() + _REACH).end()  # type: ignore[union-attr]
        first = max(done, start - _REACH)
        start = first + len(data[first:start].rstrip(_IN_NAMES))
        if data[start - 1 : start] == b"%" and data[start : start + 1] == b"5":
            start += 2  # an opening bracket
        while data[start : start + 1] in (b"-", b"."):
            start += 1
        done = end
        name, says = said(context, data[start:end])
        if says is Likelihood.NO:
            continue
        for at, to, kind_value in _values(data, start, end, name, says, flavour):
            if at < to and is_secret(context, name, says, kind_value, flavour):
                yield at, to, hidden(context, name, data[at:to], flavour)
                done = max(done, to)


def said(context: Context, written: bytes) -> tuple[str, Likelihood]:
    """Return a name as it is meant, and what it says of its value."""
    if (known := context.names.get(written)) is not None:
        return known
    name = written.decode("ascii", "replace").replace("%5B", "[").replace("%5b", "[").strip("-.$")
    if len(context.names) >= _MOST_NAMES:
        context.names.clear()
    context.names[written] = found = name, likelihood_of(context, name)
    return found


def likelihood_of(context: Context, name: str) -> Likelihood:
    """Return what a name says of its value, as it is configured."""
    if (known := context.likelihoods.get(name)) is None:
        if len(context.likelihoods) >= _MOST_NAMES:
            context.likelihoods.clear()
        known = context.likelihoods[name] = _likelihood_of(context, name)
    return known


def _likelihood_of(context: Context, name: str) -> Likelihood:
    lower = name.lower()
    if lower in context.config.keep_names:
        return Likelihood.NO
    return Likelihood.YES if lower in context.config.redact_names else likelihood(name)


def _values(
    data: bytes, start: int, end: int, name: str, says: Likelihood, flavour: Flavour
) -> Iterator[tuple[int, int, bytes]]:
    """Yield where the values of a name begin and end, and what they are."""
    before = data[max(0, start - 64) : start]
    if separator := _SEPARATOR.match(data, end):
        yield from _after(data, separator, before, name, says, flavour)
        return
    if before[-1:] in (b"<", b":") and (element := _ELEMENT.match(data, end, end + _LONGEST)):
        yield _span(element)
    elif before.endswith((b'"', b"'", b"`", b";", b">", b"=")):
        yield from _beside(data, start, end, before)
    elif before.endswith(b"--") and (option := _OPTION.match(data, end)):
        yield _span(option)


def _after(
    data: bytes, separator: re.Match[bytes], before: bytes, name: str, says: Likelihood, flavour: Flavour
) -> Iterator[tuple[int, int, bytes]]:
    at, sign = separator.end(), separator["sign"]
    if quote := _OPENING.match(data, at):
        yield _quoted(data, quote)
    elif says is Likelihood.YES and (opening := _LISTED.match(data, at)):
        yield from _items(data, opening.end())
    elif data[at : at + 1] == b"{":
        return
    elif takes_numbers(name) and (number := _NUMBER.match(data, at)):
        yield number.start(), number.end(), number[0]
    elif sign[:1] == b"%":
        if value := _UNTIL_ENCODED.match(data, at):
            yield value.start(), value.end(), value[0]
    elif sign == b":" and (flavour is not Flavour.TEXT or separator["space"]):
        return
    elif flavour is Flavour.FORM or before[-1:] in (b"?", b"&", b"#") or before.endswith(b"&amp;"):
        if value := _UNTIL_AMPERSAND.match(data, at):
            yield value.start(), value.end(), value[0]
    elif flavour is Flavour.TEXT and name.lower() in ("cookie", "set-cookie"):
        if value := _UNTIL_LINE.match(data, at):
            yield value.start(), value.end(), value[0]
    elif (flavour is Flavour.TEXT or (flavour is Flavour.JSON and before[-1:] in (b" ", b'"', b";", b",", b"\n"))) and (
        value := _UNTIL_SPACE.match(data, at)
    ):
        yield value.start(), value.end(), value[0]


def _quoted(data: bytes, quote: re.Match[bytes]) -> tuple[int, int, bytes]:
    """Return where a quoted value ends: at the same quote, escaped as often."""
    delimiter, at = quote[0], quote.end()
    end, limit = at, at + _LONGEST
    while True:
        end = data.find(delimiter, end, limit)
        if end < 0:
            end = min(limit, len(data))
            break
        if (delimiter[:1] != b"\\" and data[end - 1 : end] != b"\\") or (
            delimiter[:1] == b"\\" and data[end - 1 : end] != b"\\"
        ):
            break
        end += len(delimiter)
    return at, end, data[at:end]


def _items(data: bytes, at: int) -> Iterator[tuple[int, int, bytes]]:
    limit = at + _LONGEST
    while at < limit and (quote := _OPENING.match(data, at)):
        start, end, value = _quoted(data, quote)
        yield start, end, value
        comma = re.compile(_QUOTE + _SPACE + rb"," + _SPACE).match(data, end)
        if comma is None:
            return
        at = comma.end()


def _beside(data: bytes, start: int, end: int, before: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the value of a name that is itself a value: of a pair, a call, a tag, or a part of a form."""
    if _NAMED_BY.search(before):
        if pair := _PAIRED.match(data, end, end + _BETWEEN):
            yield _quoted(data, _OPENING.match(data, pair.end()))  # type: ignore[arg-type]
        elif value := _VALUE_BEFORE.search(data[max(0, start - _BETWEEN) : start]):
            shift = max(0, start - _BETWEEN)
            yield value.start("value") + shift, value.end("value") + shift, value["value"]
    elif before.rstrip(b"\"'`\\").rstrip()[-1:] in (b"(", b"[") and (call := _ARGUMENT.match(data, end)):
        yield _quoted(data, _OPENING.match(data, call.end()))  # type: ignore[arg-type]
    elif before.endswith(b">") and (plist := _PLIST.match(data, end, end + _LONGEST)):
        yield _span(plist)
    elif _ATTRIBUTE.search(before):
        if part := _part(data, end):
            yield part
            return
        opening, closing = data.rfind(b"<", max(0, start - _BETWEEN), start), data.find(b">", end, end + _BETWEEN)
        if opening >= 0 and closing >= 0 and (content := _CONTENT.search(data, opening, closing + 1)):
            yield _span(content)


def _part(data: bytes, end: int) -> tuple[int, int, bytes] | None:
    """Return the content of the part of a form of which the name ends here."""
    if not (head := _PART.match(data, end, end + _BETWEEN)):
        return None
    border = data.find(b"\n--", head.end() - 1, head.end() + _LONGEST)
    if border < 0:
        return None
    stop = border - 1 if data[border - 1 : border] == b"\r" else border
    return head.end(), max(head.end(), stop), data[head.end() : stop]


def _span(match: re.Match[bytes]) -> tuple[int, int, bytes]:
    return match.start("value"), match.end("value"), match["value"]
