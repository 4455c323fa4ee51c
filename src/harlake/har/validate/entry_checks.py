"""Finds the rules of HAR 1.2 that one entry breaks, or the log around the entries.

Strategy: what is wrong with the types is looked up (``schema``), and only values are compared here. Paths and the
values for messages are made where something is wrong, and nowhere else.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from harlake.har.entry import raw_members
from harlake.har.parse.pruning import pruned
from harlake.har.surrogates import repair
from harlake.har.validate import rules
from harlake.har.validate.rules import Path, Violation, Violations
from harlake.har.validate.schema import (
    ENTRY,
    LOG,
    PAGE,
    Object,
    anything,
    missing,
    mistyped,
)
from harlake.har.validate.values import check_consistency, check_date, check_dates, is_number, is_string_or_absent
from harlake.limits import MIB

#: What is decoded of an entry takes up to 30 times as much memory as its text; bodies are not decoded, nor is what is
#: not HAR's. The rest of real entries is below 100 KiB.
_CHECKED_BYTES: Final = MIB

#: Pages are 250 bytes each in real files. An array of empty objects takes 11 seconds for so many bytes.
_CHECKED_PAGES: Final = 4 * MIB

_VERSION: Final = re.compile(r"\s*1\.[1-9]\d*\s*", re.ASCII)
#: The type of a value that is not decoded, by its first byte; all others are numbers.
_OPENINGS: Final[dict[int, type]] = dict(zip(b"ntf[{", (type(None), bool, bool, list, dict), strict=True))
_ARRAY: Final = ord("[")
#: What a decoder refuses although it is valid JSON: numbers beyond what a double can be.
_NUMBER: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*', re.DOTALL)

_strict_entry: Final = msgspec.json.Decoder(ENTRY.strict)
_entry: Final = msgspec.json.Decoder(anything(ENTRY.loose))
_log: Final = msgspec.json.Decoder(msgspec.defstruct("root", [("log", anything(LOG.loose))]))


class CheckResult(msgspec.Struct, gc=False):
    """What was found: the decoded value, with its arrays decoded, its faults, and whether nothing else is odd."""

    value: Any
    faults: Violations
    usual: bool


def check_entry(text: bytes | memoryview) -> CheckResult:
    """Return what is wrong with an entry, given as valid JSON."""
    if len(text) > _CHECKED_BYTES and not _is_checkable(text):
        return unchecked_entry(f"{_CHECKED_BYTES // MIB} MiB beside its bodies")
    try:
        entry = _strict_entry.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return check_irregular_entry(text)
    post_data = entry.request.postData
    if not (
        is_string_or_absent(entry.response.content.text)
        and (post_data is msgspec.UNSET or is_string_or_absent(post_data.text))
    ):
        return check_irregular_entry(text)
    faults = Violations()
    check_dates(entry, faults)
    check_consistency(entry, faults)
    return CheckResult(entry, faults, usual=True)


def unchecked_entry(limit: str) -> CheckResult:
    """Return that an entry is larger than a limit, given in words."""
    faults = Violations()
    faults.append(Violation(rules.ENTRY_TOO_LARGE, (), {"limit": limit}))
    return CheckResult(msgspec.UNSET, faults, usual=False)


def check_irregular_entry(text: bytes | memoryview) -> CheckResult:
    """Return what is wrong with an entry whose members may be anything."""
    entry = _decoded(_entry, text)
    faults = Violations()
    if type(entry) is not ENTRY.loose:
        faults.append(Violation(rules.WRONG_ITEM, (), {"owner": "log.entries", "kind": "entry"}))
        return CheckResult(entry, faults, usual=False)
    usual = _examine(ENTRY, entry, (), faults)
    check_consistency(entry, faults)
    return CheckResult(entry, faults, usual)


def check_log(text: bytes) -> CheckResult:
    """Return what is wrong with the text of a HAR whose entries are left out; paths begin at the log."""
    log = _decoded(_log, text).log
    faults = Violations()
    if len(log.pages) > _CHECKED_PAGES and memoryview(log.pages)[0] == _ARRAY:
        faults.append(Violation(rules.PAGES_TOO_LARGE, ("pages",), {"limit": f"{_CHECKED_PAGES // MIB} MiB"}))
        log.pages = msgspec.Raw(b"[]")
    usual = _examine(LOG, log, (), faults)
    if type(log.version) is str and log.version.strip() and not _VERSION.fullmatch(log.version):
        faults.append(Violation(rules.INVALID_VERSION, ("version",), {"value": rules.in_quotes(log.version)}))
    known: set[Any] = set()
    for number, page in enumerate(pages_of(log)):
        if type(page.pageTimings) is not msgspec.UnsetType:
            for name in ("onContentLoad", "onLoad"):
                value = getattr(page.pageTimings, name, None)
                if is_number(value) and value < 0 and value != -1:
                    faults.append(
                        Violation(rules.INVALID_TIMING, ("pages", number, "pageTimings", name), {"value": value})
                    )
        if type(page.id) is str:
            if page.id in known:
                faults.append(
                    Violation(rules.DUPLICATE_PAGE, ("pages", number, "id"), {"value": rules.in_quotes(page.id)})
                )
            known.add(page.id)
    return CheckResult(log, faults, usual)


def pages_of(log: Any) -> list[Any]:
    """Return the pages of an examined log that are objects."""
    return [page for page in log.pages if type(page) is PAGE.loose] if type(log.pages) is list else []


def _is_checkable(text: bytes | memoryview) -> bool:
    """Return whether what would be decoded of an entry is within the limit."""
    parts = raw_members(text) or {}
    size = sum(len(parts[one.name]) for one in ENTRY.members if one.name in parts)
    for *path, name in (("request", "postData", "text"), ("response", "content", "text")):
        inner: dict[str, msgspec.Raw] | None = parts
        for step in path:
            inner = raw_members(inner[step]) if inner and step in inner else None
        size -= len(inner.get(name, b"")) if inner else 0
    return size <= _CHECKED_BYTES


def _decoded(decoder: Any, text: bytes | memoryview) -> Any:
    """Decode valid JSON, of which a copy is changed where the decoder cannot follow it."""
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        copy = bytes(text)
    copy = repair(copy) or copy
    try:
        return decoder.decode(copy)
    except RecursionError:
        copy = pruned(copy)
    except msgspec.MsgspecError:
        pass
    return decoder.decode(_NUMBER.sub(_tamed, copy))


def _tamed(token: re.Match[bytes]) -> bytes:
    """Return a number in a size that can be compared; strings as they are."""
    if token[0].startswith(b'"'):
        return token[0]
    value = float(token[0])
    return b"%g" % max(-1e300, min(1e300, value)) if abs(value) > 1e300 or len(token[0]) > 300 else token[0]


def _examine(kind: Object, value: Any, path: Path, faults: Violations) -> bool:
    """Add the faults of an object and of all in it, decode its arrays, and return whether nothing in it is odd."""
    shape = kind.shape(value)
    usual = shape.usual
    for fault in shape.faults:
        _add(faults, fault, path)
    for member in shape.dates:
        check_date(getattr(value, member.attribute), (*path, member.name), faults)
    for member in shape.objects:
        assert member.of is not None
        usual &= _examine(member.of, getattr(value, member.attribute), (*path, member.name), faults)
    for member in kind.texts:
        text = getattr(value, member.attribute)
        if not is_string_or_absent(text):
            _add(faults, mistyped(kind, member, _OPENINGS.get(memoryview(text)[0], float)), path)
            usual = False
    for member in kind.arrays:
        usual &= _examine_array(kind, member, value, path, faults)
    return usual


def _examine_array(owner: Object, member: Any, value: Any, path: Path, faults: Violations) -> bool:
    kind: Object = member.of
    text = getattr(value, member.attribute)
    if not len(text):
        setattr(value, member.attribute, msgspec.UNSET)
        if member.required:
            _add(faults, missing(owner, member), path)
        return not member.required
    items, proved = kind.items(text)
    setattr(value, member.attribute, items)
    if proved and not kind.dates:
        return True
    if type(items) is not list:
        if member.official:
            _add(faults, mistyped(owner, member, type(items)), path)
        return False
    usual = True
    for number, item in enumerate(items):
        if proved:
            for date_member in kind.dates:
                found = getattr(item, date_member.attribute)
                if found is not msgspec.UNSET:
                    check_date(found, (*path, member.name, number, date_member.name), faults)
        elif type(item) is kind.loose:
            usual &= _examine(kind, item, (*path, member.name, number), faults)
        else:
            usual = False
            values = {"owner": f"{owner.name}.{member.name}", "kind": kind.name}
            faults.append(Violation(rules.WRONG_ITEM, (*path, member.name, number), values))
    return usual


def _add(faults: Violations, fault: Violation, path: Path) -> None:
    faults.append(Violation(fault.rule, path + fault.path, fault.values))
