"""``harlake redact``: a file without its secrets, in a shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import output, run
from tests.support.hars import har, saved

_TOKEN = "qZ7xW2mK9pL4vN8tR3yB6cD1"
_ENTRY = (
    b'{"request":{"url":"http://a/","headers":[{"name":"Authorization","value":"Bearer %b"}]},'
    b'"response":{"content":{"text":"seen: %b"}}}' % (_TOKEN.encode(), _TOKEN.encode())
)
_PLAIN = b'{"request":{"url":"http://a/"},\n "other": 1.50}'


@pytest.mark.slow
def test_redact(tmp_path: Path) -> None:
    """Secrets go, wherever they are; an entry without any stays the same; with a kept key, so does all."""
    saved(tmp_path / "in.har", har(_PLAIN, _ENTRY))
    assert "secrets taken out" in output("harlake redact in.har -o out.har --key key --report report.json", tmp_path)
    written = (tmp_path / "out.har").read_bytes()
    assert _TOKEN.encode() not in written
    assert _PLAIN in written
    log = json.loads(written)["log"]
    assert len(log["entries"]) == 2
    assert "redacted by harlake" in log["comment"]
    assert log["entries"][1]["request"]["headers"][0]["value"].startswith("Bearer REDACTED-token-")
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["entries"], report["propagated"]) == (2, 1)
    assert _TOKEN not in json.dumps(report)
    output("harlake redact in.har -o again.har --key key", tmp_path)
    assert (tmp_path / "again.har").read_bytes() == written
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_dry_run(tmp_path: Path) -> None:
    """Nothing is written, and the report is printed, with what is left to be looked at."""
    saved(tmp_path / "in.har", har(_ENTRY, b'{"request":{"url":"http://a/"},"_odd":"aB3dE5fG7hJ9kL1mN3pQ"}'))
    answer = json.loads(output("harlake redact in.har --dry-run", tmp_path))
    assert answer["changed"] == 1
    assert [one["masked"] for one in answer["review"]] == ["aB3… (20 characters)"]
    assert [path.name for path in tmp_path.iterdir()] == ["in.har"]


@pytest.mark.slow
def test_exports_and_imports_of_a_store(tmp_path: Path) -> None:
    """They take the same configuration and key, and what is wrong with it is said."""
    saved(tmp_path / "in.har", har(_PLAIN, _ENTRY))
    (tmp_path / "config.json").write_text('{"values": {"redact": ["seen: "]}}')
    how = "--redact secrets --redact-config config.json --redact-key key"
    output("harlake import in.har --session S", tmp_path)
    report = json.loads(output(f"harlake export S {how} --dry-run", tmp_path))
    assert (report["level"], report["changed"]) == ("secrets", 1)
    output(f"harlake export S {how} -o out.har", tmp_path)
    output(f"harlake import in.har --session T {how}", tmp_path)
    output("harlake export T -o imported.har", tmp_path)
    texts = [
        json.loads((tmp_path / name).read_bytes())["log"]["entries"][1]["response"]["content"]["text"]
        for name in ("out.har", "imported.har")
    ]
    assert texts[0] == texts[1]
    assert texts[0].startswith("REDACTED-value-")
    assert _TOKEN not in texts[0]
    (tmp_path / "config.json").write_text('{"values": []}')
    done = run(f"harlake export S {how} -o out.har", tmp_path)
    assert "the configuration of the redaction is wrong: Expected `object`" in done.stderr


@pytest.mark.slow
def test_what_is_wrong(tmp_path: Path) -> None:
    """A broken file is named with the place, and leaves no output; a configuration, with its member."""
    saved(tmp_path / "bad.har", har(_ENTRY) + b"\n x")
    done = run("harlake redact bad.har -o out.har", tmp_path)
    assert done.returncode != 0
    assert "bad.har:2:2: " in done.stderr
    (tmp_path / "config.json").write_text('{"patterns":["("]}')
    done = run("harlake redact bad.har -o out.har --config config.json", tmp_path)
    assert "patterns[0] is no regular expression" in done.stderr
    assert run("harlake redact - -o out.har", tmp_path).returncode == 2
    assert not (tmp_path / "out.har").exists()
