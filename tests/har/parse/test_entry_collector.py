"""The collector: it counts entries, cuts blocks, and describes what is rejected."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.entry import read_entry
from harlake.har.parse.blocks import Block, RejectedEntry
from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.fast_path import ProvedEntry
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.position import START
from harlake.limits import Limits

_BLOCK_BYTES = 100
_small = b'{"request":{"url":"a"}}'
_large = b'{"request":{"url":"%s"}}' % (b"b" * 2 * _BLOCK_BYTES)
_texts = st.lists(st.lists(st.sampled_from([_small, _large, b"7", b"{}"]), min_size=1, max_size=8), max_size=4)


def _collect(collector: EntryCollector, source: InputBuffer, texts: list[bytes]) -> None:
    entries: list[ProvedEntry] = []
    at = source.at
    for text in texts:
        entries.append(ProvedEntry(at, at + len(text), read_entry(text)))
        at += len(text) + 2
    collector.add(entries)
    source.at += 2


@given(_texts)
def test_all_entries_come_out_once_in_blocks_of_a_size(batches: list[list[bytes]]) -> None:
    """Each is in a block or rejected, at its ordinal and position; blocks end where they are full."""
    texts = [text for batch in batches for text in batch]
    document = b"".join(text + b",\n" for text in texts)
    source = InputBuffer()
    source.append(document)
    source.gather()
    rejected: list[RejectedEntry] = []
    collector = EntryCollector(source, Limits(block_bytes=_BLOCK_BYTES, max_problems=2), rejected.append)
    blocks: list[Block] = []
    for batch in batches:
        _collect(collector, source, batch)
        blocks += collector.take_blocks()
        assert collector.take_blocks() == []
    collector.end_block()
    blocks += collector.take_blocks()

    located = [(one.ordinal, one.position, one.text) for one in rejected]
    for block in blocks:
        located += [(block.ordinal(index), block.position(index), text) for index, text in enumerate(block.texts())]
    offset = 0
    for (ordinal, position, text), (number, expected) in zip(sorted(located), enumerate(texts), strict=True):
        assert (ordinal, text, position) == (number, expected, START.after(document[:offset]))
        offset += len(expected) + 2
    assert collector.total == len(texts)
    assert collector.imported == len(texts) - len(rejected)
    assert [error.entry for error in collector.errors] == [one.ordinal for one in rejected[:2]]
    for block in blocks[:-1]:
        assert len(block.data) >= _BLOCK_BYTES or _precedes_large(block, texts)
    assert all(len(block.data) < 2 * _BLOCK_BYTES or len(block.entries) == 1 for block in blocks)


def _precedes_large(block: Block, texts: list[bytes]) -> bool:
    """Return whether a block ends early, since the next entry of a block is one of its own."""
    after = texts[block.ordinal(len(block.entries) - 1) + 1 :]
    return next(text for text in after if text in (_small, _large)) == _large


def test_a_rejected_entry_has_its_path_and_reason() -> None:
    """The path is that of the member to blame, in the document."""
    source = InputBuffer()
    source.append(b'\n{"request":{}}')
    source.gather()
    source.at = 1
    collector = EntryCollector(source, Limits(), None)
    _collect(collector, source, [b'{"request":{}}'])
    (error,) = collector.errors
    assert (error.entry, error.byte, error.line, error.column) == (0, 1, 2, 1)
    assert (error.path, error.reason) == ("log.entries[0].request.url", "request has no url")
