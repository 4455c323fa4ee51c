"""Tests of texts, and of what stands in their place."""

import json

import pytest

from harlake.har.values.texts import address, header_lines, header_text, python_text, text_of


@pytest.mark.parametrize(
    ("value", "means"),
    [
        *(
            (b'"a"', b'"a"'),
            (b"1", b'"1"'),
            (b"1.0", b'"1.0"'),
            (b"0", b'"0"'),
            (b"true", b'"true"'),
            (b"false", b'"false"'),
        ),
        *(
            (b'["a","b"]', rb'"a\nb"'),
            (b'["a"]', b'"a"'),
            (b"[]", None),
            (b"null", None),
            (b"{}", None),
            (b'{"a":1}', None),
        ),
        *(
            (b'{"type":"string","value":"a"}', b'"a"'),
            (b'{"value":"a","type":"base64"}', b'"a"'),
            (b'{"value":5}', b'"5"'),
        ),
        *((b'{"type":"base64","value":"aGk="}', b'"hi"'), (b'{"type":"base64","value":"/w=="}', '"ÿ"'.encode())),
        *((b'{"type":"null"}', None), (b'{"type":"undefined"}', None), (b'{"name":"a","value":"b"}', None)),
        (b'{"type":"array","value":[{"type":"string","value":"a"},{"type":"number","value":2}]}', rb'"a\n2"'),
    ],
)
def test_a_value_means_a_text(value: bytes, means: bytes | None) -> None:
    """Scalars are written, lists are lines, wrappers are taken off."""
    found = text_of(value)
    assert (None if found is None else bytes(found)) == means


@pytest.mark.parametrize(
    ("value", "means"),
    [
        *(
            (b'"a"', ["a"]),
            (b'"a\\nb"', ["a", "b"]),
            (b'"a\\r\\nb"', ["a", "b"]),
            (b'["a",1,true,0,false]', ["a", "1", "true", "0", "false"]),
        ),
        *(
            (b"0", ["0"]),
            (b"false", ["false"]),
            (b"null", []),
            (b"{}", []),
            (b'""', [""]),
            (b"[]", [""]),
            (b'["a",["b"]]', ["a", "b"]),
        ),
        *((b'{"type":"string","value":"a\\nb"}', ["a", "b"]), (b'[{"type":"string","value":"a"},"b"]', ["a", "b"])),
        (b'"\\ud800"', ["\ufffd"]),
    ],
)
def test_a_headers_value_is_lines(value: bytes, means: list[str]) -> None:
    """Each item of a list, and each line of a text, is sent as one."""
    assert header_lines(value) == means


def test_filling_and_sending_read_a_header_alike() -> None:
    """What a filled header says are the lines that are sent."""
    for value in (b'["a","b"]', b"0", b"true", b'{"type":"base64","value":"aGk="}', b'"a\\nb"', b"[]"):
        written = header_text(value)
        assert written is not None
        assert json.loads(written).split("\n") == header_lines(value) == header_lines(written)


@pytest.mark.parametrize(
    ("value", "means"),
    [
        *((b'"[::1]"', b'"::1"'), (b'"127.0.0.1"', b'"127.0.0.1"'), (b'"127.0.0.1:80"', b'"127.0.0.1"')),
        *((b'"[::1]:443"', b'"::1"'), (b'"x"', None), (b'""', None), (b'{"type":"string","value":"::1"}', b'"::1"')),
    ],
)
def test_a_value_means_an_address(value: bytes, means: bytes | None) -> None:
    """Brackets and ports are taken off."""
    assert address(value) == means


def test_nested_wrappers_and_lists_are_followed_to_an_end() -> None:
    """Hostile nesting is read as nothing, or as lines, and never deeper than Python can go."""
    wrapped = b'{"type":"x","value":' * 20_000 + b"1" + b"}" * 20_000
    assert python_text(wrapped) is None
    listed = b"[" * 20_000 + b'"a"' + b"]" * 20_000
    assert python_text(listed) == "a"
    typed = b'{"type":"array","value":[' * 5_000 + b'"a"' + b"]}" * 5_000
    assert python_text(typed) is None
