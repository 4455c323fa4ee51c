"""What looks like a secret and stayed, for a person to look at: the report has it masked."""

from __future__ import annotations

from typing import Final

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.entry_treatment import EntryTreatment
from harlake.har.redact.pseudonyms import PSEUDONYM, Pseudonyms

#: Values that are listed.
MOST: Final = 1_000
#: Characters of a value that are shown.
_SHOWN: Final = 3


class Review:
    """Lists what the strictest level would take out of what is left, each value once, with its kind and place.

    ``left_out`` counts what was found when the list was full, repetitions included.
    """

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []
        self.left_out = 0
        self._values: set[bytes] = set()
        self._context = Context(Config(Level.STRICT), Pseudonyms(b"not shown"), self._note)
        self._treatment = EntryTreatment(self._context)

    def look_at(self, text: bytes) -> None:
        """Look at an entry as it will be sent."""
        self._treatment.edits(text)

    def _note(self, kind: str, value: bytes) -> None:
        if value in self._values or PSEUDONYM.search(value):
            return
        if len(self.found) >= MOST:
            self.left_out += 1
            return
        self._values.add(value)
        self.found.append({"kind": kind, "place": self._context.place, "masked": masked(value)})


def masked(value: bytes) -> str:
    """Return the first characters of a value, and how many it has."""
    text = value.decode("utf-8", "replace")
    return f"{text[:_SHOWN]}… ({len(text)} characters)"
