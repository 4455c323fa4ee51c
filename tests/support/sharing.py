"""What all workers of a test run share, and the last one that needs it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any


@contextmanager
def shared(
    folder: Path, start: Callable[[], Mapping[str, Any]], stop: Callable[[Mapping[str, Any]], None]
) -> Iterator[Mapping[str, Any]]:
    """Give what ``start`` says of what it has started, and whoever is the last to leave ``stop`` needs to know."""
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "shared.json"
    with _locked(folder):
        known = json.loads(state.read_text()) if state.exists() else {"users": 0}
        if not known["users"]:
            known = {"users": 0, **start()}
        state.write_text(json.dumps(known | {"users": known["users"] + 1}))
    try:
        yield known
    finally:
        with _locked(folder):
            known = json.loads(state.read_text())
            known["users"] -= 1
            state.write_text(json.dumps(known))
            if not known["users"]:
                stop(known)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        flock(file, LOCK_EX)
        yield
