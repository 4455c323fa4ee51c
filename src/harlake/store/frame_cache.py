"""The texts of the frames that were read last, for all who read."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict

from harlake.store.capture_object import Frame


class FrameCache:
    """Texts of frames, ``capacity`` bytes of them at most, or one, if that is larger. For any number of threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._texts: OrderedDict[tuple[uuid.UUID, Frame], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, capture: uuid.UUID, frame: Frame) -> bytes | None:
        """Return the text of a capture's frame, None where it is not here."""
        key = capture, frame
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
            return self._texts.get(key)

    def put(self, capture: uuid.UUID, frame: Frame, text: bytes) -> None:
        """Keep a text, and drop those that were not asked for in the longest time."""
        with self._lock:
            self._drop((capture, frame))
            self._texts[capture, frame] = text
            self._size += len(text)
            while self._size > self._capacity and len(self._texts) > 1:
                self._drop(next(iter(self._texts)))

    def forget(self, capture: uuid.UUID) -> None:
        """Drop all frames of a capture."""
        with self._lock:
            for key in [key for key in self._texts if key[0] == capture]:
                self._drop(key)

    def _drop(self, key: tuple[uuid.UUID, Frame]) -> None:
        self._size -= len(self._texts.pop(key, b""))
