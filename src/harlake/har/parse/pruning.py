"""Prunes values that are nested too deeply for a recursive decoder."""

import re
from typing import Any, Final

import msgspec

from harlake.har.entry import Entry, Rejection, read_entry
from harlake.har.parse.push_parser import CLOSERS, OPENERS, JsonPushParser
from harlake.har.raw_json import STRING
from harlake.har.surrogates import repair

#: A string as a whole, so that its digits are no number; or the first digits of a long run, and the others.
_TOKEN: Final = re.compile(rb"%b|(\d{15})\d+" % STRING, re.DOTALL)

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


def pruned(entry: bytes, depth: int = 4) -> bytes:
    """Return valid JSON as it is, but with null for every container below ``depth`` levels.

    For values nested too deeply for a recursive decoder; numbers may lose digits beyond the 15th.
    """
    out: list[bytes] = []
    pruner = _Pruner(out, depth)
    pruner.feed(_TOKEN.sub(lambda token: token[1] or token[0], repair(entry) or entry))
    return b"".join(out)


def index_entry(entry: bytes | memoryview) -> Entry | Rejection:
    """Return what is indexed of one entry, given as valid JSON, or why it cannot be imported; however deep it is."""
    try:
        return read_entry(entry)
    except RecursionError:
        return read_entry(pruned(bytes(entry)))


class _Unchanged:
    def feed(self, data: bytes) -> bytes:
        return data


class _Pruner(JsonPushParser):
    def __init__(self, out: list[bytes], depth: int) -> None:
        super().__init__(1 << 60, _Unchanged(), watched_depth=depth)  # the values matter here
        self._out = out
        self._output_depth = depth
        self._separate = False

    def on_event(self, event_type: str, value: Any) -> None:
        out = self._out
        if event_type in CLOSERS:
            if self.depth < self._output_depth:
                out.append(b"}" if event_type == "end_map" else b"]")
            self._separate = True
            return
        if self._separate:
            out.append(b",")
        self._separate = event_type != "map_key"
        if event_type == "map_key":
            out.append(_encode(value) + b":")
        elif event_type in OPENERS and self.depth < self._output_depth:
            out.append(b"{" if event_type == "start_map" else b"[")
            self._separate = False
        else:
            out.append(b"null" if event_type in OPENERS else _encode(value))
