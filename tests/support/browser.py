"""Chromium, driven as a person drives it, that reports whatever goes wrong in the page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import ROOT

#: Debian's package; its wrapper in /usr/bin prints errors of its own.
_PROGRAMS: Final = ("/usr/lib/chromium/chromium", "chromium", "google-chrome")
_AXE: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def browser_program() -> str | None:
    """Return the path of a Chromium, None if there is none."""
    return next((found for name in _PROGRAMS if (found := shutil.which(name)) is not None), None)


@contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    """Run a Chromium without a window."""
    with sync_playwright() as playwright:
        # As root, which tests in containers are, there is no sandbox.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class WatchedPages:
    """Opens pages of one test, each in a profile of its own, and keeps what was wrong in any of them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._allowed: list[str] = []
        self._problems: list[str] = []

    def open(
        self,
        url: str,
        *,
        size: tuple[int, int] = (1280, 800),
        colours: Literal["light", "dark"] = "light",
        allowed: str | None = None,
        **more: Any,
    ) -> Page:
        """Open a URL, and return the page as soon as its document is there.

        ``allowed`` is a regular expression of what the console may say, where an error is what is shown.
        """
        if allowed is not None:
            self._allowed.append(allowed)
        viewport: Any = {"width": size[0], "height": size[1]}
        context = self._browser.new_context(viewport=viewport, color_scheme=colours, timezone_id="UTC", **more)
        self._contexts.append(context)
        own = urlsplit(url).netloc
        context.on("request", lambda request: self._note_request(own, request.url))
        context.on("console", lambda message: self._note_message(message.type, message.text, message.location))
        context.on("weberror", lambda error: self._problems.append(f"uncaught: {error.error}"))
        page = context.new_page()
        page.goto(url)
        return page

    def problems(self) -> list[str]:
        """Return what was wrong, in order."""
        return [one for one in self._problems if not any(re.search(allowed, one) for allowed in self._allowed)]

    def close(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            context.close()

    def _note_request(self, own: str, url: str) -> None:
        if not url.startswith(("blob:", "data:", "about:")) and urlsplit(url).netloc != own:
            self._problems.append(f"asked another host: {url}")

    def _note_message(self, kind: str, text: str, location: Any) -> None:
        if kind in ("error", "warning"):
            self._problems.append(f"{kind}: {text} ({location.get('url', '')})")


def has_axe() -> bool:
    """Return whether axe-core is here, which `npm install` brings."""
    return _AXE.is_file()


def axe_findings(page: Page, within: str = "body") -> list[str]:
    """Return what axe-core finds wrong in a part of the page, a line for each element."""
    page.evaluate(_AXE.read_text("utf-8"))
    result = page.evaluate(
        "([within, tags]) => axe.run(within, {runOnly: tags, resultTypes: ['violations']})", [within, _TAGS]
    )
    return [
        f"{violation['id']}: {node['html'][:200]} ({node.get('failureSummary', '')})"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
