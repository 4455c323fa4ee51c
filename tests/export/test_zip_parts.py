"""HARs in parts: nothing is lost, nothing is too large, and each part can be read alone."""

from __future__ import annotations

import io
import json
import random
import subprocess
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.export.zip_parts import PagedEntry, zip_hars
from harlake.har.raw_json import decoded
from tests.conftest import SHARED_HARS, needs_real_hars
from tests.support.hars import entry, saved
from tests.support.reading import Accepted, read
from tests.support.shell_lines import needs

_LOG = {"version": b'"1.2"', "creator": b'{"name":"harlake","version":"0"}'}
_PAGES = {name: b'{"id":"%b","title":"%b"}' % (name.encode(), name.encode() * 9) for name in "abc"}
_MIXED = [(page, entry(number, b',"_n":1.50')) for number, page in enumerate([None, "a", "a", "b", "nowhere", "a"] * 9)]


def _archive(entries: list[PagedEntry], max_bytes: int, log: dict[str, bytes] = _LOG) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(zip_hars("Mine", log, _PAGES, entries, max_bytes))))


def _logs(archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    return [json.loads(archive.read(name))["log"] for name in archive.namelist()]


def _texts(archive: zipfile.ZipFile) -> list[bytes]:
    """Return the entries of all parts, as a reader of HARs sees them."""
    outcomes = [read(archive.read(name)) for name in archive.namelist()]
    return [text for outcome in outcomes if isinstance(outcome, Accepted) for text in outcome.entries]


_entries = st.lists(
    st.tuples(
        st.sampled_from([None, "a", "b", "c", "nowhere"]), st.integers(0, 400).map(lambda size: b'"%b"' % (b"x" * size))
    ),
    max_size=20,
)


@given(_entries, st.integers(1, 900), st.sampled_from([{}, _LOG]))
def test_nothing_is_lost_and_nothing_too_large(
    entries: list[PagedEntry], max_bytes: int, log: dict[str, bytes]
) -> None:
    """Entries come in their order, parts hold as many as they may, and the pages of those, and say what is larger."""
    archive = _archive(entries, max_bytes, log)
    assert archive.testzip() is None
    found = _logs(archive)
    assert [json.dumps(one).encode() for part in found for one in part["entries"]] == [text for _, text in entries]
    at = 0
    for number, (info, part) in enumerate(zip(archive.infolist(), found, strict=True), 1):
        oversize = info.file_size > max_bytes
        assert info.filename == f"Mine-{number:03}{'-oversize' if oversize else ''}.har"
        assert bool(info.comment) == oversize
        assert len(part["entries"]) <= 1 or not oversize
        here = entries[at : at + len(part["entries"])]
        at += len(here)
        referred = list(dict.fromkeys(page for page, _ in here if page in _PAGES))
        assert [page["id"] for page in part["pages"]] == referred
        assert {name: json.dumps(part[name], separators=(",", ":")).encode() for name in log} == log
        if at < len(entries):
            page, text = entries[at]
            more = 0 if page is None or page in referred else len(_PAGES.get(page, b""))
            assert info.file_size + len(text) + more + 2 > max_bytes


def test_entries_stay_as_they_came() -> None:
    """No byte of an entry changes."""
    archive = _archive(_MIXED, 5_000)
    assert len(archive.namelist()) > 3
    assert _texts(archive) == [text for _, text in _MIXED]


def test_the_same_entries_make_the_same_bytes() -> None:
    """An archive has no date of its own."""
    first, second = (b"".join(zip_hars("Mine", _LOG, _PAGES, _MIXED, 5_000)) for _ in range(2))
    assert first == second
    assert {info.date_time for info in _archive(_MIXED, 5_000).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_an_empty_log_has_one_part() -> None:
    """Without entries, there is a HAR without entries."""
    archive = _archive([], 1_000)
    assert archive.namelist() == ["Mine-001.har"]
    assert _logs(archive)[0]["entries"] == []


def test_an_archive_is_given_on_as_it_is_made() -> None:
    """Entries are taken one by one, and what is not needed any more is let go."""
    taken = 0

    def entries() -> Iterator[PagedEntry]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield None, b'"%b"' % random.Random(number).randbytes(20_000).hex().encode()

    seen = [taken for _ in zip_hars("Mine", _LOG, {}, entries(), 10_000_000)]
    assert max(after - before for before, after in pairwise(seen)) < 20


def test_whoever_stops_reading_leaves_nothing_open() -> None:
    """An archive can be given up at any point, and what its entries raise is raised."""

    def entries(count: int) -> Iterator[PagedEntry]:
        yield from _MIXED[:count]
        raise ArithmeticError

    archive = zip_hars("Mine", _LOG, _PAGES, _MIXED * 99, 5_000)
    next(archive)
    archive.close()
    for count in range(9):
        with pytest.raises(ArithmeticError):
            list(zip_hars("Mine", _LOG, _PAGES, entries(count), 1_000))


def test_large_parts_are_announced_as_such() -> None:
    """A part that may take gigabytes has room for its size; a small one is for every program that unpacks."""
    small = b"".join(zip_hars("Mine", _LOG, {}, _MIXED[:1], 2**29))
    large = b"".join(zip_hars("Mine", _LOG, {}, _MIXED[:1], 2**33))
    assert (small[4], large[4]) == (20, 45)
    assert zipfile.ZipFile(io.BytesIO(large)).testzip() is None


@needs("unzip")
def test_other_programs_unpack_it(tmp_path: Path) -> None:
    """It is an archive for others than its writer."""
    data = b"".join(zip_hars("Mine", _LOG, _PAGES, _MIXED, 5_000))
    subprocess.run(["unzip", "-q", saved(tmp_path / "x.zip", data), "-d", tmp_path / "x"], check=True)
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == _archive(_MIXED, 5_000).namelist()


@pytest.mark.slow
@needs_real_hars
def test_real_hars_survive_in_parts() -> None:
    """Each real HAR comes out of its parts entry by entry, and each page that entries refer to is with them."""
    parts = 0
    for path in sorted(SHARED_HARS.glob("*/*.har")):
        outcome = read(path.read_bytes())
        if not isinstance(outcome, Accepted):
            continue
        pages = {decoded(page).get("id"): page for page in outcome.envelope.pages()}
        entries = [(one.pageref, text) for one, text in zip(outcome.indexed, outcome.entries, strict=True)]
        archive = zipfile.ZipFile(io.BytesIO(b"".join(zip_hars("x", _LOG, pages, entries, 100_000))))
        assert _texts(archive) == outcome.entries, path
        for name in archive.namelist():
            part = read(archive.read(name))
            assert isinstance(part, Accepted)
            referred = {one.pageref for one in part.indexed} & pages.keys()
            assert {decoded(page)["id"] for page in part.envelope.pages()} == referred, path
        parts += len(archive.namelist())
    assert parts > 300
