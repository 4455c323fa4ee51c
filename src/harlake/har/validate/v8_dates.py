"""Which texts V8 makes a date of: what ``new Date(text)`` takes in Chrome and in Node.js.

V8 reads ISO 8601 first, and what is none by the rules of old browsers: words before the first number are ignored, as is
what stands in parentheses; a number before a colon is a time, another one a day, a month or a year; a month has a name,
or is the first number of up to three.

Source: V8's ``src/date/dateparser-inl.h``, whose order of questions is kept, and ``src/objects/js-date.cc``. A date
without a time zone is taken for UTC; where it is local, the first and the last day that there are may be others.
A text of more than a thousand numbers, words and signs is not read to its end, and is no date here.
"""

from __future__ import annotations

from typing import Final

from harlake.har.validate.v8_date_parts import DateNumbers, TimeNumbers, TimeZone
from harlake.har.validate.v8_date_tokens import END, DateToken, DateTokens, TokenKind

#: Milliseconds that a date may be away from 1970.
LARGEST_DATE: Final = 8.64e15

_HHMM: Final = 4


def is_v8_date(text: str) -> bool:
    """Return whether ``new Date(text)`` is a valid date."""
    reader = _Reader(text)
    rest = reader.read_iso()
    return rest is not None and reader.read_others(rest) and reader.is_in_range()


class _Reader:
    """Reads one text, and has the parts of the date that it has found."""

    def __init__(self, text: str) -> None:
        self._tokens = DateTokens(text)
        self._day, self._time, self._zone = DateNumbers(), TimeNumbers(), TimeZone()

    def read_iso(self) -> DateToken | None:
        """Read ISO 8601, and return the first token that is none of it, the end of the text included.

        None stands for a text that can be no date at all: it has a T, and no time behind it.
        """
        tokens, day = self._tokens, self._day
        if tokens.next.is_sign:
            sign = tokens.take()
            if not tokens.next.is_number(6):
                return sign
            year = tokens.take().number
            if sign.text == "-" and not year:
                return sign
            day.add(-year if sign.text == "-" else year)
        elif tokens.next.is_number(4):
            day.add(tokens.take().number)
        else:
            return tokens.take()
        for largest in (12, 31):
            if not tokens.skip("-"):
                break
            if not (tokens.next.is_number(2) and 1 <= tokens.next.number <= largest):
                return tokens.take()
            day.add(tokens.take().number)
        if tokens.next.is_t:
            tokens.take()
            if not (self._read_iso_time() and self._read_iso_zone() and tokens.next is END):
                return None
        elif tokens.next is not END:
            return tokens.take()
        if self._time.is_empty:
            self._zone.set_hours(0)
        day.is_iso = True
        return END

    def _read_iso_time(self) -> bool:
        tokens, time = self._tokens, self._time
        if not (tokens.next.is_number(2) and tokens.next.number <= 24):
            return False
        is_24 = tokens.next.number == 24
        time.add(tokens.take().number)
        for is_needed in (True, False):
            if not tokens.skip(":"):
                return not is_needed
            if not tokens.next.is_number(2) or tokens.next.number > (0 if is_24 else 59):
                return False
            time.add(tokens.take().number)
        if tokens.skip("."):
            if tokens.next.kind is not TokenKind.NUMBER or (is_24 and tokens.next.number):
                return False
            time.add(tokens.take().milliseconds)
        return True

    def _read_iso_zone(self) -> bool:
        tokens, zone = self._tokens, self._zone
        if tokens.next.is_z:
            tokens.take()
            zone.set_hours(0)
        elif tokens.next.is_sign:
            zone.set_sign(tokens.take())
            if tokens.next.is_number(_HHMM):
                zone.hour, zone.minute = divmod(tokens.take().number, 100)
            else:
                if not tokens.next.is_number(2):
                    return False
                zone.hour = tokens.take().number
                if not (tokens.skip(":") and tokens.next.is_number(2)):
                    return False
                zone.minute = tokens.take().number
            return zone.hour <= 23 and zone.minute <= 59
        return True

    def read_others(self, token: DateToken) -> bool:
        """Read the text from a token on by the rules of old browsers; return whether they allow it."""
        tokens = self._tokens
        has_number = not self._day.is_empty
        if token is END:
            token = tokens.take()
        while token is not END:
            if token.kind is TokenKind.NUMBER:
                has_number = True
                if not self._read_number(token.number):
                    return False
            elif token.kind is TokenKind.WORD:
                if not self._read_word(token, has_number):
                    return False
            elif token.is_sign and (self._zone.is_utc or not self._time.is_empty):
                has_number = True
                if not self._read_offset(token):
                    return False
            elif has_number and (token.is_sign or token.text == ")"):
                return False
            token = tokens.take()
        return True

    def _read_number(self, number: int) -> bool:
        tokens, time = self._tokens, self._time
        if tokens.skip(":"):
            if tokens.skip(":"):
                return time.is_empty and time.add(number) and time.add(0)
            if not time.add(number):
                return False
            tokens.skip(".")
        elif tokens.skip(".") and time.expects(number):
            time.add(number)
            if tokens.next.kind is not TokenKind.NUMBER:
                return False
            time.add_last(tokens.take().milliseconds)
        elif self._zone.expects(number):
            self._zone.minute = number
        elif time.expects(number):
            time.add_last(number)
            return tokens.next.ends_time
        else:
            if not self._day.add(number):
                return False
            tokens.skip("-")
        return True

    def _read_word(self, word: DateToken, has_number: bool) -> bool:
        if word.half_of_day is not None and not self._time.is_empty:
            self._time.hour_offset = word.half_of_day
        elif word.month is not None:
            self._day.named_month = word.month
            self._tokens.skip("-")
        elif word.zone is not None and has_number:
            self._zone.set_hours(word.zone)
        else:
            return not has_number and self._tokens.next.kind is not TokenKind.NUMBER
        return True

    def _read_offset(self, sign: DateToken) -> bool:
        tokens, zone = self._tokens, self._zone
        zone.set_sign(sign)
        token = tokens.take() if tokens.next.kind is TokenKind.NUMBER else END
        if tokens.next.text == ":":
            zone.hour, zone.minute = token.number, None
        elif token.length in (1, 2):
            zone.hour, zone.minute = token.number, 0
        elif token.length in (3, 4):
            zone.hour, zone.minute = divmod(token.number, 100)
        else:
            return False
        return True

    def is_in_range(self) -> bool:
        """Return whether the parts make a date that there is."""
        if self._tokens.are_too_many:
            return False
        days, time, offset = self._day.days(), self._time.milliseconds(), self._zone.milliseconds()
        if days is None or time is None or offset is None:
            return False
        return abs(days * 86_400_000 + time - offset) <= LARGEST_DATE
