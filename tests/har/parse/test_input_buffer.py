"""The input buffer: whatever is fed, consumed, held and discarded, positions are those of the document."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.position import START

_chunks = st.lists(st.sampled_from([b"a", b"\n", b"", b"bc\nd", b"efgh", b"\r\n\n"]), max_size=4).map(b"".join)
_steps = st.lists(
    st.tuples(st.sampled_from(["consume", "hold", "restore", "discard", "count"]), _chunks, st.integers(0, 20)),
    max_size=12,
)


@given(_steps)
def test_positions_are_those_of_the_document(steps: list[tuple[str, bytes, int]]) -> None:
    """Nothing is lost or counted twice: what is left is the document from the position on."""
    source = InputBuffer()
    document = b""
    for action, chunk, amount in steps:
        document += chunk
        source.append(chunk)
        source.gather()
        at = min(source.at + amount, len(source.data))
        if action == "hold":
            source.hold()
        elif action == "restore":
            source.restore()
        elif action == "discard":
            source.discard(at)
        elif source.held_size == 0 and action == "consume":
            source.at = at
        elif source.held_size == 0:
            source.count_to(at)
            assert source.position(source.at) == START.after(document[: source.position(source.at).byte])
            source.at = at
    source.gather()
    source.restore()
    assert source.held_size == 0
    for at in range(source.at, len(source.data) + 1):
        position = source.position(at)
        assert position == START.after(document[: position.byte])
        assert source.data[at:] == document[position.byte :]


def test_it_says_when_enough_has_come() -> None:
    """The bytes that are needed may come in several chunks; gathering them asks for no more."""
    source = InputBuffer()
    source.needed = 3
    assert not source.append(b"ab")
    assert source.append(b"c")
    source.gather()
    assert source.data == b"abc"
    assert source.append(b"")


def test_it_is_final_only_until_more_is_gathered() -> None:
    """What is cut between two entries may go on."""
    source = InputBuffer()
    source.gather(final=True)
    assert source.final
    source.hold()
    assert source.final
    source.gather()
    assert not source.final


def test_an_error_has_the_position_of_its_offset() -> None:
    """Byte, line and column are those in the document, and the entry is named."""
    source = InputBuffer()
    for chunk in (b"a\n", b"bc"):
        source.append(chunk)
        source.gather()
        source.at = len(source.data) - 1
    error = source.error("wrong", source.at, entry=4)
    assert (error.detail, error.byte, error.line, error.column, error.entry) == ("wrong", 3, 2, 2, 4)
