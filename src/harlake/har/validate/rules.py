"""What HAR 1.2 demands, as rules: a stable code, how severe it is to break one, and what the specification says.

Errors are what the specification forbids, warnings are values that contradict each other or cannot be, and what is only
worth knowing is info. Source: http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

Severity = Literal["error", "warning", "info"]

#: The members and indexes that lead from a value to one inside of it.
Path = tuple[str | int, ...]

#: Characters of a value that a message shows.
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; ``message`` and ``spec`` are formatted with a violation's ``name`` and ``values``."""

    code: str
    severity: Severity
    message: str
    spec: str


class Violation(NamedTuple):
    """A rule broken at a path."""

    rule: Rule
    path: Path
    values: dict[str, Any] = {}

    @property
    def message(self) -> str:
        """What is wrong, in a few words."""
        return self.rule.message.format(name=self.path[-1] if self.path else "", **self.values)

    @property
    def spec(self) -> str:
        """What the specification says, in one sentence."""
        return self.rule.spec.format(name=self.path[-1] if self.path else "", **self.values)


#: So many violations of one value are held one by one.
_MAX_HELD: Final = 10_000


class Violations(list[Violation]):
    """The violations of one value; of very many the first are held, and ``more`` counts the others by code.

    ``matter`` says whether the specification forbids one of them, or a reader of HARs may object to it; no reader
    objects to the other warnings.
    """

    more: Counter[str] = Counter()
    matter = False

    def append(self, violation: Violation) -> None:
        """Add a violation, or count it."""
        self.matter = self.matter or _matters(violation)
        if len(self) < _MAX_HELD:
            super().append(violation)
        else:
            if not self.more:
                self.more = Counter()  # its own
            self.more[violation.rule.code] += 1


MISSING_MEMBER: Final = Rule(
    "missing-member", "error", "{name} is missing", "{owner}.{name} ({expected}) is mandatory{default}."
)
WRONG_TYPE: Final = Rule(
    "wrong-type",
    "error",
    "{name} is {actual}, not {expected}",
    "{owner}.{name} is {expected}{optional}; null is not the same as absent.",
)
WRONG_ITEM: Final = Rule(
    "wrong-item", "error", "an item is not an object", "Each item of {owner} is an object: a HAR {item}."
)
INVALID_DATE: Final = Rule(
    "invalid-date",
    "error",
    "{name} is no date with time and time zone: {value}",
    "Dates are in ISO 8601, YYYY-MM-DDThh:mm:ss.sTZD, with Z or ±hh:mm as time zone.",
)
INVALID_VERSION: Final = Rule(
    "invalid-version",
    "error",
    "version {value} is none of HAR 1",
    "A tool refuses versions whose first number is not 1, or whose second number is below 1.",
)
NOT_UTF_8: Final = Rule(
    "not-utf-8", "error", "the file is UTF-16", "HAR files are in UTF-8; no other encoding is allowed."
)
NEGATIVE_TIMING: Final = Rule(
    "negative-timing",
    "error",
    "{name} is {value}",
    "The send, wait and receive timings are not optional and must have non-negative values.",
)
DUPLICATE_PAGE: Final = Rule(
    "duplicate-page", "error", "several pages have the id {value}", "page.id is the unique identifier of a page."
)
INVALID_TIMING: Final = Rule(
    "invalid-timing",
    "warning",
    "{name} is {value}",
    "A time that does not apply is -1; all others are not negative.",
)
INVALID_TIME: Final = Rule(
    "invalid-time", "warning", "time is {value}", "entry.time is the total elapsed time in milliseconds."
)
TIME_NOT_SUM: Final = Rule(
    "time-not-sum",
    "warning",
    "time is {value}, the sum of the timings {sum}",
    "entry.time is the sum of all timings that are not -1; ssl is part of connect, and not added.",
)
SSL_OVER_CONNECT: Final = Rule(
    "ssl-over-connect",
    "warning",
    "ssl takes {value} ms of the {connect} that connect takes",
    "The time for ssl is also included in connect.",
)
INVALID_SIZE: Final = Rule(
    "invalid-size", "warning", "{name} is {value}", "Sizes are in bytes; headersSize and bodySize are -1 where unknown."
)
INVALID_STATUS: Final = Rule(
    "invalid-status", "warning", "status is {value}", "response.status is the status code of the HTTP response."
)
RELATIVE_URL: Final = Rule(
    "relative-url",
    "warning",
    "url is not absolute",
    "request.url is the absolute URL of the request, without fragment.",
)
POST_DATA_EMPTY: Final = Rule(
    "post-data-empty", "warning", "postData has neither text nor params", "postData has params or text, never both."
)
UNKNOWN_PAGE: Final = Rule(
    "unknown-page",
    "warning",
    "no page has the id {value}; entries that refer to it: {entries}",
    "entry.pageref refers to a page of log.pages, and is left out where there are no pages.",
)
INVALID_BASE64: Final = Rule(
    "invalid-base64",
    "warning",
    "text is not in base64",
    "With content.encoding base64, content.text is decoded to the bytes of the body.",
)
CONTENT_SIZE: Final = Rule(
    "content-size",
    "warning",
    "size is {value}, but text has {length} bytes",
    "content.size is the length of the returned content in bytes.",
)
TEXT_AND_PARAMS: Final = Rule(
    "text-and-params",
    "info",
    "postData has both text and params",
    "The text and params members of postData are mutually exclusive.",
)

PAGES_TOO_LARGE: Final = Rule(
    "pages-too-large", "info", "pages were not checked: they are larger than {limit}", "HAR has no limit on sizes."
)
ENTRY_TOO_LARGE: Final = Rule(
    "entry-too-large", "info", "the entry was not checked: it is larger than {limit}", "HAR has no limit on sizes."
)

#: All rules, in the order of the documentation.
RULES: Final = tuple(value for value in list(globals().values()) if isinstance(value, Rule))


def _matters(violation: Violation) -> bool:
    """Return whether a reader may object to what breaks a rule: of warnings, only to a status with a fraction."""
    if violation.rule.severity == "error":
        return True
    return violation.rule is INVALID_STATUS and type(violation.values["value"]) is float


def in_quotes(text: str) -> str:
    """Return a text in quotes, as messages show it."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
