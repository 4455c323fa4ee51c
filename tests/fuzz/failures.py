"""What is told of a request that went wrong: how to send it again, and files with what was sent."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tests.fuzz.exchange import Answer
from tests.fuzz.http_request import HttpRequest

#: Bytes of an answer that are shown.
_SHOWN: Final = 300
#: What curl can be given in an argument, and sends as it is.
_SENDABLE: Final = re.compile(rb"[\x20-\x7e]*")


@dataclass
class Failures:
    """What went wrong, each kind once with an example; ``folder`` has the requests."""

    folder: Path
    url: str
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, problem: str, request: HttpRequest, answer: Answer, number: int) -> None:
        """Note that a request caused a problem; the first of each kind is printed and saved."""
        kind = re.sub(r"\d{4,}|[0-9a-f]{8}-[0-9a-f-]{27}", "…", f"{request.operation}: {problem}")
        self.counts[kind] += 1
        if self.counts[kind] == 1:
            print(f"\nFAILURE {problem}\n{self._described(request, answer, number)}", flush=True)

    def add_other(self, problem: str) -> None:
        """Note a problem that no single request is known to have caused."""
        self.counts[re.sub(r"\d+", "…", problem)] += 1
        print(f"\nFAILURE {problem}", flush=True)

    def _described(self, request: HttpRequest, answer: Answer, number: int) -> str:
        self.folder.mkdir(exist_ok=True)
        sent = self.folder / f"{number}.http"
        sent.write_bytes(b"".join(request.pieces()))
        body = self.folder / f"{number}.body"
        body.write_bytes(request.body or b"")
        lines = [
            f"  input {number}, for {request.operation}; {request.framing.value}; after {answer.seconds:.1f} s",
            f"  {request.method!r} {request.target[:_SHOWN]!r} {request.version!r}",
            *(f"  {name[:_SHOWN]!r}: {value[:_SHOWN]!r}" for name, value in request.headers[:20]),
            f"  body: {len(request.body or b'')} bytes",
            f"  answer: {answer.end.value} {answer.status} {answer.body[:_SHOWN]!r} {answer.detail}",
            f"  again: {self._curl(request, body)}",
            f"  the same bytes: {self._netcat(sent)}",
        ]
        return "\n".join(lines)

    def _curl(self, request: HttpRequest, body: Path) -> str:
        parts = (request.method, request.target, *(part for header in request.headers for part in header))
        if not all(_SENDABLE.fullmatch(part) for part in parts):
            return "curl does not send such bytes"
        method, target = request.method.decode(), request.target.decode()
        words = ["curl", "-sSi", "-X", method, "--request-target", target, *(["-I"] if method == "HEAD" else [])]
        for name, value in request.headers:
            words += ["-H", f"{name.decode()}: {value.decode()}" if value else f"{name.decode()};"]
        words += [] if request.body is None else ["--data-binary", f"@{body}"]
        return shlex.join([*words, self.url])

    def _netcat(self, sent: Path) -> str:
        address = urlsplit(self.url)
        return f"nc -q 60 {address.hostname} {address.port} < {shlex.quote(str(sent))}"
