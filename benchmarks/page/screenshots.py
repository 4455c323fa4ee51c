"""``python -m benchmarks.page.screenshots``: pictures of the page, to be looked at; three of them are in the README.

Each is taken when nothing is asked any more. Captures are those of the benchmark; ``--small`` takes small
ones.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

from benchmarks.client import curl, post
from benchmarks.files import said
from benchmarks.page.captures import FULL, SMALL, Captures, captures, place
from benchmarks.servers import harlake_server
from tests.conftest import FIXTURES, ROOT
from tests.support.browser import browser_program, running_browser

_FOLDER: Final = ROOT / "docs" / "screenshots"
_WIDE: Final = {"width": 1280, "height": 800}
_NARROW: Final = {"width": 390, "height": 844}
_STILL_MS: Final = 700
_PATIENCE_MS: Final = 180_000


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: where it is taken, and what is done before."""

    path: str
    query: Mapping[str, str]
    size: Mapping[str, int]
    dark: bool = False
    before: Callable[[Page], object] = lambda _: None

    @property
    def address(self) -> str:
        """The path with its query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def shots(made: Captures, entry: str, of_large_body: str) -> dict[str, Shot]:
    """Return all pictures by name; those of ``light``, ``entry`` and ``statistics`` are in the README."""
    many, large = f"/s/{made.many.session}", f"/s/{made.large.session}"
    failed = {"filter": "status=4xx,5xx", "sort": "-time"}
    sides = {"session": made.many.session, "other": made.large.session}
    return {
        "sessions": Shot("/", {}, _WIDE),
        "light": Shot(many, {}, _WIDE),
        "dark": Shot(many, {}, _WIDE, dark=True),
        "filtered": Shot(many, failed, _WIDE),
        "end": Shot(many, {}, _WIDE, before=_to_the_end),
        "narrow": Shot(many, {}, _NARROW),
        "narrow-dark": Shot(large, {}, _NARROW, dark=True),
        "entry": Shot(large, {"entry": entry, "tab": "preview"}, _WIDE),
        "entry-dark": Shot(large, {"entry": entry, "tab": "timings"}, _WIDE, dark=True),
        "entry-narrow": Shot(large, {"entry": entry}, _NARROW),
        "entry-large-body": Shot(f"/s/{made.body.session}", {"entry": of_large_body, "tab": "preview"}, _WIDE),
        "statistics": Shot(f"{many}/statistics", {}, _WIDE),
        "statistics-dark": Shot(f"{large}/statistics", {}, _WIDE, dark=True),
        "problems": Shot(f"{large}/problems", {}, _WIDE),
        "search": Shot(f"{large}/search", {"filter": "type=xhr"}, _WIDE, before=_search),
        "comparison": Shot("/compare", sides, _WIDE),
        "comparison-narrow": Shot("/compare", sides, _NARROW, dark=True),
        "export": Shot(many, failed, _WIDE, before=_export),
        "help": Shot(many, {}, _WIDE, before=lambda page: page.keyboard.press("?")),
        "nothing-passes": Shot(many, {"filter": "host=nowhere.example"}, _WIDE),
        "wrong-filter": Shot(many, {"filter": "status=abc"}, _WIDE),
        "no-session": Shot("/s/00000000-0000-4000-8000-000000000000", {}, _WIDE),
    }


def _to_the_end(page: Page) -> None:
    grid = page.get_by_role("grid")
    grid.focus()
    grid.press("End")


def _search(page: Page) -> None:
    page.get_by_role("search").get_by_role("textbox").or_(page.get_by_role("searchbox")).first.fill("item")
    page.keyboard.press("Enter")


def _export(page: Page) -> None:
    page.locator("header [aria-haspopup=dialog]").first.click()


def take(browser: Browser, url: str, shot: Shot, file: Path) -> None:
    """Take a picture, when what is asked has been answered."""
    size: Any = dict(shot.size)
    context = browser.new_context(viewport=size, color_scheme="dark" if shot.dark else "light", timezone_id="UTC")
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    page.goto(url + shot.address, wait_until="networkidle")
    shot.before(page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_STILL_MS)
    page.screenshot(path=file, animations="disabled")
    context.close()


def main() -> None:
    """Take those that the command line names, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks.page.screenshots", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    parser.add_argument("--small", action="store_true", help="of small captures")
    parser.add_argument("--folder", type=Path, help="where captures are (default: a temporary folder)")
    parser.add_argument("--to", type=Path, default=_FOLDER, help=f"where pictures go (default: {_FOLDER.name})")
    options = parser.parse_args()
    program = browser_program()
    if program is None:
        parser.error("there is no Chromium: install Debian's package chromium")
    options.to.mkdir(parents=True, exist_ok=True)
    with place(options.folder) as folder, running_browser(program) as browser:
        made = captures(folder, SMALL if options.small else FULL)
        with harlake_server(made.data) as server:
            entry = _entry(server.url, f"{made.large.session}/entries?type=xhr&limit=1")
            every = shots(made, entry, _entry(server.url, f"{made.body.session}/entries?limit=1"))
            for name in options.names or every:
                with said(name):
                    take(browser, server.url, every[name], options.to / f"{name}.png")
        if not options.names:
            _empty(browser, folder, options.to)


def _empty(browser: Browser, folder: Path, to: Path) -> None:
    """Take pictures of a service that has nothing, and of what it says of a file that is no HAR."""
    with tempfile.TemporaryDirectory(dir=folder) as data, harlake_server(Path(data)) as server:
        take(browser, server.url, Shot("/", {}, _WIDE), to / "empty.png")
        take(browser, server.url, Shot("/", {}, _NARROW, dark=True), to / "empty-narrow.png")
        post(f"{server.url}/api/har/import", next(FIXTURES.glob("playwright*.har")))
        choose = Shot("/", {}, _WIDE, before=_refused)
        take(browser, server.url, choose, to / "error.png")


def _refused(page: Page) -> None:
    """Choose a file that is no HAR."""
    wrong: Any = {"name": "no.har", "mimeType": "text/plain", "buffer": b'{"log": {"entries": [1, 2}}'}
    page.locator("header input[type=file]").set_input_files(wrong)
    page.get_by_role("alert").wait_for()


def _entry(url: str, query: str) -> str:
    """Return the id of the first entry of a listing."""
    return str(json.loads(curl("-g", f"{url}/api/sessions/{query}"))["entries"][0]["id"])


if __name__ == "__main__":
    main()
