"""Prunes values that are nested too deeply for a recursive decoder."""

from typing import Any, Final

import msgspec

from harlake.har.parse.push_parser import CLOSERS, OPENERS, JsonPushParser
from harlake.har.parse.token_truncation import DigitTruncator
from harlake.har.surrogates import repair

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


def pruned(entry: bytes, depth: int = 4) -> bytes:
    """Return valid JSON as it is, but with null for every container below ``depth`` levels.

    For values nested too deeply for a recursive decoder; numbers may lose digits beyond the 15th.
    """
    out: list[bytes] = []
    pruner = _Pruner(out, depth)
    pruner.feed(repair(entry) or entry)
    return b"".join(out)


class _Pruner(JsonPushParser):
    def __init__(self, out: list[bytes], depth: int) -> None:
        super().__init__(1 << 60, DigitTruncator())  # the values matter here; lone surrogates have been repaired
        self._out = out
        self._output_depth = depth
        self._separate = False

    def on_event(self, event_type: str, value: Any) -> None:
        out = self._out
        if self.depth > self._output_depth:
            return
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
