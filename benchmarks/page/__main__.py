"""``python -m benchmarks.page``: how soon the page shows things, and what it holds, in Chromium.

Captures are made in ``--folder``, and found there again. ``--small`` shows in a minute that everything works; its
figures mean nothing.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.files import said
from benchmarks.machine import this_machine
from benchmarks.page import rounds
from benchmarks.page.captures import FULL, SMALL, captures, place
from benchmarks.page.findings import Finding, Results, in_order, report, write
from benchmarks.results import FOLDER
from benchmarks.servers import harlake_server
from tests.support.browser import browser_program, running_browser

_PARTS: Final = ("alone", "import", "upload", "use")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks.page", description=__doc__)
    parser.add_argument("--small", action="store_true", help="only try whether everything works")
    parser.add_argument("--part", choices=_PARTS, action="append", help="what to measure; may be repeated")
    parser.add_argument("--rounds", type=int, help="how often each capture is visited (default: 5; small: 1)")
    parser.add_argument("--minutes", type=float, help="how long a page is used (default: 60; small: 0.1)")
    parser.add_argument("--folder", type=Path, help="where captures are (default: a temporary folder)")
    parser.add_argument("--results", type=Path, help="where the results go (small: nowhere)")
    options = parser.parse_args()
    sizes = SMALL if options.small else FULL
    if options.rounds:
        sizes = replace(sizes, rounds=options.rounds)
    program = browser_program()
    if program is None:
        parser.error("there is no Chromium: install Debian's package chromium")
    before = os.getloadavg()[0]
    found: list[Finding] = []
    with place(options.folder) as folder:
        made = captures(folder, sizes)
        with harlake_server(made.data) as server, running_browser(program) as browser:
            version = browser.version
            if "alone" in (options.part or _PARTS):
                with said("the page"):
                    found += rounds.measure(browser, server, made)
            if "use" in (options.part or _PARTS):
                minutes = options.minutes or (0.1 if options.small else 60)
                with said(f"{minutes:g} minutes of use"):
                    found += rounds.use(browser, server, made.many, minutes)
            if "upload" in (options.part or _PARTS):
                with said("an upload"):
                    found.append(rounds.upload(browser, made))
            if "import" in (options.part or _PARTS):
                with said("the page beside an import"), rounds.running_import(server, made):
                    found += rounds.measure(browser, server, made, beside_import=True)
    results = Results(this_machine(), version, (before, os.getloadavg()[0]), in_order(found))
    if kept := options.results or (None if options.small else FOLDER):
        write(results, kept)
    print(report(results))


if __name__ == "__main__":
    main()
