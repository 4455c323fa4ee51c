"""What is personal: mail addresses, phone and card numbers, IBANs, and IP addresses of clients and private networks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from harlake.har.redact.context import Context
from harlake.har.redact.json_strings import Edit

_MAIL: Final = re.compile(
    rb"(?<![\w.+-])([\w.!#$&'*+/=?^`{|}~-]{1,64}?(?:@|%(?:25)*+40)(?:[A-Za-z0-9-]{1,63}\.){1,30}[A-Za-z]{2,24})(?![\w-])",
    re.ASCII,
)
_MAIL_START: Final = re.compile(rb"[\w.+-]+(?:@|%(?:25)*+40)", re.ASCII)
#: Endings that are of files, and no domains.
_FILES: Final = (b".png", b".jpg", b".jpeg", b".svg", b".gif", b".webp", b".js", b".css", b".map", b".avif")
_PHONE: Final = re.compile(rb"(?<![\w.])(?:\+|%2[Bb]|00)[1-9](?:[ ()/.-]{0,2}\d){7,14}(?![\w])")
_CARD: Final = re.compile(rb"(?<![\w.+-])(?<!%)[2-6]\d{3}(?:(?:[ +-]|%20)?\d{4}){2}(?:[ +-]|%20)?\d{1,7}(?![\w.-])")
_IBAN: Final = re.compile(
    rb"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ +]?[A-Z0-9]{4}){2,7}(?:[ +]?[A-Z0-9]{1,4})?(?![A-Za-z0-9])"
)
_IPV4: Final = re.compile(rb"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_IPV6: Final = re.compile(rb"(?<![\w:.])(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}){1,7}(?![\w:])")
_SEPARATORS: Final = re.compile(rb"%20|[ +-]")
#: What precedes a number with dots that is a version.
_VERSION: Final = re.compile(rb"(?:[A-Za-z]/|[Vv]ersion\W{0,4}|\bv)$")
_CARD_LENGTHS: Final = range(13, 20)


def personal_edits(context: Context, data: bytes) -> Iterator[Edit]:
    """Yield the edits of what is personal in a text."""
    if b"@" in data or b"%40" in data or b"%2540" in data:
        for match in _MAIL_START.finditer(data):
            whole = _MAIL.match(data, match.start())
            if whole and not whole[1].lower().endswith(_FILES):
                mail = whole[1]
                at = b"@" if b"@" in mail else re.search(rb"%(?:25)*+40", mail)[0]  # type: ignore[index]
                yield whole.start(1), whole.end(1), context.hide("email", mail.replace(at, b"@")).replace(b"@", at)
    if re.search(rb"\d{4}", data):
        yield from _numbers(context, data)
    yield from _addresses(context, data)


def is_card(number: bytes) -> bool:
    """Return whether digits are a card's number: the right many, with the right check digit (ISO/IEC 7812)."""
    if len(number) not in _CARD_LENGTHS or len(set(number)) < 3:
        return False
    total = 0
    for place, byte in enumerate(reversed(number)):
        digit = (byte - 48) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def is_iban(text: bytes) -> bool:
    """Return whether a text is an IBAN with the right check digits (ISO 13616)."""
    if not 15 <= len(text) <= 34:
        return False
    digits = "".join(str(int(chr(byte), 36)) for byte in text[4:] + text[:4])
    return int(digits) % 97 == 1


def _numbers(context: Context, data: bytes) -> Iterator[Edit]:
    for match in _CARD.finditer(data):
        number = _SEPARATORS.sub(b"", match[0])
        if is_card(number):
            yield match.start(), match.end(), context.hide("card", number)
    for match in _PHONE.finditer(data):
        yield match.start(), match.end(), context.hide("phone", match[0])
    for match in _IBAN.finditer(data):
        text = _SEPARATORS.sub(b"", match[0])
        if is_iban(text):
            yield match.start(), match.end(), context.hide("iban", text)


def _addresses(context: Context, data: bytes) -> Iterator[Edit]:
    if data.count(b".", 0, 1 << 20) >= 3:
        for match in _IPV4.finditer(data):
            before = data[max(0, match.start() - 12) : match.start()]
            if _is_address(match[0]) and not _VERSION.search(before):
                yield match.start(), match.end(), context.hide("ip", match[0])
    if data.count(b":", 0, 1 << 20) >= 3:
        for match in _IPV6.finditer(data):
            if _is_address(match[0]) and len(match[0]) > 8:
                yield match.start(), match.end(), context.hide("ip", match[0])


def _is_address(text: bytes) -> bool:
    try:
        address = ipaddress.ip_address(text.decode())
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast or int(address) < 1 << 24)
