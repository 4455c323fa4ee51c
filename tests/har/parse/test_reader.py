"""The reader: what comes out is what went in, whichever way it is read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harlake.errors import EnvelopeTooLargeError, InvalidEntriesError, InvalidJsonError, MissingLogError
from harlake.har.parse.blocks import Block, RejectedEntry
from harlake.har.parse.position import START, Position
from harlake.har.parse.reader import HarReader
from harlake.limits import Limits
from tests.support.documents import hars
from tests.support.reading import Accepted, Refused, read

#: So small that the fast path works on every few bytes, as it does on every MiB of a large file.
SMALL = Limits(block_bytes=200)


def every_way(text: bytes, cuts: list[int], limits: Limits = SMALL) -> Accepted | Refused:
    """Read a document in all ways, which must agree, and return what came out."""
    outcome = read(text, limits=limits)
    ways = [sorted({cut % (len(text) + 1) for cut in cuts}), range(len(text))]
    for way in ways:
        assert read(text, way, limits=limits) == outcome
    for way in [[], *ways]:
        assert read(text, way, fast_path=False, limits=limits) == outcome
    if limits is SMALL:
        assert read(text) == outcome
    return outcome


@given(hars(), st.lists(st.integers(0, 10_000), max_size=6))
def test_all_ways_of_reading_agree_and_lose_nothing(text: bytes, cuts: list[int]) -> None:
    """Fast path on or off, whole, byte by byte and cut anywhere: the same entries come out, byte for byte."""
    outcome = every_way(text, cuts)
    assert isinstance(outcome, Accepted)
    log = json.loads(text)["log"]
    kept = [one for one in log["entries"] if _is_importable(one)]
    assert [json.loads(one) for one in outcome.entries] == kept
    assert all(one in text for one in outcome.entries)
    assert outcome.total == len(log["entries"])
    assert [one.entry for one in outcome.entry_errors] == [
        number for number, one in enumerate(log["entries"]) if not _is_importable(one)
    ]
    assert {name: json.loads(value) for name, value in outcome.envelope.log.items()} == {
        name: value for name, value in log.items() if name != "entries"
    }


_MUTATIONS = [
    b"",
    b"}",
    b"]",
    b"{",
    b"[",
    b",",
    b'"',
    b"\\",
    b":",
    b"0",
    b"-",
    b"e",
    b"\x00",
    b"\x0b",
    b"\xff",
    b"\xed\xa0\x80",
]
_MUTATIONS += [b"\\ud800", b"NaN", b"null", b"},{", b'"entries":[', b"1" * 40, b"1e99999999999999999999"]


@given(
    hars(),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 3), st.sampled_from(_MUTATIONS)), min_size=1, max_size=3),
    st.lists(st.integers(0, 10_000), max_size=4),
)
@example(b'{"log":{"entries":[{"request":{"url":"a"}},{"request":{"url":"b"}}]}}', [(66, 1, b"")], [])
@example(b'{"log": {"entries": []}}', [(0, 1, b"0")], [])
@example(b'{"log":{"entries":[null[}]}}', [(0, 0, b"")], [])
def test_all_ways_of_reading_refuse_the_same_at_the_same_byte(
    text: bytes, mutations: list[tuple[int, int, bytes]], cuts: list[int]
) -> None:
    """A damaged HAR is refused by all ways of reading with the same error at the same byte, or by none."""
    for at, length, replacement in mutations:
        at %= len(text) + 1
        text = text[:at] + replacement + text[at + length :]
    outcome = every_way(text, cuts)
    if isinstance(outcome, Refused):
        assert outcome.byte is not None
        assert outcome.line is not None
        assert 0 <= outcome.byte <= len(text)
        assert outcome.line == text.count(b"\n", 0, outcome.byte) + 1
        assert outcome.column == outcome.byte - text.rfind(b"\n", 0, outcome.byte)


@given(hars(), st.integers(0, 10_000))
def test_a_truncated_document_is_refused_where_it_ends(text: bytes, at: int) -> None:
    """Whatever is cut off a HAR, the error names the length that is left."""
    text = text.rstrip()
    text = text[: at % len(text)]
    outcome = read(text, limits=SMALL)
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.byte) == (InvalidJsonError, len(text))


@pytest.mark.parametrize(
    ("text", "kind", "byte"),
    [
        (b"", InvalidJsonError, 0),
        (b"[]", MissingLogError, 0),
        (b" 12", MissingLogError, 3),
        (b'{"a":1}', MissingLogError, 6),
        (b'{"log":[]}', MissingLogError, 7),
        (b'{"log": "x\\"y"}', MissingLogError, 8),
        (b'{"log": 12 }', MissingLogError, 8),
        (b'{"log":{}}', InvalidEntriesError, 8),
        (b'{"log":{"entries":{}}}', InvalidEntriesError, 18),
        (b'{"log":{"entries": null}}', InvalidEntriesError, 19),
        (b'{"log":{"entries":[],"entries":[]}}', InvalidEntriesError, 31),
        (b'{"log":{"entries":[]},"log":{"entries":[]}}', MissingLogError, 28),
        (b'{"log":{"entries":[]}} x', InvalidJsonError, 23),
        (b'{"log":{"entries":[,]}}', InvalidJsonError, 19),
        (b'{"log":{"entries":[{}{}]}}', InvalidJsonError, 21),
        (b'{"log":{"entries":[{},]}}', InvalidJsonError, 22),
        (b'{"log":{"entries":[{"a":\x0b1}]}}', InvalidJsonError, 24),
        (b"callback({})", InvalidJsonError, 0),
        (b"<html>", InvalidJsonError, 0),
    ],
)
def test_refusals_name_the_first_byte(text: bytes, kind: type, byte: int) -> None:
    """Each way of not being a HAR has its error, at the first byte that cannot be."""
    outcome = every_way(text, [1, 3])
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.byte) == (kind, byte)


def test_an_entry_over_the_limit_is_passed_over_and_the_rest_is_imported() -> None:
    """A large entry is described as an error, with its position; those around it come out."""
    large = b'{"request":{"url":"b"},"_x":"' + b"y" * 900 + b'\\"}]","z":[{}]}'
    text = b'{"log":{"entries":[{"request":{"url":"a"}},%s,\n{"request":{"url":"c"}}]}}' % large
    outcome = every_way(text, [25, 100, 600, 1000], Limits(block_bytes=200, max_entry_bytes=500))
    assert isinstance(outcome, Accepted)
    assert [json.loads(one)["request"]["url"] for one in outcome.entries] == ["a", "c"]
    (error,) = outcome.entry_errors
    assert (error.entry, error.byte, error.path) == (1, 43, "log.entries[1]")
    assert error.reason == "larger than the limit of 500 bytes"


@pytest.mark.parametrize("step", [10_000, 100, 7])
@pytest.mark.parametrize("fast_path", [True, False])
@pytest.mark.parametrize("line_end", [b"", b"\n"])
def test_positions_after_a_skipped_entry_are_right(step: int, fast_path: bool, line_end: bytes) -> None:
    """Lines and columns go on through an entry that was not held, with line ends in it or without."""
    large = b'{"request":{"url":"b"},' + line_end + b'"_x":"' + b"y" * 900 + b'"}'
    text = b'{"log":{\n"entries":[{"request":{"url":"a"}},%s,{"request":{"url":"c"}} x]}}' % large
    at = text.index(b"x]")
    limits = Limits(block_bytes=200, max_entry_bytes=500)
    outcome = read(text, range(0, len(text), step), fast_path=fast_path, limits=limits)
    assert isinstance(outcome, Refused)
    assert (outcome.byte, outcome.line, outcome.column) == START.after(text[:at])


def test_depth_is_limited_alike_in_all_ways_of_reading() -> None:
    """An entry may nest as deep as the limit allows, and not a level deeper."""
    limits = Limits(block_bytes=200, max_entry_depth=1500)
    for depth, accepted in ((1498, True), (1499, True), (1500, False), (100_000, False)):
        text = b'{"log":{"entries":[{"request":{"url":"a"},"_x":%s}]}}' % (b"[" * depth + b"]" * depth)
        outcome = read(text, limits=limits)
        assert isinstance(outcome, Accepted) is accepted
        assert read(text, limits=limits, fast_path=False) == outcome
        assert read(text, range(0, len(text), 7), limits=limits) == outcome


def test_a_deep_entry_is_indexed_like_any_other() -> None:
    """What is too deep for a recursive decoder still shows its URL, method and status."""
    nested = b"[" * 5000 + b"]" * 5000
    text = (
        b'{"log":{"entries":[{"_x":%s,"request":{"url":"https://a/\\u00e9","method":"PUT"},'
        b'"response":{"status":204}}]}}' % nested
    )
    outcome = every_way(text[:100] + text[100:], [50, 9000])
    assert isinstance(outcome, Accepted)
    (entry,) = outcome.indexed
    assert (entry.request.url, entry.request.method, entry.response.status) == ("https://a/é", "PUT", 204)


def test_an_envelope_over_the_limit_is_refused() -> None:
    """What is not entries is held in memory, and therefore limited."""
    text = b'{"log":{"_x":"%s","entries":[]}}' % (b"x" * 5000)
    outcome = read(text, range(0, len(text), 100), limits=Limits(max_envelope_bytes=1000))
    assert isinstance(outcome, Refused)
    assert outcome.kind is EnvelopeTooLargeError


def test_only_the_first_errors_are_described_but_all_are_counted() -> None:
    """Memory stays flat when everything is wrong."""
    text = b'{"log":{"entries":[%s]}}' % b",".join([b"7"] * 500)
    outcome = read(text)
    assert isinstance(outcome, Accepted)
    assert (outcome.total, len(outcome.entry_errors), outcome.entries) == (500, 100, [])


def test_numbers_that_no_type_can_hold_are_kept() -> None:
    """Absurd numbers are valid JSON, and come out as they went in."""
    for number in (b"1" * 5000, b"1e400", b"-1E+99999999999999999999", b"0.%s1" % (b"0" * 5000)):
        entry = b'{"request":{"url":"a"},"time":%s}' % number
        outcome = every_way(b'{"log":{"entries":[%s]}}' % entry, [40, 45, 50])
        assert isinstance(outcome, Accepted)
        assert outcome.entries == [entry]


def _is_importable(entry: Any) -> bool:
    request = entry.get("request") if isinstance(entry, dict) else None
    return isinstance(request, dict) and isinstance(request.get("url"), str)


@given(hars(), st.lists(st.integers(0, 10_000), max_size=6))
def test_blocks_know_where_their_entries_are(text: bytes, cuts: list[int]) -> None:
    """Ordinal, byte, line and column of each entry, taken into a block or rejected, are those in the document."""
    entries = json.loads(text)["log"]["entries"]
    for limits in (SMALL, Limits()):
        for way in ([], [cut % (len(text) + 1) for cut in cuts], range(len(text))):
            for fast_path in (True, False):
                located = sorted(_located(text, way, limits, fast_path=fast_path))
                assert [ordinal for ordinal, _, _ in located] == list(range(len(entries)))
                for ordinal, position, one in located:
                    assert json.loads(one) == entries[ordinal]
                    assert text.startswith(one, position.byte)
                    assert position.line == text.count(b"\n", 0, position.byte) + 1
                    assert position.column == position.byte - text.rfind(b"\n", 0, position.byte)


def _located(text: bytes, cuts: Iterable[int], limits: Limits, *, fast_path: bool) -> list[tuple[int, Position, bytes]]:
    """Return the ordinal, position and text of all entries, in the order in which the reader returns them."""
    located: list[tuple[int, Position, bytes]] = []

    def reject(one: RejectedEntry) -> None:
        assert one.text is not None
        located.append((one.ordinal, one.position, one.text))

    reader = HarReader(limits, fast_path=fast_path, on_rejection=reject)
    blocks: list[Block] = []
    start = 0
    for cut in [*sorted(cuts), len(text)]:
        blocks += reader.feed(text[start:cut])
        start = cut
    blocks += reader.close()[0]
    for block in blocks:
        for index, one in enumerate(block.texts()):
            assert block.byte(index) == block.position(index).byte
            located.append((block.ordinal(index), block.position(index), one))
    return located


def test_a_block_can_be_ended_between_two_entries() -> None:
    """A cut gives out what is complete; the next entries come with the next block, at their own ordinals."""
    reader = HarReader()
    assert reader.feed(b'{"log":{"entries":[{"request":{"url":"a"}},7,\n{"request":{"url":"b"}}') == []
    (first,) = reader.cut()
    assert [entry.request.url for entry in first.entries] == ["a", "b"]
    assert (reader.total, reader.imported, [error.entry for error in reader.entry_errors]) == (3, 2, [1])
    assert reader.cut() == []
    assert reader.feed(b',{"request":{"url":"c"}}]}} ') == []
    (second,), envelope = reader.close()
    assert [entry.request.url for entry in second.entries] == ["c"]
    assert second.ordinal(0) == 3
    assert reader.envelope_text() == b'{"log":{"entries":[]}} '
    assert envelope.log.keys() == {"entries"} or not envelope.log


@given(hars(), st.integers(0, 10_000), st.booleans())
def test_the_reader_knows_its_position(text: bytes, cut: int, fast_path: bool) -> None:
    """The position is never beyond what was fed, has its line and column, and is the end when all is read."""
    cut %= len(text) + 1
    reader = HarReader(Limits(block_bytes=50), fast_path=fast_path)
    reader.feed(text[:cut])
    position = reader.position()
    assert position.byte <= cut
    assert position == START.after(text[: position.byte])
    reader.feed(text[cut:])
    reader.close()
    assert reader.position() == START.after(text)


@given(hars(), st.integers(0, 10_000))
def test_offsets_into_the_envelope_have_their_positions_in_the_document(text: bytes, offset: int) -> None:
    """Before the entries both are the same; after them, the document is ahead by their length."""
    reader = HarReader()
    reader.feed(text)
    reader.close()
    envelope = reader.envelope_text()
    offset %= len(envelope)
    position = reader.envelope_position(offset)
    assert text[position.byte] == envelope[offset]
    assert position == START.after(text[: position.byte])
    assert position.byte in (offset, offset + len(text) - len(envelope))


@pytest.mark.slow
def test_a_large_entry_is_read_with_pauses() -> None:
    """It may be of 128 MiB, of which each piece takes as long as many small entries."""
    headers = b'{"name":"a","value":"b"},' * 40_000
    text = b'{"log":{"entries":[{"request":{"url":"a","headers":[%b{}]}}]}}' % headers
    reader = HarReader()
    assert len([*reader.read(text), *reader.read_rest()]) > len(text) // (128 * 1024)
