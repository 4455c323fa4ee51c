"""Entries as files of any form, made without a server."""

from __future__ import annotations

import json
from typing import Any

from harlake.export.exporter import export_session
from harlake.export.options import parse_options
from tests.support.folders import folder_of
from tests.support.hars import har

#: What may not become anything else than it is: ends of literals, lines and elements, templates, variables, names.
HOSTILE = "\"'`;alert(1)//${1}</script>\u2028\\ {{$guid}} {{token}}\n*/"


def exchange(
    url: str = "http://a.test/",
    method: str = "GET",
    *,
    request: dict[str, Any] | None = None,
    response: dict[str, Any] | None = None,
) -> bytes:
    """Return an entry of a request and a response; both may have other members."""
    asked = {"method": method, "url": url, "httpVersion": "HTTP/1.1", "headers": []} | (request or {})
    content = {"mimeType": "text/plain", "text": "ok", "size": 2}
    answered = {"status": 200, "statusText": "OK", "headers": [], "content": content} | (response or {})
    found = {"startedDateTime": "2026-01-02T03:04:05.678Z", "time": 1, "request": asked, "response": answered}
    return json.dumps(found).encode()


def exported(form: str, *entries: bytes, head: bytes = b"", **options: str) -> bytes:
    """Return entries in a form."""
    with folder_of(har(*entries, head=head)) as folder:
        parsed = parse_options({"format": form} | options)
        return b"".join(export_session(folder.data_dir, str(folder.session.id), options=parsed).text())
