"""HTTP messages as the bytes that went over the wire: a first line, headers, and a body (RFC 9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from harlake.formats.content_coding import without_chunks

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_LINE_END: Final = re.compile(r"\r?\n(?![ \t])")
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_CHUNKED: Final = re.compile(r"(?:.*,)?\s*chunked\s*", re.IGNORECASE)


@dataclass(slots=True)
class HttpMessage:
    """A request or a response; ``start`` has the three parts of its first line, of which the last may be missing."""

    start: tuple[str, str, str] = ("", "", "")
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    #: Bytes of the first line and the headers, and of the body as it was sent; -1 where that is not known.
    head_bytes: int = -1
    body_bytes: int = -1

    def header(self, name: str) -> str:
        """Return the values of a header, joined by commas; empty where there is none."""
        return ", ".join(value for key, value in self.headers if key.lower() == name)


def read_message(data: bytes) -> HttpMessage | None:
    """Return what some bytes say as a message, None where they are none. Chunks are put together."""
    found = _HEAD_END.search(data)
    head, body = (data[: found.start()], data[found.end() :]) if found else (data, b"")
    text = as_text(head)
    first, *lines = _LINE_END.split(text)
    parts = first.split(" ", 2)
    if len(parts) < 2:
        return None
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip(), _FOLD.sub(" ", value).strip()))
    message = HttpMessage(
        (parts[0], parts[1], parts[2].strip() if len(parts) > 2 else ""),
        headers,
        body,
        len(data) - len(body),
        len(body),
    )
    if _CHUNKED.fullmatch(message.header("transfer-encoding")):
        joined = without_chunks(body)
        message.body = body if joined is None else joined
    return message


def as_text(data: bytes) -> str:
    """Return headers as text: UTF-8, or else one character for each byte."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
