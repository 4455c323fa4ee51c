"""HARs in zip archives: Playwright's with a file for each body, harlake's in parts, and any other."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.export.zip_parts import zip_hars
from harlake.limits import Limits
from tests.support.conversions import entries_made, texts_of, zipped
from tests.support.hars import entries_of, entry, har, numbered

_NAME = "a" * 40 + ".txt"


def _attached(content: str, post: str | None = None) -> bytes:
    one: dict[str, Any] = json.loads(entry(1))
    one["response"]["content"] = {"size": 3, "mimeType": "text/plain", "_file": content, "comment": "kept"}
    if post:
        one["request"]["postData"] = {"mimeType": "text/plain", "text": "", "params": [], "_file": post}
    return json.dumps(one).encode()


def test_a_har_in_an_archive_is_kept_byte_for_byte() -> None:
    """One without attached bodies is the HAR itself, wherever in the archive it is."""
    texts, report = texts_of(zipped({"folder/x.har": numbered(100), "__MACOSX/folder/._x.har": b"\0"}))
    assert texts == entries_of(numbered(100))
    assert (report.encoding, report.har_bytes, report.warnings) == ("zip", len(numbered(100)), [])


@pytest.mark.parametrize("folder", ["", "run/"])
@pytest.mark.parametrize("body", [b"plain \xc3\xbc\n", b"\x89PNG\0", b"", bytes(range(256)) * 2_000])
def test_bodies_are_put_in(body: bytes, folder: str) -> None:
    """Bodies of both directions are in the entry, as text or base64, instead of the files' names."""
    files = {f"{folder}har.har": har(entry(0), _attached(_NAME, _NAME), entry(2)), folder + _NAME: body}
    first, changed, last = entries_made(zipped(files))
    assert [first, last] == [json.loads(entry(0)), json.loads(entry(2))]
    for carrier in (changed["response"]["content"], changed["request"]["postData"]):
        assert "_file" not in carrier
        text = carrier["text"]
        found = base64.b64decode(text) if carrier.get("encoding") == "base64" else text.encode()
        assert found == body
    assert list(changed["response"]["content"])[:2] == ["size", "mimeType"]
    assert changed["response"]["content"]["comment"] == "kept"


def test_a_file_that_is_missing_is_said() -> None:
    """The entry stays as it is, and a warning counts them and names the first."""
    data = zipped({"har.har": har(*(_attached(f"{number}.txt") for number in range(3)))})
    texts, report = texts_of(data)
    assert texts == [_attached(f"{number}.txt") for number in range(3)]
    assert report.warnings == ["files of bodies are missing: 3, the first '0.txt' of entry 0"]


def test_names_do_not_leave_the_archive() -> None:
    """A name that leads elsewhere is that of no member."""
    data = zipped({"har.har": har(_attached("../../../etc/passwd"))})
    assert "files of bodies are missing" in texts_of(data)[1].warnings[0]


def test_a_body_that_is_too_large_stays_out() -> None:
    """An entry never becomes larger than entries may be."""
    data = zipped({"har.har": har(_attached(_NAME), entry(1)), _NAME: b"\0" * 3_000})
    texts, report = texts_of(data, Limits(max_entry_bytes=4_000))
    assert len(texts) == 2
    assert report.warnings == [f"bodies are too large for an entry: 3,000 bytes of {_NAME!r} of entry 0"]


def test_blocks_stay_small() -> None:
    """Bodies do not make blocks much larger than they may be."""
    data = zipped({"har.har": har(*[_attached(_NAME)] * 200), _NAME: b"x" * 10_000})
    assert len(texts_of(data, Limits(block_bytes=50_000))[0]) == 200


def test_bodies_that_many_entries_name_are_bounded() -> None:
    """A small archive does not become as large as one likes by naming the same body again and again."""
    data = zipped({"har.har": har(*[_attached(_NAME)] * 900), _NAME: b"x" * 200_000})
    with pytest.raises(InvalidJsonError, match="expands to more than 10 times"):
        texts_of(data, Limits(expansion_floor=1_000_000, max_expansion=10))


def test_parts_of_an_export_are_one_capture_again() -> None:
    """What harlake writes in parts has the same entries, and its pages once each."""
    entries = [entry(number, b',"pageref":"p%d"' % (number % 3)) for number in range(4_000)]
    pages = {f"p{number}": b'{"id":"p%d","title":"t"}' % number for number in range(3)}
    paged = [(f"p{number % 3}", text) for number, text in enumerate(entries)]
    log = {"version": b'"1.2"', "creator": b'{"name":"x","version":"1"}'}
    data = b"".join(zip_hars("run", log, pages, paged, 1_000_000))
    texts, report = texts_of(data)
    assert texts == entries
    assert report.envelope.pages() == list(pages.values())
    assert (report.version, report.creator["name"]) == ("1.2", "x")


def test_hars_that_are_no_parts_are_refused() -> None:
    """The same id for two pages tells two captures, which are imported one by one."""
    one, two = (har(entry(1), head=b'"pages":[{"id":"p","title":"%d"}],' % number) for number in (1, 2))
    with pytest.raises(InvalidJsonError, match=r"page 'p' of 'b\.har' is another one"):
        texts_of(zipped({"a.har": one, "b.har": two}))


def test_errors_are_located_in_the_member() -> None:
    """A HAR that is cut off is named, with the place inside of it."""
    cut = numbered(3)[:-20]
    for files in ({"x.har": cut}, {"a.har": numbered(1), "x.har": cut}):
        with pytest.raises(InvalidHarError, match=r"in 'x\.har'") as raised:
            texts_of(zipped(files))
        assert raised.value.byte == len(cut)


def test_entries_that_cannot_be_imported_are_counted() -> None:
    """They are in the report as those of a plain file are, of several HARs as well."""
    broken = har(entry(1), b'{"request":1}', b"7")
    for files in ({"x.har": broken}, {"a.har": numbered(2), "x.har": broken}):
        texts, report = texts_of(zipped(files))
        assert (report.total - len(texts), len(report.entry_errors)) == (2, 2)


def test_an_archive_without_a_har_is_refused() -> None:
    """What is in it is said."""
    with pytest.raises(InvalidJsonError, match=r"without a HAR or another capture in it, but 'a\.txt'") as raised:
        texts_of(zipped({"a.txt": b"x"}))
    assert raised.value.byte == 0
    with pytest.raises(InvalidJsonError, match="but nothing"):
        texts_of(zipped({}))
