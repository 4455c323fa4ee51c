"""The client's side: curl, as users have it, and a plain connection for small requests."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit


def post(url: str, file: Path) -> bytes:
    """Upload a file as a form's part, and return the answer."""
    return curl("-X", "POST", url, "-F", f"file=@{file}")


def curl(*arguments: str) -> bytes:
    """Run curl, and return what it prints. Raises CalledProcessError when the server refuses."""
    command = ("curl", "-sS", "--fail-with-body", *arguments)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


class Connection:
    """A connection that is kept open, for requests of which many are timed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._http = http.client.HTTPConnection(parts.hostname or "", parts.port)

    def get(self, path: str) -> tuple[float, bytes]:
        """Return the seconds that a request took, and its answer."""
        begin = time.perf_counter()
        self._http.request("GET", path)
        answer = self._http.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - begin
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        return seconds, body

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
