"""Damaged files, by HTTP: what is whole is imported, the rest is told and kept, and goes with the capture."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.support.commands import output, run
from tests.support.hars import entries_of, entry, har, numbered, objects, saved, send
from tests.support.server import Server

_SHARED = ROOT.parent / "shared" / "salvage"
_SALVAGE = ("-F", "salvage=true")
_ONE, _TWO = entry(1), entry(2)
_HOLE = har(entry(0), _ONE[:300] + b"\0" * 4000 + _TWO[200:], entry(3))


def _salvage(server: Server, file: Path) -> tuple[int, dict[str, Any]]:
    return server.status("/api/har/import", *_SALVAGE, "-F", f"file=@{file}")


def test_what_is_whole_is_imported(server: Server, tmp_path: Path) -> None:
    """By a form and by a body that is the file; exports have the entries, and gaps their bytes."""
    file = saved(tmp_path / "hole.har", _HOLE)
    refusal = send(server, "import", file)
    assert refusal[0] == 400
    assert refusal[1]["wholeEntries"] == 2
    assert "salvage=true" in refusal[1]["hint"]
    assert send(server, "validate", file)[1]["wholeEntries"] == 2
    status, answer = _salvage(server, file)
    assert (status, answer["salvaged"], answer["imported"], answer["envelope"]) == (200, True, 2, "kept")
    (gap,) = answer["gaps"]
    assert server.curl(f"/api/har/export/{answer['sessionId']}").count(b'"startedDateTime"') == 2
    assert entries_of(server.curl(f"/api/har/export/{answer['sessionId']}")) == [entry(0), entry(3)]
    path = f"/api/captures/{answer['captureId']}/gaps"
    told = server.json(path)
    assert {name: answer[name] for name in told} == told
    assert server.curl(f"{path}/0") == _HOLE[gap["byte"] : gap["byte"] + gap["length"]]
    assert server.status(f"{path}/1")[1]["error"] == "Gap not found"
    put = server.json("-T", file, "/api/har/import?salvage=true&name=hole.har")
    assert (put["imported"], put["gaps"]) == (2, answer["gaps"])


def test_how_it_is_asked_for(server: Server, tmp_path: Path) -> None:
    """Before the file, with true or false; what is whole anyway is imported as it is; nothing whole is refused."""
    file = saved(tmp_path / "good.har", numbered(3))
    late = send(server, "import", file, *_SALVAGE)
    assert (late[0], late[1]["error"]) == (400, "Invalid request")
    assert server.status("/api/har/import", "-F", "salvage=yes", "-F", f"file=@{file}")[0] == 400
    assert "salvaged" not in server.json("/api/har/import", "-F", "salvage=false", "-F", f"file=@{file}")
    answer = _salvage(server, file)[1]
    assert (answer["imported"], answer["gaps"], answer["truncated"]) == (3, [], False)
    assert _salvage(server, saved(tmp_path / "x.har", b"nothing"))[0] == 400


@pytest.mark.parametrize("number", [1, 8, 13, 20, 22, 26, 27, 29, 30])
def test_damage_of_many_kinds(server: Server, number: int) -> None:
    """What the refusal counts is what is imported."""
    file = _SHARED / "damaged" / f"{number:02}.har"
    if not file.exists():
        pytest.skip("needs ../shared/salvage")
    status, answer = _salvage(server, file)
    refused = send(server, "import", file)
    if number == 26:
        assert (status, refused[0]) == (200, 200)
    else:
        assert refused[1].get("wholeEntries", 0) == answer.get("imported", 0)
        assert status == (400 if number == 30 else 200)


def test_gaps_go_with_their_capture(server: Server, tmp_path: Path) -> None:
    """The object is a HAR to other programs, and its removal takes the gaps."""
    if server.is_shared:
        pytest.skip("looks at files")
    answer = _salvage(server, saved(tmp_path / "hole.har", _HOLE))[1]
    path = server.data_dir / "captures" / f"{answer['captureId']}.har.zst"
    har_text = subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout
    assert json.loads(har_text)["log"]["_harlake"]["salvage"]["gapCount"] == 1
    again = server.import_file(path)
    assert again["imported"] == 2
    server.status("-X", "DELETE", f"/api/captures/{answer['captureId']}")
    assert path.name not in objects(server)
    assert server.status(f"/api/captures/{answer['captureId']}/gaps/0")[1]["error"] == "Capture not found"


def test_exports_have_no_gaps(server: Server, tmp_path: Path) -> None:
    """Neither as text nor as frames that are sent as they are stored."""
    large = [entry(number, b',"_text":"%b"' % (b"%d" % number * 400_000)) for number in range(4)]
    damaged = har(*large[:3], b"private".join([b""] * 99), *large[3:])
    session = _salvage(server, saved(tmp_path / "large.har", damaged))[1]["sessionId"]
    frames = server.curl("-H", "Accept-Encoding: zstd", f"/api/har/export/{session}")
    text = subprocess.run(["zstd", "-dc"], input=frames, capture_output=True, check=True).stdout
    assert entries_of(text) == large
    assert b"\x5e\x2a\x4d\x18" not in frames


def test_what_is_cut_off_by_compression(server: Server, tmp_path: Path) -> None:
    """Entries up to there, and a warning."""
    file = saved(tmp_path / "cut.har.gz", gzip.compress(numbered(500))[:-200])
    answer = _salvage(server, file)[1]
    assert answer["truncated"]
    assert 0 < answer["imported"] < 500
    assert answer["warnings"]


@pytest.mark.slow
def test_gaps_survive_a_rebuilding(tmp_path: Path) -> None:
    """Check finds nothing wrong, and gaps are there after a rebuilding of the catalog, and in a backup of it."""
    saved(tmp_path / "hole.har", _HOLE)
    told = run("harlake import hole.har --salvage --session D", tmp_path)
    assert told.returncode == 0
    assert "are in no entry" in told.stderr
    capture = json.loads(output("harlake captures D --json", tmp_path))["id"]
    before = output(f"harlake captures D --gaps {capture} --gap 0", tmp_path)
    for command in ("harlake check", "harlake reindex", "harlake check", "harlake backup copy"):
        assert run(command, tmp_path).returncode == 0
    assert output(f"harlake captures D --gaps {capture} --gap 0", tmp_path) == before
    assert output(f"harlake captures D --gaps {capture} --gap 0 --data-dir copy", tmp_path) == before
