"""Writes HARs: the envelope around entries that are given on as the bytes that they came in.

An entry is only ever changed where two captures in one HAR use one page id for different pages: the later capture's
pages get new ids, and its entries refer to those.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from harlake.har.envelope import OWN_MEMBER, Envelope
from harlake.har.raw_json import decoded, elements, listed, object_members
from harlake.har.repair.rewriter import Rewriter

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
        members = {name: msgspec.Raw(value) for name, value in self.log.items()}
        pages = [msgspec.Raw(page) for page in self.pages]
        return b'{"log":' + _encode(members | {"pages": pages})[:-1] + b',"entries":['

    def pages_by_id(self) -> dict[str, bytes]:
        """Return the pages that entries can refer to."""
        return {page_id: page for page in self.pages if (page_id := _page_id(page)) is not None}

    def rewritten(self, rewriter: Rewriter) -> Opening:
        """Return what the rewriter makes of it."""
        log = rewriter.log(self.log | {"pages": listed(self.pages)})
        pages = elements(log.pop("pages"))
        return Opening(log, pages, self.renames)


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
    members = {name: msgspec.Raw(value) for name, value in object_members(entry).items()}
    page_id = decoded(bytes(members.get("pageref", b"null")))
    new = renames.get(page_id) if isinstance(page_id, str) else None
    if new is None:
        return entry
    matches = list(_PAGEREF.finditer(entry))
    if len(matches) == 1:
        return entry[: matches[0].start(1)] + _encode(new) + entry[matches[0].end(1) :]
    # Some member has a member of the same name, which is something else.
    members["pageref"] = msgspec.Raw(_encode(new))
    return _encode(members)


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


def _merge_pages(captures: Sequence[CaptureEnvelope]) -> tuple[list[bytes], list[dict[str, str]]]:
    pages: list[bytes] = []
    taken: dict[str, bytes] = {}
    renames: list[dict[str, str]] = []
    for capture in captures:
        new_ids: dict[str, str] = {}
        for page in capture.envelope.pages():
            page_id = _page_id(page)
            if page_id is None:
                if capture.page_ids is None:
                    pages.append(page)
                continue
            if capture.page_ids is not None and page_id not in capture.page_ids:
                continue
            earlier = taken.get(page_id)
            if earlier is not None and _same(page, earlier):
                continue
            if earlier is not None:
                new_ids[page_id] = _free_id(page_id, taken)
                page_id, page = new_ids[page_id], _with_id(page, new_ids[page_id])
            taken[page_id] = page
            pages.append(page)
        renames.append(new_ids)
    return pages, renames


def _page_id(page: bytes) -> str | None:
    value = decoded(page)
    page_id = value.get("id") if isinstance(value, dict) else None
    return page_id if isinstance(page_id, str) else None


def _free_id(page_id: str, taken: Collection[str]) -> str:
    number = 2
    while f"{page_id}_{number}" in taken:
        number += 1
    return f"{page_id}_{number}"


def _with_id(page: bytes, page_id: str) -> bytes:
    members = {name: msgspec.Raw(value) for name, value in object_members(page).items()}
    return _encode(members | {"id": page_id})
