"""``harlake export``: to standard output or into files of every format, and what cuts it off."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from tests.support.commands import failure, json_lines, output, run, server_setting
from tests.support.hars import decoded, entries_of, generated, numbered, saved
from tests.support.server import Server


@pytest.mark.slow
def test_exports(at_server: Server, session: str, tmp_path: Path) -> None:
    """To standard output or into a file, whose name tells whether it is compressed."""
    script = f"""
        harlake export {session} > a.har
        harlake export {session} -o b.har
        harlake export {session} -o c.har.zst
        harlake export {session} --output d.har.gz
        harlake export {session} -o /dev/null
        harlake export {session} -o >(cat > e.har; touch done)
        until [ -e done ]; do sleep 0.02; done
    """
    assert output(script, tmp_path, **server_setting(at_server)) == ""
    text = (tmp_path / "a.har").read_bytes()
    assert entries_of(text) == entries_of(numbered(2_500))
    assert (tmp_path / "b.har").read_bytes() == text
    assert decoded((tmp_path / "c.har.zst").read_bytes(), "zstd") == text
    assert decoded((tmp_path / "d.har.gz").read_bytes(), "gzip") == text
    assert (tmp_path / "e.har").read_bytes() == text
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.slow
def test_an_export_that_is_cut_off(own_server: Server, tmp_path: Path) -> None:
    """It is an error, and leaves no file; one that was there stays as it was."""
    file = generated(tmp_path / "big.har", "mixed", 20_000_000)
    answer = own_server.import_file(file)
    capture = own_server.data_dir / "captures" / f"{answer['captureId']}.har.zst"
    damaged = bytearray(capture.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    capture.write_bytes(damaged)
    saved(tmp_path / "old.har", b"old")
    at = {"HARLAKE_SERVER": own_server.url}
    for name in ("new.har", "old.har"):
        complaint = failure(f"harlake export {answer['sessionId']} -o {name}", tmp_path, **at)
        assert "cut off" in complaint
    assert run(f"harlake export {answer['sessionId']} > to-a-pipe.har", tmp_path, **at).returncode == 4
    assert (tmp_path / "old.har").read_bytes() == b"old"
    assert not (tmp_path / "new.har").exists()
    assert list(tmp_path.glob(".*")) == []
    own_server.stop()
    # A damaged capture that the command reads itself is no different, and no traceback.
    complaint = failure(f"harlake export {answer['sessionId']} -o new.har --data-dir data", tmp_path)
    assert "cut off" in complaint
    (row,) = json_lines(output(f"harlake entries {answer['sessionId']} --limit 1 --json --data-dir data", tmp_path))
    capture.unlink()
    complaint = run(f"harlake show {row['id']} --data-dir data", tmp_path).stderr
    assert complaint.splitlines()[-1].startswith("Error: Stored capture is damaged")
    assert "Traceback" not in complaint


def test_an_export_that_cannot_be_written(at_server: Server, session: str, tmp_path: Path) -> None:
    """A folder that is not there, a full disk."""
    at = server_setting(at_server)
    assert failure(f"harlake export {session} -o no/such.har", tmp_path, **at).endswith("there is no folder no\n")
    assert "No space left" in failure(f"harlake export {session} -o /dev/full", tmp_path, **at)
    assert "No space left" in failure(f"harlake export {session} > /dev/full", tmp_path, **at)


@pytest.mark.slow
def test_formats(at_server: Server, session: str, tmp_path: Path) -> None:
    """A file's name tells its format."""
    script = f"""
        harlake export {session} --status 200 -o a.ndjson
        harlake export {session} -o a.csv
        harlake export {session} -o a.parquet
        harlake export {session} -o a.warc.gz
        harlake export {session} -o a.k6.js.gz
        harlake export {session} --format postman -o a.json
        harlake export {session} --format playwright -o b.zip
        harlake export {session} --format playwright --content embed -o b.har
        harlake export {session} --max-part 1MB -o a.zip
        harlake export {session} --bodies none --fill --order time --format har -o a.txt
    """
    output(script, tmp_path, **server_setting(at_server))
    assert (tmp_path / "a.ndjson").read_bytes().count(b"\n") == 2_500
    assert (tmp_path / "a.csv").read_bytes().count(b"\n") == 2_501
    assert (tmp_path / "a.parquet").read_bytes()[:4] == b"PAR1"
    assert gzip.decompress((tmp_path / "a.warc.gz").read_bytes()).startswith(b"WARC/1.1")
    assert gzip.decompress((tmp_path / "a.k6.js.gz").read_bytes()).endswith(b"}\n")
    assert len(json.loads((tmp_path / "a.json").read_bytes())["item"]) == 2_500
    assert "har.har" in zipfile.ZipFile(tmp_path / "b.zip").namelist()
    assert len(entries_of((tmp_path / "b.har").read_bytes())) == 2_500
    assert (tmp_path / "a.zip").read_bytes()[:2] == b"PK"
    assert len(entries_of((tmp_path / "a.txt").read_bytes())) == 2_500
