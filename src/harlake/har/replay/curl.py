"""A curl command that sends a captured request again, for any POSIX shell.

Rules:

* Whatever the HAR says is quoted, or left out; comments consist of words of ours only.
* There is no control character but the line feeds between options: a terminal that a command is pasted into obeys them
  before any shell sees a quote. Bodies that have some come through a pipe as base64, headers are left out.
* curl is allowed HTTP only: no URL of a HAR reads a file.
* Headers that curl adds by itself are taken away where the request had none of them.
* What no argument can hold (bytes that are no UTF-8, very long bodies) comes through the same pipe.
"""

from __future__ import annotations

import base64
import shlex
from dataclasses import dataclass, field
from typing import Final

from harlake.controls import CONTROLS
from harlake.har.replay.recorded_request import RecordedRequest
from harlake.har.replay.recorded_url import host_of

#: Sent by curl unless they are taken away.
_DEFAULTS: Final = ("User-Agent", "Accept")

#: Linux takes 128 KiB for one argument.
_MAX_ARGUMENT: Final = 100_000

_VERSIONS: Final = {"1.0": "--http1.0", "1.1": "--http1.1", "2": "--http2"}


@dataclass(slots=True)
class _Command:
    arguments: list[str] = field(default_factory=list)
    pipe: str = ""

    def add(self, option: str, *values: str) -> None:
        """Add an option with its values."""
        self.arguments.append(" ".join([option, *map(_quoted, values)]))


def curl_command(request: RecordedRequest) -> str:
    """Return a shell command that sends a request again; comments before it say what it cannot repeat."""
    command = _Command()
    command.add("--url", request.url)
    command.add("--proto", "=http,https")
    command.add("--globoff")
    command.add("--path-as-is")
    _add_headers(command, request)
    if request.body is not None:
        _add_body(command, request)
    _add_method(command, request)
    if request.values("accept-encoding"):
        command.add("--compressed")
    comments = list(request.comments)
    if request.version == "2" and request.is_clear_text:
        command.add("--http2-prior-knowledge")
    elif option := _VERSIONS.get(request.version):
        command.add(option)
    elif request.version == "3":
        comments.append("Captured over HTTP/3: add --http3 if curl has it.")
    heading = "".join(f"# {comment}\n" for comment in comments)
    return heading + command.pipe + " \\\n  ".join(["curl", *command.arguments]) + "\n"


def _add_headers(command: _Command, request: RecordedRequest) -> None:
    host = host_of(request.url)
    for name, value in request.headers:
        if name.lower() != "host" or value != host:
            # A header without a value ends with a semicolon, or curl would take it away.
            command.add("--header", f"{name}: {value}" if value.strip() else f"{name};")
    for name in _DEFAULTS:
        if not request.values(name.lower()):
            command.add("--header", f"{name}:")
    if request.body is not None and not request.values("content-type"):
        command.add("--header", "Content-Type:")  # curl's own would be that of a form


def _add_method(command: _Command, request: RecordedRequest) -> None:
    posts = request.body is not None
    if request.method == "HEAD" and not posts:
        command.add("--head")
    elif request.method is not None and request.method != ("POST" if posts else "GET"):
        command.add("--request", request.method)


def _add_body(command: _Command, request: RecordedRequest) -> None:
    body = request.body or b""
    if (text := _argument(body)) is not None:
        command.add("--data-raw", text)
    else:
        command.pipe = f"printf %s {base64.b64encode(body).decode()} | base64 -d | "
        command.add("--data-binary", "@-")
        if not request.values("expect"):
            command.add("--header", "Expect:")


def _quoted(value: str) -> str:
    """Return a value as a word of a shell; zsh takes one that begins with ``=`` for the name of a program."""
    quoted = shlex.quote(value)
    return f"'{value}'" if quoted == value and value.startswith("=") else quoted


def _argument(data: bytes) -> str | None:
    """Return data as an argument of a command, None where it cannot be one."""
    if len(data) > _MAX_ARGUMENT:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if CONTROLS.search(text) else text
