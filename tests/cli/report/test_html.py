"""One HTML file: it loads nothing, and nothing in it is taken for markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings

from harlake.cli.report.html import html_lines
from harlake.cli.report.model import Figure, Report, ReportItem
from tests.support.reports import reports

_VOID = {"meta"}
_TAGS = (
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr", "th", "td", "ul", "li", "div"),
    "span",
)
_ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "style", "title", "colspan"}


class _Checker(HTMLParser):
    """Checks that tags are those of a report, and nested as they should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.bars: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS
        assert {name for name, _ in attrs} <= _ATTRIBUTES
        given = dict(attrs)
        if tag == "div":
            self.bars.append(given["style"] or "")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _checked(report: Report) -> _Checker:
    checker = _Checker()
    document = "\n".join(html_lines(report))
    document.encode()  # no lone surrogate
    checker.feed(document)
    checker.close()
    assert checker.open == []
    return checker


@settings(max_examples=40)
@given(reports)
def test_any_report_is_a_document(report: Report) -> None:
    """Whatever was captured is text in it."""
    _checked(report)


def test_bars() -> None:
    """As long as the numbers are to the greatest of them."""
    item = ReportItem("failed", "<time>", "failed", [Figure("", "ms", 100, 250, 200)])
    found = _checked(Report("A", {"failed": 1}, [item]))
    assert found.bars == ["width:40.0%", "width:100.0%", "width:80.0%"]
    assert {"<time>", "100 ms", "250 ms", "2.50", "at most 200 ms"} <= set(found.texts)
