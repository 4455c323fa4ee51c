"""Limiters by name."""

from __future__ import annotations

import anyio
from anyio import CapacityLimiter

from harlake.observability.limiters import LimiterRegistry, Usage


def test_usages_are_of_now() -> None:
    """A limiter is asked when somebody asks: what is taken, of how much, and who waits."""

    async def main() -> None:
        limiter, registry = CapacityLimiter(1), LimiterRegistry()
        registry.register_capacity("imports", limiter)
        registry.register("connections", lambda: Usage(3, 4, 0))
        async with anyio.create_task_group() as group, limiter:
            group.start_soon(limiter.acquire_on_behalf_of, "other")
            await anyio.wait_all_tasks_blocked()
            assert dict(registry.usages()) == {"imports": (1, 1, 1), "connections": (3, 4, 0)}
            group.cancel_scope.cancel()
        assert dict(registry.usages())["imports"] == (0, 1, 0)

    anyio.run(main)
