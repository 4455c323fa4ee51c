"""Tests of what is inside of wrapped values."""

import pytest

from harlake.har.values.plain_values import plain, unwrapped


@pytest.mark.parametrize(
    ("value", "inner"),
    [
        (b'{"type":"string","value":"a"}', b'"a"'),
        (b'{"value":{"type":"string","value":"a"}}', b'"a"'),
        (b'{"type":"base64","value":"aGkK"}', rb'"hi\n"'),
        (b'{"type":"base64","value":"no base64!"}', b'"no base64!"'),
        (b'{"type":"base64","value":7}', b"7"),
        (b'{"type":"undefined"}', b"null"),
        (b'{"$date":{"$numberLong":"5"}}', b'"5"'),
        *((one, one) for one in (b'"a"', b"7", b"[]", b"{}", b'{"type":"string"}', b'{"type":7,"value":1}')),
        *((one, one) for one in (b'{"name":"a","value":"b"}', b'{"$date":1,"x":2}', b"null")),
    ],
)
def test_a_wrapper_is_taken_off(value: bytes, inner: bytes) -> None:
    """What is no wrapper stays as it is."""
    assert bytes(plain(value)) == inner


def test_only_so_many_wrappers_are_taken_off() -> None:
    """Each takes the time to read the whole: of a thousand, that would be a thousand times."""
    value = b'{"value":' * 6 + b"1" + b"}" * 6
    inner = unwrapped(plain(value))
    assert inner is not None
    assert bytes(inner[1]) == b'{"value":1}'
