"""What is noted of a request."""

from __future__ import annotations

import uuid

import pytest

from harlake.observability.request_record import Outcome, RequestRecord, current_record, observing


@pytest.mark.parametrize(
    ("outcome", "status", "complete", "left"),
    [
        ("done", 200, True, False),
        ("done", 304, True, False),
        ("refused", 404, True, False),
        ("failed", 507, True, False),
        ("cut off", 200, False, False),
        ("client left", 200, False, True),
    ],
)
def test_outcomes(outcome: Outcome, status: int, complete: bool, left: bool) -> None:
    """A status says what became of a request, unless it did not come to its end."""
    assert RequestRecord("r", status=status, complete=complete, client_left=left).outcome == outcome


def test_ids_only_are_noted() -> None:
    """Of what a client calls ids, all are counted, and the first thousand that are ids are kept."""
    record = RequestRecord("r")
    ids = [str(uuid.UUID(int=number)) for number in range(1_500)]
    record.name_entries(["secret", *ids])
    assert (record.entries, record.entry_ids) == (1_501, ids[:999])


def test_a_request_is_current_while_it_is_observed() -> None:
    """Elsewhere, there is a record that nobody reads."""
    record = RequestRecord("r")
    with observing(record):
        assert current_record() is record
    current_record().reason = "x"
    assert current_record().reason is None
