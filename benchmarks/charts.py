"""Results as charts: SVG that brings its own background, light or dark as the reader has it.

Strategy: a `Drawing` collects shapes that name classes, and one style sheet gives the classes their colours, for both
schemes. Text is the reader's own sans-serif font, so widths are estimated with room to spare.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import shorten
from typing import Final

from benchmarks.files import size_name
from benchmarks.measuring import Measurement
from benchmarks.results import CURVE, Results

_WIDTH: Final = 760
_MIB: Final = 1 << 20

_STYLE: Final = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.quiet { fill: #57606a; font-size: 12px }
.end { text-anchor: end }
.middle { text-anchor: middle }
.back { fill: #ffffff; stroke: #d0d7de }
.grid { stroke: #d0d7de; stroke-width: 1 }
.harlake { fill: #0969da }
.limit { fill: #8c959f }
.peer { fill: #bf8700 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
.line0 { stroke: #0969da } .line1 { stroke: #bc4c00 } .line2 { stroke: #1a7f37 } .line3 { stroke: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9da7b3 }
.back { fill: #0d1117; stroke: #30363d }
.grid { stroke: #30363d }
.harlake { fill: #4493f8 }
.limit { fill: #6e7681 }
.peer { fill: #d29922 }
.line0 { stroke: #4493f8 } .line1 { stroke: #f0883e } .line2 { stroke: #3fb950 } .line3 { stroke: #ab7df8 }
}
"""


class Drawing:
    """Shapes in pixels, from the upper left corner; `svg` puts them on a background that fits."""

    def __init__(self, description: str) -> None:
        self._description = description
        self._shapes: list[str] = []

    def text(self, x: float, y: float, words: str, style: str = "") -> None:
        """Write words with their baseline at `y`."""
        self._shapes.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{escape(words)}</text>')

    def bar(self, x: float, y: float, width: float, height: float, style: str) -> None:
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="2" class="{style}"/>'
        )

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self._shapes.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="grid"/>')

    def line(self, points: Sequence[tuple[float, float]], style: str) -> None:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self._shapes.append(f'<path d="M{path}" class="line {style}"/>')

    def svg(self, height: float) -> str:
        """Return the document, as high as it has become."""
        box = f'viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" height="{height:.0f}"'
        back = f'<rect x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1:.0f}" rx="6" class="back"/>'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img"><title>{escape(self._description)}</title>'
        return "\n".join([head, f"<style>{_STYLE}</style>", back, *self._shapes, "</svg>\n"])


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: MB/s, or in `failure` why there is none."""

    name: str
    kind: str
    rate: float
    failure: str = ""


_LABELS_END: Final = 190
_BARS_END: Final = 610
_BAR: Final = 18
_ROW: Final = 26
#: Characters of a failure that have room.
_FAILURE: Final = 80


def bars(title: str, subtitle: str, groups: Sequence[tuple[str, Sequence[Bar]]]) -> str:
    """Return horizontal bars in groups, each group with a scale of its own."""
    drawing = Drawing(title)
    drawing.text(20, 30, title, "title")
    drawing.text(20, 50, subtitle, "quiet")
    y = 66.0
    for name, group in groups:
        y += 22
        drawing.text(20, y, name, "quiet")
        y += 8
        greatest = max(bar.rate for bar in group) or 1.0
        for bar in group:
            drawing.text(_LABELS_END, y + 14, bar.name, "end")
            if bar.failure:
                drawing.text(_LABELS_END + 10, y + 14, shorten(bar.failure, _FAILURE, placeholder=" …"), "quiet")
            else:
                width = (_BARS_END - _LABELS_END) * bar.rate / greatest
                drawing.bar(_LABELS_END + 10, y, width, _BAR, bar.kind)
                drawing.text(_LABELS_END + 18 + width, y + 14, f"{_digits(bar.rate)} MB/s")
            y += _ROW
    return drawing.svg(y + 12)


@dataclass(frozen=True, slots=True)
class Curve:
    """MiB over a share of the time, from 0 to 1."""

    name: str
    points: Sequence[tuple[float, float]]


def curves(title: str, subtitle: str, lines: Sequence[Curve]) -> str:
    """Return curves on one axis, which begins at 0 MiB."""
    drawing = Drawing(title)
    drawing.text(20, 30, title, "title")
    drawing.text(20, 50, subtitle, "quiet")
    left, right, top, bottom = 64.0, _WIDTH - 36.0, 76.0 + 20 * len(lines), 360.0 + 20 * len(lines)
    greatest = max(value for line in lines for _, value in line.points)
    step = _step(greatest)
    highest = step * math.ceil(greatest / step)
    for number, line in enumerate(lines):
        at = 76 + 20 * number
        drawing.line([(left, at - 4), (left + 24, at - 4)], f"line{number % 4}")
        drawing.text(left + 32, at, line.name)
    for tick in range(round(highest / step) + 1):
        y = bottom - (bottom - top) * tick * step / highest
        drawing.rule(left, y, right, y)
        drawing.text(left - 8, y + 4, f"{tick * step:.0f}", "quiet end")
    for share in (0, 25, 50, 75, 100):
        drawing.text(left + (right - left) * share / 100, bottom + 20, f"{share} %", "quiet middle")
    drawing.text((left + right) / 2, bottom + 40, "of the time that the import takes", "quiet middle")
    for number, line in enumerate(lines):
        points = [(left + (right - left) * x, bottom - (bottom - top) * y / highest) for x, y in line.points]
        drawing.line(points, f"line{number % 4}")
    return drawing.svg(bottom + 56)


#: What a case is called beside others; most go by their name.
_LABELS: Final = {
    "zstd -1": "zstd -1 FILE",
    "discard": "upload thrown away",
    "salvage": "import --salvage",
    "yield": "bytes from memory",
    "export": "export as text",
    "export zstd": "export as zstd",
    "export gzip": "export as gzip",
    "import + export": "harlake",
    "haralyzer": "haralyzer (reads only)",
}
_IN: Final = ("discard", "zstd -1", "validate", "salvage", "import")
_OUT: Final = ("yield", "export zstd", "export", "export gzip")


def throughput(results: Results) -> str:
    """Return how fast harlake is on the first file, beside its limits and, where there are any, other programs.

    Other programs are shown on every file, as some of them fail on the larger ones.
    """
    first = results.files[0]
    measured = {one.name: one for one in results.of(first)}
    groups = [
        (name, [measured[case] for case in cases if case in measured])
        for name, cases in ((f"in, {first}", _IN), (f"out, {first}", _OUT))
    ]
    for file in results.files:
        both = [one for one in results.of(file) if one.name == "import + export" or one.kind == "peer"]
        if any(one.kind == "peer" for one in both):
            groups.append((f"in and out again, {file}", sorted(both, key=_speed, reverse=True)))
    subtitle = f"HAR bytes per second, medians; grey is what limits it; {results.machine.cores} cores"
    return bars("Throughput", subtitle, [(name, [_bar(one) for one in group]) for name, group in groups])


def memory(results: Results) -> str:
    """Return the server's memory while it imports files of several sizes, of the shape that is measured first."""
    shape = results.files[0].split()[0]
    imports = [one for one in results.measured if one.name == CURVE and one.file.split()[0] == shape]
    lines = [_curve(one) for one in imports if one.curve]
    subtitle = f"MiB resident in the server while it imports HARs of several sizes, one at a time ({shape})"
    return curves("Memory", subtitle, lines)


def _bar(one: Measurement) -> Bar:
    return Bar(_LABELS.get(one.name, one.name), one.kind, _speed(one) / 1e6, "" if one.seconds else one.failure)


def _speed(one: Measurement) -> float:
    """Return bytes per second, 0 where a case has failed."""
    return one.rate if one.seconds else 0.0


def _curve(one: Measurement) -> Curve:
    end = one.curve[-1][0]
    points = [(second / end, resident / _MIB) for second, resident in one.curve]
    return Curve(f"{size_name(one.file_bytes)} in {one.median:.1f} s", points)


def _step(greatest: float) -> float:
    """Return a round distance between about five grid lines."""
    scale: float = 10 ** math.floor(math.log10(greatest / 5))
    return next(scale * factor for factor in (1, 2, 5, 10) if scale * factor * 5 >= greatest)


def _digits(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
