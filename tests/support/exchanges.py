"""Requests to a service that may end in the middle of them: each has an answer, or none that counts."""

from __future__ import annotations

import http.client
import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

#: Seconds in which any answer has begun, also beside a catalog or objects that cannot be reached. A statement may take
#: 35 s, and a connection is tried before; what S3 does not answer is tried again for 15 s.
LONGEST_ANSWER = 120


class NoAnswerError(Exception):
    """The connection ended before the answer was complete: what was asked for may be done, or not."""


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return what the body says."""
        return json.loads(self.body)


def ask(url: str, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Answer:
    """Make a request on a connection of its own. Raises NoAnswerError."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LONGEST_ANSWER)
    try:
        connection.request(method, path, body, {"Content-Type": content_type} if content_type else {})
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())
    except TimeoutError as error:
        raise AssertionError(f"{method} {path} hangs") from error
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswerError(f"{method} {path}: {error!r}") from error
    finally:
        connection.close()


def ask_json(url: str, method: str, path: str, value: object) -> Answer:
    """Make a request with a JSON body. Raises NoAnswerError."""
    return ask(url, method, path, json.dumps(value).encode(), "application/json")


def import_har(url: str, har: bytes, **fields: str) -> Answer:
    """Import a HAR; other fields of the form come first. Raises NoAnswerError."""
    boundary = uuid.uuid4().hex
    parts = [f'name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    parts.append(b'name="file"; filename="a.har"\r\n\r\n' + har + b"\r\n")
    begin = f"--{boundary}\r\nContent-Disposition: form-data; ".encode()
    body = b"".join(begin + part for part in parts) + f"--{boundary}--\r\n".encode()
    return ask(url, "POST", "/api/har/import", body, f"multipart/form-data; boundary={boundary}")
