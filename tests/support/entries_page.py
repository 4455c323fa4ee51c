"""The table of entries, as a person sees it: its visible rows, and places to go to."""

from __future__ import annotations

from playwright.sync_api import Page, expect

#: Visible rows from top to bottom: where each is in the list, and the texts of its cells by the column's name.
_ROWS = """() => {
    const grid = document.querySelector(".grid");
    const head = document.querySelector(".grid-head").getBoundingClientRect();
    const { bottom } = grid.getBoundingClientRect();
    return [...grid.querySelectorAll(".row:not([hidden])")]
        .map((row) => ({ row, box: row.getBoundingClientRect() }))
        .filter(({ box }) => box.top >= head.bottom - 1 && box.bottom <= bottom + 1)
        .sort((a, b) => a.box.top - b.box.top)
        .map(({ row }) => ({
            index: Number(row.getAttribute("aria-rowindex")) - 2,
            cells: Object.fromEntries([...row.children].map((cell) =>
                [cell.className.match(/cell-(\\w+)/)[1], cell.textContent])),
        }));
}"""


def wait_for_rows(page: Page, total: int | None = None) -> None:
    """Wait until all visible rows are there, and are of a list of ``total`` entries."""
    grid = page.get_by_role("grid")
    if total is not None:
        expect(grid).to_have_attribute("aria-rowcount", str(total + 1), timeout=60_000)
    expect(grid).to_have_attribute("aria-busy", "false", timeout=60_000)
    if total != 0:
        expect(page.locator(".row:not([hidden])").first).to_be_visible()
    expect(page.locator(".row.absent:not([hidden])")).to_have_count(0, timeout=60_000)


def visible_rows(page: Page) -> list[tuple[int, dict[str, str]]]:
    """Return the rows that can be seen whole: their numbers, from 0, and their texts by column."""
    return [(row["index"], row["cells"]) for row in page.evaluate(_ROWS)]


def scroll_to(page: Page, share: float) -> None:
    """Drag the scroll bar to a place, and wait for what is there."""
    grid = page.get_by_role("grid")
    grid.evaluate("(grid, share) => { grid.scrollTop = share * (grid.scrollHeight - grid.clientHeight); }", share)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    wait_for_rows(page)


def set_filter(page: Page, text: str, total: int) -> None:
    """Type a filter, and wait for what passes it."""
    page.get_by_role("combobox", name="Filter").fill(text)
    page.keyboard.press("Enter")
    wait_for_rows(page, total)
