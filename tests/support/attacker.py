"""A web server of a stranger's, and a browser that visits it.

For the browser, the stranger's name is re-bound to the service by and by: what it asks for under this name arrives
there as it is. Only ``/attack`` and ``/report`` are answered here.
"""

from __future__ import annotations

import json
import shutil
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.support.server import PATIENCE

_CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

needs_chromium = pytest.mark.skipif(_CHROMIUM is None, reason="not installed: chromium")

#: Tries whatever a page can, and tells what came back. Then it goes to the next page, so that one browser does for all.
_PAGE: Final = """<!DOCTYPE html><title>Nothing to see</title><script>
const [target, victim, next] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const form = new FormData();
form.append("sessionName", "forged by multipart");
form.append("file", new Blob(['{"log":{"entries":[]}}']), "x.har");
const json = (name) => JSON.stringify({name});
const plain = {"Content-Type": "text/plain"}, typed = {"Content-Type": "application/json"};
const attempts = {
  "list": ["GET", "/api/sessions"],
  "export": ["GET", "/api/har/export/" + victim],
  "describe": ["GET", "/schema/openapi.json"],
  "create empty": ["POST", "/api/sessions"],
  "create as text": ["POST", "/api/sessions", json("forged as text"), plain],
  "create": ["POST", "/api/sessions", json("forged"), typed],
  "import": ["POST", "/api/har/import", form],
  "query as text": ["POST", "/api/sql", '{"sql": "SELECT 1 AS one"}', plain],
  "query": ["POST", "/api/sql", '{"sql": "SELECT 1 AS one"}', typed],
  "rename": ["PATCH", "/api/sessions/" + victim, json("renamed"), typed],
};
const outcome = async (promise) => {
  try {
    const answer = await promise;
    return answer.type == "opaque" ? "opaque" : answer.status + " " + await answer.text();
  } catch (error) { return "refused: " + error; }
};
const embedded = (tag, path) => new Promise((resolve) => {
  const element = document.createElement(tag);
  element.onload = () => {
    if (tag == "script") resolve("loaded");
    else resolve(element.contentDocument ? element.contentDocument.body.innerText : "refused: another origin");
  };
  element.onerror = () => resolve("refused: error");
  setTimeout(resolve, 2000, "refused: nothing has loaded");
  element.src = target + path;
  document.documentElement.append(element);
});
(async () => {
  const found = {};
  for (const [name, [method, path, body, headers]] of Object.entries(attempts)) {
    found[name] = await outcome(fetch(target + path, {method, body, headers, credentials: "include"}));
    if (method != "PATCH")
      await outcome(fetch(target + path, {method, body, headers: plain, mode: "no-cors", credentials: "include"}));
  }
  found["script"] = await embedded("script", "/api/sessions");
  found["frame"] = await embedded("iframe", "/api/sessions");
  await fetch("/report", {method: "POST", body: JSON.stringify(found)});
  if (next) location = next;
})();
</script>"""


class Attacker(socketserver.ThreadingTCPServer):
    """Serves the page that attacks, keeps what it reports, and hands all else to the service."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.service = urlsplit(service)
        self.port = self.server_address[1]
        self.reports: list[dict[str, str]] = []
        self.reported = threading.Condition()

    def page(self, host: str, target: str, victim: str, following: str | None = None) -> str:
        """Return the URL of the page that attacks a target, under one of this server's names."""
        return f"http://{host}:{self.port}/attack#{json.dumps([target, victim, following])}"

    def wait_for(self, count: int) -> list[dict[str, str]]:
        """Return what so many pages have reported."""
        with self.reported:
            assert self.reported.wait_for(lambda: len(self.reports) >= count, PATIENCE)
        return self.reports


class _Connection(socketserver.BaseRequestHandler):
    server: Attacker

    def handle(self) -> None:
        """Answer, or pass on."""
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(65_536)
            if not piece:
                return
            head += piece
        if head.startswith(b"GET /attack "):
            self._answer(_PAGE.encode())
        elif head.startswith(b"POST /report "):
            self._keep(head)
        else:
            self._pass_on(head)

    def _answer(self, body: bytes) -> None:
        fixed = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b"
        self.request.sendall(fixed % (len(body), body))

    def _keep(self, received: bytes) -> None:
        head, _, body = received.partition(b"\r\n\r\n")
        (length,) = (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += self.request.recv(65_536)
        self._answer(b"")
        with self.server.reported:
            self.server.reports.append(json.loads(body))
            self.server.reported.notify_all()

    def _pass_on(self, head: bytes) -> None:
        with socket.create_connection((self.server.service.hostname, self.server.service.port)) as service:
            # One request a connection, so that the next one is looked at again.
            service.sendall(head.replace(b"\r\nConnection: keep-alive\r\n", b"\r\nConnection: close\r\n", 1))
            there = threading.Thread(target=_copy, args=[self.request, service], daemon=True)
            there.start()
            _copy(service, self.request)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def attacker_of(service: str) -> Iterator[Attacker]:
    """Run a stranger's server for as long as the context lasts."""
    with Attacker(service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def chromium(folder: Path, *arguments: str) -> list[str]:
    """Return the command of a browser with a profile of its own, for which ``*.example`` is this machine."""
    return [
        str(_CHROMIUM),
        *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        "--host-resolver-rules=MAP *.example 127.0.0.1",
        f"--user-data-dir={folder}",
        *arguments,
    ]


@contextmanager
def browser_at(url: str, folder: Path) -> Iterator[subprocess.Popen[Any]]:
    """Let a browser visit a page for as long as the context lasts."""
    browser = subprocess.Popen(chromium(folder, url), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield browser
    finally:
        browser.terminate()
        browser.wait(PATIENCE)
