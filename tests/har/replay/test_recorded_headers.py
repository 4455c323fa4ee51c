"""Headers that are sent, and those that are not."""

from __future__ import annotations

from harlake.har.replay.recorded_headers import recorded_lines, sent_headers


def test_headers_of_a_connection_are_not_for_http_2() -> None:
    """With HTTP/1.1, they are sent."""
    lines = [("Connection", "close"), ("X", "y")]
    assert sent_headers("http://a.test/", "1.1", lines, has_body=False) == (lines, [])
    headers, comments = sent_headers("http://a.test/", "2", lines, has_body=False)
    assert (headers, len(comments)) == ([("X", "y")], 1)


def test_what_is_no_value_is_said() -> None:
    """An object is none; a list is a line for each item."""
    assert recorded_lines(b'[{"name":"a","value":[1,"b"]},{"name":"c","value":{}}]') == (
        [("a", "1"), ("a", "b")],
        ["A header that cannot be sent is left out."],
    )
