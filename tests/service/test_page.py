"""The page's files as they are served: which there are, their headers, and that the wheel has all of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from harlake.page import FOLDER
from tests.conftest import ROOT
from tests.support.server import Server, start_server

_TEXT_FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg"))


def _get(server: Server, path: str, *more: str) -> tuple[int, dict[str, str], bytes]:
    answered = server.curl("-i", "--path-as-is", f"{server.url}{path}", *more)
    head, _, body = answered.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, body


@pytest.mark.parametrize("path", ["/", "/s/x", "/s/a%20b/statistics", "/s/x/problems", "/s/x/search", "/compare"])
def test_every_address_answers_with_the_document(server: Server, path: str) -> None:
    """Under a policy that allows files of the service only."""
    status, headers, body = _get(server, path)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b'<base href="/" />' in body
    policy = headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] == "no-cache"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_files_are_not_sent_twice(server: Server) -> None:
    """Who has one is told so."""
    for path in ("/", "/page/main.js", "/page/page.css", "/page/icon.svg", "/page/vendor/preact.js"):
        status, headers, body = _get(server, path)
        assert status == 200
        assert body
        status, again, body = _get(server, path, "-H", f"If-None-Match: W/{headers['etag']}")
        assert (status, again["etag"], body) == (304, headers["etag"], b"")


@pytest.mark.parametrize(
    "name",
    [
        *("", "index.html", "__init__.py", "vendor", "vendor/vendor.json", "vendor/preact.d.ts", "../api/page.py"),
        *("..%2fapp.py", "%2e%2e/app.py", "%00", "main.js%00", "MAIN.JS", "a" * 5_000),
    ],
)
def test_nothing_else_is_served(server: Server, name: str) -> None:
    """What is in the folder for those who work on it, and what is beside it, is not found."""
    assert _get(server, f"/page/{name}")[0] == 404


@pytest.mark.slow
def test_below_a_proxy_s_path_everything_is_below_it(tmp_path: Path) -> None:
    """The document says where."""
    server = start_server(tmp_path / "data", "--root-path", "/lake")
    try:
        for path in ("/lake/", "/lake/s/x", "/s/x"):
            assert b'<base href="/lake/" />' in _get(server, path)[2]
        assert _get(server, "/lake/page/main.js")[0] == 200
    finally:
        server.stop()


@pytest.mark.parametrize("path", _TEXT_FILES, ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    """No file names another host, but for namespaces and licences; there is nothing inline in the document."""
    text = path.read_text("utf-8")
    hosts = set(re.findall(r"(?:https?:)?//([\w-]+(?:\.[\w-]+)+)", re.sub(r"(?m:^\s*//.*$)|(?s:/\*.*?\*/)", "", text)))
    assert hosts <= {"www.w3.org"}
    if path.suffix == ".html":
        assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:", text)
        linked = re.findall(r'(?:href|src)="page/([^"]+)"', text)
        assert linked
        assert [name for name in linked if not (FOLDER / name).is_file()] == []


def test_vendored_files_are_named_with_their_licences() -> None:
    """Each file is of one package, whose licence is beside it."""
    listed = json.loads((FOLDER / "vendor" / "vendor.json").read_bytes())
    packages, bundles = listed["packages"], listed["bundles"]
    named = [name for package in packages for name in package["files"]]
    named += [bundle["file"].replace("js", ending) for bundle in bundles for ending in ("js", "LICENSE")]
    there = {path.name for path in (FOLDER / "vendor").iterdir() if not path.name.endswith((".d.ts", ".json"))}
    assert sorted(named) == sorted(there)
    for package in packages:
        assert package["integrity"].startswith("sha512-")
        assert any(name.endswith("LICENSE") for name in package["files"])
    assert all(package["integrity"].startswith("sha512-") for bundle in bundles for package in bundle["packages"])


@pytest.mark.slow
def test_the_wheel_has_the_page(tmp_path: Path) -> None:
    """With all that is served, and the licences."""
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = [*_TEXT_FILES, *FOLDER.glob("vendor/*LICENSE"), FOLDER / "vendor" / "vendor.json"]
    assert [path.name for path in files if f"harlake/page/{path.relative_to(FOLDER).as_posix()}" not in names] == []
