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
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from harlake.controls import CONTROLS
from harlake.errors import NoBodyError
from harlake.har.bodies import FORM, request_body
from harlake.har.raw_json import decoded, object_at

#: RFC 9110 §5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: What is no part of a URL; and ``@`` at its beginning, for which curl would read URLs from a file (from 8.13 on).
_UNSAFE: Final = re.compile(f"^@| |{CONTROLS.pattern}")

#: Members of a request that a command is made of.
_USED: Final = frozenset({"url", "method", "httpVersion", "headers", "cookies", "bodySize"})

#: Computed by curl from the rest of the command.
_COMPUTED: Final = frozenset({"content-length", "transfer-encoding", "connection", "proxy-connection", "expect"})
#: Sent by curl unless they are taken away.
_DEFAULTS: Final = ("User-Agent", "Accept")

#: Linux takes 128 KiB for one argument.
_MAX_ARGUMENT: Final = 100_000

_VERSIONS: Final = {"http/1.0": "--http1.0", "http/1.1": "--http1.1", "http/2": "--http2", "h2": "--http2"}


@dataclass(slots=True)
class _Command:
    arguments: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    pipe: str = ""

    def add(self, option: str, *values: str) -> None:
        """Add an option with its values."""
        self.arguments.append(" ".join([option, *map(_quoted, values)]))

    def text(self) -> str:
        """Return the command, an option a line."""
        comments = "".join(f"# {comment}\n" for comment in self.comments)
        return comments + self.pipe + " \\\n  ".join(["curl", *self.arguments]) + "\n"


def curl_command(entry: bytes) -> str:
    """Return a shell command that sends the entry's request again; comments before it say what it cannot repeat."""
    # One by one: what cannot be decoded is the one member's matter. The body has a function of its own.
    parts = object_at(entry, "request")
    request = {name: decoded(bytes(part)) for name, part in parts.items() if name in _USED}
    command = _Command()
    url = str(request.get("url") or "")
    command.add("--url", _UNSAFE.sub(lambda match: quote(match[0], safe="", errors="replace"), url))
    command.add("--proto", "=http,https")
    if not url.lower().startswith(("http:", "https:")):
        command.comments.append("curl may not know how to request this kind of URL: it is allowed http and https only.")
    command.add("--globoff")
    command.add("--path-as-is")
    method = str(request.get("method") or "GET")
    headers = list(_headers(request, command))
    _add_headers(command, headers, url)
    posts = _add_body(command, request, entry, {name.lower() for name, _ in headers}, lost="postData" in parts)
    _add_method(command, method, posts)
    if any(name.lower() == "accept-encoding" for name, _ in headers):
        command.add("--compressed")
    version = str(request.get("httpVersion") or "").lower()
    if option := _VERSIONS.get(version.removesuffix(".0") if version.startswith("http/2") else version):
        command.add(option)
    elif version in ("h3", "http/3", "http/3.0"):
        command.comments.append("Captured over HTTP/3; add --http3 if your curl has it.")
    return command.text()


def _headers(request: dict[str, Any], command: _Command) -> Iterator[tuple[str, str]]:
    """Yield the headers that can be sent, the cookies among them."""
    captured = list(_captured_headers(request))
    if not any(name.lower() == "cookie" for name, _ in captured) and (cookies := _cookies(request)):
        captured.append(("Cookie", cookies))
    for name, value in captured:
        if _TOKEN.fullmatch(name) is None or CONTROLS.search(value):
            command.comments.append("A header that cannot be sent is left out.")
        else:
            yield name, value


def _captured_headers(request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    headers = request.get("headers")
    for header in headers if isinstance(headers, list) else []:
        name, value = (header.get("name"), header.get("value")) if isinstance(header, dict) else (None, None)
        if isinstance(name, str) and not name.startswith(":") and name.lower() not in _COMPUTED:
            yield name, str(value or "")


def _cookies(request: dict[str, Any]) -> str:
    """Return what a Cookie header would say of the cookies: some producers leave that out."""
    cookies = request.get("cookies")
    cookies = cookies if isinstance(cookies, list) else []
    return "; ".join(f"{one.get('name')}={one.get('value') or ''}" for one in cookies if isinstance(one, dict))


def _add_headers(command: _Command, headers: list[tuple[str, str]], url: str) -> None:
    host = _host(url)
    for name, value in headers:
        if name.lower() != "host" or value.lower() != host.lower():
            # A header without a value ends with a semicolon, or curl would take it away.
            command.add("--header", f"{name}: {value}" if value.strip() else f"{name};")
    names = {name.lower() for name, _ in headers}
    for name in _DEFAULTS:
        if name.lower() not in names:
            command.add("--header", f"{name}:")


def _host(url: str) -> str:
    """Return what curl makes a Host header of; nothing where the URL is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _add_method(command: _Command, method: str, posts: bool) -> None:
    if method == "HEAD" and not posts:
        command.add("--head")
    elif _TOKEN.fullmatch(method) is None:
        command.comments.append("The method cannot be sent.")
    elif method != ("POST" if posts else "GET"):
        command.add("--request", method)


def _add_body(command: _Command, request: dict[str, Any], entry: bytes, names: set[str], *, lost: bool) -> bool:
    """Add the body, if there is one; return whether there is. ``lost`` says that there was, if there is none."""
    try:
        body = request_body(entry)
    except NoBodyError:
        size = request.get("bodySize")
        if lost or (isinstance(size, int | float) and size > 0):
            command.comments.append("The request had a body, which was not captured.")
        return False
    if body.warning:
        command.comments.append(f"The request's body is {body.warning}.")
    if "content-type" not in names:
        # curl's own would be that of a form.
        usable = body.mime_type if body.mime_type and not CONTROLS.search(body.mime_type) else None
        if body.mime_type and usable is None:
            command.comments.append("The media type of the body cannot be sent.")
        if usable != FORM:
            command.add("--header", f"Content-Type: {usable}" if usable else "Content-Type:")
    if (text := _argument(body.data)) is not None:
        command.add("--data-raw", text)
    else:
        command.pipe = f"printf %s {base64.b64encode(body.data).decode()} | base64 -d | "
        command.add("--data-binary", "@-")
        command.add("--header", "Expect:")
    return True


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
