"""Requests that have secrets wherever a client can put any, sent to each endpoint."""

from __future__ import annotations

import base64
import itertools
import json
import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from tests.support.hars import UNKNOWN_ID, har, numbered
from tests.support.raw_http import connect
from tests.support.server import PATIENCE, Server

SECRET = "s3cr3t"
_BOUNDARY = "b0undary"
_FORM = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
_AS_JSON = {"Content-Type": "application/json"}

#: Of requests, for ids that no other has.
_numbers = itertools.count()


class IdentifiedClient:
    """Sends requests whose every one has an id of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.ids: list[str] = []

    def send(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> tuple[int, bytes]:
        """Send a request, and return the status and the body, 0 where there is no answer."""
        return self._ask(method, path, body, headers, lambda answer: answer.read())

    def follow(self, path: str, **headers: str) -> None:
        """Ask for what has no end, and leave when it has begun."""
        self._ask("GET", path, None, headers, lambda _: b"")

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | str | None,
        headers: dict[str, str],
        read: Callable[[HTTPResponse], bytes],
    ) -> tuple[int, bytes]:
        self.ids.append(f"planted-{next(_numbers)}")
        connection = HTTPConnection("127.0.0.1", int(self._server.url.rpartition(":")[2]), timeout=PATIENCE)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"X-Request-ID": self.ids[-1]} | named)
        try:
            answer = connection.getresponse()
            return answer.status, read(answer)
        except (OSError, HTTPException):
            return 0, b""
        finally:
            connection.close()

    def upload(self, data: bytes, name: str = "x.har", **fields: str) -> Any:
        """Import a file, and return the answer."""
        return json.loads(self.send("POST", "/api/har/import", form(data, name, **fields), **_FORM)[1])


def form(data: bytes, name: str = "x.har", **fields: str) -> bytes:
    """Return a multipart form."""
    begin = f"--{_BOUNDARY}\r\nContent-Disposition: form-data"
    parts = [f'{begin}; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = f'{begin}; name="file"; filename="{name}"\r\n\r\n'
    return "".join(parts).encode() + head.encode() + data + f"\r\n--{_BOUNDARY}--\r\n".encode()


def captured() -> bytes:
    """Return a HAR in which every string that can be is a secret."""
    pairs = [{"name": f"{SECRET}-name", "value": f"{SECRET}\n-value"}]
    url = f"https://{SECRET}.test/{SECRET}?{SECRET}={SECRET}"
    post = {"mimeType": "application/x-www-form-urlencoded", "params": pairs, "text": SECRET}
    request: dict[str, object] = {"method": SECRET, "url": url, "postData": post}
    request |= dict.fromkeys(("headers", "cookies", "queryString"), pairs)
    content = {"mimeType": f"{SECRET}/{SECRET}", "text": SECRET, "size": 1}
    response = {"status": 200, "statusText": SECRET, "headers": pairs, "content": content, "_error": SECRET}
    entry = {"startedDateTime": SECRET, "time": 1, "request": request, "response": response, "pageref": SECRET}
    page = {"id": SECRET, "title": SECRET, "startedDateTime": SECRET, "pageTimings": {}}
    no_url = {"request": {"url": 7}, SECRET: SECRET}
    log = {"version": SECRET, "creator": {"name": SECRET}, "pages": [page], "entries": [entry, no_url], SECRET: 1}
    return json.dumps({"log": log}).encode()


def plant_in_uploads(client: IdentifiedClient) -> None:
    """Send secrets in files and forms, whole and damaged."""
    for route in ("/api/har/import", "/api/har/validate"):
        for data in (
            captured(),
            captured()[:-9],
            captured() + SECRET.encode(),
            SECRET.encode(),
            b'{"log": {"entries": "%b"}}' % SECRET.encode(),
            har(head=b'"creator":"%b' % SECRET.encode()),
            b"\x28\xb5\x2f\xfd" + SECRET.encode(),
        ):
            client.send("POST", route, form(data, f"{SECRET}.har"), **_FORM)
        client.send("POST", route, form(numbered(1), sessionId=SECRET), **_FORM)
        client.send("POST", route, form(numbered(1), sessionName=f"{SECRET}\n{SECRET}\x1b[2J"), **_FORM)
        client.send("POST", route, SECRET, **_FORM)
        client.send("POST", route, form(numbered(1))[:-30], **_FORM)
        client.send("POST", route, form(numbered(1)), Content_Type=f"multipart/form-data; boundary={SECRET}")
        client.send("POST", route, form(numbered(1)), Content_Type=SECRET)


def plant_in_resumable_uploads(client: IdentifiedClient) -> None:
    """Send secrets in what is said of uploads that go on."""
    in_base64 = base64.b64encode(SECRET.encode()).decode()
    for metadata in (f"filename {in_base64}", f"sessionId {in_base64}", f"{SECRET} {SECRET}", SECRET):
        tus = {"Tus_Resumable": "1.0.0", "Upload_Metadata": metadata, "Content_Type": "application/offset+octet-stream"}
        client.send("POST", "/api/uploads", SECRET, Upload_Length=str(len(SECRET)), **tus)
        client.send("POST", "/api/uploads", Upload_Length=SECRET, **tus)


def plant_in_questions(client: IdentifiedClient, session: str, entry: str) -> None:
    """Send secrets in paths, parameters and headers."""
    routes = [
        *(f"/api/sessions/{one}{more}" for one in (session, SECRET)
          for more in ("", "/entries", "/search", "/stats", "/rows", "/timeline", "/facets", "/failures")),
        *(f"/api/sessions/{session}/diff/{one}" for one in (session, SECRET)),
        *(f"/api/har/export/{one}" for one in (session, SECRET)),
        *(f"/api/entries/{one}{more}" for one in (entry, SECRET, UNKNOWN_ID)
          for more in ("", "/response-body", "/request-body", "/curl", "/messages", "/preview?body=response")),
        *(f"/api/sessions/{one}/captures" for one in (session, SECRET)),
        *(f"/api/captures/{one}/{more}" for one in (UNKNOWN_ID, SECRET)
          for more in ("problems", "gaps", "gaps/0", "object")),
        *(f"/api/uploads/{one}" for one in (UNKNOWN_ID, SECRET)),
        "/api/imports",
        f"/api/diff?a={session}&b={SECRET}", f"/api/captures/{SECRET}", f"/api/captures?sha256={SECRET}",
        "/api/sessions",
    ]  # fmt: skip
    names = ("q", "url", "url~", "host", "status", "cursor", "sort", "limit", "format", "bodies", "max_part", SECRET)
    for route in routes:
        client.send("GET", route, Cookie=SECRET, User_Agent=SECRET)
        client.send("GET", route, Authorization=f"Bearer {SECRET}")
        client.send("HEAD", route, If_None_Match=SECRET, Accept_Encoding=SECRET, X_Forwarded_For=SECRET)
    for route in (f"/api/sessions/{session}/entries", f"/api/har/export/{session}", f"/api/sessions/{session}/search"):
        for name in names:
            client.send("GET", f"{route}?{name}=({SECRET}*")
            client.send("GET", f"{route}?q=x&{name}={SECRET}%0a%1b%5b2J")
    client.follow(f"/api/imports/events?{SECRET}={SECRET}", Cookie=SECRET)
    client.follow("/api/imports/events", Cookie=SECRET)
    for path in (f"/{SECRET}", f"/api/{SECRET}%0aINFO", f"/schema/{SECRET}", f"/schema/assets/{SECRET}"):
        client.send("GET", path, X_Request_ID=f"{SECRET} {SECRET}")


def plant_in_bodies(client: IdentifiedClient, session: str) -> None:
    """Send secrets in bodies that are JSON, or should be."""
    bodies = (
        f'{{"name": {SECRET}',
        f'{{"name": ["{SECRET}"]}}',
        f'{{"name": "{SECRET}"}}',
        f'{{"sessions": ["{SECRET}"], "budget": {{"rules": [{{"metric": "{SECRET}", "max": "{SECRET}"}}]}}}}',
        f'{{"sql": "SELECT \'{SECRET}\'::INTEGER"}}',
        '{"sql": "SELECT url::INTEGER FROM entries"}',
        f'{{"sql": "SELECT * FROM {SECRET}"}}',
        f'{{"sql": "{SECRET} {SECRET}"}}',
        f'{{"sql": "SELECT error(\'{SECRET}\')"}}',
        f'{{"entryIds": ["{SECRET}"], "sessionId": "{SECRET}"}}',
        f'{{"sessionId": "{session}", "filter": {{"{SECRET}": "{SECRET}"}}, "sessionName": "{SECRET}"}}',
        f'{{"sessionId": "{session}", "sessionName": "{SECRET}", "name": "{SECRET}"}}',
        SECRET,
    )
    for body in bodies:
        for path in ("/api/har/export", "/api/sessions", "/api/sql", "/api/check", "/api/login"):
            client.send("POST", path, body, **_AS_JSON)
        client.send("PATCH", f"/api/sessions/{session}", body, **_AS_JSON)
        client.send("DELETE", f"/api/sessions/{SECRET}", body, **_AS_JSON)


def plant_in_the_protocol(server: Server) -> None:
    """Send secrets in what is no HTTP."""
    length = f"GET / HTTP/1.1\r\nContent-Length: {SECRET}"
    for text in (f"{SECRET} / HTTP/1.1", f"GET /{SECRET} HTTP/{SECRET}", length):
        with connect(server, b"") as connection:
            connection.sendall(f"{text}\r\nHost: {SECRET}\r\n\r\n".encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
