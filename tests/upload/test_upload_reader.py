"""Reading an upload: the same report however it is cut, and errors that say where they are."""

from __future__ import annotations

import gzip
import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.validate.checker import Checker
from harlake.limits import Limits
from harlake.upload.upload_reader import UploadReader, UploadReport
from tests.support.hars import entry, har, numbered
from tests.support.uploads import read_upload


def _read(data: bytes, cuts: list[int], limits: Limits | None = None) -> tuple[UploadReport, list[bytes]]:
    reader = UploadReader(limits or Limits())
    blocks = read_upload(reader, data, (cut % (len(data) + 1) for cut in cuts))
    texts = [text for block in blocks for text in block.texts()]
    return reader.report(), texts


@given(st.integers(0, 5), st.sampled_from(["identity", "gzip", "utf-16"]), st.lists(st.integers(0, 9_999), max_size=9))
def test_bytes_become_entries(count: int, encoding: str, cuts: list[int]) -> None:
    """Wrapped or not, cut anywhere, the entries come out as they are, and the report is the same."""
    text = numbered(count)
    data = {"gzip": gzip.compress, "utf-16": lambda one: one.decode().encode("utf-16")}.get(encoding, bytes)(text)
    report, texts = _read(data, cuts)
    assert texts == [entry(number) for number in range(count)]
    assert (report.total, report.imported, report.entry_errors) == (count, count, [])
    assert (report.encoding, report.upload_bytes, report.har_bytes) == (encoding, len(data), report.har_bytes)
    assert report.sha256 == hashlib.sha256(data).hexdigest()
    assert report.checked is None


def test_a_report_knows_who_made_the_har() -> None:
    """Version, creator, browser and pages, as they are in the log; None for what is not there."""
    report, _ = _read(har(head=b'"browser":{"name":"B"},"pages":[{"id":"a"},1],'), [])
    assert (report.version, report.creator) == ("1.2", {"name": "Google Chrome", "version": "120.0.0"})
    assert (report.browser, report.page_count) == ({"name": "B"}, 2)
    assert report.warnings == []
    report, _ = _read(b'{"log":{"entries":[]}}', [])
    assert (report.version, report.creator, report.browser, report.page_count) == (None, None, None, 0)
    assert report.warnings == ["log.version is missing"]


def test_warnings_say_what_is_not_described() -> None:
    """UTF-16 is told, and how many entries or problems there are beside those that are listed."""
    limits = Limits(max_problems=1)
    text = har(b"1", b"2", b"3").decode().encode("utf-16")
    checker = Checker(limits)
    reader = UploadReader(limits, checker)
    for block in read_upload(reader, text):
        list(checker.check(block))
    report = reader.report()
    assert (report.total, report.imported, len(report.entry_errors)) == (3, 0, 1)
    assert report.checked is not None
    problems = sum(report.checked.counts.values())
    assert report.warnings == [
        "the file is UTF-16; it is kept as UTF-8, which HAR 1.2 prescribes",
        "errors lists the first 1 of 3 entries that were not imported",
        f"problems lists the first {len(report.checked.problems)} of {problems}; problemCounts has all",
    ]


@pytest.mark.parametrize(
    "data", [gzip.compress(numbered(3), mtime=0)[:-20], gzip.compress(numbered(3)[:-1] + b"?", mtime=0)]
)
def test_errors_say_where_they_are(data: bytes) -> None:
    """Damage of the wrapping is where the text ends that came before it, an error in the text where that is."""
    with pytest.raises(InvalidHarError) as raised:
        _read(data, [10, 200])
    error = raised.value
    assert error.byte is not None
    assert error.byte <= len(numbered(3))
    assert (error.line, error.column) == (1, error.byte + 1)


def test_damage_in_the_middle_is_located() -> None:
    """The error comes with the bytes that are damaged, not at the end."""
    data = bytearray(gzip.compress(numbered(2_000)))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(InvalidJsonError) as raised:
        list(UploadReader().feed(bytes(data)))
    assert raised.value.byte is not None
    assert raised.value.byte > 0


@pytest.mark.parametrize("element", [b"1", b"[]"])
def test_each_step_is_short(element: bytes) -> None:
    """However little there is to each element of a piece, a step takes some hundreds, and others have a turn."""
    count = 20_000
    reader = UploadReader()
    totals = [reader._reader.total for _ in reader.feed(har(*[element] * count))]
    assert totals[-1] > count - 1_000
    assert max(after - before for before, after in pairwise([0, *totals])) <= 1_536
