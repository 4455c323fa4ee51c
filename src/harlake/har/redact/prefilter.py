"""Looks for all that secrets in texts begin with, at once: what has none of it needs no other look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from harlake.har.redact.engine import shared_engine
from harlake.har.redact.trigrams import Trigrams


@dataclass(slots=True)
class Hits:
    """Where words of each class begin, in order; of ``prefixes``, with the word."""

    stems: list[int] = field(default_factory=list)
    prefixes: list[tuple[int, bytes]] = field(default_factory=list)
    urls: list[int] = field(default_factory=list)
    escaped_urls: list[int] = field(default_factory=list)
    base64: list[int] = field(default_factory=list)
    encoded: list[int] = field(default_factory=list)
    signed: list[int] = field(default_factory=list)
    paths: list[int] = field(default_factory=list)


#: Of JSON and XML.
_BASE64: Final = (b"eyJ", b"W3si", b"PD94", b"PHNh", b"ewog", b"eyAi")
_ENCODED: Final = tuple(b"%" + b"25" * times + start for times in range(3) for start in (b"7B", b"5B%"))
#: What segments of paths have that a token may follow.
PATHS: Final = (
    b"reset invit verif magic token confirm activat unsubscribe session secret key auth share download signed recover "
    b"access login otp ticket"
).split()
_SIGNED: Final = (b"SAML", b"SignatureValue", b"CipherValue")


class Prefilter:
    """Finds the words of all classes. Each is of one thread at a time."""

    def __init__(self, stems: Iterable[bytes], prefixes: Iterable[bytes]) -> None:
        self._words: list[tuple[str, bytes]] = [
            *(("stems", stem) for stem in sorted(set(stems))),
            *(("prefixes", prefix) for prefix in sorted({*prefixes, b"eyJ"})),
            ("urls", b"://"),
            ("escaped_urls", rb":\/\/"),
            *(("base64", start) for start in _BASE64),
            *(("encoded", start) for start in _ENCODED),
            *(("signed", word) for word in _SIGNED),
            *(("paths", word) for word in PATHS),
        ]
        self._caseless = [kind in ("stems", "encoded", "paths") for kind, _ in self._words]
        make = shared_engine(tuple(word for _, word in self._words), tuple(self._caseless))
        self._engine = None if make is None else make()
        self._slow: Trigrams | None = None
        self._of_trigram: dict[bytes, list[int]] = {}
        if self._engine is None:
            self._slow = Trigrams(word for _, word in self._words)
            for number, (_, word) in enumerate(self._words):
                self._of_trigram.setdefault(word[:3].lower(), []).append(number)

    def hits(self, data: bytes) -> Hits | None:
        """Return where words are, None where there are none."""
        if self._engine is None:
            found = self._slowly(data)
        else:
            words = self._words
            found = [(end - len(words[number][1]), number) for end, number in self._engine.scan(data)]
        if not found:
            return None
        hits = Hits()
        for at, number in sorted(found):
            kind, word = self._words[number]
            if kind == "prefixes":
                hits.prefixes.append((at, word))
            else:
                getattr(hits, kind).append(at)
        return hits

    def _slowly(self, data: bytes) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for at in self._slow.places(data):  # type: ignore[union-attr]
            for number in self._of_trigram.get(data[at : at + 3].lower(), ()):
                word = self._words[number][1]
                there = data[at : at + len(word)]
                if there == word or (self._caseless[number] and there.lower() == word.lower()):
                    found.append((at, number))
        return found
