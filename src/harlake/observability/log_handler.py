"""Writing log lines from a thread: a terminal or a pipe that nobody reads must not hold the event loop up.

The thread writes to a file descriptor, and not to ``sys.stderr``: where it waits for a reader, it has no lock that the
end of the process would wait for.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

#: Lines that may wait to be written, some hundred bytes each. When nobody reads, further ones are counted and lost.
_MAX_WAITING: Final = 10_000

#: Seconds that the thread lets lines come together. Woken for each one, it took as long as a small request.
_GATHERING: Final = 0.02

#: Seconds that the end of the process waits for lines to be written.
_PATIENCE: Final = 1


class BackgroundHandler(logging.Handler):
    """Formats lines at once, and writes them to a file descriptor from a thread of its own."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._waiting: SimpleQueue[str | threading.Event] = SimpleQueue()
        self._lost = 0
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line into the queue, or count it as lost."""
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
            return
        if self._waiting.qsize() < _MAX_WAITING:
            self._waiting.put(line)
        else:
            self._lost += 1

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say where the line would have come from; logging itself prints what is in it."""
        self._waiting.put(f"a log line of {record.name}:{record.lineno} could not be made")

    def flush(self) -> None:
        """Wait until what is in the queue has been written, but not for long."""
        written = threading.Event()
        self._waiting.put(written)
        written.wait(_PATIENCE)

    def _write(self) -> None:
        while True:
            lines, events = self._take()
            if self._lost:
                lines.append(f"{self._lost} log lines were lost: they came faster than they were read")
                self._lost = 0
            text = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
            with suppress(OSError):  # the disk is full, or the reader has gone: there is nowhere to say so
                while text:
                    text = text[os.write(self._descriptor, text) :]
            for event in events:
                event.set()

    def _take(self) -> tuple[list[str], list[threading.Event]]:
        """Wait for a line, and return all that there are a moment later."""
        items = [self._waiting.get()]
        time.sleep(_GATHERING)
        with suppress(Empty):
            while len(items) < _MAX_WAITING:
                items.append(self._waiting.get_nowait())
        lines = [item for item in items if isinstance(item, str)]
        return lines, [item for item in items if not isinstance(item, str)]
