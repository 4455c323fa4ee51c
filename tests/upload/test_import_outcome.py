"""What has become of an import, as it is written down."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harlake.errors import HarlakeError, ImportCancelledError, InsufficientStorageError, InvalidJsonError, TooBusyError
from harlake.store.ids import new_id
from harlake.upload.import_outcome import ImportOutcome
from tests.support.resumable import opened


@pytest.mark.parametrize(
    ("error", "is_final"),
    [
        (InvalidJsonError("x"), True),
        (ImportCancelledError(), True),
        (TooBusyError(), False),
        (InsufficientStorageError(), False),
    ],
)
def test_what_may_be_otherwise_later_is_no_outcome(error: HarlakeError, is_final: bool) -> None:
    """A disk that is full says nothing against the file."""
    outcome = ImportOutcome.refused(error)
    assert outcome == (ImportOutcome(error.status, error.body()) if is_final else None)
    assert outcome is None or outcome.is_refusal


def test_what_tells_of_a_capture_is_true_if_it_is_there(tmp_path: Path) -> None:
    """And whatever becomes of that, once it was."""
    outcome = ImportOutcome(200, {}, new_id())
    with opened(tmp_path / "data") as data_dir:
        assert not outcome.is_true(data_dir)
        assert outcome.settled().is_true(data_dir)
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=ImportOutcome) == outcome
