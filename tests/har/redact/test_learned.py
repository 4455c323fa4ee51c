"""What is learned, within bounds."""

from __future__ import annotations

from harlake.har.redact.learned import LearnedValues, is_distinctive


def test_bounds_are_said() -> None:
    """What is too much is counted."""
    learned = LearnedValues(max_values=2)
    for number in range(4):
        learned.add("token", b"secret-%d-abc" % number)
    assert (len(learned.kinds), learned.left_out) == (2, 2)
    LearnedValues(max_bytes=4).add("token", b"secret-1-abc")


def test_common_values() -> None:
    """What occurs by chance is not looked for."""
    for value in (b"short1", b"aaaaaaaa1", b"onlyletters", b"1764144000123", b"2026-11-27"):
        assert not is_distinctive("password", value)
    for value in (b"en-US,en;q=0.9", b"24-Jan-2016", b"beacon-a131-pdx"):
        assert not is_distinctive("cookie", value)
    assert is_distinctive("cookie", b"ab12-cd34-ef56")
    assert is_distinctive("cookie", b"3f2b8c1e-6d0a-4c55-9e1b-7a2f4d9c0b11")
    assert is_distinctive("password", b"Tr0ub4dor&3")
