"""Pages in Chromium: a test that opens one fails with whatever its console says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import WatchedPages, axe_findings, browser_program, has_axe, running_browser

# What a test waits for comes in a moment, unless others have the machine.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def chromium_browser() -> Iterator[Browser]:
    """One Chromium for all tests of a module.

    While it is there, so is Playwright's event loop, beside which tests of other modules can start none.
    """
    program = browser_program()
    if program is None:
        pytest.skip("there is no Chromium: install Debian's package chromium")
    with running_browser(program) as browser:
        yield browser


@pytest.fixture
def page_at(chromium_browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a path of a server, as ``page_at(server, "/compare", size=(390, 844), colours="dark")``.

    The test fails if the console has an error or a warning that is not ``allowed``, if anything is uncaught, and if
    anything is asked of another host than the server.
    """
    pages = WatchedPages(chromium_browser)
    yield lambda server, path="/", **how: pages.open(server.url + path, **how)
    problems = pages.problems()
    pages.close()
    assert problems == []


@pytest.fixture
def check_accessibility() -> Callable[..., None]:
    """Checks a page, or the part of it that a selector names, with axe-core, where that is installed."""
    if not has_axe():
        pytest.skip("there is no axe-core: npm install")

    def check(page: Page, within: str = "body") -> None:
        assert axe_findings(page, within) == []

    return check
