"""Open HARs with Chrome's importer, and replay some with Playwright: ``browser_opens.py FOLDER``.

The importer is that of the DevTools which Chromium brings along, and serves on its debugging port. By ``routeFromHAR``,
many of them answer for the network to a page of the origin that is asked for. Prints why which of the two refuses which
file, as JSON.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from make_chrome import debugged_chromium  # type: ignore[import-not-found]  # from the folder of fixtures
from playwright.sync_api import BrowserContext, Page, sync_playwright

#: Entries of a file that are asked for again, of one file in so many: each takes a third of a second.
REPLAYED = 3
EVERY = 3
SECONDS = 5

_IMPORT = """async ([url, text]) => {
    const {HARFormat, Importer} = await import(url);
    return Importer.Importer.requestsFromHARLog(new HARFormat.HARRoot(JSON.parse(text)).log).length;
}"""

#: What a page gets for a URL. It reads to the end: of a body that nobody reads, Chromium may never see the end.
_FETCH = """async ([url, seconds]) => {
    const response = await fetch(url, {signal: AbortSignal.timeout(seconds * 1000)});
    return [response.status, await response.text()];
}"""


def imports(page: Page, module: str, path: Path) -> Iterator[str]:
    """Yield what Chrome's importer finds wrong with a file."""
    text = path.read_text("utf-8")
    count = len(json.loads(text)["log"]["entries"])
    try:
        found = page.evaluate(_IMPORT, [module, text])
    except Exception as error:
        yield f"Chrome: {error}"
    else:
        if found != count:
            yield f"Chrome: {found} of {count} entries"


def replays(context: BrowserContext, path: Path) -> Iterator[str]:
    """Yield what goes wrong when a file answers for the network."""
    page = context.new_page()
    try:
        context.route_from_har(path, not_found="abort")
        for url, response in replayable(json.loads(path.read_bytes())["log"]["entries"])[:REPLAYED]:
            blank = urljoin(url, "/harlake-asks")
            page.route(blank, lambda route: route.fulfill(body="", content_type="text/html"))
            page.goto(blank)
            status, text = page.evaluate(_FETCH, [url, SECONDS])
            if status != response["status"]:
                yield f"Playwright: {url} is answered with {status}"
            if text != response["content"]["text"]:
                yield f"Playwright: {url} has another body"
    except Exception as error:
        yield f"Playwright: {error}"
    finally:
        page.close()
        context.unroute_all()


def replayable(entries: list[Any]) -> list[tuple[str, Any]]:
    """Return URLs that a browser can ask for, each with the one response that the file has, an ASCII text."""
    urls = [entry["request"]["url"] for entry in entries]
    return [
        (url, entry["response"])
        for url, entry in zip(urls, entries, strict=True)
        if urls.count(url) == 1
        and entry["request"]["method"] == "GET"
        and entry["response"]["status"] == 200
        and re.fullmatch(r"http://[a-z0-9.]+(?::[0-9]+)?/[\w./~?=&%-]*", url, re.ASCII)
        and (text := entry["response"]["content"].get("text"))
        and text.isascii()
        and "encoding" not in entry["response"]["content"]
    ]


def main(folder: str) -> None:
    """Open all files of a folder."""
    refused: dict[str, list[str]] = {}
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as work,
        sync_playwright() as playwright,
        debugged_chromium(Path(work) / "profile") as port,
    ):
        module = f"http://127.0.0.1:{port}/devtools/models/har/har.js"
        browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        devtools = browser.new_page()
        devtools.goto(module)
        context = browser.new_context()
        context.set_default_timeout(SECONDS * 1000)
        for number, path in enumerate(sorted(Path(folder).iterdir())):
            found = list(imports(devtools, module, path))
            if number % EVERY == 0:
                found += replays(context, path)
            if found:
                refused[path.name] = found
        browser.close()
    print(json.dumps(refused))


if __name__ == "__main__":
    main(*sys.argv[1:])
