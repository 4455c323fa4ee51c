"""The report."""

from __future__ import annotations

from harlake.har.redact.report import RedactionReport


def test_answer() -> None:
    """Counts, and what is not promised."""
    answer = RedactionReport("secrets", 2, 1, [], 1, 4, 0, 3, "numpy").answer()
    assert (answer["entries"], answer["notPropagated"], answer["engine"]) == (2, 3, "numpy")
    assert answer["notPromised"]
