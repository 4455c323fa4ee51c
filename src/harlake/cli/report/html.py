"""A report as one HTML file that loads nothing: numbers as they were and are, with bars."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Final

from harlake.cli.output import text
from harlake.cli.report.model import Figure, Report, ReportItem, limits, number_text

_STYLE: Final = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #222;
  background: #fff }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin-top: 2em }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .3em .8em .3em 0; border-bottom: 1px solid #ddd }
td.name { font-family: ui-monospace, monospace; word-break: break-all; width: 45% }
td.number { text-align: right; white-space: nowrap }
.failed, .missing { color: #b00020; font-weight: bold } .passed { color: #1a7f37 } .noted, .skipped { color: #57606a }
.bars { width: 14em } .bar { height: .5em; margin: .25em 0; background: #8c959f }
.bar.after { background: #0969da } .bar.over { background: #b00020 } .bar.limit { background: #d4a72c }
ul { margin: .2em 0; padding-left: 1.2em; font-weight: normal; font-size: .9em; color: #57606a }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #16181c } td, th { border-color: #333 } .failed, .missing { color: #ff7b72 }
  .passed { color: #56d364 }
}
"""


def html_lines(report: Report) -> Iterator[str]:
    """Yield the lines of a document."""
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{_escaped(report.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    outcome = "failed" if report.failing else "passed"
    yield f'<h1>{_escaped(report.title)}: <span class="{outcome}">{outcome}</span></h1>'
    yield f"<p>{_escaped(report.summary)}</p>"
    for warning in report.warnings:
        yield f"<p>Warning: {_escaped(warning)}</p>"
    for kind, items in report.by_kind().items():
        yield f"<h2>{_escaped(kind)}</h2>\n<table>"
        yield "<tr><th></th><th></th><th>before</th><th>after</th><th>ratio</th><th>limit</th><th></th></tr>"
        for item in items:
            yield from _rows(item)
        yield "</table>"
    yield "</body>\n</html>"


def _rows(item: ReportItem) -> Iterator[str]:
    notes = "".join(f"<li>{_escaped(note)}</li>" for note in item.notes)
    name = f'<td class="name {item.outcome}">{_escaped(item.name)}{f"<ul>{notes}</ul>" if notes else ""}</td>'
    for fact in item.facts or [Figure("")]:
        yield f"<tr>{name}<td>{_escaped(fact.name)}</td>{_cells(fact)}</tr>"
        name = "<td></td>"


def _cells(fact: Figure) -> str:
    if fact.words.strip() or (fact.before is None and fact.after is None and fact.limit is None):
        return f'<td colspan="5">{_escaped(fact.words)}</td>'
    numbers = ["" if one is None else number_text(one, fact.unit) for one in (fact.before, fact.after)]
    numbers.append("" if fact.ratio is None else f"{fact.ratio:.2f}")
    numbers.append(", ".join(limits(fact)))
    cells = "".join(f'<td class="number">{_escaped(one)}</td>' for one in numbers)
    return f'{cells}<td class="bars">{"".join(_bars(fact))}</td>'


def _bars(fact: Figure) -> Iterator[str]:
    """Yield bars of what it was, what it is and what it may be, the longest of which is as wide as the column."""
    over = fact.limit is not None and fact.after is not None and fact.after > fact.limit
    bars = {"before": fact.before, "after over" if over else "after": fact.after, "limit": fact.limit}
    greatest = max((value for value in bars.values() if value is not None), default=0)
    for name, value in bars.items():
        if value is not None:
            width = 100 * value / greatest if greatest > 0 else 0
            title = f"{name.split()[0]}: {number_text(value, fact.unit)}"
            yield f'<div class="bar {name}" style="width:{width:.1f}%" title="{_escaped(title)}"></div>'


def _escaped(value: str) -> str:
    return html.escape(text(value))
