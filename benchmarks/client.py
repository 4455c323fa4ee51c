"""The client's side: curl, as users have it, and a plain connection for small requests."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

#: After which a connection is made anew, before a server closes it.
_IDLE_SECONDS = 1

_BOUNDARY = "----harlake-benchmarks"


def post(url: str, file: Path, *options: str) -> bytes:
    """Upload a file as a form's part, and return the answer; ``options`` are curl's."""
    return curl("-X", "POST", url, *options, "-F", f"file=@{file}")


def curl(*arguments: str) -> bytes:
    """Run curl, and return what it prints. Raises CalledProcessError when the server refuses."""
    command = ("curl", "-sS", "--fail-with-body", *arguments)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


class Connection:
    """A connection that is kept open, for requests of which many are timed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._http = http.client.HTTPConnection(parts.hostname or "", parts.port)
        self._used = 0.0

    def get(self, path: str) -> tuple[float, bytes]:
        """Return the seconds that a request took, and its answer."""
        return self._request("GET", path, None, {})

    def delete(self, path: str) -> float:
        """Return the seconds that it took to remove something."""
        return self._request("DELETE", path, None, {})[0]

    def upload(self, path: str, har: bytes, **fields: str) -> tuple[float, bytes]:
        """Upload a small HAR as a form's part, after the form's fields."""
        parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
        head = "".join(f"--{_BOUNDARY}\r\n{part}\r\n" for part in parts)
        head += f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="small.har"\r\n\r\n'
        body = head.encode() + har + f"\r\n--{_BOUNDARY}--\r\n".encode()
        return self._request("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"})

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[float, bytes]:
        if time.monotonic() - self._used > _IDLE_SECONDS:
            self._http.close()
            self._http.connect()
        begin = time.perf_counter()
        self._http.request(method, path, body, headers)
        answer = self._http.getresponse()
        answered = answer.read()
        seconds = time.perf_counter() - begin
        self._used = time.monotonic()
        if answer.status >= http.client.MULTIPLE_CHOICES:
            raise RuntimeError(f"{path}: {answer.status} {answered[:200]!r}")
        return seconds, answered

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
