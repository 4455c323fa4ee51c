"""Removes what is left of captures that are not complete, yet or any more: after a crash, or a removal.

By itself, it removes only what the catalog says is to go, and what was never completed and nobody is writing. An object
that the catalog does not know may be all that is left of a capture whose catalog was lost, or is that of an older
backup: it goes only where somebody asks for that.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Final

from harlake.store.captures import CaptureStore
from harlake.store.catalog import Catalog
from harlake.store.garbage import Garbage, orphans
from harlake.store.index_files import IndexFiles
from harlake.store.objects import capture_of

#: Seconds between two rounds.
_INTERVAL: Final = 300

_log = logging.getLogger(__name__)


class Collector:
    """What collects in a store; of the nodes that share one, one at a time does.

    ``grace`` is for how many seconds the objects of a removed capture stay, for those who are reading them elsewhere;
    and those of one that was given up may still appear: a node stood still, or S3 does late what it was asked for.
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
            return sum(found.is_removed for found in self.remove_garbage()) if is_ours else 0

    def remove_garbage(self) -> Iterator[Garbage]:
        """Remove what the catalog says is to go, and what nobody goes on writing; yield it."""
        for capture in self._catalog.abandoned(self._is_written, self._grace):
            if self._stopped.is_set():
                return
            yield Garbage(capture, "capture", is_removed=self.remove(capture))
        for objects in (self._captures, self._index):
            for name in objects.remove_unfinished(self._is_abandoned):
                _log.warning("removed unfinished %s, which nobody writes any more", name)
                yield Garbage(capture_of(name), "unfinished", name)

    def orphans(self, age: float, *, removing: bool) -> Iterator[Garbage]:
        """Yield objects that the catalog knows nothing of, and remove them if that is asked for.

        They are at least ``age`` seconds old.
        """
        for objects in (self._captures, self._index):
            for found in orphans(self._catalog, objects.stored(), age):
                capture = capture_of(found.name)
                if removing:
                    objects.delete(capture)
                yield Garbage(capture, "orphan", found.name, found.length, is_removed=removing)

    def remove(self, capture: uuid.UUID) -> bool:
        """Remove the objects of a capture that nobody sees, and its last trace; return whether nothing is left.

        What cannot be removed now is no failure of a request: it is collected later.
        """
        try:
            self._captures.delete(capture)
            self._index.delete(capture)
            self._catalog.forget(capture)
        except Exception as error:
            _log.warning("the rest of capture %s is left to be collected: %s", capture, error)
            return False
        return True

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
