"""What is learned is replaced elsewhere."""

from __future__ import annotations

from harlake.har.redact.learned import LearnedValues
from harlake.har.redact.propagation import Propagation
from harlake.har.redact.pseudonyms import Pseudonyms


def _propagation(value: bytes) -> Propagation:
    learned = LearnedValues()
    learned.add("token", value)
    return Propagation(learned, Pseudonyms(b"k"))


def test_a_text_without_it_is_the_same_object() -> None:
    """So that it is known that nothing changed."""
    text = b'{"a":"b"}' * 9
    assert _propagation(b"secret-12").replaced(text) is text


def test_short_values_are_whole_words() -> None:
    """A part of a longer word is none of them."""
    propagation = _propagation(b"abc12xyz")
    assert propagation.replaced(b'"xabc12xyz9"') == b'"xabc12xyz9"'
    assert b"abc12xyz" not in propagation.replaced(rb'"\nabc12xyz "')
    assert propagation.counts["propagated"] == 1


def test_escapes_stay_whole() -> None:
    """What begins with the letter of an escape is another text; behind a backslash that is one, it is the same."""
    propagation = _propagation(b"nabc12xyz-45678")
    assert propagation.replaced(rb'"\nabc12xyz-45678"') == rb'"\nabc12xyz-45678"'
    assert propagation.replaced(rb'"\\\nabc12xyz-45678"') == rb'"\\\nabc12xyz-45678"'
    assert b"nabc12xyz-45678" not in propagation.replaced(rb'"\\nabc12xyz-45678"')
