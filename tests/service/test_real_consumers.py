"""HARs that were filled open in the programs that people open HARs with, however poor they were before.

Each program is installed for it: those from PyPI into an environment of their own, like those that harlake is compared
with, har-validator by npm, and Chromium has to be there. Where that does not work, the test is skipped, and says why.
"""

from __future__ import annotations

import codecs
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.measuring import FailedError
from benchmarks.peers.environments import environment
from harlake.har.raw_json import joined, listed
from harlake.har.repair.rewriter import Rewriter
from tests.conftest import FIXTURES, ROOT, SHARED_HARS
from tests.support.mutations import every_mutilation, written
from tests.support.reading import Accepted, read

pytestmark = pytest.mark.consumers

_PROGRAMS = Path(__file__).parent.parent / "support" / "consumers"
_HAR_VALIDATOR = "har-validator@5.1.5"
_FILL = Rewriter(fill=True)
#: Of so many real HARs, one is opened where time matters.
_EVERY = 4

_CODINGS = frozenset({"", "identity", "gzip", "deflate", "br", "zstd"})


@dataclass(frozen=True)
class _Har:
    """A HAR that was filled, as it is exported, with its entries one by one."""

    log: dict[str, bytes]
    entries: list[bytes]

    def text(self, can_hold: Callable[[Any], bool]) -> bytes:
        """Return it with those entries that a program can hold at all."""
        entries = [entry for entry in self.entries if can_hold(json.loads(entry))]
        return b'{"log":%b}' % joined([*self.log.items(), ("entries", listed(entries))])


def _filled(entries: list[bytes], log: dict[str, bytes]) -> _Har:
    return _Har(_FILL.log(log), [_FILL.entry(entry) for entry in entries])


@pytest.fixture(scope="module")
def hars(request: pytest.FixtureRequest) -> dict[str, _Har]:
    """Real HARs, our own, and one in which each member of an entry is missing or junk in turn; all of them filled.

    Of the real ones, it is one of some, and all with --long: they take minutes to open.
    """
    found = {"mutilated.har": _filled([written(one) for one in every_mutilation()], {})}
    real = sorted(SHARED_HARS.glob("*/*.har"))[:: 1 if request.config.getoption("--long") else _EVERY]
    for path in (*FIXTURES.glob("*.har"), *real):
        outcome = read(path.read_bytes().removeprefix(codecs.BOM_UTF8))
        if isinstance(outcome, Accepted):
            found[f"{path.parent.name}_{path.name}"] = _filled(outcome.entries, outcome.envelope.log)
    return found


Folder = Callable[[Callable[[Any], bool]], Path]


@pytest.fixture
def folder(hars: dict[str, _Har], tmp_path: Path) -> Folder:
    """Return how to write the HARs into a folder, with those entries that a program can hold at all."""

    def write(can_hold: Callable[[Any], bool]) -> Path:
        path = tmp_path / "hars"
        path.mkdir()
        for name, har in hars.items():
            (path / name).write_bytes(har.text(can_hold))
        return path

    return write


def _environment(name: str) -> Path:
    try:
        return environment(name)
    except FailedError as error:
        pytest.skip(f"{name} {error}")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _refused(*command: str | Path, **variables: str) -> dict[str, list[str]]:
    """Run a program on files, and return which of them it refuses, and why."""
    run = subprocess.run(command, capture_output=True, check=False, timeout=180, env=os.environ | variables)
    assert run.returncode == 0, run.stderr.decode()
    refused: dict[str, list[str]] = json.loads(run.stdout)
    return refused


def _has_scheme(entry: Any) -> bool:
    return bool(urlsplit(entry["request"]["url"]).scheme)


def _mitmproxy_can_hold(entry: Any) -> bool:
    """Return whether a URL names a host, and no header names an encoding that mitmproxy takes for one of characters."""
    headers = entry["response"]["headers"]
    codings = {one["value"].lower() for one in headers if one["name"].lower() == "content-encoding"}
    return bool(urlsplit(entry["request"]["url"]).hostname) and codings <= {
        "",
        "identity",
        "gzip",
        "deflate",
        "br",
        "zstd",
    }


def test_har_validator_takes_them(folder: Folder, tmp_path: Path) -> None:
    """Its JSON schema is the strictest reader there is; only a URL without a scheme cannot be mended."""
    node, npm = _tool("node"), _tool("npm")
    options = ("--silent", "--no-audit", "--no-fund", "--prefix", str(tmp_path))
    if subprocess.run([npm, "install", *options, _HAR_VALIDATOR], capture_output=True, check=False).returncode:
        pytest.skip(f"npm cannot install {_HAR_VALIDATOR}")
    modules = tmp_path / "node_modules"
    assert _refused(node, _PROGRAMS / "har_validator.cjs", modules, folder(_has_scheme)) == {}


def test_mitmproxy_reads_them(folder: Folder) -> None:
    """It reads all or nothing, and what it cannot hold has no place in any HAR of it."""
    python = _environment("mitmproxy") / "python"
    assert _refused(python, _PROGRAMS / "mitmproxy_reads.py", folder(_mitmproxy_can_hold)) == {}


def test_haralyzer_reads_them(folder: Folder) -> None:
    """Every page and entry can be looked at."""
    python = _environment("haralyzer") / "python"
    assert _refused(python, _PROGRAMS / "haralyzer_reads.py", folder(lambda _: True)) == {}


def test_browsers_open_them(folder: Folder) -> None:
    """Chrome's importer takes them, and Playwright answers with them."""
    if not os.environ.get("CHROMIUM"):
        _tool("chromium")
    python = _environment("playwright") / "python"
    program = _PROGRAMS / "browser_opens.py"
    path = folder(lambda _: True)
    assert _refused(python, program, path, PYTHONPATH=str(ROOT / "fixtures")) == {}
