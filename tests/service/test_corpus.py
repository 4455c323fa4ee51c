"""Real HARs of many producers, and the fixtures made here: through the reader, and through HTTP."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import pytest

from harlake.har.surrogates import repair
from harlake.limits import Limits
from tests.conftest import FIXTURES, SHARED_HARS, needs_real_hars
from tests.support.reading import Accepted, read
from tests.support.server import Server

_CORPUS = sorted(SHARED_HARS.glob("*/*.har"))
_FIXTURES = sorted(FIXTURES.glob("*.har"))
_SMALL = Limits(block_bytes=2_000)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _text(path: Path) -> bytes:
    """Return a file's text as UTF-8 without a byte order mark."""
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _parsed(text: bytes) -> Any:
    """Return a document as the standard library reads it, None where it is not strict JSON."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(text.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError):
        return None


def _har_entries(text: bytes) -> list[Any] | None:
    """Return the entries of a HAR as an independent reader sees them, None where it is no HAR."""
    document = _parsed(text)
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    return entries if isinstance(entries, list) else None


def _importable(entry: Any) -> bool:
    request = entry.get("request") if isinstance(entry, dict) else None
    return isinstance(request, dict) and isinstance(request.get("url"), str)


@pytest.mark.parametrize(
    "path", [*_FIXTURES, *(pytest.param(path, marks=pytest.mark.slow) for path in _CORPUS)], ids=_name
)
def test_every_way_of_reading_agrees(path: Path) -> None:
    """With or without the fast path, whole or in pieces of odd sizes, the same comes out, and the file holds it."""
    text = _text(path)
    outcome = read(text, limits=_SMALL)
    for step in (977, 65_536):
        assert read(text, range(0, len(text), step), limits=_SMALL) == outcome
    assert read(text, range(0, len(text), 8_191), fast_path=False, limits=_SMALL) == outcome
    if isinstance(outcome, Accepted):
        entries = _har_entries(text)
        assert entries is not None
        assert [json.loads(one) for one in outcome.entries] == [one for one in entries if _importable(one)]
        assert all(one in text for one in outcome.entries)
    else:
        assert outcome.byte is not None
        assert outcome.line is not None


@pytest.mark.parametrize("path", _FIXTURES, ids=_name)
def test_a_fixture_is_taken_as_expected(server: Server, path: Path) -> None:
    """A fixture imports, validates, and is refused as the file beside it says."""
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_text("utf-8"))
    imported_status, imported = server.status("-X", "POST", "/api/har/import", "-F", f"file=@{path}")
    valid_status, valid = server.status("-X", "POST", "/api/har/validate", "-F", f"file=@{path}")
    if "error" in expected:
        assert (imported_status, imported["error"]) == (400, expected["error"]["import"])
        assert (valid_status, valid["valid"], valid["error"]) == (400, False, expected["error"]["validate"])
        assert imported["byte"] == valid["byte"]
        if expected["byte"] is not None and not path.read_bytes().startswith(codecs.BOM_UTF8):
            assert imported["byte"] == expected["byte"]
        return
    assert (imported_status, valid_status) == (200, 200)
    assert (imported["imported"], imported["total"]) == (expected["imported"], expected["total"])
    assert (valid["entryCount"], valid["version"]) == (expected["total"], expected["version"])
    assert (valid["creator"] or {}).get("name") == expected["creator"]
    assert valid["pageCount"] == expected["pages"]
    listed = server.json(f"/api/sessions/{imported['sessionId']}/entries?limit=1000")["entries"]
    assert [{name: one[name] for name in ("method", "url", "status")} for one in listed[:20]] == expected["entries"]
    server.curl("-X", "DELETE", f"/api/sessions/{imported['sessionId']}")


@pytest.mark.slow
@needs_real_hars
def test_every_real_har_survives_the_round_trip(server: Server) -> None:
    """Each file that is a HAR imports over HTTP and exports entry for entry byte-identical; others are refused."""
    accepted = refused = 0
    # What is shared is the store: a third of the files shows that.
    corpus = _CORPUS[::3] if server.is_shared else _CORPUS
    for path in corpus:
        text = _text(path)
        status, answer = server.status("-X", "POST", "/api/har/import", "-F", f"file=@{path}")
        if _har_entries(text) is None:
            assert (status, "byte" in answer, "line" in answer) == (400, True, True), path
            refused += 1
            continue
        assert status == 200, (path, answer)
        exported = server.curl(f"/api/har/export/{answer['sessionId']}")
        before, after = read(text), read(exported)
        assert isinstance(before, Accepted)
        assert isinstance(after, Accepted)
        assert after.entries == before.entries, path
        assert len(after.entries) == answer["imported"] == answer["total"] - len(answer["errors"])
        assert json.loads(repair(exported) or exported)["log"]["version"] == "1.2"
        server.curl("-X", "DELETE", f"/api/sessions/{answer['sessionId']}")
        accepted += 1
    assert accepted + refused == len(corpus)
    assert accepted > 0.8 * len(corpus)
    assert refused > 0.03 * len(corpus)
