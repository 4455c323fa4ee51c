"""The search: frames → entries that hold a text → a line for each string that does.

Frames are decompressed and searched in several threads, and hits come in stored order. A line at the end says
that all has been searched: without it, the answer is not complete.
"""

from __future__ import annotations

import os
import uuid
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import starmap
from typing import Any, Final

import msgspec

from harlake.errors import SessionNotFoundError
from harlake.har.text_search import TextQuery
from harlake.limits import MIB
from harlake.query.filter_checks import check_filter
from harlake.query.filters import Filter
from harlake.query.frames import FrameEntry, entries_in_frame, filtered_frames
from harlake.query.totals import count_entries
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import entry_id
from harlake.store.index_columns import is_truncated

#: Beyond a few, threads wait for each other: only decompressing goes on beside what others do.
_THREADS: Final = min(4, os.cpu_count() or 1)

#: Bytes of text in frames that are being searched, or one frame, if that has more.
_IN_FLIGHT: Final = 8 * MIB

_encode: Final = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is searched for: entries of a session that pass a filter and hold a text. ``limit`` is in hits."""

    session: uuid.UUID
    query: TextQuery
    entry_filter: Filter
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """A frame of a capture, and the number of the file that has its entries, where there are several."""

    capture: Capture
    file: int | None
    frame: Frame


def search_session(data_dir: DataDir, request: SearchRequest) -> Generator[bytes]:
    """Return the lines of a search, as JSON; it is checked before the first is asked for.

    Raises BadRequestError; while it goes on, DamagedCaptureError, or SessionNotFoundError when the session is removed.
    """
    captures = data_dir.catalog.captures(request.session)
    warnings = check_filter(data_dir.index, captures, request.entry_filter)
    searched = count_entries(data_dir.index, captures, request.entry_filter) if captures else 0
    return _lines(data_dir, request, captures, searched, warnings)


def _lines(
    data_dir: DataDir, request: SearchRequest, captures: Sequence[Capture], searched: int, warnings: list[str]
) -> Generator[bytes]:
    hits = 0
    lines = _in_order(data_dir, request, _jobs(data_dir, request.entry_filter, captures))
    limited = False
    try:
        for line in lines:
            limited = bool(line) and hits == request.limit
            if limited:
                break
            hits += bool(line)
            yield line
    finally:
        lines.close()
    if set(captures).difference(data_dir.catalog.captures(request.session)):
        raise SessionNotFoundError("the session was removed while it was being searched")
    end: dict[str, Any] = {"done": True, "hits": hits}
    end |= {"limited": True} if limited else {"entries": searched}
    yield _encode(end | ({"warnings": warnings} if warnings else {})) + b"\n"


def _jobs(data_dir: DataDir, entry_filter: Filter, captures: Sequence[Capture]) -> Iterator[_Job]:
    """Return the frames that hold any entry that passes the filter."""
    return starmap(_Job, filtered_frames(data_dir.index, captures, entry_filter))


def _in_order(data_dir: DataDir, request: SearchRequest, jobs: Iterator[_Job]) -> Generator[bytes]:
    """Search frames in several threads, and yield lines in the order of frames, each frame's ended by an empty one."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")
    running: deque[tuple[Future[list[bytes]], int]] = deque()
    in_flight = 0
    try:
        for job in jobs:
            while running and in_flight + job.frame.text_length > _IN_FLIGHT:
                done, length = running.popleft()
                yield from done.result()
                yield b""
                in_flight -= length
            running.append((pool.submit(_search, data_dir, request, job), job.frame.text_length))
            in_flight += job.frame.text_length
        for done, _ in running:
            yield from done.result()
            yield b""
    finally:
        pool.shutdown(cancel_futures=True)


def _search(data_dir: DataDir, request: SearchRequest, job: _Job) -> list[bytes]:
    """Return the lines for one frame."""
    with data_dir.captures.open(job.capture.id) as stored:
        text = stored.text(job.frame)
    if not request.query.may_be_in(text):
        return []
    rows = entries_in_frame(data_dir.index, job.capture, job.file, job.frame, request.entry_filter)
    return [line for row in rows for line in _entry_lines(request.query, job.capture.id, row, text)]


def _entry_lines(query: TextQuery, capture: uuid.UUID, row: FrameEntry, text: bytes) -> Iterator[bytes]:
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
        line |= {"decoded": True} if hit.is_decoded else {}
        line |= {"truncated": ["url"]} if is_truncated(row.url) else {}
        yield _encode(line) + b"\n"
