"""The search: frames → entries that hold a text → a line for each string that does.

Frames are decompressed and searched in several threads, and what is found comes in stored order. A line at the end says
that all has been searched: without it, the answer is not complete.
"""

from __future__ import annotations

import os
import uuid
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec

from harlake.errors import SessionNotFoundError
from harlake.har.search import Query
from harlake.limits import MIB
from harlake.listing import check_patterns, filter_warnings
from harlake.store import pages
from harlake.store.captures import Frame
from harlake.store.data_dir import DataDir
from harlake.store.filters import Filter
from harlake.store.ids import entry_id
from harlake.store.pages import Found

#: Beyond a few, threads wait for each other: only decompressing goes on beside what others do.
_THREADS: Final = min(4, os.cpu_count() or 1)

#: Bytes of text in frames that are being searched, or one frame, if that has more.
_IN_FLIGHT: Final = 8 * MIB

_encode: Final = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for: entries of a session that pass a filter and hold a text. ``limit`` is in hits."""

    session: uuid.UUID
    query: Query
    wanted: Filter
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """A frame of a capture: its number, and where it is."""

    capture: uuid.UUID
    number: int
    frame: Frame


def search(data_dir: DataDir, wanted: Search) -> Generator[bytes]:
    """Return the lines of a search, as JSON; it is checked before the first is asked for.

    Raises BadRequestError; while it goes on, DamagedCaptureError, or SessionNotFoundError when the session is removed.
    """
    check_patterns(data_dir, wanted.wanted)
    captures = [capture.id for capture in data_dir.catalog.captures(wanted.session)]
    warnings = filter_warnings(data_dir, captures, wanted.wanted)
    searched = pages.count(data_dir.catalog, captures, wanted.wanted) if captures else 0
    return _lines(data_dir, wanted, captures, searched, warnings)


def _lines(
    data_dir: DataDir, wanted: Search, captures: Sequence[uuid.UUID], searched: int, warnings: list[str]
) -> Generator[bytes]:
    hits = 0
    found = _in_order(data_dir, wanted, _jobs(data_dir, wanted.wanted, captures))
    try:
        for line in islice(found, wanted.limit):
            hits += 1
            yield line
        limited = wanted.limit is not None and hits == wanted.limit and next(found, None) is not None
    finally:
        found.close()
    if set(captures).difference(capture.id for capture in data_dir.catalog.captures(wanted.session)):
        raise SessionNotFoundError("the session was removed while it was being searched")
    end: dict[str, Any] = {"done": True, "hits": hits}
    end |= {"limited": True} if limited else {"entries": searched}
    yield _encode(end | ({"warnings": warnings} if warnings else {})) + b"\n"


def _jobs(data_dir: DataDir, wanted: Filter, captures: Sequence[uuid.UUID]) -> Iterator[_Job]:
    """Yield the frames that hold any of the wanted entries."""
    for capture in captures:
        frames = data_dir.catalog.frames(capture)
        numbers = pages.frame_numbers(data_dir.catalog, capture, wanted) if wanted else range(len(frames))
        for number in numbers:
            yield _Job(capture, number, frames[number])


def _in_order(data_dir: DataDir, wanted: Search, jobs: Iterator[_Job]) -> Generator[bytes]:
    """Search frames in several threads, and yield what they find in the frames' order."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")
    running: deque[tuple[Future[list[bytes]], int]] = deque()
    in_flight = 0
    try:
        for job in jobs:
            while running and in_flight + job.frame.text_length > _IN_FLIGHT:
                done, length = running.popleft()
                yield from done.result()
                in_flight -= length
            running.append((pool.submit(_search, data_dir, wanted, job), job.frame.text_length))
            in_flight += job.frame.text_length
        for done, _ in running:
            yield from done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _search(data_dir: DataDir, wanted: Search, job: _Job) -> list[bytes]:
    """Return the lines for one frame."""
    with data_dir.captures.open(job.capture) as stored:
        text = stored.text(job.frame)
    candidates = sorted({*wanted.query.candidates(text), *wanted.query.base64_bodies(text)})
    if not candidates:
        return []
    rows = pages.in_frame(data_dir.catalog, job.capture, job.number, wanted.wanted)
    return [line for row in _holding(rows, candidates) for line in _entry_lines(wanted.query, job.capture, row, text)]


def _holding(rows: Sequence[Found], offsets: Sequence[int]) -> Iterator[Found]:
    """Yield the entries that any of the offsets is in; both come in order."""
    at = 0
    for row in rows:
        while at < len(offsets) and offsets[at] < row.start:
            at += 1
        if at < len(offsets) and offsets[at] < row.start + row.length:
            yield row


def _entry_lines(query: Query, capture: uuid.UUID, row: Found, text: bytes) -> Iterator[bytes]:
    for hit in query.hits(text[row.start : row.start + row.length]):
        line: dict[str, Any] = {
            "entry": str(entry_id(capture, row.ordinal)),
            "ordinal": row.ordinal,
            "method": row.method,
            "url": row.url,
            "status": row.status,
            "where": hit.where,
            "offset": hit.offset,
            "count": hit.count,
            "snippet": hit.snippet,
        }
        yield _encode(line | ({"decoded": True} if hit.is_decoded else {})) + b"\n"
