"""Work that several ask for at the same time: one of them does it, and the others wait for what comes of it."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from harlake.pipeline.interruption import Interrupted, interrupted_by

_Key = TypeVar("_Key", bound=Hashable)

#: Seconds after which whoever waits looks whether anybody waits for them.
_WAIT: Final = 0.1


@dataclass(slots=True)
class _Flight:
    """What is being done, by whoever has its ``lock``, for so many ``users``."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0


class SingleFlight(Generic[_Key]):
    """Lets one at a time work for a key. For any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[_Key, _Flight] = {}

    @contextmanager
    def alone(self, key: _Key) -> Iterator[None]:
        """Work for a key when nobody else does: whoever waited has to look whether there is still something to do.

        Raises Interrupted when nobody waits for the caller any more.
        """
        with self._lock:
            flight = self._flights.setdefault(key, _Flight())
            flight.users += 1
        try:
            _acquire(flight.lock)
            try:
                yield
            finally:
                flight.lock.release()
        finally:
            with self._lock:
                flight.users -= 1
                if not flight.users:
                    del self._flights[key]


def _acquire(lock: threading.Lock) -> None:
    left = threading.Event()
    with interrupted_by(left.set):
        while not lock.acquire(timeout=_WAIT):
            if left.is_set():
                raise Interrupted
