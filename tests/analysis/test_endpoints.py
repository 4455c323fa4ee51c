"""What a comparison consists of."""

from __future__ import annotations

from harlake.analysis.endpoints import Differences, Endpoint, EndpointCounts, Measure, Subject, Subjects


def test_lists_that_are_cut_are_told() -> None:
    """With how many are listed, of how many; complete ones are not."""
    endpoint = Endpoint("GET", "http://a.test/", [], None, None)
    counts = EndpointCounts(added=2, removed=1, changed=0)
    hosts = Subjects([Subject("a.test", "added", [])], {"added": 1, "removed": 1, "changed": 0, "same": 5})
    differences = Differences(counts, [endpoint], [endpoint], [], hosts=hosts)
    assert differences.limited() == {"added": (1, 2), "hosts": (1, 2)}


def test_ratios_are_of_what_is_known() -> None:
    """Of b to a; nothing can be a multiple of nothing."""
    ratios = [
        Measure("count", "count", a, b, None, None, changed=False).ratio
        for a, b in ((2, 3), (0, 1), (None, 1), (1, None))
    ]
    assert ratios == [1.5, None, None, None]
