"""Pastes what the documentation shows into a shell, as its readers do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import FIXTURES, ROOT
from tests.support.server import Server

README = ROOT / "README.md"
API = ROOT / "docs" / "api.md"
CLI = ROOT / "docs" / "cli.md"

#: Where the documentation has the service.
_DOCUMENTED_URL = "http://localhost:8889"

#: Stops at the first line that fails, also for an HTTP error, and says which line it was.
_PRELUDE = 'set -euxo pipefail\ncurl() { command curl -sSf -m 60 "$@"; }\n'

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def needs(*tools: str) -> pytest.MarkDecorator:
    """Skip a test where a tool that its lines call is not installed."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def shell_blocks(document: Path) -> list[str]:
    """Return a document's ``sh`` blocks."""
    return _BLOCK.findall(document.read_text("utf-8"))


def paste(lines: str, folder: Path, server: Server | None = None) -> str:
    """Run lines where the fixtures are, against a server in place of the documented one; return the output."""
    if not (folder / "fixtures").exists():
        (folder / "fixtures").symlink_to(FIXTURES)
    if server is not None:
        lines = lines.replace(_DOCUMENTED_URL, server.url)
    assert _DOCUMENTED_URL not in lines
    done = subprocess.run(
        ["bash", "-c", _PRELUDE + lines],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def broken_links(document: Path) -> list[str]:
    """Return the links to files or headings that are not there."""
    return [link for link in _LINK.findall(document.read_text("utf-8")) if not _leads_somewhere(document, link)]


def _leads_somewhere(document: Path, link: str) -> bool:
    if "://" in link:
        return True
    file, _, anchor = link.partition("#")
    target = document.parent / file if file else document
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings: lower case, hyphens for spaces, no punctuation."""
    headings = _HEADING.findall(document.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
