"""Documents that are damaged: entries that are whole come out as they are, nothing else does, and the rest is gaps."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.har.parse.reader import HarReader
from harlake.har.parse.salvage_reader import SalvageReader
from harlake.limits import KIB, MIB, Limits
from tests.conftest import ROOT
from tests.support.damage import Salvaged, pieces, salvaged
from tests.support.hars import entry, har, numbered

_SHARED = ROOT.parent / "shared" / "salvage"
#: Entries of each damaged file that are whole.
_WHOLE = {1: 25, 2: 22, 3: 20, 8: 80, 10: 25, 11: 37, **dict.fromkeys(range(16, 22), 39), 29: 26, 30: 0}
_SEPARATORS = b" \t\r\n,[]\x1e"

_BODY = b',"_body":"say \\"{\\\\\\"request\\\\\\":{}}\\" and {\\n","_nested":{"a":{"name":"{"},"b":1}'
_ENTRIES = [entry(number, _BODY if number % 3 else b"") for number in range(12)]


def _pretty(entries: list[bytes]) -> bytes:
    return har(*(json.dumps(json.loads(one), indent=1).encode() for one in entries)).replace(
        b'"entries":[', b'"entries":\n[ '
    )


_DOCUMENTS = {
    "one line": har(*_ENTRIES, head=b'"pages":[{"id":"p","startedDateTime":"x","title":"{"}],', tail=b',"comment":"}"'),
    "pretty": _pretty(_ENTRIES),
    "lines": b"\n".join(_ENTRIES),
}


def _check(found: Salvaged, data: bytes) -> None:
    """Check that gaps are where the report says, and that nothing but separators and the envelope is left out."""
    report = found.report
    assert report.gap_count == len(found.gaps)
    assert [data[gap.byte : gap.byte + gap.length] for gap in report.gaps] == found.gaps[: len(report.gaps)]
    assert [gap.line for gap in report.gaps] == [1 + data.count(b"\n", 0, gap.byte) for gap in report.gaps]


@pytest.mark.parametrize("number", range(31))
def test_thirty_kinds_of_damage(number: int) -> None:
    """As many whole entries as there are, each of them one of the original, however the file is cut."""
    if not _SHARED.exists():
        pytest.skip("needs ../shared/salvage")
    data = (_SHARED / "damaged" / f"{number:02}.har").read_bytes()
    if number == 26:
        data = data.decode("utf-16").encode()
    originals = [text.encode() for text in json.loads((_SHARED / "entries.json").read_text("utf-8"))]
    found = salvaged(data)
    assert len(found.entries) == _WHOLE.get(number, 40)
    if number == 15:  # it is indented
        assert [json.loads(one) for one in found.entries] == [json.loads(one) for one in originals]
    else:
        assert set(found.entries) <= set(originals)
    _check(found, data)
    assert salvaged(data, range(0, len(data), 997)) == found


@pytest.mark.parametrize("data", _DOCUMENTS.values(), ids=_DOCUMENTS)
def test_what_is_whole_comes_out_whole(data: bytes) -> None:
    """Of a file that is not damaged, all entries and the envelope are there, and no gap."""
    found = salvaged(data, [100, 2000])
    assert len(found.entries) == len(_ENTRIES)
    assert (found.gaps, found.report.is_truncated) == ([], False)
    if data.startswith(b'{"log"'):
        reader = HarReader()
        reader.feed(data)
        assert found.envelope == reader.close()[1]
        assert found.report.is_envelope_kept


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[bytes, bytes, int, int]:
    """A document, the same damaged, and where the damage begins and how many bytes of the end are as they were."""
    data = draw(st.sampled_from(list(_DOCUMENTS.values())))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 3000)))
    kind = draw(st.sampled_from(["removed", "zeros", "noise", "repeated", "cut", "crlf", "quotes"]))
    noise = draw(st.binary(max_size=40) | st.text('{}[]":,\\ax1 ', max_size=12).map(str.encode))
    middle = {
        "removed": b"",
        "zeros": b"\0" * (end - start),
        "noise": noise,
        "repeated": data[start:end] * 2,
        "cut": b"",
        "crlf": data[start:end].replace(b"\n", b"\r\n"),
        "quotes": data[start:end].replace(b'"', b"'"),
    }[kind]
    rest = b"" if kind == "cut" else data[end:]
    return data, data[:start] + middle + rest, start, len(rest)


@pytest.mark.slow
@given(_damaged(), st.lists(st.integers(0, 99_999), max_size=4))
@settings(max_examples=300)
def test_nothing_is_invented_and_nothing_is_missed(drawn: tuple[bytes, bytes, int, int], cuts: list[int]) -> None:
    """Entries outside of the damage come out in their order; what else does is an entry of the original, once more."""
    data, damaged, start, rest = drawn
    originals = salvaged(data).entries
    found = salvaged(damaged, cuts)
    _check(found, damaged)
    ends = [data.index(one) + len(one) for one in originals]
    before = [one for one, end in zip(originals, ends, strict=True) if end <= start]
    after = [one for one, end in zip(originals, ends, strict=True) if end - len(one) >= len(data) - rest]
    assert found.entries[: len(before)] == before
    assert found.entries[len(found.entries) - len(after) :] == after


@given(st.integers(0, 10_000), st.sampled_from(list(_DOCUMENTS)))
@settings(deadline=None)
def test_cut_off_at_every_byte(byte: int, name: str) -> None:
    """What ends before the cut is there, and it is said that the end is missing."""
    data = _DOCUMENTS[name]
    originals = salvaged(data).entries
    cut = byte % len(data)
    found = salvaged(data[:cut])
    assert found.entries == [one for one in originals if data.index(one) + len(one) <= cut]
    whole = cut >= len(data.rstrip()) or (name == "lines" and not found.gaps)
    assert found.report.is_truncated or whole or cut < data.find(b'"entries"') + 12


def test_entries_in_what_is_no_har() -> None:
    """Lines of logs, a HAR in another object, JSON text sequences, several documents."""
    one, two = _ENTRIES[1], _ENTRIES[2]
    for data in (
        b"12:00 INFO recorded: %b\n12:01 INFO recorded: %b\n" % (one, two),
        b'{"data":{"har":%b}}' % har(one, two),
        b"\x1e%b\n\x1e%b\n" % (one, two),
        har(one) + b"\n" + har(two),
        b'{"level":"info","entry":%b}\n{"level":"info","entry":%b}' % (one, two),
    ):
        assert salvaged(data).entries == [one, two]


@pytest.mark.parametrize(
    ("damage", "is_gap"),
    [
        (lambda one: one + b"}", False),
        (lambda one: b"\xef\xbb\xbf" + one, False),
        (lambda one: one[:-1], True),
        (lambda one: one[:-1] + b",}", True),
        (lambda one: one.replace(b'"GET"', b'"GET', 1), True),
        (lambda one: one.replace(b'"GET"', b'"G"ET"', 1), True),
        (lambda one: one.replace(b"GET", b"G\nET", 1), True),
        (lambda one: one.replace(b"GET", b"G\xe9T", 1), True),
        (lambda one: one.replace(b'"cache":{}', b'"cache":undefined', 1), True),
        (lambda one: b"<<<<<<< HEAD\n" + one[:400] + b"\n=======\n" + one[:300] + b"\n>>>>>>> x\n" + one[300:], True),
    ],
)
def test_damage_to_one_entry(damage: Callable[[bytes], bytes], is_gap: bool) -> None:
    """The others are found, also the next."""
    found = salvaged(har(entry(0), damage(entry(1)), entry(2)))
    assert found.entries == [entry(0), *([] if is_gap else [entry(1)]), entry(2)]
    assert len(found.gaps) == 1


def test_nothing_inside_of_an_entry_is_taken_for_one() -> None:
    """Neither what stands in a custom member, nor what is quoted in a body; also if the entry is damaged."""
    inner = entry(7)
    quoted = json.dumps(har(inner).decode()).encode()
    for more in (b',"_was":%b' % inner, b',"_all":[%b]' % inner, b',"_text":' + quoted):
        assert salvaged(har(entry(1, more))).entries == [entry(1, more)]
    for damage in (
        b',"_was":%b,"_x":NaN' % inner,
        b',"_x":NaN,"_was":[%b, %b]' % (inner, inner),
        b',"_text":%b,"_x":NaN' % quoted,
    ):
        assert salvaged(har(entry(1, damage), entry(2))).entries == [entry(2)]


def test_two_entries_that_became_one() -> None:
    """The beginning of one and the end of another are JSON together, and no entry."""
    one, two = entry(1), entry(2)
    joined = one[: one.index(b',"response"')] + b"," + two[two.index(b'"request"') :]
    found = salvaged(har(entry(0), joined, entry(3)))
    assert found.entries == [entry(0), entry(3)]
    assert found.gaps == [joined]
    assert "twice" in found.report.gaps[0].reason


def test_entries_behind_the_half_of_one() -> None:
    """Where something is missing up to the next entry or document, that may go on as a part of the one before."""
    one, two, three = entry(1), entry(2), entry(3)
    for half in (b'"cookies":[', b'"cookies":[{"name":"a"},', b'"queryString":'):
        head = one[: one.index(half.split(b"[")[0])] + half
        rest = b"%b,%b" % (two, three)
        assert salvaged(har(entry(0), head + rest)).entries == [entry(0), two, three]
        assert salvaged(har(entry(0), head + har(two, three))).entries == [entry(0), two, three]


def test_entries_that_cannot_be_imported_are_gaps() -> None:
    """They are kept where they can be looked at."""
    found = salvaged(har(entry(0), b'{"request":{"method":"GET"}}', b"17", entry(3)))
    assert found.entries == [entry(0), entry(3)]
    assert found.gaps == [b'{"request":{"method":"GET"}},17']


def test_large_and_deep_entries() -> None:
    """What is over a limit is a gap; what is nested deeper than a decoder can follow is not."""
    deep = entry(1, b',"_deep":%b1%b' % (b"[" * 5000, b"]" * 5000))
    assert salvaged(har(entry(0), deep, entry(2)), [3000]).entries == [entry(0), deep, entry(2)]
    large = entry(1, b',"_large":"%b"' % (b"x" * 3 * MIB))
    limits = Limits(max_entry_bytes=MIB)
    found = salvaged(har(entry(0), large, entry(2)), range(0, 3 * MIB, 64 * KIB), limits)
    assert found.entries == [entry(0), entry(2)]
    assert "larger" in found.report.gaps[0].reason


@pytest.mark.parametrize("unit", ['{"a":', '{"', "{\n", '"{","', '{"request":', '{"a":1},', "]", "\0", '{"request":{"'])
def test_hostile_text_is_read_in_proportion(unit: str) -> None:
    """What looks like entries and is none is looked at a few times at most."""
    data = unit.encode() * (64 * KIB // len(unit))
    reader = SalvageReader()
    for piece in pieces(data, accumulate([8 * KIB] * 8)):
        list(reader.read(piece))
    assert reader.imported == 0
    assert reader._work <= 100 * len(data)


def test_lone_surrogates_are_no_damage() -> None:
    """Browsers write them for bodies that are no text."""
    one = entry(1, b',"_text":"\\ud800 \\udc00\\udc00"')
    assert salvaged(har(one, entry(2)) + b"x").entries == [one, entry(2)]


def test_a_document_without_entries() -> None:
    """A document without any entry has none, and all of it is a gap."""
    found = salvaged(b"<html>{}</html>")
    assert (found.entries, found.gaps, found.report.is_envelope_kept) == ([], [b"<html>{}</html>"], False)
    assert salvaged(b"").report.gap_count == 0
    assert salvaged(numbered(0)).report.is_envelope_kept is False
