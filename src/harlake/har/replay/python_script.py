"""A Python script that sends a captured request again, with nothing but the standard library.

``http.client`` sends the headers that it is given, in their order, and no others. Literals are ASCII only.
"""

from __future__ import annotations

import re
from typing import Final

from harlake.har.replay.recorded_request import RecordedRequest
from harlake.har.replay.recorded_url import host_of

#: What is before a URL's path.
_TARGET: Final = re.compile(r"[A-Za-z]+://[^/]*")

_SCRIPT = """\
import http.client
from urllib.parse import urlsplit

url = urlsplit({url})
connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
connection = connect(url.hostname, url.port)
connection.putrequest({method}, {target}, {skipped})
{headers}connection.endheaders({body})
response = connection.getresponse()
print(response.status, response.reason)
print(response.read().decode(errors="replace"))
"""


def python_script(request: RecordedRequest) -> str:
    """Return a script that sends a request again; comments before it say what it cannot repeat."""
    comments = list(request.comments)
    if request.version in ("2", "3"):
        comments.append(f"Captured over HTTP/{request.version}: this sends HTTP/1.1.")
    headers = list(request.headers)
    is_chunked = any(value.lower() == "chunked" for value in request.values("transfer-encoding"))
    if request.body is not None and not is_chunked:
        headers.append(("Content-Length", str(len(request.body))))
    has_host = bool(request.values("host")) or not host_of(request.url)
    lines = "".join(
        f"connection.putheader({name!a}, {value.encode('utf-8', 'replace')!a})\n" for name, value in headers
    )
    body = "" if request.body is None else f"{request.body!a}"
    if is_chunked:
        body += ", encode_chunked=True"
    heading = "".join(f"# {comment}\n" for comment in comments)
    skipped = f"skip_host={has_host}, skip_accept_encoding=True"
    method = request.method or "GET"
    target = _TARGET.sub("", request.url, count=1) or "/"
    return heading + _SCRIPT.format(
        target=f"{target!a}", url=f"{request.url!a}", method=f"{method!a}", skipped=skipped, headers=lines, body=body
    )
