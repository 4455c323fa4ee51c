"""Writes HARs: the envelope around entries that are given on as the bytes that they came in.

An entry is only ever changed where two captures in one HAR use one page id for different pages: the later capture's
pages get new ids, and its entries refer to those.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import isinf
from typing import Final, NamedTuple

import msgspec

from harlake.har.envelope import OWN_MEMBER, Envelope
from harlake.har.raw_json import decoded, elements, joined, listed, object_members
from harlake.har.repair.rewriter import Rewriter
from harlake.har.surrogates import repair

CLOSING: Final = b"]}}"

#: Members of a log that the writer sets itself.
_OWN: Final = frozenset({"version", "creator", "pages", "entries", OWN_MEMBER})

#: A member of this name, at whatever depth: inside of a string its quotes would be escaped.
_PAGEREF: Final = re.compile(rb'"pageref"[ \t\r\n]*:[ \t\r\n]*("[^"\\]*+(?:\\.[^"\\]*+)*+")')

_encode: Final = msgspec.json.encode


class _Paged(msgspec.Struct):
    pageref: str | None = None


_page_ref: Final = msgspec.json.Decoder(_Paged)


@dataclass(frozen=True, slots=True)
class CaptureEnvelope:
    """A capture's share in a HAR that is to be written; ``page_ids`` limits its pages to those, if given."""

    envelope: Envelope
    page_ids: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What precedes the entries: ``log`` has the members of the log but for ``pages`` and ``entries``, as JSON text.

    ``renames`` has, for each capture, the page ids that its entries must be rewritten with.
    """

    log: dict[str, bytes]
    pages: list[bytes]
    renames: list[dict[str, str]]

    @property
    def text(self) -> bytes:
        """Everything before the first entry."""
        log = joined((self.log | {"pages": listed(self.pages)}).items())
        return b'{"log":' + log[:-1] + b',"entries":['

    def pages_by_id(self) -> dict[str, bytes]:
        """Return the pages that entries can refer to."""
        return {page_id: page for page in self.pages if (page_id := _Page.of(page).id) is not None}

    def rewritten(self, rewriter: Rewriter) -> Opening:
        """Return what the rewriter makes of it."""
        log = rewriter.log(self.log | {"pages": listed(self.pages)})
        return Opening(log, list(map(bytes, elements(log.pop("pages")))), self.renames)


def merge_envelopes(captures: Sequence[CaptureEnvelope], creator_version: str) -> Opening:
    """Return the beginning of a HAR 1.2 log that is put together from the given captures.

    ``pages`` is always there, since Firefox insists on it. Other members (``browser``, ``comment`` and custom ones)
    are kept where all captures agree on them.
    """
    pages, renames = _merge_pages(captures)
    own = {"version": "1.2", "creator": {"name": "harlake", "version": creator_version}}
    return Opening({name: _encode(value) for name, value in own.items()} | _common(captures), pages, renames)


def rename_page(entry: bytes, renames: dict[str, str]) -> bytes:
    """Return an entry with its ``pageref`` renamed; all other bytes stay as they are where that is possible."""
    members = object_members(entry)
    page_id = decoded(members.get("pageref", b"null"))
    new = renames.get(page_id) if isinstance(page_id, str) else None
    if new is None:
        return entry
    matches = list(_PAGEREF.finditer(entry))
    if len(matches) == 1:
        return entry[: matches[0].start(1)] + _encode(new) + entry[matches[0].end(1) :]
    # Some member has a member of the same name, which is something else.
    return joined((members | {"pageref": _encode(new)}).items())


def page_ref(entry: bytes) -> str | None:
    """Return the id of the page that an entry belongs to, None where it names none."""
    try:
        return _page_ref.decode(entry).pageref
    except (msgspec.MsgspecError, RecursionError):
        value = decoded(object_members(entry).get("pageref", b"null"))
        return value if isinstance(value, str) else None


def _common(captures: Sequence[CaptureEnvelope]) -> dict[str, bytes]:
    """Return the members of the log that are the same JSON value in all captures."""
    if not captures:
        return {}
    first, *others = (capture.envelope.log for capture in captures)
    return {
        name: value
        for name, value in first.items()
        if name not in _OWN and all(_same(value, other.get(name)) for other in others)
    }


def _same(value: bytes, other: bytes | None) -> bool:
    return other is not None and (value == other or decoded(value) == decoded(other) is not None)


class _Page(NamedTuple):
    """A page: its id, None where it has none; ``digest`` is the same for pages that are the same JSON value."""

    text: bytes
    id: str | None
    digest: bytes

    @classmethod
    def of(cls, text: bytes) -> _Page:
        """Look at a page once, however many others it is compared with."""
        try:
            value = _comparable.decode(repair(text) or text)
            canonical = _encode(value, order="deterministic")
        except (msgspec.MsgspecError, RecursionError):
            value, canonical = None, text
        page_id = value.get("id") if isinstance(value, dict) else None
        return cls(text, page_id if isinstance(page_id, str) else None, blake2b(canonical, digest_size=16).digest())

    def with_id(self, page_id: str) -> _Page:
        """Return the page with another id."""
        return _Page.of(joined((object_members(self.text) | {"id": _encode(page_id)}).items()))


class _PageIds:
    """The ids that are taken by the pages of a HAR, each with its page's digest."""

    def __init__(self) -> None:
        self.digests: dict[str, bytes] = {}
        self._numbers: dict[str, int] = {}

    def free(self, page_id: str) -> str:
        """Return an id that is not taken yet, made of one that is: as ids are never given back, none is tried twice."""
        number = self._numbers.get(page_id, 2)
        while (free := f"{page_id}_{number}") in self.digests:
            number += 1
        self._numbers[page_id] = number
        return free


def _merge_pages(captures: Sequence[CaptureEnvelope]) -> tuple[list[bytes], list[dict[str, str]]]:
    pages: list[bytes] = []
    taken = _PageIds()
    renames: list[dict[str, str]] = []
    for capture in captures:
        new_ids: dict[str, str] = {}
        for text in capture.envelope.pages():
            page = _Page.of(text)
            if page.id is None:
                if capture.page_ids is None:
                    pages.append(page.text)
                continue
            if capture.page_ids is not None and page.id not in capture.page_ids:
                continue
            earlier = taken.digests.get(page.id)
            if earlier == page.digest:
                continue
            page_id = page.id
            if earlier is not None:
                page_id = new_ids[page.id] = taken.free(page.id)
                page = page.with_id(page_id)
            taken.digests[page_id] = page.digest
            pages.append(page.text)
        renames.append(new_ids)
    return pages, renames


def _whole(number: str) -> float | int:
    """Return a number that is written with a fraction or an exponent; as an integer, where it is one."""
    value = float(number)
    if isinf(value):
        raise ValueError("no decoder represents it")
    return int(value) if value.is_integer() else value


#: ``1`` and ``1.0`` are the same value.
_comparable: Final = msgspec.json.Decoder(float_hook=_whole)
