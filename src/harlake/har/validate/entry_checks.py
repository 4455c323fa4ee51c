"""Finds the rules of HAR 1.2 that one entry breaks, or the log around the entries.

Strategy: what is wrong with the types is looked up (``schema``), and only values are compared here. Paths and the
values for messages are made where something is wrong, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final

import msgspec

from harlake.har.parse.pruning import pruned
from harlake.har.raw_json import is_string_or_absent, raw_members
from harlake.har.schema import ENTRY, LOG, PAGE, MemberSpec
from harlake.har.surrogates import repair
from harlake.har.validate import rules
from harlake.har.validate.object_checks import ObjectCheck, anything, bounded_numbers, object_check
from harlake.har.validate.rules import Path, Violation, Violations
from harlake.har.validate.values import check_consistency, check_date, check_dates, is_consistent, is_number
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

_ENTRY: Final = object_check(ENTRY)
_LOG: Final = object_check(LOG)
_PAGE: Final = object_check(PAGE)
_strict_entry: Final = msgspec.json.Decoder(_ENTRY.strict)
_entry: Final = msgspec.json.Decoder(anything(_ENTRY.loose))
_log: Final = msgspec.json.Decoder(msgspec.defstruct("root", [("log", anything(_LOG.loose))]))


#: Items of an array that are checked between two pauses.
_STEP: Final = 1_000
#: Types that a shape has at most; an entry has seven objects with nine arrays beside the items that are irregular.
_MAX_SHAPE: Final = 64


class CheckResult(msgspec.Struct, gc=False):
    """What is wrong with a value, which is decoded with its arrays; and whether all its types are regular.

    ``shape`` is what types an irregular one has throughout; None where these are too many, or do not tell all.
    """

    value: Any
    violations: Violations
    regular: bool
    shape: tuple[Any, ...] | None = None


#: Pauses now and then, and returns the result.
Check = Generator[None, None, CheckResult]


def check_entry(text: bytes | memoryview) -> Check:
    """Return what is wrong with an entry, given as valid JSON."""
    if len(text) > _CHECKED_BYTES and not _is_checkable(text):
        return unchecked_entry(f"{_CHECKED_BYTES // MIB} MiB beside its bodies")
    return check_regular_entry(text) or (yield from check_irregular_entry(text))


def check_regular_entry(text: bytes | memoryview) -> CheckResult | None:
    """Return what is wrong with an entry whose members have the right types, None if they have not."""
    try:
        entry = _strict_entry.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return None
    post_data = entry.request.postData
    if not (
        is_string_or_absent(entry.response.content.text)
        and (post_data is msgspec.UNSET or is_string_or_absent(post_data.text))
    ):
        return None
    violations = Violations()
    check_dates(entry, violations)
    if not is_consistent(entry):
        check_consistency(entry, violations)
    return CheckResult(entry, violations, regular=True)


def unchecked_entry(limit: str) -> CheckResult:
    """Return that an entry is larger than a limit, given in words."""
    violations = Violations()
    violations.append(Violation(rules.ENTRY_TOO_LARGE, (), {"limit": limit}))
    return CheckResult(msgspec.UNSET, violations, regular=False)


def check_irregular_entry(text: bytes | memoryview) -> Check:
    """Return what is wrong with an entry whose members may be anything."""
    entry = _decoded(_entry, text)
    violations = Violations()
    if type(entry) is not _ENTRY.loose:
        violations.append(Violation(rules.WRONG_ITEM, (), {"owner": "log.entries", "item": "entry"}))
        return CheckResult(entry, violations, regular=False)
    shape: list[Any] = []
    regular = yield from _check_object(_ENTRY, entry, (), violations, shape)
    check_consistency(entry, violations)
    return CheckResult(entry, violations, regular, tuple(shape) if len(shape) <= _MAX_SHAPE else None)


def check_log(text: bytes) -> Check:
    """Return what is wrong with the text of a HAR whose entries are left out; paths begin at the log."""
    log = _decoded(_log, text).log
    violations = Violations()
    if len(log.pages) > _CHECKED_PAGES and memoryview(log.pages)[0] == _ARRAY:
        violations.append(Violation(rules.PAGES_TOO_LARGE, ("pages",), {"limit": f"{_CHECKED_PAGES // MIB} MiB"}))
        log.pages = msgspec.Raw(b"[]")
    regular = yield from _check_object(_LOG, log, (), violations, [])
    if type(log.version) is str and log.version.strip() and not _VERSION.fullmatch(log.version):
        violations.append(Violation(rules.INVALID_VERSION, ("version",), {"value": rules.in_quotes(log.version)}))
    known: set[Any] = set()
    for number, page in enumerate(pages_of(log)):
        if number % _STEP == _STEP - 1:
            yield
        if type(page.pageTimings) is not msgspec.UnsetType:
            for name in ("onContentLoad", "onLoad"):
                value = getattr(page.pageTimings, name, None)
                if is_number(value) and value < 0 and value != -1:
                    violations.append(
                        Violation(rules.INVALID_TIMING, ("pages", number, "pageTimings", name), {"value": value})
                    )
        if type(page.id) is str:
            if page.id in known:
                violations.append(
                    Violation(rules.DUPLICATE_PAGE, ("pages", number, "id"), {"value": rules.in_quotes(page.id)})
                )
            known.add(page.id)
    return CheckResult(log, violations, regular)


def pages_of(log: Any) -> list[Any]:
    """Return the pages of a checked log that are objects."""
    return [page for page in log.pages if type(page) is _PAGE.loose] if type(log.pages) is list else []


def _is_checkable(text: bytes | memoryview) -> bool:
    """Return whether what would be decoded of an entry is within the limit."""
    parts = raw_members(text) or {}
    size = sum(len(parts[one.name]) for one in _ENTRY.members if one.name in parts)
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
    return decoder.decode(bounded_numbers(copy))


def _check_object(
    check: ObjectCheck, value: Any, path: Path, violations: Violations, shape: list[Any]
) -> Generator[None, None, bool]:
    """Add the rules that an object and all in it break, and its types; decode its arrays; return if all is regular."""
    types = check.types(value)
    if len(shape) <= _MAX_SHAPE:
        shape.append(types)
    regular = types.regular
    for violation in types.violations:
        _add(violations, violation, path)
    for member in types.dates:
        check_date(getattr(value, member.attribute), (*path, member.name), violations)
    for member, inner in types.objects:
        regular &= yield from _check_object(
            inner, getattr(value, member.attribute), (*path, member.name), violations, shape
        )
    for member in check.bodies:
        text = getattr(value, member.attribute)
        if not is_string_or_absent(text):
            _add(violations, check.mistyped(member, _OPENINGS.get(memoryview(text)[0], float)), path)
            regular = False
    for member, inner in check.arrays:
        regular &= yield from _check_array(check, member, inner, value, path, violations, shape)
    return regular


def _check_array(
    owner: ObjectCheck,
    member: MemberSpec,
    check: ObjectCheck,
    value: Any,
    path: Path,
    violations: Violations,
    shape: list[Any],
) -> Generator[None, None, bool]:
    """Check an array in an object item by item, unless it is proved."""
    text = getattr(value, member.attribute)
    if not len(text):
        setattr(value, member.attribute, msgspec.UNSET)
        shape.append(None)
        if member.required:
            _add(violations, owner.missing(member), path)
        return not member.required
    items, proved = check.items(text)
    setattr(value, member.attribute, items)
    shape.append(type(items))
    if proved and not check.dates:
        return True
    if type(items) is not list:
        _add(violations, owner.mistyped(member, type(items)), path)
        return False
    regular = True
    for number, item in enumerate(items):
        if number % _STEP == _STEP - 1:
            yield
        where: Path = (*path, member.name, number)
        if proved:
            _check_dates_of(check, item, where, violations)
        elif type(item) is check.loose:
            regular &= yield from _check_object(check, item, where, violations, shape)
        else:
            regular = False
            shape += [type(item)] * (len(shape) <= _MAX_SHAPE)
            values = {"owner": f"{owner.name}.{member.name}", "item": check.name}
            violations.append(Violation(rules.WRONG_ITEM, where, values))
    return regular


def _check_dates_of(check: ObjectCheck, item: Any, path: Path, violations: Violations) -> None:
    """Check the dates of an object whose types are right."""
    for member in check.dates:
        date = getattr(item, member.attribute)
        if date is not msgspec.UNSET:
            check_date(date, (*path, member.name), violations)


def _add(violations: Violations, violation: Violation, path: Path) -> None:
    violations.append(Violation(violation.rule, path + violation.path, violation.values))
