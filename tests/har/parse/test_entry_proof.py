"""Entries, and what only looks like one."""

from __future__ import annotations

from harlake.har.entry import Rejection
from harlake.har.parse.entry_proof import are_single, has_request
from harlake.har.parse.fast_path import ProvedEntry
from tests.support.hars import entry


def _once(text: bytes) -> bool:
    return are_single(text, [ProvedEntry(0, len(text), Rejection(""))])


def test_a_request_says_of_what() -> None:
    """By its URL or its method; a header of that name is no request."""
    assert has_request(entry(1))
    assert has_request(b'{"request":{"method":"GET"}}')
    assert not has_request(b'{"request":{}}')
    assert not has_request(b'{"request":"GET"}')
    assert not has_request(b'{"name":"request"}')


def test_members_that_are_there_twice() -> None:
    """Of an entry itself; not of what is in it, and not a text that is the same."""
    assert _once(entry(1))
    assert _once(entry(1, b',"_x":{"request":1,"response":1},"_y":["request","request"]'))
    assert not _once(entry(1, b',"request":{},"response":{}'))
    assert not _once(entry(1, b',"request":{},"_x":"request"'))


def test_entries_that_are_inside() -> None:
    """In a list or an object of HAR; not in a custom member."""
    one = entry(1)
    assert not _once(one.replace(b'"cookies":[]', b'"cookies":[%b]' % entry(2), 1))
    assert not _once(one.replace(b'"cookies":[]', b'"log":{"entries":[%b]}' % entry(2), 1))
    assert _once(one.replace(b'"cookies":[]', b'"_was":%b' % entry(2), 1))
    assert are_single(b"", [])
