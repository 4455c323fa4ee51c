"""What is left to be looked at."""

from __future__ import annotations

from harlake.har.redact.config import Config
from harlake.har.redact.redactor import Redactor
from harlake.har.redact.review import MOST, Review, masked

_TOKEN = "qZ7xW2mK9pL4vN8tR3yB6cD1"


def test_what_stays_is_listed_once_and_masked() -> None:
    """What a redaction took out is not in it; what the strictest would is, whatever it is called."""
    review = Review()
    redactor = Redactor(Config(), review)
    entry = b'{"request":{"url":"http://a/?token=%b"},"_odd":"%b"}'
    entries = [
        entry % (_TOKEN.encode(), other) for other in (b"aB3dE5fG7hJ9kL1mN3pQ", b"aB3dE5fG7hJ9kL1mN3pQ", b"word")
    ]
    edits = [redactor.learn(one) for one in entries]
    for one, of in zip(entries, edits, strict=True):
        redactor.entry(one, of)
    assert redactor.report().review == [{"kind": "opaque", "place": "member", "masked": "aB3… (20 characters)"}]


def test_a_full_list_says_how_much_more_there_was() -> None:
    """It is bounded, and what is beyond is counted."""
    review = Review()
    for number in range(MOST + 3):
        review.look_at(b'{"_odd":"aB3dE5fG7hJ9kL1m%05d"}' % number)
    assert (len(review.found), review.left_out) == (MOST, 3)


def test_masked() -> None:
    """A value cannot be told from it."""
    assert masked(b"abcdef") == "abc… (6 characters)"
