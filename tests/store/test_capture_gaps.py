"""The gaps of captures: asked for by capture and number."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from harlake.errors import CaptureNotFoundError, GapNotFoundError
from harlake.store.capture_gaps import stored_gap, stored_salvage
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from tests.support.folders import import_har
from tests.support.hars import numbered


def test_what_has_no_gaps(tmp_path: Path) -> None:
    """A capture of a file that was whole, and one that there is not."""
    with closing(DataDir(tmp_path)) as data_dir:
        import_har(data_dir, numbered(3))
        (capture,) = data_dir.captures.ids()
        assert stored_salvage(data_dir, capture) is None
        with pytest.raises(GapNotFoundError):
            stored_gap(data_dir, capture, "0")
        with pytest.raises(CaptureNotFoundError):
            stored_salvage(data_dir, new_id())
