"""Bodies as they went over the wire, decoded: chunks, and content codings (RFC 9110 §8.4, RFC 9112 §7.1).

What cannot be decoded, or would become too large, stays as it is.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

import zstandard

_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[^\r\n]*\r?\n")
_END: Final = re.compile(rb"\r?\n")


def without_chunks(data: bytes) -> bytes | None:
    """Return a body that was sent in chunks as a whole, None where it is not in chunks; a last one may be cut off."""
    parts: list[bytes] = []
    at = 0
    while match := _CHUNK.match(data, at):
        size = int(match[1], 16)
        if not size:
            return b"".join(parts)
        parts.append(data[match.end() : match.end() + size])
        at = match.end() + size
        end = _END.match(data, at)
        at = end.end() if end else at
    return b"".join(parts) if parts and at >= len(data) else None


def decoded_content(data: bytes, codings: str, most: int) -> bytes | None:
    """Return a body without its content codings, given as the header has them.

    None where one is not known or does not fit, or where that would be more than so many bytes.
    """
    for coding in reversed([name.strip().lower() for name in codings.split(",") if name.strip()]):
        try:
            decoded = _decoded(data, coding, most)
        except (zlib.error, zstandard.ZstdError):
            return None
        if decoded is None or len(decoded) > most:
            return None
        data = decoded
    return data


def _decoded(data: bytes, coding: str, most: int) -> bytes | None:
    match coding:
        case "identity":
            return data
        case "gzip" | "x-gzip":
            return zlib.decompressobj(wbits=31).decompress(data, most + 1)
        case "deflate":
            try:
                return zlib.decompressobj().decompress(data, most + 1)
            except zlib.error:  # as some servers send it, without its wrapping
                return zlib.decompressobj(wbits=-15).decompress(data, most + 1)
        case "zstd":
            return zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(data).read(most + 1)
        case _:
            return None
