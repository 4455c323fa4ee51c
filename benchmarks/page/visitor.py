"""A person at the page: opens it, filters, sorts, scrolls and opens entries, and says how long they waited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

_PROBE: Final = Path(__file__).with_name("probe.js").read_text("utf-8")
_TITLE: Final = ".entry:not([aria-busy=true]) .entry-url"
_BODY: Final = ".entry .body .code[data-ready], .entry .body [role=tree]"
_STILL_MS: Final = 400
_PATIENCE_MS: Final = 180_000
_LOOK_MS: Final = 500
_MB: Final = 1_000_000


class Visitor:
    """One page in a profile of its own. Times are milliseconds."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self._cdp = page.context.new_cdp_session(page)
        self._cdp.send("Performance.enable")

    def visit(self, path: str) -> tuple[float, float]:
        """Open a path, and return when rows were seen, and when the last panel had its answer."""
        self.page.goto(self._url + path, wait_until="commit")
        first = self.page.evaluate("probe.firstRows()")
        return first, self.page.evaluate(f"probe.quiet({_STILL_MS})")

    def filter(self, text: str, total: int) -> float:
        """Type a filter, press Enter, and wait for its rows."""
        box = self.page.get_by_role("combobox").first
        enter = "(box, [text, total]) => probe.enter(box, text, 'rows', {total})"
        return float(box.evaluate(enter, [text, total]))

    def sort(self, column: str) -> float:
        """Press a column's head, and wait for other rows."""
        first = self.page.evaluate("probe.firstText()")
        self.page.get_by_role("columnheader").get_by_role("button", name=column, exact=True).click()
        return self._since("changed", {"first": first})

    def jump(self, share: float) -> float:
        """Drag the scroll bar to a place, and wait for the rows there."""
        return float(
            self.page.evaluate(
                """share => {
                    const grid = document.querySelector("[role=grid]");
                    const first = probe.firstText();
                    const to = share * (grid.scrollHeight - grid.clientHeight);
                    return probe.after(() => grid.scrollTop = to, "changed", {first});
                }""",
                share,
            )
        )

    def turn_wheel(self, seconds: float) -> list[float]:
        """Turn the wheel for a while, and return the times between frames."""
        box = self.page.get_by_role("grid").bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.evaluate("seconds => void (globalThis.measured = probe.frames(seconds))", seconds)
        for _ in range(int(seconds * 20)):
            self.page.mouse.wheel(0, 120)
        frames: list[float] = self.page.evaluate("measured")
        return frames

    def open_entry(self, number: int) -> float:
        """Click on one of the visible rows, and wait for its headers."""
        before = self.page.evaluate("selector => probe.textOf(selector)", _TITLE)
        place = self.page.evaluate("number => probe.placeOf(number)", number)
        self.page.mouse.click(place["x"], place["y"])
        return self._since("text", {"selector": _TITLE, "before": before})

    def close_entry(self) -> None:
        """Close the entry that is open."""
        self.page.keyboard.press("Escape")
        self.page.locator(_TITLE).wait_for(state="detached")

    def show_body(self) -> float:
        """Look at the body of the entry that is open: its first screen."""
        self.page.get_by_role("tab", name="Preview").click()
        self.page.get_by_role("tabpanel").get_by_role("button").filter(has_text="MB").first.click()
        return self._since("present", {"selector": _BODY})

    def upload(self, file: Path) -> list[float]:
        """Choose the first file of a service, and return what JavaScript holds until it is imported, in megabytes."""
        self.page.goto(self._url)
        self.page.locator(".empty input[type=file]").set_input_files(file)
        done = self.page.locator(".upload-done")
        heaps = [self.heap()]
        while not done.is_visible():
            self.page.wait_for_timeout(_LOOK_MS)
            heaps.append(self.heap())
        return heaps

    def heap(self) -> float:
        """Return what JavaScript holds in megabytes, without garbage."""
        self._cdp.send("HeapProfiler.collectGarbage")
        return self._metric("JSHeapUsedSize") / _MB

    def nodes(self) -> float:
        """Return how many nodes documents have, without garbage."""
        self._cdp.send("HeapProfiler.collectGarbage")
        return self._metric("Nodes")

    def _metric(self, name: str) -> float:
        found: Sequence[Any] = self._cdp.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in found if one["name"] == name))

    def _since(self, condition: str, argument: dict[str, Any]) -> float:
        return float(self.page.evaluate("([name, argument]) => probe.since(name, argument)", [condition, argument]))


@contextmanager
def visitor(browser: Browser, url: str) -> Iterator[Visitor]:
    """Open a profile that has seen nothing yet."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="UTC")
    context.set_default_timeout(_PATIENCE_MS)
    context.add_init_script(_PROBE)
    try:
        yield Visitor(context.new_page(), url)
    finally:
        context.close()
