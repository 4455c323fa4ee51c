"""What uploads share: the more of them there are, the less each may hold."""

from __future__ import annotations

from contextlib import ExitStack

from anyio import CapacityLimiter

from harlake.limits import DEFAULT_LIMITS, KIB, MIB
from harlake.upload.resources import BYTES_IN_FLIGHT, UploadResources, bytes_in_flight, limits_within


def test_one_upload_has_all_that_is_worth_having() -> None:
    """Its limits are those that are given, and its stages wait for nobody's hiccups."""
    resources = UploadResources(CapacityLimiter(1), CapacityLimiter(1))
    with resources.memory.member() as memory:
        assert limits_within(DEFAULT_LIMITS, memory) == DEFAULT_LIMITS
        assert bytes_in_flight(memory) == BYTES_IN_FLIGHT


def test_of_a_thousand_each_has_little() -> None:
    """A block and what is on its way to a stage take less than a MiB together."""
    resources = UploadResources(CapacityLimiter(1), CapacityLimiter(1))
    with ExitStack() as others:
        shares = [others.enter_context(resources.memory.member()) for _ in range(1_000)]
    limits = limits_within(DEFAULT_LIMITS, shares[-1])
    assert (limits.block_bytes, bytes_in_flight(shares[-1])) == (128 * KIB, 512 * KIB)
    assert limits.block_bytes + bytes_in_flight(shares[-1]) < MIB
    assert limits.max_entry_bytes == DEFAULT_LIMITS.max_entry_bytes
