"""Finds the byte at which a value begins that a path leads to, in JSON that is known to be valid.

Strategy: containers are decoded into views of their items' text, one level at a time and none twice. Where a view
begins in memory tells where it begins in the text.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec
import numpy as np

from harlake.har.surrogates import repair
from harlake.har.validate.rules import Path

_Members = dict[str, msgspec.Raw]
_Items = list[msgspec.Raw]
_container: Final = msgspec.json.Decoder(_Members | _Items)


class Locator:
    """Finds values in one text; of equal names in an object the last counts."""

    def __init__(self, text: bytes) -> None:
        self._text = repair(text) or text  # of the same length
        self._origin = _address(self._text)
        self._containers: dict[Path, _Members | _Items] = {}

    def offset(self, path: Path) -> int:
        """Return where the value at the path begins; without one, where the innermost container does that is there.

        What is nested too deeply for a recursive decoder is not looked into.
        """
        value: bytes | msgspec.Raw = self._text
        with suppress(msgspec.MsgspecError, RecursionError, LookupError):
            for length, step in enumerate(path):
                value = self._inside(path[:length], value)[step]  # type: ignore[index]
        if value is self._text:
            return len(self._text) - len(self._text.lstrip())
        return _address(value) - self._origin

    def _inside(self, path: Path, container: bytes | msgspec.Raw) -> _Members | _Items:
        known = self._containers.get(path)
        if known is None:
            known = self._containers[path] = _container.decode(container)
        return known


def _address(text: bytes | msgspec.Raw) -> int:
    return int(np.frombuffer(text, np.uint8).ctypes.data)
