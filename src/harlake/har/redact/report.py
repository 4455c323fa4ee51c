"""What a redaction did, without any of the values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

#: What no redaction promises.
NOT_PROMISED: Final = (
    "images, PDFs and protobuf",
    "secrets that are encrypted or split",
    "secrets in prose, and short or common ones elsewhere",
    "hosts, times and sizes",
    "secrets under names that nobody knows",
    "revoking what was captured",
)


@dataclass(frozen=True, slots=True)
class RedactionReport:
    """Counts of what was found, by kind and place; what was learned, in how many spellings, and replaced elsewhere.

    ``not_propagated`` counts values that were too many to be looked for elsewhere, ``engine`` says what looked.
    ``review`` is what :class:`~harlake.har.redact.review.Review` found, and ``not_reviewed`` how much more there was.
    """

    level: str
    entries: int
    changed: int
    found: list[dict[str, Any]]
    learned: int
    spellings: int
    propagated: int
    not_propagated: int = 0
    engine: str = "numpy"
    review: list[dict[str, str]] = field(default_factory=list)
    not_reviewed: int = 0

    def answer(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        values = asdict(self)
        values["notPropagated"] = values.pop("not_propagated")
        values["notReviewed"] = values.pop("not_reviewed")
        return values | {"notPromised": list(NOT_PROMISED)}
