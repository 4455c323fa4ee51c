"""``Idempotency-Key``: a client that has got no answer asks again, and its file is imported once."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.hars import UNKNOWN_ID, numbered, saved
from tests.support.server import PATIENCE, Server, start_server

_KEY = ("-H", "Idempotency-Key: a-key")


def _captures(server: Server) -> int:
    return len(server.json("/api/captures")["captures"])


@pytest.mark.slow
@pytest.mark.parametrize("how", [("-F", "file=@{}"), ("-T", "{}")], ids=["form", "body"])
def test_the_same_key_has_the_same_answer(own_server: Server, traffic: Path, how: tuple[str, str]) -> None:
    """Also after a restart, and after the capture has gone; another key imports again, which is said."""
    ask = ("/api/har/import", how[0], how[1].format(traffic))
    first = own_server.json(*ask, *_KEY)
    assert own_server.json(*ask, *_KEY) == first
    own_server.kill()
    server = start_server(own_server.data_dir)
    assert server.json(*ask, *_KEY) == first
    again = server.json(*ask, "-H", "Idempotency-Key: b")
    assert again["sameAs"] == [first["captureId"]]
    assert again["warnings"] == [f"the same file was there already, as capture {first['captureId']}"]
    assert "sameAs" not in first
    server.json("-X", "DELETE", f"/api/captures/{first['captureId']}")
    assert server.json(*ask, *_KEY) == first
    assert _captures(server) == 1
    assert server.stop() == 0


@pytest.mark.slow
def test_while_the_first_one_runs(own_server: Server, tmp_path: Path) -> None:
    """The others wait for it; whichever was the first, all have one answer."""
    file = saved(tmp_path / "a.har", numbered(5_000))
    with ThreadPoolExecutor(4) as pool:
        answers = [*pool.map(lambda _: own_server.import_file(file, *_KEY), range(4))]
    assert answers == [answers[0]] * 4
    assert _captures(own_server) == 1


@pytest.mark.slow
def test_after_a_crash_just_before_the_end(own_server: Server, traffic: Path) -> None:
    """An answer that was written down is true only if the capture is there."""
    own_server.import_file(traffic, *_KEY)
    own_server.kill()
    (kept,) = (own_server.data_dir / "answers").iterdir()
    said = json.loads(kept.read_bytes())
    said["outcome"]["capture"] = UNKNOWN_ID
    kept.write_text(json.dumps(said))
    server = start_server(own_server.data_dir)
    assert server.import_file(traffic, *_KEY)["imported"] == 5
    assert _captures(server) == 2
    assert server.stop() == 0


def test_a_key_is_that_of_one_request(api: Server, traffic: Path, tmp_path: Path) -> None:
    """Another file is refused, as it would be lost; a file that is refused leaves the key free."""
    key = ("-H", "Idempotency-Key: of-one")
    bad = saved(tmp_path / "bad.har", b"x" * traffic.stat().st_size)
    assert api.status("/api/har/import", "-F", f"file=@{bad};filename=chrome-export.har", *key)[0] == 400
    assert api.import_file(traffic, *key)["imported"] == 5
    other = saved(tmp_path / "other.har", numbered(6))
    status, body = api.status("/api/har/import", "-F", f"file=@{other}", *key)
    assert (status, body["error"]) == (422, "Idempotency key reused")
    for wrong in ("Idempotency-Key: a b", f"Idempotency-Key: {'x' * 256}"):
        assert api.status("/api/har/import", "-F", f"file=@{traffic}", "-H", wrong)[0] == 400


def test_a_client_that_leaves_leaves_the_key_free(api: Server, traffic: Path) -> None:
    """Its import has left nothing, so the next one with the key is done."""
    key = ("-H", "Idempotency-Key: left")
    slow = ["curl", "-sS", "-m", "1", "--limit-rate", "500", "-T", str(traffic), f"{api.url}/api/har/import", *key]
    assert subprocess.run(slow, capture_output=True, timeout=PATIENCE, check=False).returncode != 0
    assert api.json("-T", str(traffic), "/api/har/import", *key)["imported"] == 5
    assert _captures(api) == 1
