"""An index in several files: every question has the answer that it has of one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harlake.analysis.comparison import Run, compare_runs
from harlake.analysis.comparison_options import ComparisonOptions
from harlake.analysis.summarize import summarize
from harlake.export.entry_streams import WholeCapture
from harlake.har.text_search import TextQuery
from harlake.query.filters import Filter, parse_filter
from harlake.query.frames import capture_frames
from harlake.query.locations import locate_ordinals
from harlake.query.pagination import Order, list_rows
from harlake.query.search import SearchRequest, search_session
from harlake.query.selection import FilteredSelection
from harlake.query.sql import SqlQuery
from harlake.query.sql_process import SqlProcess
from harlake.store import index_files
from harlake.store.data_dir import DataDir
from harlake.store.rebuild import rebuild_catalog
from tests.support.folders import Folder, folder_of
from tests.support.hars import har, timed

_COUNT = 700

#: Captures with a file each, and small ones around them.
_HARS = (
    har(timed(0, None)),
    har(*(timed(number, f"2024-02-28T16:{number * 7 % 60:02}:00Z", f"p{number % 3}") for number in range(_COUNT))),
    har(*(timed(number, None) for number in range(5))),
    har(*(timed(number, "2024-02-28T16:30:00Z") for number in range(600))),
)

#: Filters, and the orders in which what passes is listed.
_LISTINGS = (
    (Filter(), (Order(), Order("startedDateTime"))),
    (parse_filter([("status", "201")]), (Order(), Order("time", descending=True))),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder."""
    path = tmp_path_factory.mktemp("split") / "data"
    with folder_of(*_HARS, path=path, block_bytes=20_000):
        return path


@pytest.fixture(scope="module")
def answers(path: Path) -> list[Any]:
    """What is answered where each capture has one file."""
    with _split(path, 1 << 20) as folder:
        return _answers(folder)


@contextmanager
def _split(path: Path, rows: int) -> Iterator[Folder]:
    """Open a folder whose files have so many rows, which it keeps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_files, "ROWS_PER_FILE", rows)
        for file in (path / "index").iterdir():
            file.unlink()
        list(rebuild_catalog(path))
        with closing(DataDir(path)) as data_dir:
            (session,) = data_dir.catalog.sessions()
            yield Folder(data_dir, session)


def _answers(folder: Folder) -> list[Any]:
    data_dir, captures = folder.data_dir, folder.captures
    index = data_dir.index
    found: list[Any] = []
    for entry_filter, orders in _LISTINGS:
        for order in orders:
            found += _pages(folder, entry_filter, order)
        found.append(summarize(index, captures, entry_filter))
        for by_time in (False, True):
            selection = FilteredSelection(index, captures, entry_filter, by_time=by_time)
            found += [selection.totals, *(location for batch in selection.batches(400) for location in batch)]
    request = SearchRequest(folder.session.id, TextQuery("body 3"), parse_filter([("status", "202")]))
    found += [line for line in search_session(data_dir, request) if line]
    sides = [Run(captures[:2])], [Run(captures[1:])]
    found.append(compare_runs(index, data_dir.scratch, sides, Filter(), ComparisonOptions()))
    found.append(locate_ordinals(index, {captures[1]: {0, 99, 100, 349, 350, _COUNT - 1, _COUNT}, captures[2]: {3}}))
    for capture, frames in capture_frames(index, captures):
        found.append(list(frames))
        found.append(b"".join(WholeCapture(data_dir.captures, capture.id, frames, {}).text()))
    return found


def _pages(folder: Folder, entry_filter: Filter, order: Order) -> list[Any]:
    rows: list[Any] = []
    while True:
        after = rows[-1].key if rows else None
        page, total = list_rows(folder.data_dir.index, folder.captures, entry_filter, order, after, 900)
        rows += page
        if not page:
            assert len(rows) == total
            return rows


@pytest.mark.slow
@settings(max_examples=1)
@example(rows=350)
@given(rows=st.integers(90, _COUNT))
def test_any_split_gives_the_answers_of_one_file(path: Path, answers: list[Any], rows: int) -> None:
    """Where files end with a row group or not, with a frame or not, and with the last row or not."""
    with _split(path, rows) as folder:
        names = [file.name for file in (path / "index").iterdir()]
        assert len(names) == -(-_COUNT // rows) + -(-600 // rows)
        assert _answers(folder) == answers


@pytest.mark.slow
def test_sql_sees_all_files(path: Path) -> None:
    """A client's query has the rows of each."""
    with _split(path, 128) as folder, closing(SqlProcess()) as process:
        sql = "SELECT count(*), count(DISTINCT id) FROM entries"
        with SqlQuery(folder.data_dir, process, sql, 30).run() as rows:
            assert list(rows) == [b'{"count_star()":1306,"count(DISTINCT id)":1306}\n']


def test_only_the_files_of_a_page_are_opened(path: Path) -> None:
    """Others may be missing; so however large a capture is, its pages cost the same."""
    with _split(path, 100) as folder:
        capture = folder.captures[1]
        for number in (1, 2, 4, 5, 6):
            (path / "index" / f"{capture.id}.{number}.parquet").unlink()
        first, _ = list_rows(folder.data_dir.index, [capture], Filter(), Order(), None, 100)
        assert [row.key.ordinal for row in first] == list(range(100))
        located = locate_ordinals(folder.data_dir.index, {capture: {301, 399}})
        assert [location.ordinal for location in located[capture.id]] == [301, 399]
        (path / "index" / f"{capture.id}.parquet").unlink()
        next(FilteredSelection(folder.data_dir.index, [folder.captures[0]], Filter(), by_time=False).batches())
