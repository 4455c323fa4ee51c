"""Where entries are: in which frame of their capture's object, and from where to where in its text."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from harlake.query.conditions import Condition
from harlake.query.entry_names import EntryNames
from harlake.query.filters import Filter
from harlake.query.lookups import lookups
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture, Catalog
from harlake.store.ids import parse_id, split_entry_id
from harlake.store.index import Index


class Location(NamedTuple):
    """Where an entry of a capture is: in which frame, and from where to where in the frame's text.

    ``started_us`` is in microseconds since 1970, None where the entry does not say when it started.
    """

    capture: uuid.UUID
    ordinal: int
    frame: Frame
    start: int
    length: int
    page_ref: str | None
    started_us: int | None

    def cut(self, text: bytes) -> bytes:
        """Return the entry out of its frame's text."""
        return text[self.start : self.start + self.length]


def locate_entries(
    catalog: Catalog,
    index: Index,
    entry_ids: Iterable[str],
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
) -> dict[uuid.UUID, list[Location]]:
    """Return where those of the entries are that pass a filter, by capture, each capture's in stored order.

    Ids may be short ones. Raises BadRequestError where one of these stands for several entries.
    """
    asked: dict[tuple[uuid.UUID, uuid.UUID], set[int]] = defaultdict(set)
    names = EntryNames(catalog)
    for text in entry_ids:
        if (entry_id := parse_id(names.full_id(text))) is not None and entry_id.version == 8:
            least, greatest, ordinal = split_entry_id(entry_id)
            asked[least, greatest].add(ordinal)
    ordinals: dict[Capture, set[int]] = {}
    for (least, greatest), of_capture in asked.items():
        if (capture := catalog.capture_between(least, greatest)) is not None:
            ordinals[capture] = of_capture
    return locate_ordinals(index, ordinals, entry_filter)


def locate_ordinals(
    index: Index,
    ordinals: Mapping[Capture, Set[int]],
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
) -> dict[uuid.UUID, list[Location]]:
    """Return where entries of captures are, by capture, each capture's in stored order.

    Entries that are unknown, or do not pass the filter, are left out.
    """
    wanted = {capture.id: of_capture for capture, of_capture in ordinals.items()}
    by_capture: dict[uuid.UUID, list[Location]] = defaultdict(list)
    for lookup in lookups(list(ordinals), dict(enumerate(ordinals.values()))):
        where = entry_filter.where(Condition(lookup.where))
        for location in locate_where(index, lookup.captures, where, file=lookup.file):
            if location.ordinal in wanted[location.capture]:
                by_capture[location.capture].append(location)
    return dict(by_capture)


def locate_where(
    index: Index, captures: Sequence[Capture], where: Condition, order: str = "row", *, file: int | None = None
) -> list[Location]:
    """Return where those entries are whose rows meet a condition, in an order, which may have a limit.

    With ``file``, only those in the file of that number of each capture. The condition and the order may name a
    capture's ``position`` among the captures.
    """
    # A capture's position instead of its id: that would be made a Python object for each row, in twice the time.
    rows = index.rows(
        captures,
        f"""
        SELECT position, ordinal, frame_start, frame_length, frame_text_length, start, length,
            page_ref, epoch_us(started_at)
        FROM entries WHERE {where.sql} ORDER BY {order}
        """,
        where.parameters,
        file=file,
    )
    locations: list[Location] = []
    last: tuple[int, int] | None = None
    for at, ordinal, frame_start, frame_length, text_length, *rest in rows:
        if (at, frame_start) != last:  # else it is the frame of the entry before, as one object
            last = at, frame_start
            capture, frame = captures[at].id, Frame(frame_start, frame_length, text_length)
        locations.append(Location(capture, ordinal, frame, *rest))
    return locations
