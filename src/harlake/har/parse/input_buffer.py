"""The input that a reader has not consumed yet, and where in the document it stands."""

from __future__ import annotations

from harlake.errors import InvalidJsonError
from harlake.har.parse.position import Position, count_lines
from harlake.har.parse.utf8 import valid_until


class InputBuffer:
    """Collects chunks into a buffer, which its readers consume from ``at`` on.

    An entry that comes in many pieces would be copied with each of them: :meth:`hold` sets its beginning aside, and
    :meth:`restore` joins it once.
    """

    def __init__(self) -> None:
        self.data = b""
        #: Where in ``data`` the input begins that has not been consumed.
        self.at = 0
        #: Whether nothing more comes before all of this has to be read.
        self.final = False
        #: Bytes that have to come before it is worth reading on.
        self.needed = 0
        #: Bytes that are held; while there are any, they stand before ``data``, and ``at`` is 0.
        self.held_size = 0
        self._held: list[bytes] = []
        self._chunks: list[bytes] = []
        self._waiting = 0
        # `_base` is the offset in the document of the first byte that is held or else of `data`, `_line_start` where
        # its line begins. Before `_counted` in `data`, there are `_lines` line ends in the document; the line there
        # begins at `_counted_line`.
        self._base = 0
        self._line_start = 0
        self._counted = 0
        self._lines = 0
        self._counted_line = 0
        self._valid: tuple[int, bool] | None = None

    @property
    def size(self) -> int:
        """Bytes that are here, whether they have been consumed or not."""
        return self.held_size + len(self.data) + self._waiting

    @property
    def offset(self) -> int:
        """Where in the document the input begins that has not been consumed; nothing may be held before it."""
        return self._base + self.at

    def valid_until(self) -> tuple[int, bool]:
        """Return up to where the buffer is valid UTF-8, and whether only a character cut off is not."""
        if self._valid is None:
            self._valid = valid_until(self.data, self.at)
        return self._valid

    def append(self, chunk: bytes) -> bool:
        """Add the next bytes of the document, and return whether there are as many as needed."""
        self._chunks.append(chunk)
        self._waiting += len(chunk)
        return self._waiting >= self.needed

    def gather(self, *, final: bool = False) -> None:
        """Move the chunks into the buffer, and forget what has been consumed."""
        self.final = final
        self.needed = 0
        self._gather()

    def compact(self) -> None:
        """Forget what has been consumed: it may be long until more comes."""
        self._gather()

    def hold(self) -> None:
        """Set aside all that has not been consumed."""
        self._gather()
        self._uncount()
        self._held.append(self.data)
        self.held_size += len(self.data)
        self.data = b""
        self._valid = None

    def restore(self) -> None:
        """Put what is held in front of the buffer."""
        if self._held:
            self._held.append(self.data)
            self.data = b"".join(self._held)
            self._held, self.held_size = [], 0
            self._valid = None

    def take(self) -> list[bytes]:
        """Return all that has not been consumed, in pieces; nothing of it stays here."""
        pieces = [*self._held, self.data[self.at :], *self._chunks]
        self.data, self.at, self._held, self._chunks, self.held_size, self._waiting = b"", 0, [], [], 0, 0
        return pieces

    def discard(self, at: int) -> None:
        """Consume what is held, and the buffer up to an offset."""
        for piece in self._held:
            self._lines += count_lines(piece, len(piece))
            if (line_end := piece.rfind(b"\n")) >= 0:
                self._line_start = self._base + line_end + 1
            self._base += len(piece)
        if self._held:
            self._counted_line = self._line_start
        self._held, self.held_size = [], 0
        self.at = at

    def count_to(self, at: int) -> None:
        """Count the line ends of the buffer up to an offset, none twice."""
        if at > self._counted:
            self._lines += count_lines(self.data, at, self._counted)
            line_end = self.data.rfind(b"\n", self._counted, at)
            if line_end >= 0:
                self._counted_line = self._base + line_end + 1
            self._counted = at

    def position(self, at: int) -> Position:
        """Return where in the document an offset in the buffer is; nothing may be held before it.

        Of offsets in ascending order, each takes as long as it is away from the one before.
        """
        self.count_to(at)
        lines = self._lines - self.data.count(b"\n", at, self._counted)
        return Position(self._base + at, lines + 1, self._base + at - self._start_of_line(at) + 1)

    def error(self, detail: str, at: int, entry: int | None = None) -> InvalidJsonError:
        """Return the error for an offset in the buffer from which on the document is no JSON."""
        return InvalidJsonError(detail, entry=entry).at(*self.position(at))

    def _gather(self) -> None:
        self.count_to(self.at)
        self._line_start = self._start_of_line(self.at)
        self._base += self.at
        self._counted -= self.at
        self._valid = None
        rest, self.data = self.data[self.at :], b""
        self.at = 0
        if rest:
            self._chunks.insert(0, rest)
        self.data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._waiting = 0

    def _uncount(self) -> None:
        """Forget what has been counted beyond the buffer's beginning."""
        self._lines -= count_lines(self.data, self._counted)
        self._counted, self._counted_line = 0, self._line_start

    def _start_of_line(self, at: int) -> int:
        """Return where in the document the line begins that an offset in the buffer is in."""
        if at == self._counted:
            return self._counted_line
        line_end = self.data.rfind(b"\n", 0, at)
        return self._line_start if line_end < 0 else self._base + line_end + 1
