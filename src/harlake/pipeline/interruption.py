"""What ends the work of a request whose client has left: a query of the database, above all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Interrupted(Exception):  # noqa: N818 - no error
    """Nobody waits for this work any more."""


class Interruption:
    """Says to what works on a request that it is to end; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interrupts: list[Callable[[], object]] = []
        self.happened = False

    @contextmanager
    def ends(self, interrupt: Callable[[], object]) -> Iterator[None]:
        """Call ``interrupt`` when it happens, as long as the context lasts. Raises Interrupted if it has happened."""
        with self._lock:
            if self.happened:
                raise Interrupted
            self._interrupts.append(interrupt)
        try:
            yield
        finally:
            with self._lock:
                self._interrupts.remove(interrupt)

    def happen(self) -> None:
        """Interrupt what is being done, and all that would be begun."""
        with self._lock:
            self.happened = True
            for interrupt in self._interrupts:
                interrupt()


#: The interruption of the request that is worked on; without one, for nobody.
_current: ContextVar[Interruption | None] = ContextVar("interruption", default=None)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Let the work that is begun in this context, also in threads that inherit it, be interrupted."""
    interruption = Interruption()
    token = _current.set(interruption)
    try:
        yield interruption
    finally:
        _current.reset(token)


@contextmanager
def interrupted_by(interrupt: Callable[[], object]) -> Iterator[None]:
    """Call ``interrupt`` when the work of this context is to end. Raises Interrupted if it is already."""
    interruption = _current.get()
    if interruption is None:
        yield
    else:
        with interruption.ends(interrupt):
            yield
