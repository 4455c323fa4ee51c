"""Tests of headers, cookies and parameters, however they are listed."""

import pytest

from harlake.har.values.pairs import named_lines, named_values, pair_objects


@pytest.mark.parametrize(
    "value",
    [
        b'[{"name":"Accept","value":"a"},{"name":"X","value":"1"}]',
        b'[{"name":"Accept","value":["a"]},{"name":"X","value":1}]',
        b'[["Accept","a"],["X",1]]',
        b'[["Accept",["a"]],{"X":"1"}]',
        b'{"Accept":"a","X":1}',
        b'{"Accept":["a"],"X":"1"}',
        b'{"Accept":{"type":"string","value":"a"},"X":{"type":"number","value":1}}',
        b'["Accept: a","X:1"]',
        rb'"Accept: a\r\nX: 1\r\n"',
        b'{"type":"array","value":[{"name":"Accept","value":{"type":"string","value":"a"}},{"name":"X","value":1}]}',
        b'[{"name":"Accept","value":{"type":"base64","value":"YQ=="}},{"name":{"type":"string","value":"X"},"value":1}]',
        b'[[{"type":"string","value":"Accept"},"a"],["X","1"]]',
    ],
)
def test_all_lists_of_headers_say_the_same(value: bytes) -> None:
    """Objects, pairs, members and lines are names with values."""
    assert list(named_lines(value)) == list(named_values(value)) == [("Accept", "a"), ("X", "1")]


@pytest.mark.parametrize(
    ("value", "means"),
    [
        (b'[{"name":"A","value":["x","y"]}]', [("A", "x"), ("A", "y")]),
        (b'{"A":["x","y"]}', [("A", "x"), ("A", "y")]),
        (b'[{"name":"A","value":"x\\ny"}]', [("A", "x"), ("A", "y")]),
        (
            b'[{"name":"A","value":0},{"name":"B","value":false},{"name":"C"},{"name":"D","value":null}]',
            [("A", "0"), ("B", "false"), ("C", ""), ("D", "")],
        ),
        (b'[":method: GET","a"]', [(":method", "GET")]),
        (b'[{"name":"A","value":{"x":1}}]', []),
        (b'[{"value":"x"},null,1,[],["a"],{}]', []),
        *((b"null", []), (b"1", []), (b'"x"', []), (b'""', []), (b"[]", []), (b"{}", [])),
    ],
)
def test_a_header_is_a_line_for_each_value(value: bytes, means: list[tuple[str, str]]) -> None:
    """Lists and lines are headers of one name; what has no name, or no text, is none."""
    assert list(named_lines(value)) == means


def test_pairs_as_they_should_be_stay_as_they_are() -> None:
    """Nothing is rewritten that need not be."""
    item = b'{"value" : "b", "name":"a" ,"_x":1}'
    assert list(map(bytes, pair_objects(b"[%b]" % item) or [])) == [item]
    assert list(map(bytes, pair_objects(b"[1,null]") or [])) == [b"1", b"null"]
    assert pair_objects(b"null") is None
    assert pair_objects(b'{"A":"b","A":"c"}') == [b'{"name":"A","value":"b"}', b'{"name":"A","value":"c"}']
