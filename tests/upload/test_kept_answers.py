"""Answers that are kept for their keys."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import CapacityLimiter

from harlake.errors import IdempotencyKeyError, InvalidJsonError
from harlake.store.ids import new_id
from harlake.upload.import_outcome import ImportOutcome
from harlake.upload.kept_answers import Announce, KeptAnswers
from tests.support.resumable import opened


def test_work_with_a_key_is_done_once(tmp_path: Path) -> None:
    """While it runs, and later; not if it has failed, nor if it died between its answer and its end."""
    done: list[str] = []

    async def main() -> None:
        answers = KeptAnswers(tmp_path / "answers", data_dir, CapacityLimiter(2), 100)

        async def work(announce: Announce) -> dict[str, Any]:
            done.append("work")
            await anyio.to_thread.run_sync(announce, ImportOutcome(200, {"n": len(done)}, new_id()))
            return {"n": len(done)}

        async def fail(announce: Announce) -> dict[str, Any]:
            await anyio.to_thread.run_sync(announce, ImportOutcome(200, {"n": 0}, new_id()))
            raise InvalidJsonError("x")

        with pytest.raises(InvalidJsonError):
            await answers.once("a", "r", fail)
        found: list[dict[str, Any]] = []

        async def ask() -> None:
            found.append(await answers.once("a", "r", work))

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(ask)
        assert (found, done) == ([{"n": 1}] * 3, ["work"])
        with pytest.raises(IdempotencyKeyError):
            await answers.once("a", "other", work)
        assert await answers.once("b", "other", work) == {"n": 2}
        then = time.time() - 101
        for path in (tmp_path / "answers").iterdir():
            os.utime(path, (then, then))
        await answers.expire()
        assert await answers.once("a", "other", work) == {"n": 3}

    with opened(tmp_path / "data") as data_dir:
        anyio.run(main)
