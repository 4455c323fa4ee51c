"""The memory budget: never exceeded but by one request alone, and all of it is given back."""

from __future__ import annotations

from contextlib import ExitStack, suppress

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import TooBusyError
from harlake.limits import MIB
from harlake.pipeline.memory_budget import Account, MemoryBudget

_TOTAL = 10 * MIB

_sizes = st.integers(0, 20) | st.sampled_from([1, 100])


@given(st.lists(st.tuples(st.integers(0, 4), _sizes), max_size=40))
def test_requests_that_grow_and_shrink(steps: list[tuple[int, int]]) -> None:
    """What is counted is what is held beyond a MiB each, and within the total, unless a single request holds it."""
    budget = MemoryBudget(_TOTAL)
    held = [0] * 5

    def counted(number: int) -> int:
        return max(0, held[number] - MIB)

    with ExitStack() as stack:
        accounts: list[Account] = [
            stack.enter_context(budget.account(lambda number=number: held[number]))  # type: ignore[misc]
            for number in range(5)
        ]
        for number, size in steps:
            before, others = held[number], sum(map(counted, range(5))) - counted(number)
            shrinks = max(0, size * MIB - MIB) <= counted(number)
            held[number] = size * MIB
            if shrinks or not others or others + counted(number) <= _TOTAL:
                accounts[number].recount()
            else:
                with pytest.raises(TooBusyError):
                    accounts[number].recount()
                held[number] = before  # whoever is refused lets go of it
            assert budget.used == sum(map(counted, range(5)))
    assert budget.used == 0


def test_what_has_ended_counts_no_more() -> None:
    """A request that is refused, or fails, or counts itself late, leaves nothing."""
    budget = MemoryBudget(_TOTAL)
    with suppress(OSError), budget.account(lambda: 5 * MIB) as account:
        account.recount()
        assert budget.used == 4 * MIB
        raise OSError
    account.recount()
    assert budget.used == 0


def test_a_reservation_waits_for_room() -> None:
    """As soon as others have given theirs back it has its own, and it is refused when they have not in time."""

    async def main() -> None:
        budget = MemoryBudget(_TOTAL)
        done = anyio.Event()

        async def wait() -> None:
            async with budget.reserve(5 * MIB, patience=300):
                assert budget.used == 4 * MIB
            done.set()

        async with anyio.create_task_group() as group:
            async with budget.reserve(100 * MIB):
                assert budget.has_room_for(MIB)
                assert not budget.has_room_for(2 * MIB)
                async with budget.reserve(MIB):
                    pass
                with pytest.raises(TooBusyError):
                    async with budget.reserve(2 * MIB):
                        raise AssertionError("there was room")
                group.start_soon(wait)
                await anyio.wait_all_tasks_blocked()
                assert (budget.waiting, done.is_set()) == (1, False)
            await done.wait()
        assert (budget.used, budget.waiting) == (0, 0)

    anyio.run(main)


def test_whoever_stops_waiting_holds_nothing() -> None:
    """A client that leaves while it waits takes no room."""

    async def main() -> None:
        budget = MemoryBudget(_TOTAL)
        async with budget.reserve(12 * MIB):
            with anyio.move_on_after(0.01):
                async with budget.reserve(2 * MIB, patience=300):
                    raise AssertionError("there was room")
            assert (budget.used, budget.waiting) == (11 * MIB, 0)
        assert budget.used == 0

    anyio.run(main)
