"""The report of a comparison: what sides add up to, endpoints, and then pages, hosts and third parties."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from harlake.cli.report.model import Figure, ItemOutcome, Report, ReportItem

#: What has changed of an endpoint that is no number, and the member of both sides that has it.
_SETS: Final = {"status": "statuses", "mime": "mimeTypes", "type": "types"}
#: Units of what answers tell without measures.
_UNITS: Final = {"size": "bytes", "time": "ms"}
_KINDS: Final = ("added", "removed", "changed", "same", "sporadic")
#: Lists of what is no endpoint: its member, what one of them is called, and what `--fail-on` calls it.
_SUBJECTS: Final = (
    ("pages", "page", "pages"),
    ("hosts", "host", "hosts"),
    ("thirdParties", "third party", "third-parties"),
)


def diff_report(answer: dict[str, Any], fail_on: Collection[str] = ()) -> Report:
    """Return the report of a comparison's answer; what ``fail_on`` names makes the command fail."""
    totals = [_measured(one) for one in answer.get("totals") or ()]
    items = [ReportItem("totals", "all entries", ItemOutcome.NOTED, totals)] if totals else []
    items += [_one_sided(kind, one, fail_on) for kind in ("added", "removed") for one in answer.get(kind) or ()]
    items += (_changed(one, fail_on) for one in answer.get("changed") or ())
    for member, name, plural in _SUBJECTS:
        items += (_subject(one, name, fails=plural in fail_on) for one in answer.get(member) or ())
    items += (
        ReportItem("folded", _name(one), ItemOutcome.NOTED, [], _folded(one)) for one in answer.get("folded") or ()
    )
    counts = {
        kind: answer["counts"].get(kind, 0) for kind in _KINDS if kind != "sporadic" or answer["counts"].get(kind)
    }
    warnings = list(answer.get("warnings") or ())
    for kind, cut in (answer.get("limited") or {}).items():
        warnings.append(f"of {cut['of']:,} {kind}, {cut['listed']:,} are listed")
    return Report(f"{_side(answer['a'])} and {_side(answer['b'])}, compared", counts, items, warnings)


def _side(side: dict[str, Any]) -> str:
    return ", ".join(str(run.get("name") or run["id"]) for run in side.get("runs") or [side])


def _name(endpoint: dict[str, Any]) -> str:
    operation = f" ({endpoint['operation']})" if endpoint.get("operation") else ""
    return f"{endpoint['method']} {endpoint['url']}{operation}"


def _one_sided(kind: str, endpoint: dict[str, Any], fail_on: Collection[str]) -> ReportItem:
    statuses = ", ".join(str(status) for status in endpoint.get("statuses") or ())
    words = f"{endpoint.get('count', 1):,.4g} × {statuses}".rstrip(" ×")
    outcome = ItemOutcome.FAILED if kind in fail_on else ItemOutcome.NOTED
    return ReportItem(kind, _name(endpoint), outcome, [Figure("", words=words)])


def _changed(endpoint: dict[str, Any], fail_on: Collection[str]) -> ReportItem:
    changes = list(endpoint.get("changes") or ())
    fails = "changed" in fail_on or any(change in fail_on for change in changes)
    return ReportItem(
        "changed", _name(endpoint), ItemOutcome.FAILED if fails else ItemOutcome.NOTED, list(_facts(endpoint, changes))
    )


def _facts(endpoint: dict[str, Any], changes: Iterable[str]) -> Iterator[Figure]:
    """Yield what has changed: sets of statuses and types as words, numbers as such, and what differs in bodies."""
    a, b = (endpoint.get(side) or {} for side in "ab")
    measures = endpoint.get("measures")
    for change in changes:
        before, after = (side.get(_SETS.get(change, change)) for side in (a, b))
        if change in _SETS and before is not None and after is not None:
            yield Figure(change, words=f"{_words(before)} → {_words(after)}")
        elif measures is None and isinstance(before, (int, float)) and isinstance(after, (int, float)):
            yield Figure(change, _UNITS.get(change, "count"), before, after)
        elif not measures and not endpoint.get("details"):
            yield Figure(change, words=" ")
    yield from (_measured(one) for one in measures or () if one["changed"])
    for detail in endpoint.get("details") or ():
        types = [_words(side) for side in (detail["a"], detail["b"]) if side]
        yield Figure(f"{detail['part']} {detail['name']}", words=f"{detail['change']} {' → '.join(types)}".strip())
    more = endpoint.get("detailCount", 0) - len(endpoint.get("details") or ())
    if more > 0:
        yield Figure("details", words=f"and {more:,} more")


def _subject(subject: dict[str, Any], kind: str, *, fails: bool) -> ReportItem:
    facts = [_measured(one) for one in subject["measures"] if one["changed"] or subject["change"] != "changed"]
    return ReportItem(
        subject["change"], f"{kind} {subject['name']}", ItemOutcome.FAILED if fails else ItemOutcome.NOTED, facts
    )


def _measured(measure: dict[str, Any]) -> Figure:
    spread = measure.get("spreadA")
    return Figure(
        measure["name"], measure["unit"], measure["a"], measure["b"], spread=tuple(spread) if spread else None
    )


def _folded(endpoint: dict[str, Any]) -> list[str]:
    names = list(endpoint.get("names") or ())
    more = endpoint.get("nameCount", 0) - len(names)
    return [*names, *([f"and {more:,} more"] if more > 0 else [])]


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join("none" if one is None else str(one) for one in value) or "none"
    return str(value)
