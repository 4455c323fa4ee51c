"""Redacts the entries and the envelope of HARs in two passes: the first learns, the second replaces.

Strategy: what is a secret is decided by where it stands, and is the same in both passes. As the first has seen all
entries, the second also replaces what stands elsewhere, before or after it. Entries without secrets stay as they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec

from harlake.har.raw_json import joined
from harlake.har.redact.config import Config
from harlake.har.redact.context import Context
from harlake.har.redact.engine import ENGINE
from harlake.har.redact.entry_treatment import EntryTreatment
from harlake.har.redact.json_strings import Edit, applied
from harlake.har.redact.learned import LearnedValues
from harlake.har.redact.propagation import Propagation
from harlake.har.redact.pseudonyms import KEY_BYTES, Pseudonyms
from harlake.har.redact.report import RedactionReport
from harlake.har.redact.review import Review
from harlake.har.redact.texts import treated


class Redactor:
    """Redacts one export: :meth:`learn` all texts, :meth:`seal` what was learned, then have each :meth:`redacted`.

    Where the configuration has no key, one is drawn, and not kept. With a ``review``, what is left of each entry is
    looked at.
    """

    def __init__(self, config: Config, review: Review | None = None) -> None:
        self.config = config
        self.learned = LearnedValues()
        self._review = review
        self._pseudonyms = Pseudonyms(config.key or secrets.token_bytes(KEY_BYTES))
        self._context = Context(config, self._pseudonyms, self.learned.add)
        self._context.treat_claims = lambda text: treated(self._context, text, "application/json")
        self._treatment = EntryTreatment(self._context)
        self._propagation: Propagation | None = None
        self._entries = self._changed = 0

    def learn(self, text: bytes) -> list[Edit]:
        """Learn what is secret in an entry, or in an envelope, as valid JSON; return what the second pass will do."""
        return self._treatment.edits(text)

    def seal(self) -> Propagation:
        """End the learning, and return what is looked for from then on."""
        if self._propagation is None:
            self._propagation = Propagation(self.learned, self._pseudonyms)
        return self._propagation

    def entry(self, text: bytes, edits: list[Edit] | None = None) -> bytes:
        """Return an entry without its secrets, and count it; ``edits`` are what was returned when it was learned."""
        new = self.redacted(text, edits)
        self._entries += 1
        self._changed += new is not text
        if self._review is not None:
            self._review.look_at(new)
        return new

    def redacted(self, text: bytes, edits: list[Edit] | None = None) -> bytes:
        """Return a valid JSON text of a HAR without its secrets."""
        if edits is None:
            counts = self._treatment.counts.copy()  # for it was counted when it was learned
            edits = self._treatment.edits(text)
            self._treatment.counts = counts
        return self.seal().replaced(applied(text, edits) if edits else text)

    def redacted_string(self, text: str) -> str:
        """Return a text of an entry, as a table has it, without its secrets."""
        quoted = b'{"url":%b}' % msgspec.json.encode(text)
        new = self.seal().replaced(applied(quoted, self._treatment.edits(quoted)))
        return text if new == quoted else str(msgspec.json.decode(new)["url"])

    def redacted_log(self, log: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the members of a log without their secrets, and with a comment that says so."""
        new = {name: self._member(name, value) for name, value in log.items()}
        said = msgspec.json.decode(new["comment"]) if new.get("comment", b"null")[:1] == b'"' else ""
        note = f"redacted by harlake at level {self.config.level.value}; what it cannot find is still there"
        new["comment"] = msgspec.json.encode(f"{said}; {note}" if said else note)
        return new

    def report(self) -> RedactionReport:
        """Return what was done so far."""
        counts = self._treatment.counts
        propagation = self.seal()
        return RedactionReport(
            self.config.level.value,
            self._entries,
            self._changed,
            [{"kind": kind, "place": place, "count": count} for (kind, place), count in sorted(counts.items())],
            len(self.learned.kinds),
            len(propagation.literals),
            propagation.counts["propagated"],
            self.learned.left_out,
            ENGINE if propagation.literals.by_engine else "numpy",
            *(() if self._review is None else (self._review.found, self._review.left_out)),
        )

    def _member(self, name: str, value: bytes) -> bytes:
        text = self.redacted(joined([(name, value)]))
        start = len(joined([(name, b"")])) - 1
        return text[start:-1]


def learnable(log: Mapping[str, bytes]) -> bytes:
    """Return the members of a log as one JSON text to learn from."""
    return joined(log.items())
