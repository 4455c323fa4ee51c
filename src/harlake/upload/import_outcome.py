"""What has become of an import, written down before it is complete: so that whoever asks after a crash is told."""

from __future__ import annotations

import uuid
from typing import Any, Final

import msgspec

from harlake.errors import HarlakeError
from harlake.store.data_dir import DataDir

#: Statuses from which on a request may have another answer later.
_PASSING: Final = 500
_REFUSED: Final = 400


class ImportOutcome(msgspec.Struct, frozen=True, rename="camel"):
    """The status and the body that an import is answered with.

    ``capture`` is the one that the answer tells of, as long as it is not certain that it was completed.
    """

    status: int
    body: dict[str, Any]
    capture: uuid.UUID | None = None

    @classmethod
    def refused(cls, error: HarlakeError) -> ImportOutcome | None:
        """Return that of an error, None where the same file may be imported later."""
        return None if error.status >= _PASSING else cls(error.status, error.body())

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was imported."""
        return self.status >= _REFUSED

    def settled(self) -> ImportOutcome:
        """Return that of an import which is complete."""
        return ImportOutcome(self.status, self.body)

    def is_true(self, data_dir: DataDir) -> bool:
        """Return whether the import came to its end; it blocks."""
        return self.capture is None or bool(data_dir.catalog.captures_by_id([self.capture]))
