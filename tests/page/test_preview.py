"""Hostile bodies, shown as previews: no script runs, and the server that they name is asked for nothing."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.hars import har, headers, ids_of, imported, saved
from tests.support.server import Server

_HTML = """<!doctype html><title>hostile</title>
<base href="{at}/base/"><link rel="stylesheet" href="{at}/style"><link rel="prefetch" href="{at}/prefetch">
<link rel="preload" as="script" href="{at}/preload"><link rel="modulepreload" href="{at}/module">
<link rel="preconnect" href="{at}"><link rel="dns-prefetch" href="{at}"><link rel="icon" href="{at}/icon">
<link rel="prerender" href="{at}/prerender"><link rel="manifest" href="{at}/manifest">
<meta http-equiv="refresh" content="0;url={at}/refresh">
<style>@import "{at}/import"; @font-face {{ font-family: f; src: url({at}/font) }}
body {{ font-family: f; background: url({at}/background); color: rgb(1, 2, 3) }}</style>
<script type="speculationrules">{{"prefetch": [{{"source": "list", "urls": ["{at}/speculation"]}}]}}</script>
<script>document.title = "ran"; parent.postMessage("ran", "*"); fetch("{at}/script"); open("{at}/open")</script>
<script src="{at}/external"></script><body onload="parent.postMessage('ran', '*')">
<img src="{at}/image" srcset="{at}/srcset 2x" onerror="parent.postMessage('ran', '*')"><img src="/api/sessions">
<iframe src="{at}/frame"></iframe><iframe srcdoc="<script>parent.parent.postMessage('ran', '*')</script>"></iframe>
<object data="{at}/object"></object><embed src="{at}/embed">
<video src="{at}/video" poster="{at}/poster" autoplay></video>
<audio src="{at}/audio" autoplay></audio><input type="image" src="{at}/input">
<form action="{at}/form" id="f"><button id="submit" autofocus>x</button></form>
<a id="link" href="{at}/link" ping="{at}/ping">link</a><a id="top" href="{at}/top" target="_top">top</a>
<svg><image href="{at}/svgimage"/><use href="{at}/use#x"/><set onbegin="parent.postMessage('ran', '*')"/></svg>
<math href="javascript:parent.postMessage('ran', '*')">x</math>\u202egnp.exe"""

_SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" width="9" height="9"
 onload="parent.postMessage('ran', '*')"><script>parent.postMessage('ran', '*')</script><script x:href="{at}/script"/>
<style>@import "{at}/import";</style><image x:href="{at}/image" width="9" height="9"/><use x:href="{at}/use#x"/>
<foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="{at}/frame"/></foreignObject>
</svg>"""

_XHTML = """<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>
<script>parent.postMessage('ran', '*')</script><img src="{at}/image"/></body></html>"""


class _Recorder(socketserver.ThreadingTCPServer):
    """Keeps the first bytes of each connection, b"" where nothing is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.received: list[bytes] = []


class _Connection(socketserver.BaseRequestHandler):
    server: _Recorder

    def handle(self) -> None:
        """Take what comes, and answer nothing."""
        self.server.received.append(b"")
        self.server.received[-1] = self.request.recv(1_000)


@contextmanager
def _recorder() -> Iterator[_Recorder]:
    with _Recorder() as recorder:
        threading.Thread(target=recorder.serve_forever, daemon=True).start()
        yield recorder
        recorder.shutdown()


def _entries(server: Server, folder: Path, *contents: dict[str, Any]) -> list[str]:
    """Import an entry for each content, and return their ids."""
    entries = [
        json.dumps({"request": {"method": "GET", "url": f"http://a.test/{number}"}, "response": {"content": one}})
        for number, one in enumerate(contents)
    ]
    answer = imported(server, saved(folder / "hostile.har", har(*(one.encode() for one in entries))))
    return ids_of(server, answer["sessionId"])


#: What the console may say: each thing that is refused, in the words of Chromium, which announces requests that it does
#: not make.
_REFUSED = "asked another host|Content Security Policy|sandbox|Refused|[Bb]locked|preload|Unsafe|404|403"


@pytest.mark.parametrize("tag", ["iframe", "img", "object"])
def test_nothing_runs_and_nothing_is_asked(
    server: Server, page_at: Callable[..., Page], tmp_path: Path, tag: str
) -> None:
    """However the page embeds it, also in a frame that is not sandboxed by itself."""
    with _recorder() as recorder:
        at = f"http://127.0.0.1:{recorder.server_address[1]}"
        ids = _entries(
            server,
            tmp_path,
            {"mimeType": "text/html", "text": _HTML.format(at=at)},
            {"mimeType": "image/svg+xml", "text": _SVG.format(at=at)},
            {"mimeType": "application/xhtml+xml", "text": _XHTML.format(at=at)},
        )
        page = page_at(server, "/", allowed=_REFUSED)
        page.evaluate("addEventListener('message', (event) => (window.heard = [window.heard, event.data]))")
        for one in ids:
            page.evaluate(
                "([tag, url]) => new Promise((resolve) => { const element = document.createElement(tag);"
                "element.onload = element.onerror = resolve; setTimeout(resolve, 3000);"
                "element[tag == 'object' ? 'data' : 'src'] = url;"
                "document.body.append(element); })",
                [tag, f"/api/entries/{one}/preview"],
            )
        page.wait_for_timeout(1_000)
        assert recorder.received == []
        if tag == "iframe":
            frame = page.frames[1]
            assert frame.title() == "hostile"
            # Its own styles are there: it looks as it was.
            assert frame.evaluate("getComputedStyle(document.body).color") == "rgb(1, 2, 3)"
            frame.locator("#submit").click(timeout=5_000)
            frame.locator("#top").click()
            frame.locator("#link").click()
            page.wait_for_timeout(500)
        assert page.evaluate("window.heard") is None
        assert page.url == f"{server.url}/"
        # Who follows a link is connected, as browsers do that at the click, and asks for nothing.
        assert b"".join(recorder.received) == b""


def test_a_preview_on_its_own_is_as_inert(server: Server, page_at: Callable[..., Page], tmp_path: Path) -> None:
    """Opened in a tab of its own, it has an origin of its own."""
    with _recorder() as recorder:
        at = f"http://127.0.0.1:{recorder.server_address[1]}"
        text = _HTML.format(at=at).replace("refresh", "refreshed")
        (one,) = _entries(server, tmp_path, {"mimeType": "text/html", "text": text})
        page = page_at(server, f"/api/entries/{one}/preview", allowed=_REFUSED)
        page.wait_for_timeout(1_000)
        assert page.title() == "hostile"
        assert page.evaluate("origin") == "null"
        assert recorder.received == []


@pytest.mark.parametrize(
    ("mime_type", "is_shown"),
    [
        *((one, True) for one in ("text/html", "TEXT/HTML; charset=x", "image/png", "image/svg+xml", "font/woff2")),
        *((one, True) for one in ("application/xhtml+xml", "application/font-woff", "image/x-icon")),
        *((one, False) for one in ("text/plain", "application/json", "text/javascript", "application/pdf", "")),
        *((one, False) for one in ("text/html\r\nX: y", "text/htmlx", "application/octet-stream", "text/xml")),
    ],
)
def test_only_what_a_frame_can_show(server: Server, tmp_path: Path, mime_type: str, *, is_shown: bool) -> None:
    """HTML, images and fonts; others are told so. It may be in part, and both messages have one."""
    content = {"mimeType": mime_type, "encoding": "base64", "text": base64.b64encode(b"abc").decode()}
    (one,) = _entries(server, tmp_path, content)
    path = f"/api/entries/{one}/preview"
    if not is_shown:
        assert server.status(path) == (404, server.json(path))
        assert server.json(path)["error"] == "No preview"
        return
    assert server.curl(path) == b"abc"
    assert server.curl(path, "-r", "1-1") == b"b"
    sent = {name: values[0] for name, values in headers(server, path).items()}
    assert sent["content-disposition"] == "inline"
    assert sent["content-security-policy"].startswith("sandbox; default-src 'none';")
    assert sent["x-content-type-options"] == "nosniff"
    assert sent["x-frame-options"] == "SAMEORIGIN"
    assert server.json(f"{path}?body=request")["error"] == "No body"
    assert server.status(f"{path}?body=x")[0] == 400
