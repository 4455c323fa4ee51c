"""Memory: what an import, an export and a validation take does not depend on how large the HAR is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.generate import chunks
from tests.support.server import Server, start_server

MIB = 1 << 20
#: From the smaller one on, DuckDB has the memory that it may have.
_SIZES = (300_000_000, 900_000_000)


def _peak(server: Server, action: Callable[[], object]) -> int:
    """Return the highest resident memory while the action runs, in bytes."""
    done = threading.Event()
    peak = [server.resident()]

    def sample() -> None:
        while not done.wait(0.01):
            peak.append(max(peak.pop(), server.resident()))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        action()
    finally:
        done.set()
        sampler.join()
    return peak[0]


def _measure(tmp_path: Path, size: int) -> dict[str, int]:
    """Return the peaks over idle of one server per action."""
    tmp_path.mkdir()
    file = tmp_path / "upload.har"
    with file.open("wb") as out:
        for piece in chunks("mixed", size):
            out.write(piece)
    peaks: dict[str, int] = {}
    session = ""

    def import_file(server: Server) -> None:
        nonlocal session
        answer = server.import_file(file)
        assert answer["success"] is True
        session = answer["sessionId"]

    def validate(server: Server) -> None:
        assert server.json("-X", "POST", "/api/har/validate", "-F", f"file=@{file}")["valid"] is True

    def export(server: Server) -> None:
        result = server.try_curl(f"/api/har/export/{session}", "-o", str(tmp_path / "out.har"))
        assert result.returncode == 0

    for name, action in (("import", import_file), ("validate", validate), ("export", export)):
        server = start_server(tmp_path / "data")
        try:
            idle = server.resident()
            peaks[name] = _peak(server, lambda action=action, server=server: action(server)) - idle  # type: ignore[misc]
        finally:
            server.stop()
    assert (tmp_path / "out.har").stat().st_size > size // 2
    return peaks


@pytest.mark.memory
def test_memory_does_not_grow_with_the_har(tmp_path: Path) -> None:
    """At 300 MB and at 900 MB the peaks over idle are the same within 16 MiB, and within the budget."""
    small, large = (_measure(tmp_path / f"{size}-bytes", size) for size in _SIZES)
    print({name: (small[name] // MIB, large[name] // MIB) for name in small})
    for name, budget in (("import", 96), ("validate", 96), ("export", 64)):
        assert abs(large[name] - small[name]) <= 16 * MIB, name
        assert large[name] <= budget * MIB, name
