"""Removes what is left of captures that are not complete, yet or any more: after a crash, or a removal.

It removes only what the catalog says is to go, and what was never completed and nobody is writing. An object that the
catalog does not know may be all that is left of a capture whose catalog was lost: it is reported, and stays.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import Final

from harlake.store.captures import CaptureStore
from harlake.store.catalog import Catalog
from harlake.store.index_files import IndexFiles
from harlake.store.objects import capture_of

#: Seconds between two rounds.
_INTERVAL: Final = 300

_log = logging.getLogger(__name__)


class Collector:
    """What collects in a store; of the nodes that share one, one at a time does.

    ``grace`` is for how many seconds the objects of a removed capture stay, for those who are reading them elsewhere,
    and may still appear of one that was given up: by a node that stood still, or a request that was made before.
    ``is_written`` says whether this process is writing a capture.
    """

    def __init__(
        self,
        catalog: Catalog,
        captures: CaptureStore,
        index: IndexFiles,
        *,
        grace: float,
        is_written: Callable[[uuid.UUID], bool],
    ) -> None:
        self._catalog = catalog
        self._captures = captures
        self._index = index
        self._grace = grace
        self._is_written = is_written
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="collector", daemon=True)

    def start(self) -> None:
        """Collect at once and then now and then, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop doing so, after the capture that is being removed."""
        self._stopped.set()

    def collect(self) -> int:
        """Collect what there is, unless another node does; return how much went."""
        with self._catalog.collecting() as is_ours:
            return self._collect() if is_ours else 0

    def discard(self, capture: uuid.UUID) -> None:
        """Remove the objects of a capture that nobody ever saw; after the grace period, what has appeared since."""
        self.remove(capture, forget=not self._grace)

    def remove(self, capture: uuid.UUID, *, forget: bool = True) -> bool:
        """Remove the objects of a capture that nobody sees, and its last trace; return whether nothing is left.

        What cannot be removed now is no failure of a request: it is collected later.
        """
        try:
            self._captures.delete(capture)
            self._index.delete(capture)
            if forget:
                self._catalog.forget(capture)
        except Exception as error:
            _log.warning("the rest of capture %s is left to be collected: %s", capture, error)
            return False
        return True

    def _collect(self) -> int:
        count = 0
        for capture in self._catalog.abandoned(self._is_written, self._grace):
            if self._stopped.is_set():
                break
            count += self.remove(capture)
        for objects in (self._captures, self._index):
            for name in objects.remove_unfinished(self._is_abandoned):
                _log.warning("removed unfinished %s, which nobody writes any more", name)
                count += 1
        return count

    def _is_abandoned(self, name: str) -> bool:
        return not self._catalog.is_announced(capture_of(name))

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.collect()
            except Exception as error:
                if not self._stopped.is_set():
                    _log.warning("cannot collect what is left of captures: %s", error)
            self._stopped.wait(_INTERVAL)
