"""What was used last, within so many bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class LruCache(Generic[_Key, _Value]):
    """Values by key, ``capacity`` bytes of them at most, or one, if that is larger. For any number of threads."""

    def __init__(self, capacity: int, size: Callable[[_Value], int]) -> None:
        """``size`` is how many bytes a value has."""
        self._capacity = capacity
        self._size_of = size
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: _Key) -> _Value | None:
        """Return the value of a key, None where it is not here."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: _Key, value: _Value) -> None:
        """Keep a value, and drop those that were not asked for in the longest time."""
        with self._lock:
            self._drop(key)
            self._values[key] = value
            self._size += self._size_of(value)
            while self._size > self._capacity and len(self._values) > 1:
                self._drop(next(iter(self._values)))

    def forget(self, condition: Callable[[_Key], bool]) -> None:
        """Drop the values of all keys that meet a condition."""
        with self._lock:
            for key in list(filter(condition, self._values)):
                self._drop(key)

    def _drop(self, key: _Key) -> None:
        value = self._values.pop(key, None)
        if value is not None:
            self._size -= self._size_of(value)
