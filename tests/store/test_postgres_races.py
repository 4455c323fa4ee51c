"""Two nodes that change the same rows at once: of two operations that exclude each other, one succeeds."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from harlake.errors import HarlakeError
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import ConflictError
from harlake.store.ids import new_id
from tests.support.capture_records import capture_record
from tests.support.server import PATIENCE


def _import(catalog: Catalog, session: uuid.UUID, name: str | None = None) -> uuid.UUID:
    capture = new_id()
    catalog.announce(capture)
    catalog.complete(capture_record(capture), session, name)
    return capture


_several_rounds = pytest.mark.parametrize(
    "rounds", [5, pytest.param(100, marks=pytest.mark.slow), pytest.param(500, marks=pytest.mark.long)]
)


def _outcome(function: Callable[[], object]) -> str:
    try:
        function()
    except (HarlakeError, ConflictError) as error:
        return type(error).__name__
    return "done"


@_several_rounds
def test_a_session_is_removed_beside_imports_into_it(nodes: tuple[Catalog, Catalog], rounds: int) -> None:
    """Each import is in it before, and removed with it, or is refused; none is left without a session."""
    seen = set()
    with ThreadPoolExecutor(8) as pool:
        for number in range(rounds):
            session = new_id()
            nodes[0].create_session(session, "Mine")
            captures = [new_id() for _ in range(6)]
            for index, capture in enumerate(captures):
                nodes[index % 2].announce(capture)
            start = threading.Barrier(len(captures) + 1)

            def complete(index: int, captures: list[uuid.UUID], session: uuid.UUID, start: threading.Barrier) -> str:
                start.wait(PATIENCE)
                record = capture_record(captures[index])
                return _outcome(lambda: nodes[index % 2].complete(record, session, None))

            completing = [pool.submit(complete, index, captures, session, start) for index in range(len(captures))]
            start.wait(PATIENCE)
            removed = nodes[number % 2].remove_session(session)
            outcomes = [future.result(PATIENCE) for future in completing]
            assert set(removed) == {one for one, said in zip(captures, outcomes, strict=True) if said == "done"}
            assert set(outcomes) <= {"done", "SessionNotFoundError"}
            assert set(nodes[0].unfinished()) == set(captures)
            assert (nodes[0].all_captures(), nodes[0].sessions()) == ([], [])
            for capture in captures:
                nodes[1].remove(capture)
                nodes[1].forget(capture)
            seen.update(outcomes)
    assert nodes[0].unfinished() == []
    assert rounds < 100 or seen == {"done", "SessionNotFoundError"}


@_several_rounds
def test_a_capture_is_removed_beside_an_import_into_its_new_session(
    nodes: tuple[Catalog, Catalog], rounds: int
) -> None:
    """The session stays if the other import was there first, else that is refused."""
    with ThreadPoolExecutor(2) as pool:
        for _ in range(rounds):
            session, other = new_id(), new_id()
            first = _import(nodes[0], session, "Mine")
            nodes[1].announce(other)
            start = threading.Barrier(2)

            def remove(first: uuid.UUID, session: uuid.UUID, start: threading.Barrier) -> str:
                start.wait(PATIENCE)
                return _outcome(lambda: nodes[0].remove(first, session))

            removing = pool.submit(remove, first, session, start)
            start.wait(PATIENCE)
            said = _outcome(partial(nodes[1].complete, capture_record(other), session, None))
            assert removing.result(PATIENCE) == "done"
            assert said in {"done", "SessionNotFoundError"}
            expected = [other] if said == "done" else []
            assert [one.id for one in nodes[0].all_captures()] == expected
            assert [one.id for one in nodes[0].sessions()] == [session] * len(expected)
            nodes[0].remove(other, session)
            for capture in (first, other):
                nodes[0].forget(capture)
    assert nodes[1].unfinished() == nodes[1].sessions() == []


@_several_rounds
def test_a_capture_is_removed_beside_its_completion(nodes: tuple[Catalog, Catalog], rounds: int) -> None:
    """As when a client leaves, or a node is taken for dead: it is not seen afterwards, whichever was first."""
    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            session, capture = new_id(), new_id()
            nodes[0].announce(capture)
            start = threading.Barrier(2)

            def complete(capture: uuid.UUID, session: uuid.UUID, start: threading.Barrier) -> str:
                start.wait(PATIENCE)
                return _outcome(lambda: nodes[0].complete(capture_record(capture), session, "Mine"))

            completing = pool.submit(complete, capture, session, start)
            start.wait(PATIENCE)
            nodes[number % 2].remove(capture, session)
            assert completing.result(PATIENCE) in {"done", "CatalogUnavailableError"}
            assert (nodes[1].all_captures(), nodes[1].sessions()) == ([], [])
            assert nodes[1].unfinished() == [capture]
            nodes[1].forget(capture)


@_several_rounds
def test_a_capture_is_known_at_any_time(nodes: tuple[Catalog, Catalog], rounds: int) -> None:
    """While it is completed, and removed: else its objects would be taken for somebody's who is no more."""
    session, captures = new_id(), [new_id() for _ in range(rounds)]
    nodes[0].create_session(session, "Mine")
    for capture in captures:
        nodes[0].announce(capture)

    def complete_and_remove() -> None:
        for capture in captures:
            nodes[0].complete(capture_record(capture), session, None)
            nodes[0].remove(capture)

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(complete_and_remove)
        while not changing.done():
            assert nodes[1].unknown(captures[:500]) == set()
        changing.result()
    assert nodes[1].unknown([*captures[:400], other := new_id()]) == {other}
